package signer

import (
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"net/http"
	"regexp"
	"strings"

	"longshore/signer/api"
)

// Authenticator tells who makes a call. NoAuth, *TokenFile, *OIDC and
// TokensOr are the ones there are.
type Authenticator interface {
	// Authenticate gives the caller. The errors of this package's are answered
	// as they are: unauthorized, forbidden_group or not_ready. Any other error
	// is unauthorized.
	Authenticate(r *http.Request) (Caller, error)
	// Describe is what capabilities tell clients about signing in.
	Describe() api.Auth
	// Ready is closed once callers can be told apart; until then NotReady says
	// in words why not.
	Ready() <-chan struct{}
	NotReady() string
}

// Caller is who makes a call, and the groups that policy goes by.
type Caller struct {
	Principal Principal
	Groups    []string
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

// alias tells whether somebody may be given p as an alias.
func (p Principal) alias() bool { return aliasPattern.MatchString(string(p)) && p != probePrincipal }

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

func (noAuth) Authenticate(*http.Request) (Caller, error) { return Caller{Principal: anonymous}, nil }
func (noAuth) Describe() api.Auth                         { return api.Auth{Type: api.AuthNone} }
func (noAuth) Ready() <-chan struct{}                     { return closedChannel() }
func (noAuth) NotReady() string                           { return "" }

// closedChannel is Ready of what always is.
func closedChannel() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}

// bearerToken reads "Authorization: Bearer TOKEN". Its error asks for one (RFC
// 6750 §3: no error code where there was no token).
func bearerToken(r *http.Request) (string, error) {
	scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	token = strings.TrimSpace(token)
	if !ok || !strings.EqualFold(scheme, "Bearer") || token == "" {
		return "", fail(api.CodeUnauthorized, "")
	}
	return token, nil
}

// invalidToken refuses a token that was there, for the reason in sentence. The
// cause goes to the log, without anything of the token.
func invalidToken(sentence string, cause error) error {
	return &callError{code: api.CodeUnauthorized, message: sentence, cause: cause, challenge: `Bearer error="invalid_token"`}
}

// notForGroups refuses somebody who is known, but in no group that counts.
func notForGroups() error {
	return &callError{code: api.CodeForbiddenGroup, challenge: `Bearer error="insufficient_scope"`}
}

// tokensOr is TokensOr's.
type tokensOr struct {
	tokens *TokenFile
	other  *OIDC
}

// TokensOr takes the bearer tokens of a file, for machines, and whatever other
// takes, for people. Tokens of the file work while other is not ready.
func TokensOr(tokens *TokenFile, other *OIDC) Authenticator { return tokensOr{tokens, other} }

func (a tokensOr) Authenticate(r *http.Request) (Caller, error) {
	c, err := a.tokens.Authenticate(r)
	if ce, ok := errors.AsType[*callError](err); ok && ce.challenge != "" {
		if c, err = a.other.Authenticate(r); err == nil && a.tokens.names(c.Principal) {
			// A claim that makes the same alias would make one caller of two.
			return Caller{}, invalidToken(noName, errors.New("the alias is that of a line of the token file"))
		}
	}
	return c, err
}

// tokenFileOf is the file of tokens that callers are told apart by; nil if there is none.
func tokenFileOf(a Authenticator) *TokenFile {
	switch a := a.(type) {
	case *TokenFile:
		return a
	case tokensOr:
		return a.tokens
	}
	return nil
}

func (a tokensOr) Describe() api.Auth {
	d := a.other.Describe()
	d.Tokens = true
	return d
}

func (a tokensOr) Ready() <-chan struct{} { return a.other.Ready() }
func (a tokensOr) NotReady() string       { return a.other.NotReady() }
