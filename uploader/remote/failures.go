package remote

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"longshore/internal/redact"
	"longshore/signer/api"
	"longshore/uploader"
)

// errTooSlow is the cause of a call that took longer than callTimeout.
var errTooSlow = errors.New("no answer within a minute")

// maxRetryAfter bounds what a server may ask us to wait.
const maxRetryAfter = time.Hour

// codes maps the protocol's closed list to the engine's. A test holds it complete.
var codes = map[api.Code]uploader.Code{
	api.CodeBadRequest:          uploader.CodeRefused,
	api.CodeBadContentType:      uploader.CodeRefused,
	api.CodeBodyTooLarge:        uploader.CodeRefused,
	api.CodeTooManyItems:        uploader.CodeRefused,
	api.CodeBadName:             uploader.CodeBadName,
	api.CodeKeyTooLong:          uploader.CodeBadName,
	api.CodeBadMetadata:         uploader.CodeRefused,
	api.CodeTypeNotAllowed:      uploader.CodeRefused,
	api.CodeBadRef:              uploader.CodeRefused,
	api.CodeBadChecksum:         uploader.CodeRefused,
	api.CodeChecksumUnsupported: uploader.CodeRefused,
	api.CodeSizeRequired:        uploader.CodeRefused,
	api.CodeObjectTooLarge:      uploader.CodeTooLarge,
	api.CodeBadPartSize:         uploader.CodeRefused,
	api.CodeBadPartNumber:       uploader.CodeRefused,
	api.CodeInvalidParts:        uploader.CodeInvalidPart,
	api.CodePartTooSmall:        uploader.CodeEntityTooSmall,
	api.CodeSizeMismatch:        uploader.CodeSizeMismatch,
	api.CodeChecksumMismatch:    uploader.CodeBadDigest,
	api.CodeUnauthorized:        uploader.CodeUnauthorized,
	// The signers of the vault have another seal key than when the upload began: it cannot be gone on with.
	api.CodeBadUploadID:        uploader.CodeRefConflict,
	api.CodeForbiddenKey:       uploader.CodeForbidden,
	api.CodeForbiddenGroup:     uploader.CodeForbidden,
	api.CodeForbiddenOrigin:    uploader.CodeForbidden,
	api.CodeForbiddenHost:      uploader.CodeForbidden,
	api.CodeNotFound:           uploader.CodeWrongAddress,
	api.CodeMethodNotAllowed:   uploader.CodeWrongAddress,
	api.CodeNoSuchUpload:       uploader.CodeNoSuchUpload,
	api.CodeRefConflict:        uploader.CodeRefConflict,
	api.CodeKeyTaken:           uploader.CodeKeyTaken,
	api.CodeNotConfirmed:       uploader.CodeRefused,
	api.CodeBatchConflict:      uploader.CodeKeyTaken,
	api.CodeThrottled:          uploader.CodeThrottled,
	api.CodeInternal:           uploader.CodeServer,
	api.CodeStorageDenied:      uploader.CodeServer,
	api.CodeStorageError:       uploader.CodeServer,
	api.CodeEncryptionMismatch: uploader.CodeEncryption,
	api.CodeStorageBusy:        uploader.CodeThrottled,
	api.CodeUnknownOutcome:     uploader.CodeUnknown,
	api.CodeNotReady:           uploader.CodeVaultNotReady,
	api.CodeBusy:               uploader.CodeThrottled,
}

// statusError maps an answer that is no success: by the signer's code where it has one, else by the status, because
// then something between here and the signer spoke.
func statusError(ctx context.Context, op string, res *http.Response, token string) error {
	body, err := io.ReadAll(io.LimitReader(res.Body, maxErrorBody))
	switch {
	case err == nil:
	case res.StatusCode < 500 && res.StatusCode != http.StatusTooManyRequests:
		// What a 4xx means stands in its body: half a body must not end a job that a whole one would let go on.
		return transportError(ctx, op, err)
	default:
		body = nil // the status alone says enough
	}
	wait := retryAfter(res.Header.Get("Retry-After"), time.Now())
	var e api.Error
	if isJSON(res) && json.Unmarshal(body, &e) == nil && e.Code != "" {
		code, known := codes[e.Code]
		if !known {
			code = statusCode(res.StatusCode, true)
		}
		return &uploader.Error{Op: op, Code: code, RetryAfter: wait, Err: errors.New(clean(detail(res.StatusCode, e), token))}
	}
	return &uploader.Error{
		Op: op, Code: statusCode(res.StatusCode, false), RetryAfter: wait,
		Err: fmt.Errorf("status %d, %w", res.StatusCode, uploader.ErrNotSigner),
	}
}

// itemError maps the error of one item of a batch.
func itemError(op, id string, code api.Code, message string) *uploader.Error {
	to, known := codes[code]
	if !known {
		to = uploader.CodeRefused
	}
	text := string(code) + ": " + message
	if id != "" {
		text += " (request " + id + ")"
	}
	return uploader.E(op, to, errors.New(clean(text, "")))
}

// statusCode reads a status whose body says nothing we know; signer tells whether it has the shape of a signer's.
func statusCode(status int, signer bool) uploader.Code {
	switch {
	case status == http.StatusUnauthorized:
		return uploader.CodeUnauthorized
	case status == http.StatusForbidden && signer: // else a start page or a filter says so, not the vault
		return uploader.CodeForbidden
	case status == http.StatusProxyAuthRequired:
		return uploader.CodeProxySignIn
	case status == http.StatusRequestTimeout:
		return uploader.CodeNetwork
	case status == http.StatusTooManyRequests, status == http.StatusServiceUnavailable:
		return uploader.CodeThrottled
	case status == http.StatusNetworkAuthenticationRequired: // RFC 6585: a network's start page
		return uploader.CodeWrongAddress
	case status == http.StatusBadGateway && !signer: // what stands in front of the signer does not find it
		return uploader.CodeVaultNotReady
	case status >= 500:
		return uploader.CodeServer
	case status == http.StatusRequestEntityTooLarge, status >= 400 && signer:
		return uploader.CodeRefused
	case status >= 200 && status < 300:
		return uploader.CodeBadResponse
	}
	return uploader.CodeWrongAddress // redirects are never followed, and a signer explains every 4xx
}

func detail(status int, e api.Error) string {
	s := fmt.Sprintf("status %d, %s: %s", status, e.Code, e.Message)
	if e.RequestID != "" {
		s += " (request " + e.RequestID + ")"
	}
	return s
}

// clean makes a server's words fit for an error: short, on one line, without the token or anything redact knows.
func clean(s, token string) string {
	if token != "" {
		s = strings.ReplaceAll(s, token, "(secret)")
	}
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
	if r := []rune(s); len(r) > 300 {
		s = string(r[:300]) + "…"
	}
	return redact.Text(s)
}

// retryAfter reads the header in both of its forms (RFC 9110 §10.2.3).
func retryAfter(header string, now time.Time) time.Duration {
	var d time.Duration
	if n, err := strconv.Atoi(strings.TrimSpace(header)); err == nil {
		d = time.Duration(min(max(n, 0), 1<<20)) * time.Second
	} else if t, err := http.ParseTime(header); err == nil {
		d = t.Sub(now)
	}
	return min(max(d, 0), maxRetryAfter)
}

// transportError maps a call that got no answer, or only half of one.
func transportError(ctx context.Context, op string, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		if errors.Is(cause, errTooSlow) {
			return uploader.E(op, uploader.CodeNetwork, cause)
		}
		return uploader.E(op, uploader.CodeCancelled, ctx.Err())
	}
	var urlErr *url.Error
	if errors.As(err, &urlErr) { // its text repeats the address
		err = urlErr.Err
	}
	return uploader.E(op, transportCode(err), redact.Err(err))
}

func transportCode(err error) uploader.Code {
	var (
		unknown  x509.UnknownAuthorityError
		hostname x509.HostnameError
		invalid  x509.CertificateInvalidError
		verify   *tls.CertificateVerificationError
		record   tls.RecordHeaderError
		dns      *net.DNSError
		network  *net.OpError
	)
	switch {
	case errors.Is(err, errProxySignIn):
		return uploader.CodeProxySignIn
	case errors.Is(err, errProxy), errors.As(err, &network) && network.Op == "proxyconnect":
		return uploader.CodeProxy
	case errors.As(err, &unknown), errors.As(err, &hostname), errors.As(err, &invalid), errors.As(err, &verify),
		errors.As(err, &network) && network.Op == "remote error": // crypto/tls names the other side's alert so
		return uploader.CodeTLS
	case errors.As(err, &record), strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return uploader.CodeWrongAddress // it speaks, but not this language
	case strings.Contains(err.Error(), malformed) && !cutStatusLine(err.Error()):
		return uploader.CodeWrongAddress
	case errors.As(err, &dns) && dns.IsNotFound:
		return uploader.CodeDNS
	}
	return uploader.CodeNetwork
}

// malformed begins net/http's texts for an answer that is none; the line, or the number in it, follows in quotes.
const malformed = "malformed HTTP "

// cutStatusLine tells a connection that broke in the middle of the status line from an answer in another language:
// net/http takes what there is of a line at the end of the stream for the whole.
func cutStatusLine(text string) bool {
	_, text, _ = strings.Cut(text, malformed)
	what, quoted, _ := strings.Cut(text, ` "`)
	line := strings.TrimSuffix(quoted, `"`)
	switch what {
	case "response":
		const begin = "HTTP/1.1 "
		return strings.HasPrefix(begin, line)
	case "status code":
		return len(line) < 3 && strings.Trim(line, "0123456789") == ""
	}
	return false
}

var (
	errProxy       = errors.New("the proxy refused")
	errProxySignIn = errors.New("the proxy wants a name and a password")
)

// proxyAnswer turns a proxy's refusal of CONNECT into an error that can be told from a signer's answer.
func proxyAnswer(_ context.Context, _ *url.URL, _ *http.Request, res *http.Response) error {
	switch res.StatusCode {
	case http.StatusOK:
		return nil
	case http.StatusProxyAuthRequired:
		return errProxySignIn
	}
	return fmt.Errorf("%w: status %d", errProxy, res.StatusCode)
}

// tokenError keeps the code of an error that has one: the caller knows best why there is no token.
func tokenError(ctx context.Context, op string, err error) error {
	if ctx.Err() != nil {
		return uploader.E(op, uploader.CodeCancelled, ctx.Err())
	}
	var e *uploader.Error
	if errors.As(err, &e) {
		return &uploader.Error{Op: op, Code: e.Code, Err: redact.Err(e.Err)}
	}
	return uploader.E(op, uploader.CodeBadConfig, redact.Err(err))
}

func badResponse(op, why string) *uploader.Error {
	return uploader.E(op, uploader.CodeBadResponse, errors.New(why))
}
