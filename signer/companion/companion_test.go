package companion_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"longshore/internal/s3test"
	"longshore/signer"
	"longshore/signer/api"
	"longshore/signer/companion"
	"longshore/signer/s3"
)

const (
	page  = "https://app.example"
	token = "a-token-of-a-page-0123456789"
	eve   = "a-token-of-another-0123456789"
)

// web is a signer with Companion's routes before a real S3 server.
type web struct {
	t     *testing.T
	s3    *s3test.Server
	serve http.Handler
	log   *lines
}

// lines is the audit log.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func start(t *testing.T, cfg companion.Config, edit ...func(*signer.Config)) *web {
	t.Helper()
	srv := s3test.VersityGW(t)
	storage, err := s3.New(t.Context(), s3.Config{
		Bucket: srv.Bucket, Region: srv.Region, Endpoint: srv.Endpoint, AccessKey: srv.AccessKey, SecretKey: srv.SecretKey,
	})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "tokens")
	if err := os.WriteFile(file, []byte(token+" alice\n"+eve+" eve\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	tokens, err := signer.OpenTokenFile(file, nil)
	if err != nil {
		t.Fatal(err)
	}
	log := &lines{}
	c := signer.Config{
		Storage: storage, NoKMS: true, SealKeys: [][]byte{bytes.Repeat([]byte{3}, 32)}, Auth: tokens,
		AllowSimpleClients: true, AllowForms: cfg.Params, AllowedOrigins: []string{page}, Logger: slog.New(slog.NewTextHandler(log, nil)),
	}
	for _, e := range edit {
		e(&c)
	}
	sg, err := signer.New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := sg.Shutdown(ctx); err != nil {
			t.Error(err)
		}
	})
	select {
	case <-sg.Ready():
	case <-time.After(30 * time.Second):
		t.Fatal("the signer does not get ready")
	}
	h, err := companion.New(cfg, sg.Handler())
	if err != nil {
		t.Fatal(err)
	}
	return &web{t: t, s3: srv, serve: h, log: log}
}

// call makes one call as a page that is signed in; edit may change it.
func (w *web) call(method, target, body string, edit ...func(*http.Request)) *httptest.ResponseRecorder {
	w.t.Helper()
	req := httptest.NewRequest(method, "http://127.0.0.1"+target, strings.NewReader(body))
	req.Header.Set("Origin", page)
	req.Header.Set("Authorization", "Bearer "+token)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for _, e := range edit {
		e(req)
	}
	out := httptest.NewRecorder()
	w.serve.ServeHTTP(out, req)
	// A browser throws an answer away that does not have the length it says.
	if n := out.Header().Get("Content-Length"); n != "" && n != strconv.Itoa(out.Body.Len()) {
		w.t.Errorf("%s %s: an answer of %d bytes says that it has %s", method, target, out.Body.Len(), n)
	}
	return out
}

// get makes a call that must succeed, and decodes its answer.
func get[T any](w *web, method, target, body string, edit ...func(*http.Request)) T {
	w.t.Helper()
	a := w.call(method, target, body, edit...)
	var out T
	if err := json.Unmarshal(a.Body.Bytes(), &out); a.Code != http.StatusOK || err != nil {
		w.t.Fatalf("%s %s: %d %s (%v)", method, target, a.Code, a.Body, err)
	}
	if a.Header().Get("Access-Control-Allow-Origin") != page {
		w.t.Errorf("%s %s: the page may not read the answer", method, target)
	}
	return out
}

// wantError wants an error with both of Companion's fields, readable by the page.
func (w *web) wantError(want api.Code, a *httptest.ResponseRecorder) {
	w.t.Helper()
	info, _ := want.Info()
	var e api.Error
	if err := json.Unmarshal(a.Body.Bytes(), &e); err != nil || e.Code != want || a.Code != info.Status || e.Message == "" || e.RequestID == "" {
		w.t.Errorf("%d %s, want %d %s", a.Code, a.Body, info.Status, want)
	}
	if a.Header().Get(api.HeaderRequestID) != e.RequestID || want != api.CodeForbiddenOrigin && a.Header().Get("Access-Control-Allow-Origin") != page {
		w.t.Errorf("%s: headers %v", want, a.Header())
	}
}

// upload is what the create call answers.
type upload struct{ Key, UploadID string }

func (u upload) path(rest string) string {
	// As URLSearchParams writes it (Uppy 6): a space is a plus.
	return "/companion/s3/multipart/" + url.PathEscape(u.UploadID) + rest + "?key=" + url.QueryEscape(u.Key)
}

// escaped is path as encodeURIComponent writes it (Uppy 5).
func (u upload) escaped(rest string) string { return strings.ReplaceAll(u.path(rest), "+", "%20") }

func (w *web) create(body string) upload {
	w.t.Helper()
	return get[upload](w, http.MethodPost, "/companion/s3/multipart", body)
}

// send PUTs a part to a signed URL as XHR does, and gives the ETag.
func send(t *testing.T, to string, body []byte) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, to, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(resp.Body)
		t.Fatalf("PUT: %d %s", resp.StatusCode, text)
	}
	return resp.Header.Get("ETag")
}

func (w *web) stored(key string) []byte {
	w.t.Helper()
	data, err := os.ReadFile(filepath.Join(w.s3.Dir, w.s3.Bucket, filepath.FromSlash(key)))
	if err != nil {
		w.t.Fatal(err)
	}
	return data
}

type signedPart struct {
	URL     string
	Expires int
}

func TestUploadAsBothUppys(t *testing.T) {
	w := start(t, companion.Config{Prefix: "/companion"})
	data := bytes.Repeat([]byte("0123456789abcdef"), 6<<16) // 6 MiB
	for name, v := range map[string]struct {
		path func(upload, string) string
		etag func(string) string
	}{
		"Uppy 5": {upload.escaped, func(e string) string { return e }},
		"Uppy 6": {upload.path, func(e string) string { return strings.Trim(e, `"`) }},
	} {
		t.Run(name, func(t *testing.T) {
			w.t = t
			up := w.create(`{"filename":"a b+c & ü.bin","type":"","metadata":{"name":"a b+c & ü.bin","type":"","relativePath":"/Folder 1/a b+c & ü.bin","caption":"Größe"}}`)
			if !strings.HasSuffix(up.Key, "/Folder 1/a b+c & ü.bin") {
				t.Errorf("key %q", up.Key)
			}
			one := get[signedPart](w, http.MethodGet, v.path(up, "/1"), "")
			if one.Expires < 800 || one.Expires > 900 {
				t.Errorf("expires %d", one.Expires)
			}
			both := get[struct {
				PresignedURLs map[string]string
				Expires       int
			}](w, http.MethodGet, v.path(up, "/batch")+"&partNumbers=2,1,2", "")
			if len(both.PresignedURLs) != 2 || both.Expires == 0 {
				t.Errorf("batch %+v", both)
			}
			first, second := send(t, one.URL, data[:5<<20]), send(t, both.PresignedURLs["2"], data[5<<20:])
			held := get[[]struct {
				PartNumber int
				ETag       string
				Size       int64
			}](w, http.MethodGet, v.path(up, ""), "")
			if len(held) != 2 || held[0].ETag != first || held[0].Size != 5<<20 || held[1].PartNumber != 2 {
				t.Errorf("list %+v", held)
			}
			list, _ := json.Marshal(map[string]any{"parts": []any{ // unsorted; and a field of another version
				map[string]any{"PartNumber": 2, "ETag": v.etag(second)}, map[string]any{"PartNumber": 1, "ETag": v.etag(first), "Size": 5},
			}})
			done := get[struct{ Location, Key string }](w, http.MethodPost, v.path(up, "/complete"), string(list))
			if done.Key != up.Key || !strings.HasPrefix(done.Location, "http") {
				t.Errorf("complete %+v", done)
			}
			if !bytes.Equal(w.stored(up.Key), data) {
				t.Error("the object is not what was sent")
			}
			w.wantError(api.CodeNoSuchUpload, w.call(http.MethodGet, v.path(up, ""), ""))
		})
	}
	if text := w.log.String(); strings.Contains(text, "a b+c") || strings.Contains(text, token) || !strings.Contains(text, "route=complete-upload") {
		t.Errorf("the audit log: %s", text)
	}
}

func TestAbort(t *testing.T) {
	w := start(t, companion.Config{Prefix: "/companion"})
	up := w.create(`{"filename":"x","type":"text/plain"}`)
	if a := w.call(http.MethodDelete, up.path(""), ""); a.Code != http.StatusOK || strings.TrimSpace(a.Body.String()) != "{}" {
		t.Errorf("%d %s", a.Code, a.Body)
	}
	if open := w.s3.OpenUploads(t); len(open) != 0 {
		t.Errorf("left open: %v", open)
	}
}

func TestOwnershipHolds(t *testing.T) {
	w := start(t, companion.Config{Prefix: "/companion"})
	up := w.create(`{"filename":"x","type":"text/plain"}`)
	other := w.create(`{"filename":"y","type":"text/plain"}`)
	as := func(token string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) }
	}
	mixed := upload{Key: other.Key, UploadID: up.UploadID}
	for _, c := range []struct{ method, rest, body string }{
		{http.MethodGet, "", ""}, {http.MethodGet, "/1", ""}, {http.MethodDelete, "", ""},
		{http.MethodPost, "/complete", `{"parts":[{"PartNumber":1,"ETag":"x"}]}`},
	} {
		w.wantError(api.CodeBadUploadID, w.call(c.method, up.path(c.rest), c.body, as(eve)))
		w.wantError(api.CodeBadUploadID, w.call(c.method, mixed.path(c.rest), c.body))
		w.wantError(api.CodeUnauthorized, w.call(c.method, up.path(c.rest), c.body, func(r *http.Request) { r.Header.Del("Authorization") }))
		w.wantError(api.CodeForbiddenOrigin, w.call(c.method, up.path(c.rest), c.body, func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") }))
		w.wantError(api.CodeBadRequest, w.call(c.method, strings.Split(up.path(c.rest), "?")[0], c.body))
	}
	w.wantError(api.CodeBadUploadID, w.call(http.MethodGet, up.path("/batch")+"&partNumbers=1", "", as(eve)))
	if open := w.s3.OpenUploads(t); len(open) != 2 {
		t.Errorf("%d uploads, want 2", len(open))
	}
}

func TestRefusals(t *testing.T) {
	w := start(t, companion.Config{Prefix: "/companion"}, func(c *signer.Config) { c.MaxObjectSize = 6 << 20 })
	up := w.create(`{"filename":"x","type":"text/plain"}`)
	const create = "/companion/s3/multipart"
	for _, c := range []struct {
		want         api.Code
		method, path string
		body         string
	}{
		{api.CodeBadRequest, http.MethodPost, create, `{"filename":`},
		{api.CodeBadRequest, http.MethodPost, create, `{"filename":7}`},
		{api.CodeBadName, http.MethodPost, create, `{"type":"text/plain"}`},
		{api.CodeBadName, http.MethodPost, create, `{"filename":"../x"}`},
		{api.CodeBadName, http.MethodPost, create, `{"filename":"x","metadata":{"relativePath":"/../x"}}`},
		{api.CodeBadMetadata, http.MethodPost, create, `{"filename":"x","metadata":{"upload-ref":"mine"}}`},
		{api.CodeBadMetadata, http.MethodPost, create, `{"filename":"x","metadata":{"list":[1]}}`},
		{api.CodeBadMetadata, http.MethodPost, create, `{"filename":"x","metadata":{"a_b":"1","A-b":"2"}}`},
		{api.CodeBodyTooLarge, http.MethodPost, create, `{"filename":"` + strings.Repeat("x", 1<<20) + `"}`},
		{api.CodeBadPartNumber, http.MethodGet, up.path("/0"), ""},
		{api.CodeBadPartNumber, http.MethodGet, up.path("/10001"), ""},
		{api.CodeBadPartNumber, http.MethodGet, up.path("/4abc"), ""},
		{api.CodeBadPartNumber, http.MethodGet, up.path("/batch") + "&partNumbers=1,,2", ""},
		{api.CodeBadPartNumber, http.MethodGet, up.path("/batch"), ""},
		{api.CodeInvalidParts, http.MethodPost, up.path("/complete"), `{"parts":[]}`},
		{api.CodeInvalidParts, http.MethodPost, up.path("/complete"), `{"parts":[{"PartNumber":1,"ETag":"\"\""}]}`},
		{api.CodeInvalidParts, http.MethodPost, up.path("/complete"), `{"parts":[{"PartNumber":1,"ETag":"x"}]}`},
		{api.CodeBadRequest, http.MethodPost, up.path("/complete"), `{"parts":[{"PartNumber":1.5,"ETag":"x"}]}`},
		{api.CodeNotFound, http.MethodGet, "/companion/s3/sts", ""},
		{api.CodeNotFound, http.MethodGet, "/companion/s3/params?filename=x&type=text/plain", ""},
		{api.CodeNotFound, http.MethodGet, "/companion/s3/multipart/a/b/c", ""},
		{api.CodeNotFound, http.MethodPut, create, "{}"},
		{api.CodeNotFound, http.MethodGet, "/companion", ""},
		{api.CodeNotFound, http.MethodGet, "/s3/multipart/x?key=y", ""},
	} {
		w.wantError(c.want, w.call(c.method, c.path, c.body))
	}
	// A form of another page cannot even try.
	w.wantError(api.CodeBadContentType, w.call(http.MethodPost, create, `{"filename":"x"}`, func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }))
	// The size nobody declared is added up, and the upload aborted.
	two := get[struct{ PresignedURLs map[string]string }](w, http.MethodGet, up.path("/batch")+"&partNumbers=1,2", "")
	etags := []string{send(t, two.PresignedURLs["1"], make([]byte, 5<<20)), send(t, two.PresignedURLs["2"], make([]byte, 2<<20))}
	list, _ := json.Marshal(map[string]any{"parts": []any{map[string]any{"PartNumber": 1, "ETag": etags[0]}, map[string]any{"PartNumber": 2, "ETag": etags[1]}}})
	w.wantError(api.CodeObjectTooLarge, w.call(http.MethodPost, up.path("/complete"), string(list)))
	if open, objects := w.s3.OpenUploads(t), w.s3.Objects(t); len(open) != 0 || len(objects) != 0 {
		t.Errorf("left: %v %v", open, objects)
	}
}

func TestPreflight(t *testing.T) {
	w := start(t, companion.Config{Prefix: "/"})
	ask := func(path, origin string) *httptest.ResponseRecorder {
		return w.call(http.MethodOptions, path, "", func(r *http.Request) {
			r.Header.Del("Authorization")
			r.Header.Set("Origin", origin)
			r.Header.Set("Access-Control-Request-Method", http.MethodDelete)
		})
	}
	a := ask("/s3/multipart/x", page)
	h := a.Header()
	if a.Code != http.StatusNoContent || h.Get("Access-Control-Allow-Origin") != page || h.Get("Access-Control-Allow-Credentials") != "true" ||
		!strings.Contains(h.Get("Access-Control-Allow-Methods"), "DELETE") || !strings.Contains(h.Get("Access-Control-Allow-Headers"), "Authorization") {
		t.Errorf("%d %v", a.Code, h)
	}
	if a := ask("/s3/multipart/x", "https://evil.example"); a.Code != http.StatusForbidden || a.Header().Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("a foreign page: %d %v", a.Code, a.Header())
	}
	w.wantError(api.CodeNotFound, ask("/s3/sts", page))
}

// TestCookieInPlaceOfToken: Uppy 6 sends no header of the page's.
func TestCookieInPlaceOfToken(t *testing.T) {
	w := start(t, companion.Config{Prefix: "/companion"})
	a := w.call(http.MethodPost, api.PathSession, "{}")
	cookies := (&http.Response{Header: a.Header()}).Cookies()
	if len(cookies) != 1 {
		t.Fatalf("%d %s", a.Code, a.Body)
	}
	asPage := func(r *http.Request) {
		r.Header.Del("Authorization")
		r.AddCookie(cookies[0])
	}
	ownHost := func(r *http.Request) { // a page's GET to its own host
		r.Header.Del("Origin")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	up := get[upload](w, http.MethodPost, "/companion/s3/multipart", `{"filename":"x","type":"text/plain"}`, asPage)
	if a := w.call(http.MethodGet, up.path("/1"), "", asPage, ownHost); a.Code != http.StatusOK {
		t.Errorf("%d %s", a.Code, a.Body)
	}
	a = w.call(http.MethodGet, up.path("/1"), "", asPage, func(r *http.Request) { r.Header.Del("Origin") })
	if a.Code != http.StatusForbidden {
		t.Errorf("a call of no page: %d %s", a.Code, a.Body)
	}
}

func TestPrefix(t *testing.T) {
	for prefix, ok := range map[string]bool{
		"/": true, "/companion": true, "/a/b.c": true, "/companion/": true,
		"": false, "companion": false, "/v1": false, "/v1/x": false, "/a b": false, "//": false, "/a//b": false, "/%41": false, "/v1/": false,
	} {
		if _, err := companion.New(companion.Config{Prefix: prefix}, http.NotFoundHandler()); (err == nil) != ok {
			t.Errorf("%q: %v", prefix, err)
		}
	}
}

// unread is a body that must not be touched.
type unread struct{ t *testing.T }

func (b unread) Read([]byte) (int, error) {
	b.t.Error("the body was read before the caller was known")
	return 0, io.EOF
}
func (unread) Close() error { return nil }

// TestBodiesWaitForTheCaller: nobody's body is read who may not call, or not now.
func TestBodiesWaitForTheCaller(t *testing.T) {
	w := start(t, companion.Config{Prefix: "/companion"}, func(c *signer.Config) { c.Rate, c.Burst = 0.0001, 2 })
	up := w.create(`{"filename":"a.bin"}`)
	big := func(r *http.Request) { r.Body, r.ContentLength = unread{t}, 1<<20 }
	for _, target := range []string{"/companion/s3/multipart", up.path("/complete")} {
		post := func(edit ...func(*http.Request)) *httptest.ResponseRecorder {
			return w.call(http.MethodPost, target, "{}", append(edit, big)...)
		}
		w.wantError(api.CodeUnauthorized, post(func(r *http.Request) { r.Header.Del("Authorization") }))
		w.wantError(api.CodeUnauthorized, post(func(r *http.Request) { r.Header.Set("Authorization", "Bearer not-a-token-of-anybody") }))
		w.wantError(api.CodeForbiddenOrigin, post(func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") }))
		w.wantError(api.CodeBadContentType, post(func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }))
	}
	w.wantError(api.CodeBadRequest, w.call(http.MethodPost, "/companion/s3/multipart", "{")) // the second of two
	w.wantError(api.CodeThrottled, w.call(http.MethodPost, "/companion/s3/multipart", "{}", big))
}

// TestSlowBodyOfAPage: who is refused does not hold a connection with the rest of
// a body, and who sends nothing more is told so.
func TestSlowBodyOfAPage(t *testing.T) {
	w := start(t, companion.Config{Prefix: "/companion"})
	srv := httptest.NewServer(w.serve)
	defer srv.Close()
	conn, err := net.Dial("tcp", srv.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	_, err = io.WriteString(conn, "POST /companion/s3/multipart HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{")
	if err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(conn) // the server closes: it has waited for the rest no longer than two seconds
	if err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 401 ") {
		t.Errorf("%v, %q", err, answer)
	}
}
