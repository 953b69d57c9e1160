package signer

import (
	"crypto/sha256"
	"encoding/base32"
	"net/http"
	"regexp"
	"strings"

	"longshore/signer/api"
)

// Authenticator tells who makes a call.
type Authenticator interface {
	// Authenticate gives the caller, or ok false if the request does not prove
	// one.
	Authenticate(r *http.Request) (p Principal, ok bool)
	// Type is api.AuthNone or api.AuthBearer.
	Type() string
}

// Principal is a caller as keys name it: 26 characters of
// base32(SHA-256(kind, issuer, subject)), or an alias [a-z0-9-]{1,40}.
type Principal string

var (
	aliasPattern = regexp.MustCompile(`^[a-z0-9-]{1,40}$`)
	hashPattern  = regexp.MustCompile(`^[A-Z2-7]{26}$`)
)

// HashPrincipal names a caller by the kind of credential, its issuer and the
// subject in it. Each is length-prefixed by a zero byte, which none may hold.
func HashPrincipal(kind, issuer, subject string) Principal {
	sum := sha256.Sum256([]byte(kind + "\x00" + issuer + "\x00" + subject))
	return Principal(base32.StdEncoding.EncodeToString(sum[:])[:26])
}

func (p Principal) valid() bool {
	return aliasPattern.MatchString(string(p)) || hashPattern.MatchString(string(p))
}

// logID names the principal in logs without its alias.
func (p Principal) logID() string {
	sum := sha256.Sum256([]byte(p))
	return strings.ToLower(base32.StdEncoding.EncodeToString(sum[:])[:12])
}

// anonymous is everybody when there is no sign-in.
const anonymous Principal = "local"

type noAuth struct{}

// NoAuth takes everybody as the principal "local". The signer then answers only
// to loopback host names; listening on loopback alone is the program's duty.
func NoAuth() Authenticator { return noAuth{} }

func (noAuth) Authenticate(*http.Request) (Principal, bool) { return anonymous, true }

func (noAuth) Type() string { return api.AuthNone }
