package companion_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"longshore/signer/api"
	"longshore/signer/companion"
)

// FuzzRoutes sends what it likes to every route before a signer that takes
// only well-formed calls of its own, and answers each with the same object.
func FuzzRoutes(f *testing.F) {
	for _, seed := range []struct{ method, path, query, body string }{
		{"POST", "/c/s3/multipart", "", `{"filename":"a","type":"text/plain","metadata":{"relativePath":"/x/a","n":1,"b":true,"z":null}}`},
		{"GET", "/c/s3/multipart/id/batch", "key=a+b&partNumbers=1,2", ""},
		{"GET", "/c/s3/multipart/i%2Fd/3", "key=a%20b", ""},
		{"POST", "/c/s3/multipart/id/complete", "key=a", `{"parts":[{"PartNumber":1,"ETag":"\"x\""}]}`},
		{"DELETE", "/c/s3/multipart/id", "key=a", ""}, {"GET", "/c/s3/sts", "", ""}, {"OPTIONS", "/c/s3/params", "", ""},
		{"GET", "/c/s3/params", "filename=a&type=b/c&metadata[x]=%C3%BC&metadata[X]=1", ""},
	} {
		f.Add(seed.method, seed.path, seed.query, []byte(seed.body))
	}
	f.Fuzz(func(t *testing.T, method, path, query string, body []byte) {
		if !strings.HasPrefix(path, "/") || strings.ContainsAny(method, " \x00") || method == "" {
			return // no request that net/http would hand on
		}
		u, err := url.Parse(path)
		if err != nil {
			return // no request that net/http would hand on
		}
		u.RawQuery = query
		inner := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != u.Path { // a call that was translated
				call, err := io.ReadAll(r.Body)
				if err != nil { // nothing could be made of the body
					w.WriteHeader(http.StatusBadRequest)
					_, _ = w.Write([]byte(`{"error":"bad_request","message":"x","requestId":"y"}`))
					return
				}
				if r.Method != http.MethodOptions && !json.Valid(call) || r.Method != http.MethodPost && r.Method != http.MethodOptions || r.URL.RawQuery != "" {
					t.Errorf("%s %s?%s: %s %v", r.Method, r.URL.Path, r.URL.RawQuery, call, err)
				}
			}
			w.Header().Set("Content-Type", "application/json")
			if r.URL.Path == api.PathStatObjects {
				w.WriteHeader(http.StatusBadRequest)
				_, _ = w.Write([]byte(`{"error":"bad_request","message":"x","requestId":"y"}`))
				return
			}
			_, _ = w.Write([]byte(`{"uploadId":"id","objectKey":"a","parts":[],"url":"https://x","urls":{"1":"https://x"},"expiresIn":9}`))
		})
		h, err := companion.New(companion.Config{Prefix: "/c", Params: true}, inner)
		if err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, &http.Request{Method: method, URL: u, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(body)), Host: "127.0.0.1"})
		if w.Code < 200 || w.Code > 599 || w.Body.Len() > 0 && !json.Valid(w.Body.Bytes()) {
			t.Errorf("%d %q", w.Code, w.Body)
		}
	})
}
