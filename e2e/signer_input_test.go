package e2e

import (
	"bytes"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"longshore/signer/api"
)

// TestSignerRefusesBadInput sends the built signer everything an honest client
// never sends. Each answer carries a code of the closed list, its status and a
// sentence, and the upload it was aimed at is unharmed.
func TestSignerRefusesBadInput(t *testing.T) {
	tokens := filepath.Join(t.TempDir(), "tokens")
	writeFile(t, tokens, []byte("token-of-alice-0123456789 alice\ntoken-of-bob-0123456789abc bob\n"))
	r := newVersity(t, "--auth", "tokens:"+tokens, "--max-object-size", "1073741824")
	alice := map[string]string{"Authorization": "Bearer token-of-alice-0123456789"}
	bob := map[string]string{"Authorization": "Bearer token-of-bob-0123456789abc"}

	data := seeded(2*api.MinPartSize+99, 2)
	up := call[api.InitResponse](t, r.URL, api.PathInitUpload, initRequest("good.bin", data), alice)
	other := call[api.InitResponse](t, r.URL, api.PathInitUpload, initRequest("other.bin", data), alice)
	bobs := call[api.InitResponse](t, r.URL, api.PathInitUpload, initRequest("bobs.bin", data), bob)
	first := data[:api.MinPartSize]
	part := func(n int) api.PartURLRequest {
		return api.PartURLRequest{UploadID: up.UploadID, ObjectKey: up.ObjectKey, PartNumber: n, Checksum: crcOf(first)}
	}
	edit := func(f func(*api.InitRequest)) api.InitRequest {
		req := initRequest("a.bin", data)
		f(&req)
		return req
	}
	batch := func(n int) api.PartURLsRequest {
		req := api.PartURLsRequest{UploadID: up.UploadID, ObjectKey: up.ObjectKey}
		for i := range n {
			req.Parts = append(req.Parts, api.PartToSign{PartNumber: i + 1, Checksum: crcOf(first)})
		}
		return req
	}
	forged := func(at int) string { // one letter changed
		id := []byte(up.UploadID)
		id[at] = map[bool]byte{true: 'B', false: 'A'}[id[at] == 'A']
		return string(id)
	}
	raw := func(format string, args ...any) []byte { return fmt.Appendf(nil, format, args...) }

	cases := []struct {
		name   string
		path   string
		body   any
		header map[string]string // instead of alice's token
		want   api.Code
	}{
		{name: "forged upload id", path: api.PathGetPartURL, body: api.PartURLRequest{UploadID: forged(10), ObjectKey: up.ObjectKey, PartNumber: 1, Checksum: crcOf(first)}, want: api.CodeBadUploadID},
		{name: "forged seal", path: api.PathListParts, body: api.UploadRequest{UploadID: forged(len(up.UploadID) - 4), ObjectKey: up.ObjectKey}, want: api.CodeBadUploadID},
		{name: "cut upload id", path: api.PathAbortUpload, body: api.UploadRequest{UploadID: up.UploadID[:40], ObjectKey: up.ObjectKey}, want: api.CodeBadUploadID},
		{name: "made-up upload id", path: api.PathAbortUpload, body: api.UploadRequest{UploadID: "made-up", ObjectKey: up.ObjectKey}, want: api.CodeBadUploadID},
		{name: "no upload id", path: api.PathAbortUpload, body: api.UploadRequest{ObjectKey: up.ObjectKey}, want: api.CodeBadRequest},
		{name: "key of another upload", path: api.PathGetPartURL, body: api.PartURLRequest{UploadID: up.UploadID, ObjectKey: other.ObjectKey, PartNumber: 1, Checksum: crcOf(first)}, want: api.CodeBadUploadID},
		{name: "key of another upload on complete", path: api.PathCompleteUpload, body: completeRequest(api.InitResponse{UploadID: up.UploadID, ObjectKey: other.ObjectKey}, []api.Part{{PartNumber: 1, ETag: `"x"`, Checksum: crcOf(first)}}, data), want: api.CodeBadUploadID},
		{name: "foreign upload", path: api.PathListParts, body: uploadOf(up), header: bob, want: api.CodeBadUploadID},
		{name: "foreign abort", path: api.PathAbortUpload, body: uploadOf(up), header: bob, want: api.CodeBadUploadID},
		{name: "foreign parts", path: api.PathGetPartURLs, body: batch(1), header: bob, want: api.CodeBadUploadID},
		{name: "part number 0", path: api.PathGetPartURL, body: part(0), want: api.CodeBadPartNumber},
		{name: "negative part number", path: api.PathGetPartURL, body: part(-1), want: api.CodeBadPartNumber},
		{name: "part number behind the plan", path: api.PathGetPartURL, body: part(4), want: api.CodeBadPartNumber},
		{name: "part number 10001", path: api.PathGetPartURL, body: part(10_001), want: api.CodeBadPartNumber},
		{name: "part of another size", path: api.PathGetPartURL, body: api.PartURLRequest{UploadID: up.UploadID, ObjectKey: up.ObjectKey, PartNumber: 1, Size: ptr(int64(77)), Checksum: crcOf(first)}, want: api.CodeBadPartSize},
		{name: "part without checksum", path: api.PathGetPartURL, body: api.PartURLRequest{UploadID: up.UploadID, ObjectKey: up.ObjectKey, PartNumber: 1}, want: api.CodeBadChecksum},
		{name: "part with a broken checksum", path: api.PathGetPartURL, body: api.PartURLRequest{UploadID: up.UploadID, ObjectKey: up.ObjectKey, PartNumber: 1, Checksum: "nonsense"}, want: api.CodeBadChecksum},
		{name: "101 parts in a batch", path: api.PathGetPartURLs, body: batch(101), want: api.CodeTooManyItems},
		{name: "no parts in a batch", path: api.PathGetPartURLs, body: batch(0), want: api.CodeBadRequest},
		{name: "101 objects", path: api.PathPutURLs, body: api.PutURLsRequest{Objects: make([]api.ObjectToPut, 101)}, want: api.CodeTooManyItems},
		{name: "101 keys", path: api.PathStatObjects, body: api.StatObjectsRequest{ObjectKeys: make([]string, 101)}, want: api.CodeTooManyItems},
		{name: "unknown field", path: api.PathInitUpload, body: raw(`{"fileName":"a","mimeType":"b","size":1,"admin":true}`), want: api.CodeBadRequest},
		{name: "wrong type", path: api.PathInitUpload, body: raw(`{"fileName":7,"mimeType":"b"}`), want: api.CodeBadRequest},
		{name: "text for a number", path: api.PathGetPartURL, body: raw(`{"uploadId":%q,"objectKey":%q,"partNumber":"1"}`, up.UploadID, up.ObjectKey), want: api.CodeBadRequest},
		{name: "fraction of a part", path: api.PathGetPartURL, body: raw(`{"uploadId":%q,"objectKey":%q,"partNumber":1.5}`, up.UploadID, up.ObjectKey), want: api.CodeBadRequest},
		{name: "an array", path: api.PathInitUpload, body: raw(`[]`), want: api.CodeBadRequest},
		{name: "two objects", path: api.PathInitUpload, body: raw(`{"fileName":"a","mimeType":"b","size":1}{}`), want: api.CodeBadRequest},
		{name: "cut JSON", path: api.PathInitUpload, body: raw(`{"fileName":"a`), want: api.CodeBadRequest},
		{name: "nothing", path: api.PathInitUpload, body: []byte{}, want: api.CodeBadRequest},
		{name: "not JSON", path: api.PathInitUpload, body: raw(`fileName=a`), want: api.CodeBadRequest},
		{name: "no name", path: api.PathInitUpload, body: edit(func(q *api.InitRequest) { q.FileName = "" }), want: api.CodeBadName},
		{name: "body over the limit", path: api.PathInitUpload, body: raw(`{"fileName":%q}`, strings.Repeat("a", api.MaxBody)), want: api.CodeBodyTooLarge},
		{name: "complete over its limit", path: api.PathCompleteUpload, body: raw(`{"uploadId":%q}`, strings.Repeat("a", api.MaxCompleteBody)), want: api.CodeBodyTooLarge},
		{name: "text/plain", path: api.PathInitUpload, body: initRequest("a", data), header: with(alice, "Content-Type", "text/plain"), want: api.CodeBadContentType},
		{name: "form", path: api.PathInitUpload, body: raw(`a=b`), header: with(alice, "Content-Type", "application/x-www-form-urlencoded"), want: api.CodeBadContentType},
		{name: "another charset", path: api.PathInitUpload, body: initRequest("a", data), header: with(alice, "Content-Type", "application/json; charset=utf-16"), want: api.CodeBadContentType},
		{name: "foreign origin", path: api.PathInitUpload, body: initRequest("a", data), header: with(alice, "Origin", "https://evil.example"), want: api.CodeForbiddenOrigin},
		{name: "null origin", path: api.PathInitUpload, body: initRequest("a", data), header: with(alice, "Origin", "null"), want: api.CodeForbiddenOrigin},
		{name: "no token", path: api.PathInitUpload, body: initRequest("a", data), header: map[string]string{}, want: api.CodeUnauthorized},
		{name: "unknown token", path: api.PathInitUpload, body: initRequest("a", data), header: map[string]string{"Authorization": "Bearer nobody"}, want: api.CodeUnauthorized},
		{name: "token of another scheme", path: api.PathInitUpload, body: initRequest("a", data), header: map[string]string{"Authorization": "Basic token-of-alice-0123456789"}, want: api.CodeUnauthorized},
		{name: "path upwards", path: api.PathInitUpload, body: edit(func(q *api.InitRequest) { q.RelativePath = "a/../../b" }), want: api.CodeBadName},
		{name: "name upwards", path: api.PathInitUpload, body: edit(func(q *api.InitRequest) { q.FileName = ".." }), want: api.CodeBadName},
		{name: "control character", path: api.PathInitUpload, body: edit(func(q *api.InitRequest) { q.FileName = "a\u0000b" }), want: api.CodeBadName},
		{name: "newline", path: api.PathInitUpload, body: edit(func(q *api.InitRequest) { q.FileName = "a\nb" }), want: api.CodeBadName},
		{name: "path too long for a key", path: api.PathInitUpload, body: edit(func(q *api.InitRequest) { q.RelativePath = strings.Repeat("directory/", 110) + "a" }), want: api.CodeKeyTooLong},
		{name: "bad uploadRef", path: api.PathInitUpload, body: edit(func(q *api.InitRequest) { q.UploadRef = "abc" }), want: api.CodeBadRef},
		{name: "lower-case uploadRef", path: api.PathInitUpload, body: edit(func(q *api.InitRequest) { q.UploadRef = strings.ToLower(q.UploadRef) }), want: api.CodeBadRef},
		{name: "metadata of the signer's", path: api.PathInitUpload, body: edit(func(q *api.InitRequest) { q.Metadata = map[string]string{api.MetaUploadRef: "x"} }), want: api.CodeBadMetadata},
		{name: "too large", path: api.PathInitUpload, body: edit(func(q *api.InitRequest) { q.Size = ptr(int64(1<<30 + 1)) }), want: api.CodeObjectTooLarge},
		{name: "above 48.8 TiB", path: api.PathInitUpload, body: edit(func(q *api.InitRequest) { q.Size = ptr(int64(api.MaxObjectSize) + 1) }), want: api.CodeObjectTooLarge},
		{name: "parts below 5 MiB", path: api.PathInitUpload, body: edit(func(q *api.InitRequest) { q.PartSize = 1 << 20 }), want: api.CodeBadPartSize},
		{name: "unknown checksum", path: api.PathInitUpload, body: edit(func(q *api.InitRequest) { q.Checksum = "crc32" }), want: api.CodeChecksumUnsupported},
		{name: "foreign key", path: api.PathStatObjects, body: api.StatObjectsRequest{ObjectKeys: []string{bobs.ObjectKey}}, want: ""},
		{name: "no such call", path: "/v1/delete-everything", body: raw(`{}`), want: api.CodeNotFound},
		{name: "part twice", path: api.PathCompleteUpload, body: completeRequest(up, []api.Part{{PartNumber: 1, ETag: `"x"`, Checksum: crcOf(first)}, {PartNumber: 1, ETag: `"x"`, Checksum: crcOf(first)}}, data), want: api.CodeInvalidParts},
		{name: "no parts", path: api.PathCompleteUpload, body: completeRequest(up, nil, data), want: api.CodeInvalidParts},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			h := c.header
			if h == nil {
				h = alice
			}
			a := post(t, r.URL, c.path, c.body, h)
			if c.want == "" { // stat-objects answers each key by itself
				if !bytes.Contains(a.body, []byte(api.CodeForbiddenKey)) {
					t.Fatalf("a foreign key was looked at: %s", a.body)
				}
				return
			}
			wantCode(t, a, c.want)
		})
	}
	t.Run("GET on a call", func(t *testing.T) {
		wantCode(t, send(t, http.MethodGet, r.URL+api.PathInitUpload, alice, nil), api.CodeMethodNotAllowed)
	})
	t.Run("no secret in the log", func(t *testing.T) {
		for _, secret := range []string{"token-of-", "X-Amz-Signature", "good.bin", up.UploadID} {
			if strings.Contains(r.signer.stderr.String(), secret) {
				t.Errorf("the signer's log holds %q", secret)
			}
		}
	})
	// Nothing of all this touched the uploads: each still goes through.
	for name, u := range map[string]struct {
		up  api.InitResponse
		who map[string]string
	}{"alice": {up, alice}, "alice's other": {other, alice}, "bob": {bobs, bob}} {
		t.Run("unharmed upload of "+name, func(t *testing.T) {
			parts := sendAllAs(t, r.URL, u.up, data, u.who)
			call[api.Object](t, r.URL, api.PathCompleteUpload, completeRequest(u.up, parts, data), u.who)
			wantStored(t, r.path(u.up.ObjectKey), data)
		})
	}
	r.wantNoOpenUploads(t)
}

// TestSignerWithoutSignInAnswersLoopbackAlone: with Host and Content-Type
// checked, no web page can use a local signer.
func TestSignerWithoutSignInAnswersLoopbackAlone(t *testing.T) {
	r := newVersity(t)
	a := post(t, r.direct, api.PathInitUpload, initRequest("a", nil), map[string]string{"Host": "vault.evil.example"})
	wantCode(t, a, api.CodeForbiddenHost)
}

// with is a copy of m with one entry more.
func with(m map[string]string, k, v string) map[string]string {
	out := without(m, k)
	out[k] = v
	return out
}
