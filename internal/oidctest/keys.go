package oidctest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"maps"
	"testing"
	"time"
)

// key signs tokens, here and in the provider.
type key struct {
	pem     string
	id      string
	alg     string
	private crypto.Signer
	public  []byte // PKIX, DER
}

func newKey(t testing.TB, ec bool) key {
	t.Helper()
	k := key{alg: "RS256"}
	var err error
	if ec {
		k.alg = "ES256"
		k.private, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	} else {
		k.private, err = rsa.GenerateKey(rand.Reader, 2048)
	}
	if err != nil {
		t.Fatalf("oidctest: %v", err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(k.private)
	if err != nil {
		t.Fatalf("oidctest: %v", err)
	}
	if k.public, err = x509.MarshalPKIXPublicKey(k.private.Public()); err != nil {
		t.Fatalf("oidctest: %v", err)
	}
	k.pem = string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}))
	sum := sha256.Sum256(k.public)
	k.id = base64.RawURLEncoding.EncodeToString(sum[:9]) // as the provider names it
	return k
}

// Claims are those of a good access token for a user, for a test to spoil one
// and Sign the rest.
func (p *Provider) Claims(t testing.TB, user string) map[string]any {
	t.Helper()
	u := p.User(t, user)
	now := time.Now()
	claims := map[string]any{
		"iss": p.Issuer, "sub": u.Subject, "aud": []string{p.ClientID, p.Audience},
		"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(time.Hour).Unix(),
	}
	maps.Copy(claims, p.claimsOf(u))
	return claims
}

// Sign makes a token of any claims with the provider's own key.
func (p *Provider) Sign(t testing.TB, claims map[string]any) string {
	t.Helper()
	p.mu.Lock()
	k := p.keys[0]
	p.mu.Unlock()
	return p.SignAs(t, k.id, claims)
}

// SignAs is Sign under another key id, which the provider does not know.
func (p *Provider) SignAs(t testing.TB, keyID string, claims map[string]any) string {
	t.Helper()
	p.mu.Lock()
	k := p.keys[0]
	p.mu.Unlock()
	text := signingInput(t, map[string]any{"alg": k.alg, "kid": keyID, "typ": "JWT"}, claims)
	sum := sha256.Sum256([]byte(text))
	var signature []byte
	var err error
	if ec, ok := k.private.(*ecdsa.PrivateKey); ok {
		r, s, serr := ecdsa.Sign(rand.Reader, ec, sum[:])
		err = serr
		if err == nil {
			signature = append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
		}
	} else {
		signature, err = k.private.Sign(rand.Reader, sum[:], crypto.SHA256)
	}
	if err != nil {
		t.Fatalf("oidctest: %v", err)
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// Unsigned makes a token with any header and signature, for attacks.
func Unsigned(t testing.TB, header, claims map[string]any, sign func(input []byte) []byte) string {
	t.Helper()
	text := signingInput(t, header, claims)
	return text + "." + base64.RawURLEncoding.EncodeToString(sign([]byte(text)))
}

// PublicKey is the key that signs now: its id, and it itself in PEM, as one
// would take it for an HMAC's secret by mistake.
func (p *Provider) PublicKey() (id string, text []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	k := p.keys[0]
	return k.id, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: k.public})
}

func signingInput(t testing.TB, header, claims map[string]any) string {
	t.Helper()
	h, err := json.Marshal(header)
	if err != nil {
		t.Fatalf("oidctest: %v", err)
	}
	c, err := json.Marshal(claims)
	if err != nil {
		t.Fatalf("oidctest: %v", err)
	}
	return base64.RawURLEncoding.EncodeToString(h) + "." + base64.RawURLEncoding.EncodeToString(c)
}
