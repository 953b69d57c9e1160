package uploader

import (
	"bytes"
	"encoding/xml"
	"errors"
	"mime"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// s3Answer is the body of S3's errors (AWS, "REST error responses"). Its message is looked at, never shown: it can
// hold keys and URLs.
type s3Answer struct {
	XMLName   xml.Name `xml:"Error"`
	Code      string
	Message   string
	RequestID string `xml:"RequestId"`
}

var (
	s3CodeForm    = regexp.MustCompile(`^[A-Za-z0-9]{1,64}$`)
	requestIDForm = regexp.MustCompile(`^[A-Za-z0-9-]{1,64}$`)
)

// s3Error is what S3's answer means; nil only for a 200 that is neither a web page nor an error in disguise (S3 can
// answer 200 before it knows). The error's text holds the status, S3's own code and its request id, nothing else.
func s3Error(op string, resp *http.Response, body []byte) error {
	html := isHTML(resp.Header, body)
	var answer s3Answer
	if err := xml.Unmarshal(body, &answer); err != nil {
		answer = s3Answer{} // a proxy's answer, or none: the status must do
	}
	if resp.StatusCode == http.StatusOK && !html && answer.Code == "" {
		return nil
	}
	return &Error{
		Op:         op,
		Code:       s3Code(resp.StatusCode, answer, html),
		RetryAfter: parseRetryAfter(resp.Header),
		Err:        s3Text(resp, answer),
	}
}

// s3Code puts S3's many codes into ours. The names are those of AWS ("Error responses", list of error codes), and
// where they differ those of MinIO, Ceph RGW and versitygw.
func s3Code(status int, a s3Answer, html bool) Code {
	switch {
	case status == http.StatusProxyAuthRequired:
		return CodeProxySignIn
	case status >= 300 && status < 400, status == http.StatusNetworkAuthenticationRequired, html && status < 500:
		return CodeWrongAddress
	case strings.Contains(a.Code, "Throttl"), strings.HasPrefix(a.Code, "SlowDown"):
		return CodeThrottled
	}
	if code, ok := s3Codes[a.Code]; ok {
		return code
	}
	switch {
	case a.Code == "AccessDenied" && strings.Contains(a.Message, "expired"):
		return CodeURLExpired
	case a.Code == "AccessDenied" && strings.Contains(a.Message, "not valid yet"):
		return CodeClockSkew
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return CodeDenied
	case status == http.StatusConflict, status == http.StatusPreconditionFailed:
		return CodeExists
	case status == http.StatusRequestTimeout:
		return CodeNetwork
	case status == http.StatusTooManyRequests, status == http.StatusServiceUnavailable:
		return CodeThrottled
	case status == http.StatusBadGateway && a.Code == "": // what stands in front of storage does not find it
		return CodeVaultNotReady
	case status >= 500:
		return CodeServer
	case status < 300:
		return CodeBadResponse
	}
	return CodeRefused
}

// s3Codes are the codes whose meaning does not hang on the status or the message.
var s3Codes = map[string]Code{
	"ExpiredToken":         CodeURLExpired, // the session that signed has ended
	"TokenRefreshRequired": CodeURLExpired,
	"InvalidToken":         CodeURLExpired,
	"InvalidAccessKeyId":   CodeURLExpired, // how a session's end looks on some servers
	"ExpiredRequest":       CodeURLExpired,
	"RequestTimeTooSkewed": CodeClockSkew,

	"NoSuchUpload":   CodeNoSuchUpload,
	"InvalidPart":    CodeInvalidPart,
	"EntityTooSmall": CodeEntityTooSmall,
	"EntityTooLarge": CodeTooLarge,

	"BadDigest":                   CodeBadDigest,
	"InvalidDigest":               CodeBadDigest,
	"XAmzContentChecksumMismatch": CodeBadDigest,
	"XAmzContentSHA256Mismatch":   CodeBadDigest,

	"RequestTimeout": CodeNetwork, // S3 waited for bytes that did not come
	"IncompleteBody": CodeNetwork,
	"InternalError":  CodeServer,
}

// s3Text is an error's text for IT.
func s3Text(resp *http.Response, a s3Answer) error {
	text := "S3 " + strconv.Itoa(resp.StatusCode)
	if s3CodeForm.MatchString(a.Code) {
		text += " " + a.Code
	}
	for _, id := range []string{resp.Header.Get("X-Amz-Request-Id"), a.RequestID} {
		if requestIDForm.MatchString(id) {
			return errors.New(text + ", request " + id)
		}
	}
	return errors.New(text)
}

// isHTML tells a web page, such as a hotel's sign-in page, from S3.
func isHTML(h http.Header, body []byte) bool {
	if kind, _, err := mime.ParseMediaType(h.Get("Content-Type")); err == nil && (kind == "text/html" || kind == "application/xhtml+xml") {
		return true
	}
	start := bytes.ToLower(bytes.TrimLeft(body[:min(len(body), 512)], " \t\r\n\ufeff"))
	return bytes.HasPrefix(start, []byte("<!doctype html")) || bytes.HasPrefix(start, []byte("<html"))
}

// parseRetryAfter reads the Retry-After header, in seconds or as a date (RFC 9110, 10.2.3); 0 if there is none. A date
// counts from the answer's own Date, so that a wrong clock here does no harm.
func parseRetryAfter(h http.Header) time.Duration {
	value := h.Get("Retry-After")
	if seconds, err := strconv.ParseInt(value, 10, 32); err == nil {
		return max(0, time.Duration(seconds)*time.Second)
	}
	until, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	now, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		now = time.Now()
	}
	return max(0, until.Sub(now))
}
