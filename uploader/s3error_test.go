package uploader

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestS3Errors(t *testing.T) {
	for _, c := range []struct {
		status     int
		code, text string
		want       Code
	}{
		{403, "AccessDenied", "Request has expired", CodeURLExpired},
		{403, "AccessDenied", "Request has expired.", CodeURLExpired},
		{403, "AccessDenied", "Request is not valid yet", CodeClockSkew},
		{403, "AccessDenied", "Access Denied", CodeDenied},
		{403, "SignatureDoesNotMatch", "expired", CodeDenied},
		{403, "", "", CodeDenied},
		{401, "", "", CodeDenied},
		{400, "ExpiredToken", "", CodeURLExpired},
		{400, "TokenRefreshRequired", "", CodeURLExpired},
		{403, "InvalidAccessKeyId", "", CodeURLExpired},
		{403, "RequestTimeTooSkewed", "", CodeClockSkew},
		{404, "NoSuchUpload", "", CodeNoSuchUpload},
		{404, "NoSuchBucket", "", CodeRefused},
		{400, "InvalidPart", "", CodeInvalidPart},
		{400, "BadDigest", "", CodeBadDigest},
		{400, "InvalidDigest", "", CodeBadDigest},
		{400, "XAmzContentChecksumMismatch", "", CodeBadDigest},
		{400, "XAmzContentSHA256Mismatch", "", CodeBadDigest},
		{400, "EntityTooSmall", "", CodeEntityTooSmall},
		{400, "EntityTooLarge", "", CodeTooLarge},
		{412, "PreconditionFailed", "", CodeExists},
		{409, "ConditionalRequestConflict", "", CodeExists},
		{400, "RequestTimeout", "", CodeNetwork},
		{400, "IncompleteBody", "", CodeNetwork},
		{408, "", "", CodeNetwork},
		{429, "", "", CodeThrottled},
		{503, "SlowDown", "", CodeThrottled},
		{503, "SlowDownWrite", "", CodeThrottled},
		{400, "ThrottlingException", "", CodeThrottled},
		{400, "KMS.ThrottlingException", "", CodeThrottled},
		{503, "ServiceUnavailable", "", CodeThrottled},
		{503, "", "", CodeThrottled},
		{500, "InternalError", "", CodeServer},
		{502, "", "", CodeVaultNotReady},
		{502, "InternalError", "", CodeServer},
		{400, "InvalidRequest", "", CodeRefused},
		{405, "MethodNotAllowed", "", CodeRefused},
		{407, "", "", CodeProxySignIn},
		{511, "", "", CodeWrongAddress},
		{304, "", "", CodeWrongAddress},
	} {
		body := `<?xml version="1.0" encoding="UTF-8"?>` + "\n<Error xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Code>" + c.code +
			"</Code><Message>" + c.text + "</Message><Key>patients/secret</Key><RequestId>REQ-1</RequestId><HostId>h</HostId></Error>"
		err := s3Error("put-part", &http.Response{StatusCode: c.status, Header: http.Header{}}, []byte(body))
		if CodeOf(err) != c.want {
			t.Errorf("%d %s %q: %v, want %s", c.status, c.code, c.text, err, c.want)
			continue
		}
		s := err.Error()
		if strings.Contains(s, "secret") || (c.text != "" && strings.Contains(s, c.text)) {
			t.Errorf("the text shows too much: %s", s)
		}
		if !strings.Contains(s, strconv.Itoa(c.status)) || !strings.Contains(s, "request REQ-1") {
			t.Errorf("the text shows too little: %s", s)
		}
	}
}

func TestS3ErrorsThatAreNotS3s(t *testing.T) {
	html := http.Header{"Content-Type": {"text/html; charset=utf-8"}}
	for _, c := range []struct {
		status int
		header http.Header
		body   string
		want   Code
	}{
		{200, html, "Welcome", CodeWrongAddress},
		{200, nil, "\ufeff \n<HTML><body>", CodeWrongAddress},
		{403, html, "Forbidden", CodeWrongAddress},
		{404, nil, "<!doctype html>", CodeWrongAddress},
		{502, html, "<html>Bad gateway</html>", CodeVaultNotReady},
		{503, html, "<html>Busy</html>", CodeThrottled},
		{500, nil, "", CodeServer},
		{400, nil, `{"error":"x"}`, CodeRefused},
		{400, nil, "<Error><Code>" + strings.Repeat("x", 65) + "</Code></Error>", CodeRefused},
		{400, nil, "<Error><Code>a b /secret</Code></Error>", CodeRefused},
		{201, nil, "", CodeBadResponse},
	} {
		h := http.Header{"X-Amz-Request-Id": {"a request id with spaces"}}
		for k, v := range c.header {
			h[k] = v
		}
		err := s3Error("put", &http.Response{StatusCode: c.status, Header: h}, []byte(c.body))
		if CodeOf(err) != c.want {
			t.Errorf("%d %q: %v, want %s", c.status, c.body, err, c.want)
		}
		if s := err.Error(); strings.Contains(s, "secret") || strings.Contains(s, "xxx") || strings.Contains(s, "spaces") {
			t.Errorf("what is not of S3's form must not show: %s", s)
		}
	}
	if err := s3Error("put", &http.Response{StatusCode: 200, Header: http.Header{}}, nil); err != nil {
		t.Errorf("a plain 200: %v", err)
	}
}

func TestRetryAfter(t *testing.T) {
	const date, later = "Mon, 02 Jan 2006 15:04:05 GMT", "Mon, 02 Jan 2006 15:05:35 GMT"
	for _, c := range []struct {
		after, date string
		want        time.Duration
	}{
		{"", "", 0},
		{"0", "", 0},
		{"7", "", 7 * time.Second},
		{"-7", "", 0},
		{"soon", "", 0},
		{"99999999999999999999", "", 0},
		{later, date, 90 * time.Second},
		{date, later, 0},
		{later, "", 0}, // by this machine's clock that is long past
	} {
		h := http.Header{"Retry-After": {c.after}, "Date": {c.date}}
		if got := parseRetryAfter(h); got != c.want {
			t.Errorf("%q at %q: %v, want %v", c.after, c.date, got, c.want)
		}
	}
	err := s3Error("put", &http.Response{StatusCode: 503, Header: http.Header{"Retry-After": {"30"}}}, nil)
	var e *Error
	if !errors.As(err, &e) || e.RetryAfter != 30*time.Second {
		t.Errorf("the error does not carry the wait: %v", err)
	}
}
