package remote

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"longshore/uploader"
)

// stub is a Companion of our own making, for what the real one does not do on
// demand (e2e has the real one).
type stub struct {
	t       *testing.T
	noBatch bool   // one from before there were batches
	url     string // of signed URLs; "%d" is the part
	open    map[string][]companionPart
	next    int
	fail    func(*http.Request) bool // answered with Companion's one 500
}

func (s *stub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	say := func(status int, v any) {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.WriteHeader(status)
		if err := json.NewEncoder(w).Encode(v); err != nil {
			s.t.Error(err)
		}
	}
	wrong := func() { say(http.StatusInternalServerError, map[string]string{"message": "Something went wrong"}) }
	path, ok := strings.CutPrefix(r.URL.Path, "/base/s3/multipart")
	id, rest, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	switch {
	case !ok || rest == "batch" && s.noBatch:
		say(http.StatusNotFound, map[string]string{"message": "Not Found"})
	case s.fail != nil && s.fail(r):
		wrong()
	case id == "" && r.Method == http.MethodPost:
		s.next++
		id = "upload/" + strconv.Itoa(s.next)
		s.open[id] = []companionPart{}
		say(http.StatusOK, map[string]string{"key": "key +" + strconv.Itoa(s.next), "uploadId": id, "bucket": "b"})
	case r.URL.Query().Get("key") == "":
		say(http.StatusBadRequest, map[string]string{"error": `s3: the object key must be passed as a query parameter. For example: "?key=abc.jpg"`})
	default:
		s.upload(r, say, wrong)
	}
}

// upload answers the routes of one upload. Its id has a slash, which net/http
// has taken for a separator, so the path is read as it was sent.
func (s *stub) upload(r *http.Request, say func(int, any), wrong func()) {
	rest := strings.TrimPrefix(r.URL.EscapedPath(), "/base/s3/multipart/upload%2F")
	number, rest, _ := strings.Cut(rest, "/")
	id := "upload/" + number
	parts, known := s.open[id]
	signed := func(n string) string { return strings.ReplaceAll(s.url, "%d", n) }
	switch {
	case rest == "batch":
		urls := map[string]string{}
		for n := range strings.SplitSeq(r.URL.Query().Get("partNumbers"), ",") {
			urls[n] = signed(n)
		}
		say(http.StatusOK, map[string]any{"presignedUrls": urls})
	case rest != "" && rest != "complete":
		say(http.StatusOK, map[string]any{"url": signed(rest), "expires": 800})
	case !known:
		wrong()
	case rest == "complete":
		delete(s.open, id)
		say(http.StatusOK, map[string]string{"location": "https://s3/x", "key": r.URL.Query().Get("key")})
	case r.Method == http.MethodDelete:
		delete(s.open, id)
		say(http.StatusOK, struct{}{})
	default:
		say(http.StatusOK, parts)
	}
}

func newStub(t *testing.T) (*stub, *Companion) {
	t.Helper()
	s := &stub{t: t, open: map[string][]companionPart{}, url: "https://bucket.example/key?partNumber=%d&X-Amz-Expires=77"}
	srv := httptest.NewServer(s)
	t.Cleanup(srv.Close)
	c, err := NewCompanion(Config{Base: srv.URL + "/base"})
	if err != nil {
		t.Fatal(err)
	}
	c.again = 0
	t.Cleanup(c.s.CloseIdle)
	return s, c
}

func TestCompanionSaysWhereBytesGo(t *testing.T) {
	for _, noBatch := range []bool{false, true} {
		s, c := newStub(t)
		s.noBatch = noBatch
		caps, err := c.Capabilities(t.Context())
		if err != nil || caps.Kind != uploader.KindCompanion || caps.Checksum != uploader.ChecksumNone || caps.DataOrigins[0] != "https://bucket.example" {
			t.Errorf("%+v, %v", caps, err)
		}
		if len(s.open) != 0 {
			t.Errorf("the upload that was begun to learn it is still open: %v", s.open)
		}
	}
}

func TestCompanionRefusesOtherOrigins(t *testing.T) {
	s, c := newStub(t)
	for _, u := range []string{"http://bucket.example/?X-Amz-Expires=9", "ftp://bucket.example/?X-Amz-Expires=9", "https://user@bucket.example/?X-Amz-Expires=9", "https://bucket.example/", ""} {
		s.url = u
		if caps, err := c.Capabilities(t.Context()); uploader.CodeOf(err) != uploader.CodeBadResponse {
			t.Errorf("%q: %+v, %v", u, caps, err)
		}
		if len(s.open) != 0 {
			t.Fatalf("%q: left open: %v", u, s.open)
		}
	}
}

// TestOnlyCompanionsAreTakenForOne: what else may be at an address.
func TestOnlyCompanionsAreTakenForOne(t *testing.T) {
	for name, c := range map[string]struct {
		status     int
		kind, body string
		want       uploader.Code
	}{
		"a start page":         {http.StatusOK, "text/html", "<html>", uploader.CodeWrongAddress},
		"a page not found":     {http.StatusNotFound, "text/html", "<html>", uploader.CodeWrongAddress},
		"another program":      {http.StatusBadRequest, "application/json", `{"error":"no"}`, uploader.CodeWrongAddress},
		"one that lists all":   {http.StatusOK, "application/json", `[]`, uploader.CodeWrongAddress},
		"not for S3":           {http.StatusBadRequest, "application/json", `{"error":"This Companion server does not support uploading to S3"}`, uploader.CodeBadResponse},
		"behind a sign-in":     {http.StatusUnauthorized, "text/plain", "", uploader.CodeUnauthorized},
		"with a fault":         {http.StatusInternalServerError, "application/json", `{"message":"Something went wrong"}`, uploader.CodeServer},
		"too busy at the door": {http.StatusServiceUnavailable, "text/plain", "", uploader.CodeThrottled},
	} {
		t.Run(name, func(t *testing.T) {
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method != http.MethodGet {
					t.Errorf("it was asked to do something: %s", r.Method)
				}
				w.Header().Set("Content-Type", c.kind)
				w.WriteHeader(c.status)
				_, _ = w.Write([]byte(c.body))
			}))
			defer srv.Close()
			comp, err := NewCompanion(Config{Base: srv.URL})
			if err != nil {
				t.Fatal(err)
			}
			defer comp.s.CloseIdle()
			if _, err := comp.Capabilities(t.Context()); uploader.CodeOf(err) != c.want {
				t.Errorf("%v, want %s", err, c.want)
			}
		})
	}
}

func beginOne(t *testing.T, c *Companion) uploader.Upload {
	t.Helper()
	made, err := c.Create(t.Context(), uploader.CreateRequest{
		Attempt: "01J00000000000000000000001", FileName: "a b.bin", RelPath: "x/a b.bin", Size: 10, PartSize: 16 << 20,
	}, false)
	if err != nil || made.PartSize != 16<<20 || made.Checksum != uploader.ChecksumNone {
		t.Fatalf("%+v, %v", made, err)
	}
	return made.Upload
}

func TestCompanionTellsGoneFromBroken(t *testing.T) {
	s, c := newStub(t)
	up := beginOne(t, c)
	s.open[up.UploadID] = []companionPart{{PartNumber: 1, ETag: `"x"`, Size: 10}}
	if parts, err := c.ListParts(t.Context(), up); err != nil || len(parts) != 1 || parts[0].Size != 10 {
		t.Fatalf("%+v, %v", parts, err)
	}
	mine := func(r *http.Request) bool { return strings.Contains(r.URL.EscapedPath(), "upload%2F1") }
	// S3 fails for everybody: nothing is known of this upload.
	s.fail = func(*http.Request) bool { return true }
	if _, err := c.ListParts(t.Context(), up); uploader.CodeOf(err) != uploader.CodeServer {
		t.Errorf("all fail: %v", err)
	}
	// It fails once: nothing is known either.
	once := true
	s.fail = func(r *http.Request) bool { f := once && mine(r); once = once && !f; return f }
	if _, err := c.ListParts(t.Context(), up); uploader.CodeOf(err) != uploader.CodeServer {
		t.Errorf("one failure: %v", err)
	}
	// Others can be listed and this one cannot, twice.
	s.fail = nil
	delete(s.open, up.UploadID)
	if _, err := c.ListParts(t.Context(), up); uploader.CodeOf(err) != uploader.CodeNoSuchUpload {
		t.Errorf("gone: %v", err)
	}
	if err := c.Abort(t.Context(), up); err != nil {
		t.Errorf("abort of what is gone: %v", err)
	}
	s.fail = func(r *http.Request) bool { return r.Method == http.MethodDelete }
	if err := c.Abort(t.Context(), up); uploader.CodeOf(err) != uploader.CodeServer {
		t.Errorf("an abort that proves nothing: %v", err)
	}
	s.fail = nil
	for id := range s.open {
		if err := c.Abort(t.Context(), uploader.Upload{UploadID: id, Key: "key"}); err != nil {
			t.Error(err)
		}
	}
	if len(s.open) != 0 {
		t.Errorf("left open: %v", s.open)
	}
}

func TestCompanionComplete(t *testing.T) {
	s, c := newStub(t)
	complete := func(up uploader.Upload) (uploader.Object, error) {
		return c.Complete(t.Context(), uploader.CompleteRequest{Upload: up, Size: 10, Parts: []uploader.Part{{PartNumber: 1, ETag: `"x"`, Size: 10}}})
	}
	o, err := complete(beginOne(t, c))
	if err != nil || o.Verified != uploader.VerifiedSizeOnly || o.Checksum != "" || o.ETag != "" || o.Size != 10 || o.Key != "key +1" {
		t.Errorf("%+v, %v", o, err)
	}
	once := true
	s.fail = func(*http.Request) bool { f := once; once = false; return f }
	up := uploader.Upload{UploadID: "upload/9", Key: "k"}
	s.open["upload/9"] = nil
	if _, err := complete(up); err != nil {
		t.Errorf("a failure and an answer: %v", err)
	}
	if _, err := complete(up); uploader.CodeOf(err) != uploader.CodeUnknown {
		t.Errorf("two failures: %v", err)
	}
}

func TestCompanionKeepsNothingBack(t *testing.T) {
	_, c := newStub(t)
	signed, err := c.SignParts(t.Context(), beginOne(t, c), []uploader.PartToSign{{PartNumber: 3, Size: 10, Checksum: ""}})
	if err != nil || signed[3].Lifetime.Seconds() != 77 || len(signed[3].Header) != 0 || !strings.Contains(signed[3].URL, "partNumber=3") {
		t.Errorf("%+v, %v", signed, err)
	}
	stats, err := c.StatObjects(t.Context(), []string{"a", "b"})
	if err != nil || len(stats) != 2 || stats[0].Found || stats[1].Found {
		t.Errorf("%+v, %v", stats, err)
	}
	if _, err := c.CompleteBatch(t.Context(), uploader.BatchRequest{}); uploader.CodeOf(err) != uploader.CodeInternal {
		t.Error(err)
	}
	if _, err := c.SignObjects(t.Context(), nil); uploader.CodeOf(err) != uploader.CodeInternal {
		t.Error(err)
	}
}
