package signer_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"longshore/signer"
	"longshore/signer/api"
)

// FuzzRequest sends foreign bodies to every route: the handler never panics, never answers 5xx to what a client sent,
// always answers as the spec says (the harness checks each exchange), and an error never repeats the request.
func FuzzRequest(f *testing.F) {
	fake := newFake()
	v := fakeVault(f, fake, func(c *signer.Config) { c.Rate = -1 })
	up := mustCall[api.InitResponse](v, api.PathInitUpload, initRequest([]byte("hello")))
	seed := func(path int, body any) {
		raw, err := json.Marshal(body)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(path), raw, "")
	}
	for i := range posts {
		for _, body := range []any{
			initRequest([]byte("x")), api.UploadRequest{UploadID: up.UploadID, ObjectKey: up.ObjectKey},
			api.PartURLRequest{UploadID: up.UploadID, ObjectKey: up.ObjectKey, PartNumber: 1, Checksum: crc([]byte("hello"))},
			api.PartURLsRequest{UploadID: up.UploadID, ObjectKey: up.ObjectKey, PartNumbers: []int{1, 2}},
			api.PutURLsRequest{Objects: []api.ObjectToPut{toPut("a", []byte("a"), api.ChecksumCRC64NVME)}},
			api.StatObjectsRequest{ObjectKeys: []string{up.ObjectKey, "uploads/../x", ""}},
			api.CompleteRequest{UploadID: up.UploadID, ObjectKey: up.ObjectKey, Parts: []api.Part{{PartNumber: 1, ETag: "e"}}},
		} {
			seed(i, body)
		}
		for _, raw := range []string{"", "null", "[]", "{}", `{"size":1e400}`, `{"fileName":"\ud800"}`, `{"modTime":"0000-00-00T00:00:00Z"}`,
			`{"fileName":"a","mimeType":"a/b","size":9223372036854775807,"partSize":9223372036854775807}`,
			`{"uploadId":"` + strings.Repeat("A", 499) + `","objectKey":"k"}`, strings.Repeat("[", 20000), "\ufeff{}", `{"Size":1,"size":2}`} {
			f.Add(uint8(i), []byte(raw), "respond-async; wait=10, x")
		}
	}
	f.Fuzz(func(t *testing.T, route uint8, body []byte, prefer string) {
		v := &vault{t: t, signer: v.signer}
		path := posts[int(route)%len(posts)]
		a := v.post(path, body, func(r *http.Request) {
			if prefer != "" {
				r.Header.Set(api.HeaderPrefer, prefer)
			}
		})
		if a.status >= 500 {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
		if !utf8.Valid(a.body) {
			t.Errorf("%s: an answer that is no UTF-8", path)
		}
		if a.status == http.StatusOK || a.status == http.StatusAccepted {
			return
		}
		info, known := a.code().Info()
		if !known || info.Status != a.status {
			t.Errorf("%s: %d with code %q", path, a.status, a.code())
		}
		// The sentence is one of the signer's, whatever was sent.
		var e api.Error
		if err := json.Unmarshal(a.body, &e); err != nil || len(e.Message) > 300 || len(body) > 24 && strings.Contains(e.Message, string(body)) {
			t.Errorf("%s: %v %q", path, err, e.Message)
		}
	})
}
