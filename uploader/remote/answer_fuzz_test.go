package remote

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"longshore/signer/api"
	"longshore/uploader"
)

// FuzzAnswer: whatever a signer, or something that stands in its place, answers, each call gives a value that fits the
// protocol or an *uploader.Error that shows nothing, and never panics.
func FuzzAnswer(f *testing.F) {
	for _, body := range []string{
		`{"protocol":1,"name":"Demo","checksum":"crc64nvme","urlLifetime":900,"maxBatch":100,"maxParts":10000,"minPartSize":5242880,"maxPartSize":5368709120,"maxObjectSize":1099511627776,"partSize":16777216,"dataOrigins":["https://b.s3.amazonaws.com"],"encryption":{"mode":"aws:kms"},"auth":{"type":"bearer"}}`,
		`{"uploadId":"u","objectKey":"k","partSize":16777216,"checksum":"crc64nvme","resumeBefore":"2026-12-01T00:00:00Z"}`,
		`{"urls":{"1":"https://s3.test/k?partNumber=1"},"headers":{"1":{"x-amz-checksum-crc64nvme":"AAAAAAAAAAA="}},"expiresIn":900}`,
		`{"objects":[{"uploadRef":"01JD0000000000000000000000","objectKey":"k","url":"https://s3.test/k","headers":{"content-type":"a/b"},"expiresIn":900}]}`,
		`{"objects":[{"objectKey":"k","found":true,"size":5,"eTag":"\"e\""}]}`,
		`{"parts":[{"PartNumber":1,"ETag":"\"e\"","size":5}]}`,
		`{"objectKey":"k","eTag":"\"e\"","size":5,"checksum":"AAAAAAAAAAA=","verified":"full-object-crc64nvme"}`,
		`{"state":"completing"}`, `{"error":"throttled","message":"?a=b /v1/x","requestId":"r"}`, `{}`, `null`, `<html>`, ``,
		`{"urls":{"1":"https://s3.test/k"},"headers":{"1":{"x-amz-meta-a":"a\r\nb: c"}},"expiresIn":900}`,
	} {
		f.Add(200, "application/json", "", []byte(body))
		f.Add(503, "application/json", "7", []byte(body))
	}
	f.Add(202, "application/json", "", []byte(`{"state":"completing"}`))
	f.Add(302, "text/html", "Wed, 21 Oct 2099 07:28:00 GMT", []byte("<html>"))
	f.Fuzz(func(t *testing.T, status int, contentType, wait string, body []byte) {
		if status < 100 || status > 999 {
			return
		}
		a := foreign{status: status, header: http.Header{"Content-Type": {contentType}, "Retry-After": {wait}, "Location": {"/v1/elsewhere"}}, body: body}
		s, err := New(Config{Base: "https://vault.test", Token: func(context.Context, string) (string, error) { return testToken, nil }, HTTP: &http.Client{Transport: &a}})
		if err != nil {
			t.Fatal(err)
		}
		s.pollEvery = 0
		callAll(t, s, &a)
	})
}

// foreign answers every request alike; the third one fails, so that polling comes to an end.
type foreign struct {
	status int
	header http.Header
	body   []byte
	asked  int
}

var errGone = errors.New("gone")

func (a *foreign) RoundTrip(r *http.Request) (*http.Response, error) {
	if a.asked++; a.asked > 3 {
		return nil, errGone
	}
	return &http.Response{StatusCode: a.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: a.header.Clone(),
		Body: io.NopCloser(bytes.NewReader(a.body)), ContentLength: -1, Request: r}, nil
}

func callAll(t *testing.T, s *Signer, a *foreign) {
	t.Helper()
	ctx, up := t.Context(), uploader.Upload{UploadID: "u", Key: "k"}
	ref := uploader.AttemptID("01JD0000000000000000000000")
	req := uploader.CreateRequest{Attempt: ref, FileName: "a", ContentType: "a/b", Size: 5, Checksum: uploader.ChecksumCRC64NVME, Sum: "AAAAAAAAAAA="}
	begin := func() { a.asked = 0 }

	begin()
	caps, err := s.Capabilities(ctx)
	if honest(t, err) {
		hold(t, "capabilities", caps.MaxParts > 0 && caps.MaxParts <= api.MaxParts && caps.MinPartSize > 0 && len(caps.DataOrigins) > 0 && caps.URLLifetime > 0)
	}
	begin()
	created, err := s.Create(ctx, req, false)
	if honest(t, err) && created.Object == nil {
		hold(t, "create", created.UploadID != "" && created.Key != "" && created.PartSize > 0 && created.PartSize <= api.MaxPartSize)
	}
	begin()
	signed, err := s.SignParts(ctx, up, []uploader.PartToSign{{PartNumber: 1, Size: 5, Checksum: "AAAAAAAAAAA="}})
	if honest(t, err) {
		hold(t, "one part", len(signed) == 1)
		sendableRequest(t, signed[1])
	}
	begin()
	objects, err := s.SignObjects(ctx, []uploader.CreateRequest{req})
	if honest(t, err) {
		hold(t, "one object", len(objects) == 1)
		if objects[0].Err != nil {
			honest(t, objects[0].Err)
		} else {
			hold(t, "an object's key", objects[0].Key != "")
			sendableRequest(t, objects[0].SignedRequest)
		}
	}
	begin()
	parts, err := s.ListParts(ctx, up)
	honest(t, err)
	for i, p := range parts {
		hold(t, "part", p.PartNumber > 0 && p.PartNumber <= api.MaxParts && p.ETag != "" && p.Size >= 0 && (i == 0 || p.PartNumber > parts[i-1].PartNumber))
	}
	begin()
	stats, err := s.StatObjects(ctx, []string{"k"})
	if honest(t, err) {
		hold(t, "stat", len(stats) == 1 && (!stats[0].Found || stats[0].Key == "k" && stats[0].Size >= 0 && stats[0].ETag != ""))
	}
	begin()
	done, err := s.Complete(ctx, uploader.CompleteRequest{Upload: up, Size: 5, Checksum: "AAAAAAAAAAA=", Parts: []uploader.Part{{PartNumber: 1, ETag: `"e"`, Size: 5}}})
	if honest(t, err) {
		hold(t, "complete", done.Key == "k" && done.Size == 5 && done.Checksum == "AAAAAAAAAAA=" && done.ETag != "")
	}
	begin()
	honest(t, s.Abort(ctx, up))
	begin()
	honest(t, s.CheckSignIn(ctx))
}

func hold(t *testing.T, what string, ok bool) {
	t.Helper()
	if !ok {
		t.Errorf("%s: a value that breaks the protocol came through", what)
	}
}

// honest tells whether there was no error, and holds one that there was to the rules of errors.
func honest(t *testing.T, err error) bool {
	t.Helper()
	if err == nil {
		return true
	}
	var e *uploader.Error
	if !errors.As(err, &e) {
		t.Fatalf("not an *uploader.Error: %v", err)
	}
	if e.RetryAfter < 0 || e.RetryAfter > maxRetryAfter {
		t.Errorf("is to be tried again in %v", e.RetryAfter)
	}
	if e.Code.Sentence() == "" {
		t.Errorf("code %q is not in the table", e.Code)
	}
	if s := err.Error(); strings.Contains(s, testToken) || strings.ContainsAny(s, "\r\n\x00") {
		t.Errorf("shows too much: %q", s)
	}
	return false
}

// sendableRequest is one that net/http can send: what it refuses looks like a network that is down.
func sendableRequest(t *testing.T, r uploader.SignedRequest) {
	t.Helper()
	hold(t, "lifetime", r.Lifetime > 0 && r.Lifetime <= maxLifetime && r.Lifetime%time.Second == 0)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, r.URL, http.NoBody)
	if err != nil {
		t.Fatalf("a URL that cannot be used: %v", err)
	}
	req.Header = r.Header
	dead := &http.Transport{DisableKeepAlives: true, DialTLSContext: noWay, DialContext: noWay}
	resp, err := dead.RoundTrip(req)
	if err == nil {
		t.Fatalf("sent: %v", resp.Body.Close())
	}
	if !errors.Is(err, errGone) {
		t.Errorf("a request that cannot be sent: %v", err)
	}
}

func noWay(context.Context, string, string) (net.Conn, error) { return nil, errGone }
