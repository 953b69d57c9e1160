package signer

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"time"
)

// sessionClaims is what a session's cookie holds. The token is in it, and not
// who it was for: whoever steals a seal key cannot make up a session with it,
// and a token that is taken back ends the session too.
type sessionClaims struct {
	ends   time.Time // to the second
	origin string    // of the page it was made for
	token  string
}

// Layout of a cookie before base64url, all lengths in bytes:
//
//	version 1 | id of the seal key 4 | nonce 12 |
//	AES-256-GCM of: end in Unix seconds 8 | origin 2+n | token n
//
// with the first two fields as additional data.
const (
	sessionVersion = 1
	sessionHead    = 1 + sealKeyIDLen
)

// sessionSealer seals and opens cookies. The first key seals, any opens.
type sessionSealer struct {
	ids   [][]byte
	aeads []cipher.AEAD
}

// newSessionSealer derives a key of its own from each seal key.
func newSessionSealer(keys [][]byte) (sessionSealer, error) {
	var s sessionSealer
	for _, k := range keys {
		m := hmac.New(sha256.New, k)
		m.Write([]byte("longshore session v1\x00"))
		block, err := aes.NewCipher(m.Sum(nil))
		if err != nil {
			return s, err
		}
		aead, err := cipher.NewGCM(block)
		if err != nil {
			return s, err
		}
		s.ids, s.aeads = append(s.ids, sealKeyID(k)), append(s.aeads, aead)
	}
	return s, nil
}

func (s sessionSealer) seal(c sessionClaims) string {
	plain := binary.BigEndian.AppendUint64(nil, uint64(c.ends.Unix()))
	plain = binary.BigEndian.AppendUint16(plain, uint16(len(c.origin)))
	plain = append(plain, c.origin...)
	plain = append(plain, c.token...)
	out := append([]byte{sessionVersion}, s.ids[0]...)
	nonce := make([]byte, s.aeads[0].NonceSize())
	_, _ = rand.Read(nonce) // never fails
	head := len(out)
	out = append(out, nonce...)
	out = s.aeads[0].Seal(out, nonce, plain, out[:head])
	return base64.RawURLEncoding.EncodeToString(out)
}

// open reads a cookie. ok is false if none of the keys sealed it.
func (s sessionSealer) open(value string) (c sessionClaims, ok bool) {
	if len(value) > maxCookie {
		return c, false
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(value)
	if err != nil || len(b) < sessionHead || b[0] != sessionVersion {
		return c, false
	}
	for i, aead := range s.aeads {
		n := sessionHead + aead.NonceSize()
		if string(s.ids[i]) != string(b[1:sessionHead]) || len(b) < n {
			continue
		}
		if plain, err := aead.Open(nil, b[sessionHead:n], b[n:], b[:sessionHead]); err == nil {
			return readSession(plain)
		}
	}
	return c, false
}

func readSession(b []byte) (c sessionClaims, ok bool) {
	if len(b) < 10 {
		return c, false
	}
	c.ends = time.Unix(int64(binary.BigEndian.Uint64(b)), 0) //nolint:gosec // written by seal from an int64
	n := int(binary.BigEndian.Uint16(b[8:]))
	if len(b) < 10+n {
		return c, false
	}
	c.origin, c.token = string(b[10:10+n]), string(b[10+n:])
	return c, c.token != ""
}
