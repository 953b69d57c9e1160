package signer_test

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"longshore/signer"
	"longshore/signer/api"
)

const (
	aliceToken = "alice-token-0123456789"
	bobToken   = "bob-token-0123456789xx"
	eveToken   = "eve-token-0123456789xx"
)

// tokenFile writes tokens of three people, the last of whom has an alias.
func tokenFile(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tokens")
	text := "# people\n\n" + aliceToken + " alice\n" + bobToken + " bob\n" + eveToken + " eve  ward-7\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// tokenVault wants tokens; it calls as alice.
func tokenVault(t testing.TB, st signer.Storage, edit ...func(*signer.Config)) *vault {
	t.Helper()
	tokens, err := signer.OpenTokenFile(tokenFile(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	cfg := signer.Config{Storage: st, Auth: tokens, AllowSimpleClients: true}
	for _, e := range edit {
		e(&cfg)
	}
	v := openVault(t, cfg)
	v.token = aliceToken
	return v
}

func fakeVault(t testing.TB, st signer.Storage, edit ...func(*signer.Config)) *vault {
	t.Helper()
	cfg := signer.Config{Storage: st, AllowSimpleClients: true}
	for _, e := range edit {
		e(&cfg)
	}
	return openVault(t, cfg)
}

// posts are all calls that need a principal.
var posts = []string{
	api.PathInitUpload, api.PathGetPartURL, api.PathGetPartURLs, api.PathPutURLs,
	api.PathListParts, api.PathStatObjects, api.PathCompleteUpload, api.PathAbortUpload, api.PathCompleteBatch, api.PathForm,
}

func TestRefusesBeforeReading(t *testing.T) {
	v := tokenVault(t, newFake())
	for _, path := range posts {
		t.Run(path, func(t *testing.T) {
			v.wantCode(api.CodeUnauthorized, path, []byte("{}"), func(r *http.Request) { r.Header.Del("Authorization") })
			v.wantCode(api.CodeUnauthorized, path, []byte("{}"), func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+aliceToken+"x") })
			v.wantCode(api.CodeUnauthorized, path, []byte("{}"), func(r *http.Request) { r.Header.Set("Authorization", "Basic "+aliceToken) })
			for _, kind := range []string{"", "text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin1", "multipart/form-data"} {
				v.wantCode(api.CodeBadContentType, path, []byte("{}"), func(r *http.Request) { r.Header.Set("Content-Type", kind) })
			}
			v.wantCode(api.CodeForbiddenOrigin, path, []byte("{}"), func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") })
			v.wantCode(api.CodeForbiddenOrigin, path, []byte("{}"), func(r *http.Request) { r.Header.Set("Origin", "null") })
			for _, body := range []string{
				"", "not json", "[]", `"text"`, "7", `{"nobody":1}`, "{} {}", "{}garbage", `{"uploadId":5}`, `{"objects":{}}`,
			} {
				v.wantCode(api.CodeBadRequest, path, []byte(body))
			}
			limit := api.MaxBody
			if path == api.PathCompleteUpload || path == api.PathCompleteBatch {
				limit = api.MaxCompleteBody
			}
			big := []byte(`{"objectKey":"` + strings.Repeat("x", limit) + `"}`)
			if path == api.PathInitUpload {
				big = []byte(`{"fileName":"` + strings.Repeat("x", limit) + `"}`)
			}
			if path == api.PathPutURLs || path == api.PathStatObjects || path == api.PathCompleteBatch {
				big = []byte(`{` + strings.Repeat(" ", limit) + `}`)
			}
			v.wantCode(api.CodeBodyTooLarge, path, big)
			v.wantCode(api.CodeBodyTooLarge, path, append([]byte("{}"), bytes.Repeat([]byte(" "), limit)...))
			if a := v.send(http.MethodGet, path, nil); a.code() != api.CodeMethodNotAllowed || a.header.Get("Allow") != "POST" {
				t.Errorf("GET: %d %s", a.status, a.body)
			}
		})
	}
	for _, path := range []string{"/", "/v1", "/v1/init-upload/", "/v2/init-upload", "/v1//init-upload", "/metrics"} {
		v.wantCode(api.CodeNotFound, path, []byte("{}"))
	}
	if a := v.send(http.MethodPost, api.PathCapabilities, []byte("{}")); a.code() != api.CodeMethodNotAllowed {
		t.Errorf("POST capabilities: %d", a.status)
	}
	if a := v.post(api.PathInitUpload, []byte("{}"), func(r *http.Request) { r.Header.Del("Authorization") }); a.header.Get("WWW-Authenticate") != "Bearer" {
		t.Errorf("401 without WWW-Authenticate")
	}
}

func TestHostMustBeLoopbackWithoutSignIn(t *testing.T) {
	v := fakeVault(t, newFake())
	host := func(h string) func(*http.Request) { return func(r *http.Request) { r.Host = h } }
	for _, h := range []string{"evil.example", "evil.example:80", "10.0.0.1", "localhost.evil.example", "127.0.0.1.evil.example:80", "[::2]", ""} {
		v.wantCode(api.CodeForbiddenHost, api.PathListParts, []byte("{}"), host(h))
		if a := v.send(http.MethodGet, api.PathCapabilities, nil, host(h)); a.code() != api.CodeForbiddenHost {
			t.Errorf("capabilities for host %q: %d", h, a.status)
		}
	}
	for _, h := range []string{"localhost", "LOCALHOST:99", "127.0.0.1:1", "127.9.9.9", "[::1]:80", "::1"} {
		v.wantCode(api.CodeBadRequest, api.PathListParts, []byte("{}"), host(h))
	}
	tv := tokenVault(t, newFake())
	tv.wantCode(api.CodeBadRequest, api.PathListParts, []byte("{}"), host("signer.example"))
}

func TestConfiguredOriginMayCall(t *testing.T) {
	const origin = "https://app.example"
	v := fakeVault(t, newFake(), func(c *signer.Config) { c.AllowedOrigins = []string{origin} })
	from := func(r *http.Request) { r.Header.Set("Origin", origin) }
	a := v.post(api.PathInitUpload, initRequest([]byte("x")), from)
	if a.status != http.StatusOK || a.header.Get("Access-Control-Allow-Origin") != origin {
		t.Fatalf("%d %s %v", a.status, a.body, a.header)
	}
	a = v.send(http.MethodOptions, api.PathInitUpload, nil, from)
	if a.status != http.StatusNoContent || !strings.Contains(a.header.Get("Access-Control-Allow-Headers"), "Authorization") {
		t.Fatalf("preflight: %d %v", a.status, a.header)
	}
	a = v.send(http.MethodOptions, api.PathInitUpload, nil, func(r *http.Request) { r.Header.Set("Origin", origin+".evil") })
	if a.code() != api.CodeForbiddenOrigin || a.header.Get("Access-Control-Allow-Origin") != "" {
		t.Fatalf("foreign preflight: %d %v", a.status, a.header)
	}
}

func TestBatchLimits(t *testing.T) {
	v := fakeVault(t, newFake())
	data := randomBytes(10)
	up := mustCall[api.InitResponse](v, api.PathInitUpload, api.InitRequest{FileName: "a", MimeType: "text/plain"})
	var nums []int
	var parts []api.PartToSign
	var objs []api.ObjectToPut
	var keys []string
	for i := range 101 {
		nums = append(nums, i+1)
		parts = append(parts, api.PartToSign{PartNumber: i + 1})
		objs = append(objs, toPut("a", data, api.ChecksumCRC64NVME))
		keys = append(keys, up.ObjectKey)
	}
	urls := func(n []int, p []api.PartToSign) api.PartURLsRequest {
		return api.PartURLsRequest{UploadID: up.UploadID, ObjectKey: up.ObjectKey, PartNumbers: n, Parts: p}
	}
	v.wantCode(api.CodeTooManyItems, api.PathGetPartURLs, urls(nums, nil))
	v.wantCode(api.CodeTooManyItems, api.PathGetPartURLs, urls(nil, parts))
	v.wantCode(api.CodeTooManyItems, api.PathPutURLs, api.PutURLsRequest{Objects: objs})
	v.wantCode(api.CodeTooManyItems, api.PathStatObjects, api.StatObjectsRequest{ObjectKeys: keys})
	if got := mustCall[api.PartURLsResponse](v, api.PathGetPartURLs, urls(nums[:100], nil)); len(got.URLs) != 100 {
		t.Errorf("%d URLs for 100 parts", len(got.URLs))
	}
	v.wantCode(api.CodeBadRequest, api.PathGetPartURLs, urls(nil, nil))
	v.wantCode(api.CodeBadRequest, api.PathGetPartURLs, urls(nums[:1], parts[1:2]))
	v.wantCode(api.CodeBadRequest, api.PathGetPartURLs, urls([]int{1, 1}, nil))
	v.wantCode(api.CodeBadRequest, api.PathPutURLs, api.PutURLsRequest{})
	v.wantCode(api.CodeBadRequest, api.PathStatObjects, api.StatObjectsRequest{})
}

func TestPartsOutsideThePlan(t *testing.T) {
	v := fakeVault(t, newFake(), func(c *signer.Config) { c.PartSize = partSize })
	req := initRequest(nil)
	req.Size = ptr(int64(2*partSize + 10))
	up := mustCall[api.InitResponse](v, api.PathInitUpload, req)
	sign := func(n int, size *int64, sum string) api.PartURLRequest {
		return api.PartURLRequest{UploadID: up.UploadID, ObjectKey: up.ObjectKey, PartNumber: n, Size: size, Checksum: sum}
	}
	good := crc([]byte("x"))
	for _, n := range []int{-1, 0, 4, 10_000, 10_001, 1 << 40} {
		v.wantCode(api.CodeBadPartNumber, api.PathGetPartURL, sign(n, nil, good))
	}
	v.wantCode(api.CodeBadPartSize, api.PathGetPartURL, sign(1, ptr(int64(10)), good))
	v.wantCode(api.CodeBadPartSize, api.PathGetPartURL, sign(3, ptr(int64(partSize)), good))
	v.wantCode(api.CodeBadPartSize, api.PathGetPartURL, sign(1, ptr(int64(-1)), good))
	for _, sum := range []string{"", "x", "AAAA", sumOf(api.ChecksumMD5, nil), "AAAAAAAAAAB=", good + "\n", " " + good} {
		v.wantCode(api.CodeBadChecksum, api.PathGetPartURL, sign(1, nil, sum))
	}
	v.wantCode(api.CodeBadChecksum, api.PathGetPartURLs, api.PartURLsRequest{UploadID: up.UploadID, ObjectKey: up.ObjectKey, PartNumbers: []int{1}})
	got := mustCall[api.PartURLResponse](v, api.PathGetPartURL, sign(3, nil, good))
	if got.Headers["content-length"] != "10" || got.Headers["x-amz-checksum-crc64nvme"] != good {
		t.Errorf("the plan's size is not signed: %v", got.Headers)
	}

	simple := mustCall[api.InitResponse](v, api.PathInitUpload, api.InitRequest{FileName: "a", MimeType: "text/plain"})
	up = simple
	v.wantCode(api.CodeBadPartNumber, api.PathGetPartURL, sign(10_001, nil, ""))
	v.wantCode(api.CodeBadChecksum, api.PathGetPartURL, sign(1, nil, good))
	mustCall[api.PartURLResponse](v, api.PathGetPartURL, sign(10_000, nil, ""))

	unsized := initRequest(nil)
	unsized.Size = nil
	up = mustCall[api.InitResponse](v, api.PathInitUpload, unsized)
	v.wantCode(api.CodeBadPartSize, api.PathGetPartURL, sign(1, nil, good))
}

func TestInitRefusals(t *testing.T) {
	v := fakeVault(t, newFake(), func(c *signer.Config) { c.AllowSimpleClients = false; c.MaxObjectSize = 1 << 40 })
	set := func(change func(*api.InitRequest)) api.InitRequest {
		r := initRequest([]byte("hello"))
		change(&r)
		return r
	}
	long := strings.Repeat("n", 201)
	cases := map[string]struct {
		want api.Code
		req  api.InitRequest
	}{
		"no name":            {api.CodeBadName, set(func(r *api.InitRequest) { r.FileName = "" })},
		"dot dot":            {api.CodeBadName, set(func(r *api.InitRequest) { r.FileName = ".." })},
		"slash":              {api.CodeBadName, set(func(r *api.InitRequest) { r.FileName = "a/b" })},
		"newline":            {api.CodeBadName, set(func(r *api.InitRequest) { r.FileName = "a\nb" })},
		"nul":                {api.CodeBadName, set(func(r *api.InitRequest) { r.FileName = "a\x00b" })},
		"C1 control":         {api.CodeBadName, set(func(r *api.InitRequest) { r.FileName = "a\u0085b" })},
		"not for XML":        {api.CodeBadName, set(func(r *api.InitRequest) { r.FileName = "a\uffff" })},
		"255 bytes":          {api.CodeBadName, set(func(r *api.InitRequest) { r.FileName = strings.Repeat("é", 127) + "x" })},
		"long folder":        {api.CodeBadName, set(func(r *api.InitRequest) { r.RelativePath = long + "/a" })},
		"climbs":             {api.CodeBadName, set(func(r *api.InitRequest) { r.RelativePath = "a/../../b" })},
		"absolute":           {api.CodeBadName, set(func(r *api.InitRequest) { r.RelativePath = "/etc/passwd" })},
		"ends in slash":      {api.CodeBadName, set(func(r *api.InitRequest) { r.RelativePath = "a/" })},
		"two slashes":        {api.CodeBadName, set(func(r *api.InitRequest) { r.RelativePath = "a//b" })},
		"key too long":       {api.CodeKeyTooLong, set(func(r *api.InitRequest) { r.RelativePath = strings.Repeat("folder/", 150) + "a" })},
		"key much too long":  {api.CodeKeyTooLong, set(func(r *api.InitRequest) { r.RelativePath = strings.Repeat("f/", 5000) + "a" })},
		"no type":            {api.CodeBadRequest, set(func(r *api.InitRequest) { r.MimeType = "" })},
		"type with newline":  {api.CodeBadRequest, set(func(r *api.InitRequest) { r.MimeType = "text/plain\r\nx: y" })},
		"ref not a ULID":     {api.CodeBadRef, set(func(r *api.InitRequest) { r.UploadRef = "me" })},
		"ref in lower case":  {api.CodeBadRef, set(func(r *api.InitRequest) { r.UploadRef = strings.ToLower(r.UploadRef) })},
		"ref overflows":      {api.CodeBadRef, set(func(r *api.InitRequest) { r.UploadRef = "8ZZZZZZZZZZZZZZZZZZZZZZZZZ" })},
		"batch not a ULID":   {api.CodeBadRef, set(func(r *api.InitRequest) { r.BatchRef = "b" })},
		"our metadata":       {api.CodeBadMetadata, set(func(r *api.InitRequest) { r.Metadata = map[string]string{api.MetaUploadRef: "x"} })},
		"metadata name":      {api.CodeBadMetadata, set(func(r *api.InitRequest) { r.Metadata = map[string]string{"A b": "x"} })},
		"metadata newline":   {api.CodeBadMetadata, set(func(r *api.InitRequest) { r.Metadata = map[string]string{"a": "x\ny"} })},
		"metadata too large": {api.CodeBadMetadata, set(func(r *api.InitRequest) { r.Metadata = map[string]string{"a": strings.Repeat("x", 1024)} })},
		"checksum":           {api.CodeChecksumUnsupported, set(func(r *api.InitRequest) { r.Checksum = "sha1" })},
		"no size":            {api.CodeSizeRequired, set(func(r *api.InitRequest) { r.Size = nil })},
		"negative size":      {api.CodeBadRequest, set(func(r *api.InitRequest) { r.Size = ptr(int64(-1)) })},
		"over the limit":     {api.CodeObjectTooLarge, set(func(r *api.InitRequest) { r.Size = ptr(int64(1<<40 + 1)) })},
		"small parts":        {api.CodeBadPartSize, set(func(r *api.InitRequest) { r.PartSize = 5<<20 - 1 })},
		"large parts":        {api.CodeBadPartSize, set(func(r *api.InitRequest) { r.PartSize = 5<<30 + 1 })},
		"negative parts":     {api.CodeBadRequest, set(func(r *api.InitRequest) { r.PartSize = -1 })},
		"too many parts":     {api.CodeBadPartSize, set(func(r *api.InitRequest) { r.PartSize = 5 << 20; r.Size = ptr(int64(5<<20)*10_000 + 1) })},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			v := *v
			v.t = t
			v.wantCode(c.want, api.PathInitUpload, c.req)
		})
	}
	v.wantCode(api.CodeBadRequest, api.PathInitUpload, []byte(`{"fileName":"a","mimeType":"text/plain","size":5,"modTime":"yesterday"}`))
	v.wantCode(api.CodeBadRequest, api.PathInitUpload, []byte(`{"fileName":"a","mimeType":"text/plain","size":1e99}`))
}

func TestPutURLRefusalsAreOfOneObject(t *testing.T) {
	v := fakeVault(t, newFake())
	good := toPut("a", []byte("a"), api.ChecksumCRC64NVME)
	twice := good
	name, size, sum, ref := good, good, good, good
	name.FileName, size.Size, sum.Checksum, ref.UploadRef = "..", 5<<30+1, sumOf(api.ChecksumMD5, nil), "nobody"
	name.UploadRef, size.UploadRef, sum.UploadRef = newRef(), newRef(), newRef()
	resp := mustCall[api.PutURLsResponse](v, api.PathPutURLs, api.PutURLsRequest{Objects: []api.ObjectToPut{good, name, size, sum, ref, twice}})
	want := []api.Code{"", api.CodeBadName, api.CodeObjectTooLarge, api.CodeBadChecksum, api.CodeBadRef, api.CodeBadRef}
	for i, o := range resp.Objects {
		if o.Error != want[i] || (o.URL == "") != (want[i] != "") || (o.Message == "") != (want[i] == "") {
			t.Errorf("object %d: %+v, want %q", i, o, want[i])
		}
	}
}

func TestCompleteRefusals(t *testing.T) {
	fake := newFake()
	v := fakeVault(t, fake, func(c *signer.Config) { c.PartSize = partSize })
	req := initRequest(nil)
	req.Size = ptr(int64(partSize + 10))
	up := mustCall[api.InitResponse](v, api.PathInitUpload, req)
	sum := crc([]byte("x"))
	two := []api.Part{{PartNumber: 1, ETag: "a", Checksum: sum}, {PartNumber: 2, ETag: "b", Checksum: sum}}
	for name, c := range map[string]struct {
		want   api.Code
		change func(*api.CompleteRequest)
	}{
		"no parts":       {api.CodeInvalidParts, func(r *api.CompleteRequest) { r.Parts = nil }},
		"one missing":    {api.CodeInvalidParts, func(r *api.CompleteRequest) { r.Parts = two[:1] }},
		"twice":          {api.CodeInvalidParts, func(r *api.CompleteRequest) { r.Parts = []api.Part{two[0], two[0]} }},
		"outside":        {api.CodeBadPartNumber, func(r *api.CompleteRequest) { r.Parts = []api.Part{two[0], {PartNumber: 3, ETag: "c", Checksum: sum}} }},
		"more than plan": {api.CodeBadPartNumber, func(r *api.CompleteRequest) { r.Parts = slices.Concat(two, two[:1]) }},
		"no etag":        {api.CodeInvalidParts, func(r *api.CompleteRequest) { r.Parts = []api.Part{two[0], {PartNumber: 2, Checksum: sum}} }},
		"odd etag":       {api.CodeInvalidParts, func(r *api.CompleteRequest) { r.Parts = []api.Part{two[0], {PartNumber: 2, ETag: "\n", Checksum: sum}} }},
		"no part sum":    {api.CodeBadChecksum, func(r *api.CompleteRequest) { r.Parts = []api.Part{two[0], {PartNumber: 2, ETag: "b"}} }},
		"no sum":         {api.CodeBadChecksum, func(r *api.CompleteRequest) { r.Checksum = "" }},
		"another size":   {api.CodeSizeMismatch, func(r *api.CompleteRequest) { r.Size = ptr(int64(7)) }},
		"negative size":  {api.CodeSizeMismatch, func(r *api.CompleteRequest) { r.Size = ptr(int64(-1)) }},
	} {
		t.Run(name, func(t *testing.T) {
			v := *v
			v.t = t
			r := api.CompleteRequest{UploadID: up.UploadID, ObjectKey: up.ObjectKey, Parts: two, Checksum: sum}
			c.change(&r)
			v.wantCode(c.want, api.PathCompleteUpload, r)
		})
	}
	if n := fake.count("complete"); n != 0 {
		t.Errorf("the storage was asked %d times", n)
	}
}
