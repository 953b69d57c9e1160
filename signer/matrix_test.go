package signer_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"longshore/internal/s3test"
	"longshore/signer/api"
)

// The authorization matrix: every route × every kind of key × every kind of
// sealed id. A route without a row fails the test, so that nobody adds one
// without saying what it does to a stranger.

// matrixRow is what a route takes that could reach for what is not the
// caller's.
type matrixRow struct {
	byID   func(id, key string) any // a sealed id and its key
	byKey  func(key string) any     // a key alone
	byName func(name string) any    // a name that a key is made of
	open   bool                     // takes nothing and needs no caller
}

var matrix = map[string]matrixRow{
	api.PathGetPartURL: {byID: func(id, key string) any {
		return api.PartURLRequest{UploadID: id, ObjectKey: key, PartNumber: 1, Checksum: crc(nil)}
	}},
	api.PathGetPartURLs: {byID: func(id, key string) any {
		return api.PartURLsRequest{UploadID: id, ObjectKey: key, Parts: []api.PartToSign{{PartNumber: 1, Checksum: crc(nil)}}}
	}},
	api.PathListParts:   {byID: func(id, key string) any { return api.UploadRequest{UploadID: id, ObjectKey: key} }},
	api.PathAbortUpload: {byID: func(id, key string) any { return api.UploadRequest{UploadID: id, ObjectKey: key} }},
	api.PathCompleteUpload: {byID: func(id, key string) any {
		return api.CompleteRequest{UploadID: id, ObjectKey: key, Parts: []api.Part{{PartNumber: 1, ETag: "e", Checksum: crc(nil)}}, Checksum: crc(nil)}
	}},
	api.PathStatObjects: {byKey: func(key string) any { return api.StatObjectsRequest{ObjectKeys: []string{key}} }},
	api.PathCompleteBatch: {byKey: func(key string) any {
		return api.CompleteBatchRequest{BatchRef: batchA, Objects: []api.BatchObject{{ObjectKey: key, Size: 1}}}
	}},
	api.PathInitUpload: {byName: func(name string) any {
		return api.InitRequest{FileName: "f", RelativePath: name, MimeType: "text/plain", Size: ptr(int64(1)), UploadRef: newRef(), Retry: true}
	}},
	api.PathPutURLs: {byName: func(name string) any {
		o := toPut("f", []byte("x"), api.ChecksumCRC64NVME)
		o.RelativePath = name
		return api.PutURLsRequest{Objects: []api.ObjectToPut{o}}
	}},
	api.PathForm: {byName: func(name string) any {
		return api.FormRequest{FileName: "f", MimeType: "text/plain", RelativePath: name}
	}},
	api.PathSession:      {open: true}, // its own tests: it wants an Origin first
	api.PathCapabilities: {open: true},
	api.PathHealth:       {open: true},
	api.PathReady:        {open: true},
}

// ask is post without the spec's check of each exchange, of which there are
// tens of thousands.
func (m *matrixVault) ask(path string, body any) answer {
	raw, ok := body.([]byte)
	if !ok {
		var err error
		if raw, err = json.Marshal(body); err != nil {
			m.t.Fatal(err)
		}
	}
	req := httptest.NewRequest(http.MethodPost, "http://127.0.0.1:1"+path, bytes.NewReader(raw))
	req.Header.Set("Content-Type", "application/json")
	if m.token != "" {
		req.Header.Set("Authorization", "Bearer "+m.token)
	}
	w := httptest.NewRecorder()
	m.signer.Handler().ServeHTTP(w, req)
	return answer{w.Code, w.Header(), w.Body.Bytes()}
}

// untouched runs a cell that may not reach the storage.
func (m *matrixVault) untouched(cell string, want api.Code, path string, body any) {
	m.t.Helper()
	before := m.storage.calls.Load()
	a := m.ask(path, body)
	got := a.code()
	if a.status == http.StatusOK {
		got = itemCode(m.t, cell, a.body)
	} else if info, _ := want.Info(); a.status != info.Status {
		m.t.Errorf("%s: status %d", cell, a.status)
	}
	if got != want {
		m.t.Errorf("%s: %d %s, want %s", cell, a.status, a.body, want)
	}
	if n := m.storage.calls.Load() - before; n != 0 {
		m.t.Errorf("%s: the storage was called %d times", cell, n)
	}
}

// itemCode is the code of the one item of an answer that has items.
func itemCode(t testing.TB, cell string, body []byte) api.Code {
	t.Helper()
	var a struct {
		Objects []struct {
			Error api.Code `json:"error"`
		} `json:"objects"`
	}
	if err := json.Unmarshal(body, &a); err != nil || len(a.Objects) != 1 {
		t.Fatalf("%s: it was served: %s", cell, body)
	}
	return a.Objects[0].Error
}

func TestMatrixHasEveryRoute(t *testing.T) {
	v := fakeVault(t, newFake())
	if got, want := slices.Sorted(maps.Keys(matrix)), v.signer.Paths(); !slices.Equal(got, want) {
		t.Fatalf("the authorization matrix has rows for %v\nthe signer serves %v", got, want)
	}
	for path, row := range matrix {
		if kinds := []bool{row.byID != nil, row.byKey != nil, row.byName != nil, row.open}; !slices.Contains(kinds, true) {
			t.Errorf("%s: the row says nothing", path)
		}
	}
}

func TestMatrix(t *testing.T) {
	m := newMatrix(t, newFake())
	strange := m.strangeKeys()
	cells := 0
	for path, row := range matrix {
		if row.byID != nil {
			for idName, id := range m.ids {
				for keyName, key := range strange {
					m.untouched(path+": key "+keyName+", id "+idName, api.CodeBadUploadID, path, row.byID(id, key))
					cells++
				}
				if idName != "own" {
					m.untouched(path+": her own key, id "+idName, api.CodeBadUploadID, path, row.byID(id, m.mine.ObjectKey))
				}
				m.untouched(path+": no key, id "+idName, api.CodeBadRequest, path, row.byID(id, ""))
			}
			m.untouched(path+": no id", api.CodeBadRequest, path, row.byID("", m.mine.ObjectKey))
			m.untouched(path+": bob's pair", api.CodeBadUploadID, path, row.byID(m.bobs.UploadID, m.bobs.ObjectKey))
		}
		if row.byKey != nil {
			for name, key := range strange {
				m.untouched(path+": key "+name, api.CodeForbiddenKey, path, row.byKey(key))
				cells++
			}
		}
	}
	if cells < 20_000 {
		t.Errorf("only %d cells: what they are made of is missing", cells)
	}
}

// TestMatrixOwnKeys proves that the cells are refused for what is strange in
// them: the same calls with her own key and id are served.
func TestMatrixOwnKeys(t *testing.T) {
	m := newMatrix(t, newFake())
	for _, path := range []string{api.PathGetPartURL, api.PathGetPartURLs, api.PathListParts, api.PathCompleteUpload, api.PathAbortUpload} {
		before := m.storage.calls.Load()
		a := m.post(path, matrix[path].byID(m.mine.UploadID, m.mine.ObjectKey))
		if a.code() == api.CodeBadUploadID || a.code() == api.CodeBadRequest || m.storage.calls.Load() == before && path != api.PathCompleteUpload {
			t.Errorf("%s with her own: %d %s", path, a.status, a.body)
		}
	}
	if a := m.post(api.PathStatObjects, matrix[api.PathStatObjects].byKey(m.mine.ObjectKey)); itemCode(t, "stat", a.body) != "" {
		t.Errorf("her own key: %s", a.body)
	}
}

func TestMatrixCallers(t *testing.T) {
	m := newMatrix(t, newFake())
	for path, row := range matrix {
		if row.open {
			continue
		}
		for who, token := range map[string]string{"nobody": "", "a stranger": "stranger-0123456789", "half a token": aliceToken[:10], "two tokens": aliceToken + " " + bobToken} {
			m.token = token
			for _, body := range []any{row.sample(m), []byte("{}"), []byte("not JSON")} {
				m.untouched(path+" by "+who, api.CodeUnauthorized, path, body)
			}
		}
	}
}

// sample is a good request of the row.
func (r matrixRow) sample(m *matrixVault) any {
	switch {
	case r.byID != nil:
		return r.byID(m.mine.UploadID, m.mine.ObjectKey)
	case r.byKey != nil:
		return r.byKey(m.mine.ObjectKey)
	}
	return r.byName("a/b.txt")
}

// matrixNames are names that keys are made of, and what becomes of them: a
// code, or a key that is her own, letter by letter.
var matrixNames = map[string]api.Code{
	"../x": api.CodeBadName, "a/../../x": api.CodeBadName, "..": api.CodeBadName, ".": api.CodeBadName, "./x": api.CodeBadName, "a/./x": api.CodeBadName,
	"/x": api.CodeBadName, "x/": api.CodeBadName, "a//x": api.CodeBadName, "a\x00b": api.CodeBadName, "a\nb": api.CodeBadName, "a\u0085b": api.CodeBadName,
	"a\uffff": api.CodeBadName, strings.Repeat("x", 201): api.CodeBadName, strings.Repeat("y/", 2100) + "y": api.CodeKeyTooLong, strings.Repeat("long/", 200) + "x": api.CodeKeyTooLong,
	"%2e%2e/x": "", "%252e%252e/%252fx": "", "．．／x": "", "‥/x": "", `..\..\x`: "", "..x/x..": "", "...": "", "∕..∕x": "", "{principal}": "", "?uploadId=1": "", "#x": "", "a b+c&d": "",
	norm.NFD.String("Ünïcode"): "",
}

func TestMatrixNames(t *testing.T) {
	m := newMatrix(t, newFake())
	prefix := strings.Join(strings.Split(m.mine.ObjectKey, "/")[:2], "/") + "/"
	for path, row := range matrix {
		if row.byName == nil {
			continue
		}
		for name, want := range matrixNames {
			if want != "" {
				m.untouched(fmt.Sprintf("%s of %.20q", path, name), want, path, row.byName(name))
				continue
			}
			a := m.post(path, row.byName(name))
			var got struct {
				Key     string `json:"objectKey"`
				Objects []struct {
					Key string `json:"objectKey"`
				} `json:"objects"`
			}
			if err := json.Unmarshal(a.body, &got); err != nil {
				t.Fatal(err)
			}
			if len(got.Objects) == 1 {
				got.Key = got.Objects[0].Key
			}
			if !strings.HasPrefix(got.Key, prefix) || !strings.HasSuffix(got.Key, "/"+norm.NFC.String(name)) || strings.Count(got.Key, "/") != 4+strings.Count(name, "/") {
				t.Errorf("%s of %q made the key %q", path, name, got.Key)
			}
		}
	}
}

// TestMatrixOnARealServer runs a share of the cells before a server that keeps
// objects as files: nothing may appear, vanish or change there, nor beside it.
func TestMatrixOnARealServer(t *testing.T) {
	srv := s3test.VersityGW(t)
	m := newMatrix(t, realConfig(t, srv).Storage)
	objects, uploads := srv.Objects(t), srv.OpenUploads(t)
	strange := m.strangeKeys()
	for path, row := range matrix {
		for name, key := range strange {
			switch {
			case row.byID != nil:
				m.untouched(path+": key "+name, api.CodeBadUploadID, path, row.byID(m.mine.UploadID, key))
			case row.byKey != nil:
				m.untouched(path+": key "+name, api.CodeForbiddenKey, path, row.byKey(key))
			}
		}
		for name, id := range m.ids {
			if row.byID != nil && name != "own" {
				m.untouched(path+": id "+name, api.CodeBadUploadID, path, row.byID(id, m.mine.ObjectKey))
			}
		}
	}
	if !maps.Equal(srv.Objects(t), objects) || !slices.Equal(srv.OpenUploads(t), uploads) || len(uploads) != 3 {
		t.Errorf("the vault has changed: %d uploads before, %v now", len(uploads), srv.OpenUploads(t))
	}
	// Names that look like a way out stay where they belong.
	for name, want := range matrixNames {
		if want != "" || len(name) > 100 {
			continue
		}
		o := toPut("f", []byte("x"), api.ChecksumCRC64NVME)
		o.RelativePath = name
		u := mustCall[api.PutURLsResponse](m.vault, api.PathPutURLs, api.PutURLsRequest{Objects: []api.ObjectToPut{o}}).Objects[0]
		if status, _, text := put(t, u.URL, u.Headers, []byte("x")); status != http.StatusOK {
			t.Errorf("%q: %d %s", name, status, text)
			continue
		}
		objects[u.ObjectKey] = 1
	}
	if got := srv.Objects(t); !maps.Equal(got, objects) {
		t.Errorf("the vault holds %v", slices.Sorted(maps.Keys(got)))
	}
}
