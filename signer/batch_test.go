package signer_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/oklog/ulid/v2"

	"longshore/signer"
	"longshore/signer/api"
)

// batchStored puts n small objects of a batch into the fake, by way of the real
// put-urls, and gives them as complete-batch takes them.
func batchStored(t testing.TB, v *vault, st *fakeStorage, batch string, n int, name func(int) string) []api.BatchObject {
	t.Helper()
	var out []api.BatchObject
	for at := 0; at < n; at += api.MaxBatch {
		var req api.PutURLsRequest
		for i := at; i < min(n, at+api.MaxBatch); i++ {
			body := fmt.Appendf(nil, "body %d", i)
			req.Objects = append(req.Objects, api.ObjectToPut{
				UploadRef: ref(i), FileName: "f.dcm", RelativePath: name(i), MimeType: "application/dicom",
				Size: int64(len(body)), Checksum: crc(body), BatchRef: batch,
			})
		}
		resp := mustCall[api.PutURLsResponse](v, api.PathPutURLs, req)
		for i, o := range resp.Objects {
			if o.Error != "" {
				t.Fatalf("put-urls: %s", o.Error)
			}
			st.arrive(o, req.Objects[i])
			out = append(out, api.BatchObject{ObjectKey: o.ObjectKey, Size: req.Objects[i].Size, Checksum: req.Objects[i].Checksum})
		}
	}
	return out
}

// ref is the i-th of rising uploadRefs.
func ref(i int) string {
	var id ulid.ULID
	_ = id.SetTime(1_700_000_000_000) // in range
	id[13], id[14], id[15] = byte(i>>16), byte(i>>8), byte(i)
	return id.String()
}

// arrive is what S3 does with a signed PUT.
func (f *fakeStorage) arrive(signed api.PutURL, o api.ObjectToPut) {
	f.mu.Lock()
	defer f.mu.Unlock()
	meta := map[string]string{}
	for k, v := range signed.Headers {
		if name, ok := strings.CutPrefix(k, "x-amz-meta-"); ok {
			meta[name] = v
		}
	}
	f.objects[signed.ObjectKey] = signer.StoredObject{
		Key: signed.ObjectKey, Size: o.Size, ETag: `"e` + o.UploadRef + `"`, VersionID: "v1", CRC64NVME: o.Checksum, Metadata: meta, Encryption: f.encryption,
	}
}

const batchA = "01KACZJ8WS0000000000000000"

func sliceName(i int) string { return fmt.Sprintf("Study Ä/serié 1/slice-%05d.dcm", i) }

func readManifest(t *testing.T, st *fakeStorage, key string) (api.ManifestFile, []byte) {
	t.Helper()
	body := st.bodies[key]
	var f api.ManifestFile
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&f); err != nil {
		t.Fatalf("manifest: %v in %s", err, body)
	}
	return f, body
}

func TestManifestOfASmallBatch(t *testing.T) {
	st := newFake()
	st.bodies, st.encryption = map[string][]byte{}, "aws:kms"
	v := fakeVault(t, st, func(c *signer.Config) { c.KMSKeyID, c.Tool = "key-1", "longshore-signer test" })
	objects := batchStored(t, v, st, batchA, 3, sliceName)
	req := api.CompleteBatchRequest{BatchRef: batchA, Objects: objects}
	first := mustCall[api.CompleteBatchResponse](v, api.PathCompleteBatch, req)
	m := first.Manifest
	if m == nil || m.Objects != 3 || m.Bytes != 18 || m.Encryption != "aws:kms" || m.Created.IsZero() {
		t.Fatalf("answer %+v", m)
	}
	if want := "uploads/local/manifests/2025-11-19/" + batchA + "/manifest.json"; m.ObjectKey != want {
		t.Errorf("key %s, want %s", m.ObjectKey, want)
	}
	f, body := readManifest(t, st, m.ObjectKey)
	if f.Kind != api.ManifestKind || f.Version != 1 || f.Tool != "longshore-signer test" || f.BatchRef != batchA || f.Count != 3 ||
		f.Bytes != 18 || f.RootHash != m.RootHash || len(f.Objects) != 3 || len(f.Pages) != 0 || !f.Created.Equal(m.Created) {
		t.Errorf("manifest %+v", f)
	}
	for i, o := range f.Objects {
		want := api.ManifestObject{
			Key: objects[i].ObjectKey, Path: sliceName(i), Size: objects[i].Size, Checksum: objects[i].Checksum,
			Verified: api.VerifiedFullObject, ETag: `"e` + ref(i) + `"`, VersionID: "v1",
		}
		if o != want {
			t.Errorf("object %d: %+v, want %+v", i, o, want)
		}
	}
	// rootHash as a reader checks it: from the lines as they stand in the file.
	lines := strings.Split(string(body), "\n")
	page := sha256.New()
	for _, line := range lines[1 : len(lines)-2] {
		page.Write([]byte(strings.TrimSuffix(line, ",") + "\n"))
	}
	root := sha256.Sum256(page.Sum(nil))
	if got := hex.EncodeToString(root[:]); got != f.RootHash {
		t.Errorf("rootHash %s, computed from the file %s", f.RootHash, got)
	}
	again := mustCall[api.CompleteBatchResponse](v, api.PathCompleteBatch, req)
	if *again.Manifest != *m || st.count("put-object") != 1 || !bytes.Equal(st.bodies[m.ObjectKey], body) {
		t.Errorf("repeated: %+v after %d writes", again.Manifest, st.count("put-object"))
	}
	v.wantCode(api.CodeBatchConflict, api.PathCompleteBatch, api.CompleteBatchRequest{BatchRef: batchA, Objects: objects[:2]})
	if !bytes.Equal(st.bodies[m.ObjectKey], body) {
		t.Error("the manifest was overwritten")
	}
}

// paged sends all objects in pages and gives the tokens.
func paged(v *vault, batch string, objects []api.BatchObject) []string {
	var tokens []string
	for at := 0; at < len(objects); at += api.MaxManifestPage {
		page := objects[at:min(len(objects), at+api.MaxManifestPage)]
		tokens = append(tokens, mustCall[api.CompleteBatchResponse](v, api.PathCompleteBatch,
			api.CompleteBatchRequest{BatchRef: batch, Objects: page, Page: true}).Page)
	}
	return tokens
}

func TestManifestInPages(t *testing.T) {
	st := newFake()
	st.bodies = map[string][]byte{}
	v := fakeVault(t, st)
	objects := batchStored(t, v, st, batchA, 2*api.MaxManifestPage+7, sliceName)
	v.wantCode(api.CodeTooManyItems, api.PathCompleteBatch, api.CompleteBatchRequest{BatchRef: batchA, Objects: objects[:api.MaxManifestPage+1]})
	tokens := paged(v, batchA, objects)
	for i, token := range tokens {
		if len(token) >= api.MaxPageTokenLen {
			t.Errorf("token %d has %d characters", i, len(token))
		}
	}
	writes := st.count("put-object")
	if again := paged(v, batchA, objects); fmt.Sprint(again) != fmt.Sprint(tokens) || st.count("put-object") != writes {
		t.Errorf("pages sent again: other tokens, or %d more writes", st.count("put-object")-writes)
	}
	m := mustCall[api.CompleteBatchResponse](v, api.PathCompleteBatch, api.CompleteBatchRequest{BatchRef: batchA, Pages: tokens}).Manifest
	f, _ := readManifest(t, st, m.ObjectKey)
	if f.Count != len(objects) || len(f.Pages) != 3 || len(f.Objects) != 0 || f.RootHash != m.RootHash {
		t.Fatalf("manifest %+v", f)
	}
	root, n := sha256.New(), 0
	for _, p := range f.Pages {
		body := st.bodies[p.Key]
		sum := sha256.Sum256(body)
		if p.SHA256 != hex.EncodeToString(sum[:]) || p.Size != int64(len(body)) || bytes.Count(body, []byte("\n")) != p.Count {
			t.Errorf("page %+v is not its object of %d bytes", p, len(body))
		}
		for line := range bytes.Lines(body) {
			var o api.ManifestObject
			if err := json.Unmarshal(line, &o); err != nil || o.Key != objects[n].ObjectKey {
				t.Fatalf("line %d: %v %s", n, err, line)
			}
			n++
		}
		root.Write(sum[:])
	}
	if hex.EncodeToString(root.Sum(nil)) != f.RootHash {
		t.Error("rootHash is not that of the pages")
	}
	// Tokens out of order, twice, of another batch, forged, or some only.
	bad := api.CompleteBatchRequest{BatchRef: batchA}
	for name, pages := range map[string][]string{"order": {tokens[1], tokens[0]}, "twice": {tokens[0], tokens[0]}} {
		bad.Pages = pages
		if a := v.post(api.PathCompleteBatch, bad); a.code() != api.CodeBadRequest {
			t.Errorf("%s: %s", name, a.body)
		}
	}
	bad.Pages = []string{tokens[0][:len(tokens[0])-2] + "AA"}
	v.wantCode(api.CodeForbiddenKey, api.PathCompleteBatch, bad)
	v.wantCode(api.CodeForbiddenKey, api.PathCompleteBatch, api.CompleteBatchRequest{BatchRef: ref(9), Pages: tokens})
	bad.Pages = tokens[:2]
	v.wantCode(api.CodeBatchConflict, api.PathCompleteBatch, bad)
}

func TestManifestListsOnlyWhatIsConfirmed(t *testing.T) {
	st := newFake()
	v := tokenVault(t, st)
	mine := batchStored(t, v, st, batchA, 4, sliceName)
	other := ref(70_000)
	bob := *v
	bob.token = bobToken
	foreign := batchStored(t, &bob, st, batchA, 1, sliceName)
	otherBatch := batchStored(t, v, st, other, 5, func(i int) string { return "x" })[4]
	edit := func(f func(*api.BatchObject)) []api.BatchObject {
		o := mine[1]
		f(&o)
		return []api.BatchObject{mine[0], o}
	}
	for name, c := range map[string]struct {
		objects []api.BatchObject
		code    api.Code
	}{
		"foreign":        {foreign, api.CodeForbiddenKey},
		"of no template": {edit(func(o *api.BatchObject) { o.ObjectKey = "elsewhere" }), api.CodeForbiddenKey},
		"traversal":      {edit(func(o *api.BatchObject) { o.ObjectKey += "/../x" }), api.CodeForbiddenKey},
		"encoded":        {edit(func(o *api.BatchObject) { o.ObjectKey = strings.ReplaceAll(o.ObjectKey, "/", "%2F") }), api.CodeForbiddenKey},
		"never stored":   {edit(func(o *api.BatchObject) { o.ObjectKey += "x" }), api.CodeNotConfirmed},
		"other size":     {edit(func(o *api.BatchObject) { o.Size++ }), api.CodeNotConfirmed},
		"other checksum": {edit(func(o *api.BatchObject) { o.Checksum = crc([]byte("other")) }), api.CodeNotConfirmed},
		"other batch":    {[]api.BatchObject{mine[0], otherBatch}, api.CodeNotConfirmed},
		"twice":          {[]api.BatchObject{mine[0], mine[0]}, api.CodeBadRequest},
		"out of order":   {[]api.BatchObject{mine[1], mine[0]}, api.CodeBadRequest},
		"negative":       {edit(func(o *api.BatchObject) { o.Size = -1 }), api.CodeBadRequest},
	} {
		t.Run(name, func(t *testing.T) {
			for _, page := range []bool{false, true} {
				v.wantCode(c.code, api.PathCompleteBatch, api.CompleteBatchRequest{BatchRef: batchA, Objects: c.objects, Page: page})
			}
		})
	}
	v.wantCode(api.CodeBadRef, api.PathCompleteBatch, api.CompleteBatchRequest{BatchRef: "x", Objects: mine})
	v.wantCode(api.CodeBadRequest, api.PathCompleteBatch, api.CompleteBatchRequest{BatchRef: batchA})
	if n := st.count("put-object"); n != 0 {
		t.Errorf("%d objects were written", n)
	}
	token := mustCall[api.CompleteBatchResponse](v, api.PathCompleteBatch, api.CompleteBatchRequest{BatchRef: batchA, Objects: mine, Page: true}).Page
	bob.wantCode(api.CodeForbiddenKey, api.PathCompleteBatch, api.CompleteBatchRequest{BatchRef: batchA, Pages: []string{token}})
	elsewhere := tokenVault(t, newFake(), func(c *signer.Config) { c.SealKeys = [][]byte{bytes.Repeat([]byte{9}, 32)} })
	elsewhere.wantCode(api.CodeForbiddenKey, api.PathCompleteBatch, api.CompleteBatchRequest{BatchRef: batchA, Pages: []string{token}})
}

func TestManifestOutcomeIsSettled(t *testing.T) {
	for name, c := range map[string]struct {
		before, after func(op string, n int) error
		status        int
		writes        int
	}{
		"answer lost":        {after: failOnce("put-object", signer.FailUnknown), status: 200, writes: 1},
		"refused, then fine": {before: failOnce("put-object", signer.FailThrottled), status: 200, writes: 2},
		"someone was faster": {after: failOnce("put-object", signer.FailPrecondition), status: 200, writes: 1},
		"denied":             {before: failOnce("put-object", signer.FailDenied), status: 502, writes: 1},
		"look fails":         {before: failOnce("stat", signer.FailUnknown), status: 502},
	} {
		t.Run(name, func(t *testing.T) {
			st := newFake()
			v := fakeVault(t, st)
			objects := batchStored(t, v, st, batchA, 1, sliceName)
			st.before, st.after = c.before, c.after
			a := v.post(api.PathCompleteBatch, api.CompleteBatchRequest{BatchRef: batchA, Objects: objects})
			if a.status != c.status || st.count("put-object") != c.writes {
				t.Errorf("%d %s, %d writes", a.status, a.body, st.count("put-object"))
			}
			st.before, st.after = nil, nil
			if c.status == http.StatusOK {
				return
			}
			mustCall[api.CompleteBatchResponse](v, api.PathCompleteBatch, api.CompleteBatchRequest{BatchRef: batchA, Objects: objects})
		})
	}
}

func failOnce(op string, f signer.Failure) func(string, int) error {
	return func(got string, n int) error {
		if got == op && n == 0 {
			return storageErr(op, f)
		}
		return nil
	}
}

func TestManifestKeepsNamesToItself(t *testing.T) {
	const nameless = "uploads/{principal}/{date}/{batchRef}/{uploadRef}/image{ext}"
	for _, names := range []bool{false, true} {
		st := newFake()
		st.bodies = map[string][]byte{}
		v := fakeVault(t, st, func(c *signer.Config) { c.KeyTemplate, c.ManifestNames = nameless, names })
		objects := batchStored(t, v, st, batchA, 2, sliceName)
		for i := range objects {
			if !strings.Contains(objects[i].ObjectKey, "/"+batchA+"/") || strings.Contains(objects[i].ObjectKey, "slice") {
				t.Errorf("key %s", objects[i].ObjectKey)
			}
			objects[i].RelativePath = sliceName(i)
		}
		m := mustCall[api.CompleteBatchResponse](v, api.PathCompleteBatch, api.CompleteBatchRequest{BatchRef: batchA, Objects: objects}).Manifest
		f, body := readManifest(t, st, m.ObjectKey)
		if bytes.Contains(body, []byte("slice")) != names || (f.Objects[1].Path == sliceName(1)) != names {
			t.Errorf("names %v: %s", names, body)
		}
	}
}

func TestManifestTemplates(t *testing.T) {
	for text, ok := range map[string]bool{
		"m/{principal}/{batchRef}/manifest.json":        true,
		"{batchRef}/{date}/{principal}/all.json":        true,
		"m/{principal}/manifest.json":                   false,
		"m/{batchRef}/manifest.json":                    false,
		"m/{principal}/{batchRef}":                      false,
		"m/{principal}/{batchRef}/{uploadRef}/x":        false,
		"m/{principal}/{batchRef}/{path}":               false,
		"uploads/{principal}/{date}/{batchRef}/x.json":  false, // a file could have it
		"uploads/{principal}/{date}/{batchRef}/a/b.txt": false,
	} {
		st := newFake()
		s, err := signer.New(signer.Config{Storage: st, NoKMS: true, SealKeys: [][]byte{testSealKey}, Auth: signer.NoAuth(), ManifestTemplate: text})
		if (err == nil) != ok {
			t.Errorf("%s: %v", text, err)
		}
		if err == nil {
			err = errors.Join(err, s.Shutdown(t.Context()))
			if err != nil {
				t.Error(err)
			}
		}
	}
}
