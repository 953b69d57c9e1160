package remote

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"longshore/signer/api"
	"longshore/uploader"
)

func quiet() *log.Logger { return log.New(io.Discard, "", 0) }

func reply(t *testing.T, w http.ResponseWriter, v any) {
	t.Helper()
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(v); err != nil {
		t.Error(err)
	}
}

func read[T any](t *testing.T, r *http.Request) T {
	t.Helper()
	var v T
	dec := json.NewDecoder(r.Body)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&v); err != nil {
		t.Errorf("request: %v", err)
	}
	return v
}

func TestAddresses(t *testing.T) {
	for in, want := range map[string]string{
		"https://Vault.Example.org/":        "https://vault.example.org",
		"\thttps://vault.example.org:443\n": "https://vault.example.org",
		"https://vault.example.org:8443/a/": "https://vault.example.org:8443/a",
		"vault.example.org":                 "https://vault.example.org",
		"vault.example.org:9000":            "https://vault.example.org:9000",
		"localhost:8080":                    "http://localhost:8080",
		"127.0.0.1:8080":                    "http://127.0.0.1:8080",
		"http://[::1]:80":                   "http://[::1]",
		"[::1]:81":                          "http://[::1]:81",
	} {
		got, err := ParseBase(in)
		if err != nil || got != want {
			t.Errorf("ParseBase(%q) = %q, %v, want %q", in, got, err, want)
		}
	}
	for _, in := range []string{
		"", "  ", "http://vault.example.org", "ftp://vault.example.org", "https://", "https://u:p@h", "https://h?x=1", "https://h/#f",
		"https://a b", "https://h:port", "file:///etc/passwd", "https://127.0.0.1.evil.example:80:90", "http://127.0.0.1.example.org",
	} {
		if got, err := ParseBase(in); err == nil {
			t.Errorf("ParseBase(%q) = %q, want an error", in, got)
		} else if in != "" && strings.Contains(err.Error(), "u:p") {
			t.Errorf("ParseBase(%q) repeats it: %v", in, err)
		}
	}
	_, err := New(Config{Base: "http://vault.example.org"})
	checkError(t, err, uploader.CodeBadConfig)
}

func goodCapabilities() api.Capabilities {
	return api.Capabilities{
		Protocol: 1, Name: "Demo", Checksum: "crc64nvme", URLLifetime: 900, MaxBatch: 100, MaxParts: 10000,
		MinPartSize: 5 << 20, MaxPartSize: 5 << 30, MaxObjectSize: 1 << 40, PartSize: 16 << 20,
		DataOrigins: []string{"https://B.S3.amazonaws.com:443"}, Encryption: api.Encryption{Mode: "aws:kms"}, Auth: api.Auth{Type: "bearer"},
	}
}

func TestCapabilities(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet || r.URL.Path != api.PathCapabilities || r.Header.Get("Authorization") != "" {
			t.Errorf("%s %s", r.Method, r.URL.Path)
		}
		reply(t, w, goodCapabilities())
	})
	got, err := s.Capabilities(t.Context())
	want := uploader.Capabilities{
		Name: "Demo", Checksum: uploader.ChecksumCRC64NVME, MinPartSize: 5 << 20, MaxPartSize: 5 << 30, PartSize: 16 << 20, MaxParts: 10000,
		MaxObject: 1 << 40, URLLifetime: 15 * time.Minute, DataOrigins: []string{"https://b.s3.amazonaws.com"}, Encryption: "aws:kms", SignIn: "bearer",
		Names: uploader.NamesPath,
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestWhereToSignIn(t *testing.T) {
	good := api.Auth{Type: api.AuthOIDC, Issuer: "https://login.example.org", ClientID: "c", Scopes: []string{"openid"}, Audience: "a", Token: api.TokenID, Tokens: true}
	for name, x := range map[string]struct {
		change func(*api.Auth)
		want   uploader.Code
	}{
		"all of it":     {func(*api.Auth) {}, ""},
		"no issuer":     {func(a *api.Auth) { a.Issuer = "" }, uploader.CodeBadResponse},
		"no client":     {func(a *api.Auth) { a.ClientID = "" }, uploader.CodeBadResponse},
		"another token": {func(a *api.Auth) { a.Token = "refresh_token" }, uploader.CodeBadResponse},
	} {
		s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			c := goodCapabilities()
			c.Auth = good
			x.change(&c.Auth)
			reply(t, w, c)
		})
		got, err := s.Capabilities(t.Context())
		if uploader.CodeOf(err) != x.want {
			t.Errorf("%s: %v", name, err)
		}
		want := uploader.OIDC{Issuer: "https://login.example.org", ClientID: "c", Scopes: []string{"openid"}, Audience: "a", IDToken: true, TokenFiles: true}
		if err == nil && (got.SignIn != uploader.SignInOIDC || !got.OIDC.Equal(want)) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// A token may end on its way: the call is made again with a new one, at most three times in all.
func TestARefusedTokenIsTriedAnew(t *testing.T) {
	var seen []string
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, r.Header.Get("Authorization"))
		if seen[len(seen)-1] != "Bearer third" {
			w.WriteHeader(http.StatusUnauthorized)
			reply(t, w, api.Error{Code: api.CodeUnauthorized})
			return
		}
		reply(t, w, api.StatObjectsResponse{Objects: []api.ObjectStat{{ObjectKey: "k"}}})
	})
	next := map[string]string{"": "zeroth", "zeroth": "first", "first": "second", "second": "third", "third": "third"}
	ask := ""
	s.token = func(_ context.Context, refused string) (string, error) {
		if refused == "" {
			refused = ask
		}
		return next[refused], nil
	}
	_, err := s.StatObjects(t.Context(), []string{"k"})
	checkError(t, err, uploader.CodeUnauthorized)
	if len(seen) != 3 || seen[0] != "Bearer zeroth" || seen[2] != "Bearer second" {
		t.Errorf("sent %q", seen)
	}
	ask, seen = "zeroth", nil
	if _, err := s.StatObjects(t.Context(), []string{"k"}); err != nil || len(seen) != 3 {
		t.Errorf("%v, sent %q", err, seen)
	}
	s.token = func(_ context.Context, refused string) (string, error) {
		if refused != "" {
			return "", uploader.E("sign-in", uploader.CodeNetwork, nil)
		}
		return "first", nil
	}
	_, err = s.StatObjects(t.Context(), []string{"k"})
	checkError(t, err, uploader.CodeNetwork) // why there is no other token says more than that the old one was refused
}

func TestCapabilitiesThatMakeNoSense(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*api.Capabilities)
		want   uploader.Code
	}{
		"no protocol":      {func(c *api.Capabilities) { c.Protocol = 0 }, uploader.CodeWrongAddress},
		"newer protocol":   {func(c *api.Capabilities) { c.Protocol = 2 }, uploader.CodeBadResponse},
		"unknown mode":     {func(c *api.Capabilities) { c.Checksum = "crc1" }, uploader.CodeBadResponse},
		"no origins":       {func(c *api.Capabilities) { c.DataOrigins = nil }, uploader.CodeBadResponse},
		"plain origin":     {func(c *api.Capabilities) { c.DataOrigins = []string{"http://s3.example.org"} }, uploader.CodeBadResponse},
		"senseless origin": {func(c *api.Capabilities) { c.DataOrigins = []string{"s3"} }, uploader.CodeBadResponse},
		"no lifetime":      {func(c *api.Capabilities) { c.URLLifetime = 0 }, uploader.CodeBadResponse},
		"limits":           {func(c *api.Capabilities) { c.MaxParts = 0 }, uploader.CodeBadResponse},
		"no sign-in":       {func(c *api.Capabilities) { c.Auth.Type = "" }, uploader.CodeBadResponse},
	} {
		t.Run(name, func(t *testing.T) {
			a := goodCapabilities()
			c.change(&a)
			s := serve(t, func(w http.ResponseWriter, _ *http.Request) { reply(t, w, a) })
			_, err := s.Capabilities(t.Context())
			checkError(t, err, c.want)
		})
	}
}

func createRequest() uploader.CreateRequest {
	return uploader.CreateRequest{
		Attempt: "01J0000000000000000000000A", FileName: "a.dcm", RelPath: "s/a.dcm", ContentType: "application/dicom",
		Size: 40 << 20, PartSize: 16 << 20, Checksum: uploader.ChecksumCRC64NVME, Batch: "01J0000000000000000000000B",
		ModTime: time.Date(2026, 1, 2, 3, 4, 5, 6, time.FixedZone("x", 3600)),
	}
}

func TestCreate(t *testing.T) {
	deadline := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got := read[api.InitRequest](t, r)
		size, mtime := int64(40<<20), time.Date(2026, 1, 2, 2, 4, 5, 6, time.UTC)
		want := api.InitRequest{
			FileName: "a.dcm", MimeType: "application/dicom", Size: &size, Checksum: "crc64nvme", UploadRef: "01J0000000000000000000000A",
			Retry: true, PartSize: 16 << 20, RelativePath: "s/a.dcm", BatchRef: "01J0000000000000000000000B", ModTime: &mtime,
		}
		if !reflect.DeepEqual(got, want) || r.Header.Get("Content-Type") != "application/json" || r.Method != http.MethodPost {
			t.Errorf("got %+v", got)
		}
		reply(t, w, api.InitResponse{UploadID: "sealed", ObjectKey: "k", PartSize: 16 << 20, Checksum: "crc64nvme", ResumeBefore: &deadline})
	})
	got, err := s.Create(t.Context(), createRequest(), true)
	want := uploader.Created{
		Upload: uploader.Upload{UploadID: "sealed", Key: "k"}, PartSize: 16 << 20, Checksum: uploader.ChecksumCRC64NVME, ResumeBefore: deadline,
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func goodObject() api.Object {
	return api.Object{
		FileURL: "https://h/k", ETag: `"e-1"`, ObjectKey: "k", VersionID: "v", Size: 40 << 20, Checksum: "AAAAAAAAAAA=",
		Verified: api.VerifiedFullObject, Encryption: "aws:kms",
	}
}

func TestCreateOfAFinishedOne(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		o := goodObject()
		reply(t, w, api.InitResponse{ObjectKey: "k", Object: &o})
	})
	got, err := s.Create(t.Context(), createRequest(), true)
	if err != nil || got.Object == nil || got.Object.ETag != `"e-1"` || got.UploadID != "" {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestCreateAnswersThatBreakTheProtocol(t *testing.T) {
	good := api.InitResponse{UploadID: "sealed", ObjectKey: "k", PartSize: 16 << 20, Checksum: "crc64nvme"}
	for name, change := range map[string]func(*api.InitResponse){
		"no key":         func(a *api.InitResponse) { a.ObjectKey = "" },
		"long key":       func(a *api.InitResponse) { a.ObjectKey = strings.Repeat("k", 1025) },
		"no upload":      func(a *api.InitResponse) { a.UploadID = "" },
		"long upload":    func(a *api.InitResponse) { a.UploadID = strings.Repeat("u", 500) },
		"no part size":   func(a *api.InitResponse) { a.PartSize = 0 },
		"tiny part size": func(a *api.InitResponse) { a.PartSize = 1000 },
		"unknown mode":   func(a *api.InitResponse) { a.Checksum = "sha0" },
	} {
		t.Run(name, func(t *testing.T) {
			a := good
			change(&a)
			s := serve(t, func(w http.ResponseWriter, _ *http.Request) { reply(t, w, a) })
			_, err := s.Create(t.Context(), createRequest(), false)
			checkError(t, err, uploader.CodeBadResponse)
		})
	}
}

func completeRequest() uploader.CompleteRequest {
	return uploader.CompleteRequest{
		Upload: uploader.Upload{UploadID: "u", Key: "k"}, Size: 40 << 20, Checksum: "AAAAAAAAAAA=", Mode: uploader.ChecksumCRC64NVME,
		Parts: []uploader.Part{{PartNumber: 1, ETag: `"e"`, Size: 40 << 20, Checksum: "BBBBBBBBBBB="}},
	}
}

func TestCompletePollsUntilItIsDone(t *testing.T) {
	var calls atomic.Int32
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got := read[api.CompleteRequest](t, r)
		if r.Header.Get("Prefer") != "respond-async" || len(got.Parts) != 1 || got.Parts[0].ETag != `"e"` || *got.Size != 40<<20 {
			t.Errorf("got %+v", got)
		}
		if calls.Add(1) < 3 {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusAccepted)
			_, _ = io.WriteString(w, `{"state":"completing"}`)
			return
		}
		reply(t, w, goodObject())
	})
	got, err := s.Complete(t.Context(), completeRequest())
	if err != nil || got.Key != "k" || got.Verified != uploader.VerifiedFullObject || calls.Load() != 3 {
		t.Errorf("got %+v, %v after %d calls", got, err, calls.Load())
	}
}

func TestCompleteNeverPromisesWhatWasNotConfirmed(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*api.Object)
		want   uploader.Code
	}{
		"other key":          {func(o *api.Object) { o.ObjectKey = "other" }, uploader.CodeBadResponse},
		"other size":         {func(o *api.Object) { o.Size-- }, uploader.CodeSizeMismatch},
		"other checksum":     {func(o *api.Object) { o.Checksum = "CCCCCCCCCCC=" }, uploader.CodeUnknown},
		"no checksum":        {func(o *api.Object) { o.Checksum = "" }, uploader.CodeUnknown},
		"checksum unclaimed": {func(o *api.Object) { o.Checksum, o.Verified = "", api.VerifiedSizeOnly }, uploader.CodeUnknown},
		"no etag":            {func(o *api.Object) { o.ETag = "" }, uploader.CodeBadResponse},
		"unknown claim":      {func(o *api.Object) { o.Verified = "trust me" }, uploader.CodeBadResponse},
	} {
		t.Run(name, func(t *testing.T) {
			o := goodObject()
			c.change(&o)
			s := serve(t, func(w http.ResponseWriter, _ *http.Request) { reply(t, w, o) })
			_, err := s.Complete(t.Context(), completeRequest())
			checkError(t, err, c.want)
		})
	}
}

func TestSignPartsInBatches(t *testing.T) {
	var calls atomic.Int32
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		got := read[api.PartURLsRequest](t, r)
		if len(got.Parts) > 100 || len(got.PartNumbers) != 0 {
			t.Errorf("%d parts in one call", len(got.Parts))
		}
		a := api.PartURLsResponse{URLs: map[string]string{}, Headers: map[string]map[string]string{}, ExpiresIn: 900}
		for _, p := range got.Parts {
			n := fmt.Sprint(p.PartNumber)
			a.URLs[n] = "https://h/k?partNumber=" + n
			a.Headers[n] = map[string]string{"x-amz-checksum-crc64nvme": p.Checksum, "Content-Length": fmt.Sprint(*p.Size), "Cookie": "x", "Host": "evil"}
		}
		reply(t, w, a)
	})
	parts := make([]uploader.PartToSign, 250)
	for i := range parts {
		parts[i] = uploader.PartToSign{PartNumber: int32(i + 1), Size: 5, Checksum: "BBBBBBBBBBB="}
	}
	got, err := s.SignParts(t.Context(), uploader.Upload{UploadID: "u", Key: "k"}, parts)
	if err != nil || len(got) != 250 || calls.Load() != 3 {
		t.Fatalf("%d URLs, %d calls, %v", len(got), calls.Load(), err)
	}
	want := uploader.SignedRequest{
		URL: "https://h/k?partNumber=250", Lifetime: 15 * time.Minute,
		Header: http.Header{"X-Amz-Checksum-Crc64nvme": {"BBBBBBBBBBB="}, "Content-Length": {"5"}},
	}
	if !reflect.DeepEqual(got[250], want) {
		t.Errorf("got %+v", got[250])
	}
}

func TestSignPartsAnswersThatBreakTheProtocol(t *testing.T) {
	for name, a := range map[string]api.PartURLsResponse{
		"one is missing": {URLs: map[string]string{"1": "https://h/1"}, ExpiresIn: 9},
		"no lifetime":    {URLs: map[string]string{"1": "https://h/1", "2": "https://h/2"}},
		"no URL":         {URLs: map[string]string{"1": "https://h/1", "2": "two"}, ExpiresIn: 9},
		"a file":         {URLs: map[string]string{"1": "https://h/1", "2": "file:///etc/x"}, ExpiresIn: 9},
		"two lines": {URLs: map[string]string{"1": "https://h/1", "2": "https://h/2"}, ExpiresIn: 9,
			Headers: map[string]map[string]string{"2": {"x-amz-meta-a": "a\r\nAuthorization: b"}}},
		"no header's name": {URLs: map[string]string{"1": "https://h/1", "2": "https://h/2"}, ExpiresIn: 9,
			Headers: map[string]map[string]string{"2": {"x-amz-meta a": "a"}}},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, func(w http.ResponseWriter, _ *http.Request) { reply(t, w, a) })
			_, err := s.SignParts(t.Context(), uploader.Upload{}, []uploader.PartToSign{{PartNumber: 1}, {PartNumber: 2}})
			checkError(t, err, uploader.CodeBadResponse)
		})
	}
}

func TestSignObjectsAnswersEach(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		var a api.PutURLsResponse
		for i, o := range read[api.PutURLsRequest](t, r).Objects {
			if o.MimeType == "" || o.Checksum != "sum" {
				t.Errorf("got %+v", o)
			}
			if i == 1 {
				a.Objects = append(a.Objects, api.PutURL{UploadRef: o.UploadRef, Error: api.CodeKeyTooLong, Message: "Too long."})
				continue
			}
			a.Objects = append(a.Objects, api.PutURL{UploadRef: o.UploadRef, ObjectKey: "k/" + o.UploadRef, URL: "https://h/k", ExpiresIn: 60})
		}
		reply(t, w, a)
	})
	req := make([]uploader.CreateRequest, 130)
	for i := range req {
		req[i] = uploader.CreateRequest{Attempt: uploader.AttemptID(fmt.Sprintf("A%d", i)), FileName: "f", Sum: "sum"}
	}
	got, err := s.SignObjects(t.Context(), req)
	if err != nil || len(got) != 130 || got[129].Key != "k/A129" || got[129].Lifetime != time.Minute {
		t.Fatalf("got %d, %v", len(got), err)
	}
	checkError(t, got[1].Err, uploader.CodeBadName)
	if got[0].Err != nil {
		t.Errorf("the first failed too: %v", got[0].Err)
	}
}

func TestStatObjects(t *testing.T) {
	var answerOf func(key string) api.ObjectStat
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		var a api.StatObjectsResponse
		for _, k := range read[api.StatObjectsRequest](t, r).ObjectKeys {
			a.Objects = append(a.Objects, answerOf(k))
		}
		reply(t, w, a)
	})
	answerOf = func(k string) api.ObjectStat {
		if k == "absent" {
			return api.ObjectStat{ObjectKey: k}
		}
		return api.ObjectStat{ObjectKey: k, Found: true, Size: 3, ETag: `"e"`, Checksum: "c", UploadRef: "A", Encryption: "none"}
	}
	got, err := s.StatObjects(t.Context(), []string{"absent", "k"})
	if err != nil || got[0].Found || !got[1].Found || got[1].Attempt != "A" || got[1].Key != "k" || got[1].Size != 3 {
		t.Errorf("got %+v, %v", got, err)
	}
	answerOf = func(k string) api.ObjectStat {
		return api.ObjectStat{ObjectKey: k, Error: api.CodeStorageDenied, Message: "no"}
	}
	if got, err = s.StatObjects(t.Context(), []string{"k"}); err != nil || got[0].Found {
		t.Errorf("got %+v, %v", got, err)
	}
	checkError(t, got[0].Err, uploader.CodeServer)
	answerOf = func(string) api.ObjectStat { return api.ObjectStat{ObjectKey: "other"} }
	_, err = s.StatObjects(t.Context(), []string{"k"})
	checkError(t, err, uploader.CodeBadResponse)
}

func TestAbortOfOneThatIsGone(t *testing.T) {
	s := serve(t, answer(404, "application/json", `{"error":"no_such_upload","message":"Gone."}`))
	if err := s.Abort(t.Context(), uploader.Upload{UploadID: "u", Key: "k"}); err != nil {
		t.Error(err)
	}
	s = serve(t, answer(404, "text/html", `not here`))
	checkError(t, s.Abort(t.Context(), uploader.Upload{UploadID: "u", Key: "k"}), uploader.CodeWrongAddress)
}

func TestListParts(t *testing.T) {
	body := `{"parts":[{"PartNumber":1,"ETag":"\"a\"","size":5,"checksum":"c"},{"PartNumber":3,"ETag":"\"b\"","size":2}]}`
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		answer(200, "application/json; charset=utf-8", body)(w, r)
	})
	got, err := s.ListParts(t.Context(), uploader.Upload{UploadID: "u", Key: "k"})
	want := []uploader.Part{{PartNumber: 1, ETag: `"a"`, Size: 5, Checksum: "c"}, {PartNumber: 3, ETag: `"b"`, Size: 2}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
	for _, bad := range []string{
		`{"parts":[{"PartNumber":2,"ETag":"a"},{"PartNumber":1,"ETag":"b"}]}`, `{"parts":[{"PartNumber":1,"ETag":"a"},{"PartNumber":1,"ETag":"b"}]}`,
		`{"parts":[{"PartNumber":10001,"ETag":"a"}]}`, `{"parts":[{"PartNumber":1,"ETag":""}]}`, `{"parts":[{"PartNumber":1,"ETag":"a","size":-1}]}`,
	} {
		body = bad
		_, err := s.ListParts(t.Context(), uploader.Upload{UploadID: "u", Key: "k"})
		checkError(t, err, uploader.CodeBadResponse)
	}
}
