package uploader

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// FuzzS3Answer: whatever S3, or something in its place, answers to a PUT, it is either taken for stored (a plain 200
// with an ETag, all bytes read) or an *Error of the table that repeats nothing of the body.
func FuzzS3Answer(f *testing.F) {
	const secret = "patient-meier"
	for _, body := range []string{
		"", `<Error><Code>SlowDown</Code><Message>` + secret + `</Message><RequestId>R-1</RequestId></Error>`,
		`<?xml version="1.0" encoding="UTF-8"?><Error xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Code>InternalError</Code></Error>`,
		`<Error><Code>` + secret + `!</Code></Error>`, "<!DOCTYPE html><p>sign in", "\ufeff <HTML>", `<?xml version="1.0" encoding="koi8-r"?><Error/>`,
		`<Error><Code>A`, `<Error><Error><Code>BadDigest</Code></Error></Error>`, "\x00\xff",
	} {
		f.Add(200, "application/xml", `"e"`, "3", "", []byte(body))
		f.Add(503, "text/html; charset=x", "", "Fri, 31 Dec 9999 23:59:59 GMT", "Mon, 01 Jan 0001 00:00:00 GMT", []byte(body))
	}
	f.Add(206, "", "", "-9223372036854775808", "", []byte{})
	f.Add(403, "", "", "99999999999999999999", "", []byte(`<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>`))
	f.Fuzz(func(t *testing.T, status int, kind, etag, wait, date string, body []byte) {
		if status < 100 || status > 999 {
			return
		}
		h := http.Header{"Content-Type": {kind}, "Retry-After": {wait}, "Date": {date}, "X-Amz-Request-Id": {etag}}
		if etag != "" {
			h.Set("ETag", etag)
		}
		data := []byte("bytes")
		conn := Connection{Origins: []string{"https://s3.test"}, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			if _, err := io.Copy(io.Discard, r.Body); err != nil {
				return nil, err
			}
			return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(bytes.NewReader(body)), Request: r}, nil
		})}
		got, err := put(t.Context(), conn, SignedRequest{URL: "https://s3.test/k?X-Amz-Signature=" + secret}, putBody{r: bytes.NewReader(data), size: int64(len(data))})
		if err == nil {
			if status != http.StatusOK || got.etag != etag || etag == "" {
				t.Errorf("status %d, ETag %q is taken for stored", status, got.etag)
			}
			return
		}
		var e *Error
		if !errors.As(err, &e) || e.Code.Sentence() == "" {
			t.Fatalf("not an error of the table: %v", err)
		}
		if strings.Contains(err.Error(), secret) && etag != secret || strings.ContainsAny(err.Error(), "\r\n\x00<") {
			t.Errorf("shows too much: %q", err)
		}
		if e.RetryAfter < 0 || backoff(1, e.RetryAfter, func() float64 { return 1 }) > retryAfterLimit+backoffBase {
			t.Errorf("is to be tried again in %v", e.RetryAfter)
		}
	})
}

// FuzzRetryAfter: never negative; seconds are read as they are, and a date counts from the answer's own.
func FuzzRetryAfter(f *testing.F) {
	f.Add("120", "")
	f.Add("-1", "x")
	f.Add("Wed, 21 Oct 2026 07:28:10 GMT", "Wed, 21 Oct 2026 07:28:00 GMT")
	f.Add("Fri, 31 Dec 9999 23:59:59 GMT", "Mon, 01 Jan 0001 00:00:00 GMT")
	f.Add("2147483647", "")
	f.Add("1e9", "")
	f.Fuzz(func(t *testing.T, wait, date string) {
		d := parseRetryAfter(http.Header{"Retry-After": {wait}, "Date": {date}})
		if d < 0 {
			t.Errorf("%q after %q is %v", wait, date, d)
		}
		until, err1 := http.ParseTime(wait)
		from, err2 := http.ParseTime(date)
		if err1 == nil && err2 == nil && d != max(0, until.Sub(from)) {
			t.Errorf("%q after %q is %v", wait, date, d)
		}
		if err1 != nil && d > 1<<31*time.Second {
			t.Errorf("%q is %v", wait, d)
		}
	})
}
