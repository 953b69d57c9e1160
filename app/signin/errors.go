package signin

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/url"

	"golang.org/x/oauth2"

	"longshore/internal/redact"
)

// Kind tells errors apart. The set is closed.
type Kind string

// The kinds.
const (
	Needed     Kind = "needed"      // nobody is signed in, or the sign-in is over
	Denied     Kind = "denied"      // the person or the provider said no
	TimedOut   Kind = "timed-out"   // nobody finished the sign-in in time
	Away       Kind = "away"        // the provider cannot be reached
	Untrusted  Kind = "untrusted"   // its certificate is not trusted
	Trouble    Kind = "trouble"     // it answers with a fault of its own
	Wrong      Kind = "wrong"       // what it says must not be believed, or breaks the standard
	NoDevice   Kind = "no-device"   // it has no sign-in by code
	NoLoopback Kind = "no-loopback" // this computer lets no page come back to the program
	NoStore    Kind = "no-store"    // the place for the refresh token cannot be used
)

// Error is every error of this package but a context's own. Its text holds no token, path or URL query.
type Error struct {
	Kind Kind
	Err  error
}

func (e *Error) Error() string {
	if e.Err == nil {
		return "sign-in: " + string(e.Kind)
	}
	return "sign-in: " + string(e.Kind) + ": " + e.Err.Error()
}

func (e *Error) Unwrap() error { return e.Err }

// KindOf returns an error's kind, "" if it has none.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return ""
}

func failed(kind Kind, err error) *Error { return &Error{Kind: kind, Err: redact.Err(err)} }

func wrong(why string) *Error { return &Error{Kind: Wrong, Err: errors.New(why)} }

// callError reads what went wrong in a call to the provider. The answers of a provider are never repeated: they may
// hold what was sent to it.
func callError(ctx context.Context, op string, err error) error {
	if err == nil {
		return nil
	}
	var own *Error
	if errors.As(err, &own) {
		return own
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var answer *oauth2.RetrieveError
	if errors.As(err, &answer) {
		return answerError(op, answer)
	}
	var urlErr *url.Error
	if !errors.As(err, &urlErr) {
		return failed(Trouble, errors.New(op+": the provider's answer cannot be read"))
	}
	var (
		unknown  x509.UnknownAuthorityError
		hostname x509.HostnameError
		invalid  x509.CertificateInvalidError
		verify   *tls.CertificateVerificationError
		netErr   net.Error
	)
	switch {
	case errors.As(urlErr.Err, &unknown), errors.As(urlErr.Err, &hostname), errors.As(urlErr.Err, &invalid), errors.As(urlErr.Err, &verify):
		return failed(Untrusted, urlErr.Err)
	case errors.As(urlErr.Err, &netErr):
		return failed(Away, urlErr.Err)
	}
	return failed(Away, urlErr.Err)
}

// answerError reads an OAuth error (RFC 6749 §5.2, RFC 8628 §3.5).
func answerError(op string, answer *oauth2.RetrieveError) error {
	status := 0
	if answer.Response != nil {
		status = answer.Response.StatusCode
	}
	code := errorCode(answer.ErrorCode)
	why := errors.New(op + ": " + code)
	switch {
	case status >= 500, status == http.StatusTooManyRequests, code == "temporarily_unavailable", code == "server_error", code == "slow_down":
		return failed(Trouble, why)
	case code == "invalid_grant":
		return failed(Needed, why)
	case code == "expired_token":
		return failed(TimedOut, why)
	case code == "":
		return failed(Trouble, errors.New(op+": an answer that is none of OAuth"))
	}
	return failed(Denied, why)
}

// errorCode lets through only what looks like a code of the standard: the rest is somebody's free text.
func errorCode(s string) string {
	if len(s) > 60 {
		return "unknown"
	}
	for _, r := range s {
		if (r < 'a' || r > 'z') && r != '_' {
			return "unknown"
		}
	}
	return s
}
