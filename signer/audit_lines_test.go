package signer_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"longshore/signer"
	"longshore/signer/api"
)

// auditLine is what docs/operations.md promises of a line.
type auditLine struct {
	Msg, Level, RequestID, ClientRequestID, Route, Principal, Code, Reason, UploadRef, KeyHash, Verified, Cause string
	Status                                                                                                      int
	Items                                                                                                       int
	Size                                                                                                        *int64
	Ms                                                                                                          *float64
}

// auditOf gives the lines with that message.
func auditOf(t testing.TB, log *syncBuffer, msg string) (lines []auditLine) {
	t.Helper()
	for text := range strings.Lines(log.String()) {
		var l auditLine
		if err := json.Unmarshal([]byte(text), &l); err != nil {
			t.Fatalf("not JSON: %s", text)
		}
		if l.Msg == msg {
			lines = append(lines, l)
		}
	}
	return lines
}

// TestOneAuditLinePerCall: every route, served, refused in every way and
// panicking, writes one line with the request id that the client was told; a
// Complete that was begun writes how it ended besides. Nothing secret is in any.
func TestOneAuditLinePerCall(t *testing.T) {
	var log syncBuffer
	fake := newFake()
	panics := false
	fake.before = func(op string, _ int) error {
		if panics {
			panic("secret-panic")
		}
		return nil
	}
	v := tokenVault(t, fake, func(c *signer.Config) {
		c.Audit = slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		c.CheckEvery = -1
	})
	data := []byte("hello")
	req := initRequest(data)
	req.FileName = "secret-patient.dcm"
	once := func(what, route string, code api.Code, a answer) auditLine {
		t.Helper()
		all := auditOf(t, &log, "call")
		log.reset()
		if len(all) != 1 {
			t.Fatalf("%s: %d lines", what, len(all))
		}
		l := all[0]
		if l.RequestID == "" || l.RequestID != a.header.Get(api.HeaderRequestID) || l.Route != route || l.Status != a.status || l.Ms == nil || l.Code != string(code) {
			t.Errorf("%s: %+v for status %d, want code %s", what, l, a.status, code)
		}
		return l
	}
	a := v.post(api.PathInitUpload, req, func(r *http.Request) { r.Header.Set("X-Request-Id", "drop-7") })
	var up api.InitResponse
	if err := json.Unmarshal(a.body, &up); err != nil {
		t.Fatal(err)
	}
	line := once("init", "init-upload", "ok", a)
	if line.ClientRequestID != "drop-7" || line.UploadRef != req.UploadRef || line.Size == nil || *line.Size != 5 || len(line.KeyHash) != 16 || line.Principal == "" {
		t.Errorf("init: %+v", line)
	}
	for path, route := range map[string]string{
		api.PathInitUpload: "init-upload", api.PathGetPartURL: "get-part-url", api.PathGetPartURLs: "get-part-urls", api.PathPutURLs: "put-urls",
		api.PathListParts: "list-parts", api.PathStatObjects: "stat-objects", api.PathCompleteUpload: "complete-upload",
		api.PathAbortUpload: "abort-upload", api.PathCompleteBatch: "complete-batch",
	} {
		once("no token", route, api.CodeUnauthorized, v.post(path, []byte("{}"), func(r *http.Request) { r.Header.Set("Authorization", "Bearer secret-token") }))
		once("content type", route, api.CodeBadContentType, v.post(path, []byte("{}"), func(r *http.Request) { r.Header.Set("Content-Type", "text/secret") }))
		once("bad body", route, api.CodeBadRequest, v.post(path, []byte(`{"secret-field":1}`)))
		once("method", route, api.CodeMethodNotAllowed, v.send(http.MethodGet, path, nil))
		once("origin", "other", api.CodeForbiddenOrigin, v.post(path, []byte("{}"), func(r *http.Request) { r.Header.Set("Origin", "https://secret.example") }))
		unsafe := once("client id", route, api.CodeBadRequest, v.post(path, []byte("[]"), func(r *http.Request) { r.Header.Set("X-Request-Id", "secret id\n") }))
		if unsafe.ClientRequestID != "" {
			t.Errorf("%+v", unsafe)
		}
	}
	once("no route", "other", api.CodeNotFound, v.post("/secret-path?secret-query", []byte("{}")))
	once("health", "healthz", "ok", v.send(http.MethodGet, api.PathHealth, nil))
	once("readiness", "readyz", "ok", v.send(http.MethodGet, api.PathReady, nil))
	once("capabilities", "capabilities", "ok", v.send(http.MethodGet, api.PathCapabilities, nil))

	parts := []api.Part{{PartNumber: 1, ETag: fake.hold(up.ObjectKey, 1, 5), Checksum: crc(data)}}
	panics = true
	a = v.post(api.PathCompleteUpload, completeRequest(up, parts, data))
	wantOutcome(t, &log, line.KeyHash, string(api.CodeInternal), "")
	once("panic apart", "complete-upload", api.CodeInternal, a)
	once("panic", "list-parts", api.CodeInternal, v.post(api.PathListParts, api.UploadRequest{UploadID: up.UploadID, ObjectKey: up.ObjectKey}))
	panics = false
	a = v.post(api.PathCompleteUpload, completeRequest(up, parts, data))
	wantOutcome(t, &log, line.KeyHash, "ok", api.VerifiedFullObject)
	if done := once("complete", "complete-upload", "ok", a); done.KeyHash != line.KeyHash || done.Items != 1 || *done.Size != 5 {
		t.Errorf("complete: %+v", done)
	}
	for _, no := range []string{"secret", aliceToken, up.UploadID, up.ObjectKey, "patient"} {
		if strings.Contains(log.all(), no) {
			t.Errorf("the audit log holds %q", no)
		}
	}
}

func wantOutcome(t *testing.T, log *syncBuffer, keyHash, code, verified string) {
	t.Helper()
	ends := auditOf(t, log, "outcome")
	if len(ends) != 1 || ends[0].Code != code || ends[0].KeyHash != keyHash || ends[0].Verified != verified || ends[0].RequestID == "" {
		t.Errorf("outcomes: %+v, want %s", ends, code)
	}
}
