package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"time"

	jose "github.com/go-jose/go-jose/v4"
)

// settings are what a test decides. Package oidctest has the other half of it.
type settings struct {
	Listen        string        `json:"listen"` // only read at the start
	ClientID      string        `json:"clientId"`
	RedirectPaths []string      `json:"redirectPaths"` // on loopback, any port
	Audience      string        `json:"audience"`      // put into tokens beside the client's id
	OnRequest     bool          `json:"onRequest"`     // … only if the request has the parameter audience=
	OpaqueAccess  bool          `json:"opaqueAccess"`  // access tokens are no JWTs
	AccessLife    time.Duration `json:"accessLife"`
	IDLife        time.Duration `json:"idLife"`
	RefreshLife   time.Duration `json:"refreshLife"`
	Users         []user        `json:"users"`
	Keys          []string      `json:"keys"`    // PKCS #8 in PEM; the first signs, all are published
	Outage        bool          `json:"outage"`  // everything answers 503
	Revoked       []string      `json:"revoked"` // users whose refresh tokens end now
}

// user is somebody who can sign in.
type user struct {
	Name     string         `json:"name"`
	Password string         `json:"password"`
	Subject  string         `json:"subject"`
	Claims   map[string]any `json:"claims"` // of both tokens and of userinfo
}

// signingKey is one key, both for signing and for publishing.
type signingKey struct {
	id      string
	alg     jose.SignatureAlgorithm
	private any
	public  any
}

// readKey gives a key its id: a hash of what is published, as RFC 7638 would.
func readKey(text string) (signingKey, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return signingKey{}, errors.New("a key is not PEM")
	}
	private, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return signingKey{}, err
	}
	k := signingKey{private: private}
	switch p := private.(type) {
	case *rsa.PrivateKey:
		k.alg, k.public = jose.RS256, &p.PublicKey
	case *ecdsa.PrivateKey:
		if p.Curve != elliptic.P256() {
			return signingKey{}, errors.New("only P-256 of the curves")
		}
		k.alg, k.public = jose.ES256, &p.PublicKey
	default:
		return signingKey{}, errors.New("a key is neither RSA nor P-256")
	}
	der, err := x509.MarshalPKIXPublicKey(k.public)
	if err != nil {
		return signingKey{}, err
	}
	sum := sha256.Sum256(der)
	k.id = base64.RawURLEncoding.EncodeToString(sum[:9])
	return k, nil
}

// privateKey and publicKey are the two faces the library asks for.
type privateKey struct{ signingKey }

func (k privateKey) ID() string                                  { return k.id }
func (k privateKey) Key() any                                    { return k.private }
func (k privateKey) SignatureAlgorithm() jose.SignatureAlgorithm { return k.alg }

type publicKey struct{ signingKey }

func (k publicKey) ID() string                         { return k.id }
func (k publicKey) Key() any                           { return k.public }
func (k publicKey) Use() string                        { return "sig" }
func (k publicKey) Algorithm() jose.SignatureAlgorithm { return k.alg }
