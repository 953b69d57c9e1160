package signer_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"testing"

	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"

	"longshore/internal/s3test"
	"longshore/signer"
	"longshore/signer/api"
)

// toPut describes data as one object of put-urls.
func toPut(name string, data []byte, mode string) api.ObjectToPut {
	return api.ObjectToPut{UploadRef: newRef(), FileName: name, MimeType: "application/dicom", Size: int64(len(data)), Checksum: sumOf(mode, data)}
}

func testPutURLs(t *testing.T, srv *s3test.Server) {
	putAll(t, srv, realVault(t, srv), api.ChecksumCRC64NVME)
}

func testPutURLsMD5(t *testing.T, srv *s3test.Server) {
	v := realVault(t, srv, func(c *signer.Config) { c.Checksum = api.ChecksumMD5 })
	v.wantCode(api.CodeChecksumUnsupported, api.PathInitUpload, initRequest([]byte("x")))
	putAll(t, srv, v, api.ChecksumMD5)
}

func putAll(t *testing.T, srv *s3test.Server, v *vault, mode string) {
	datas := [][]byte{nil, []byte("a"), randomBytes(200_000)}
	var req api.PutURLsRequest
	for i, d := range datas {
		o := toPut(fmt.Sprintf("slice %d.dcm", i), d, mode)
		o.RelativePath = "série/" + o.FileName
		o.BatchRef = newRef()
		req.Objects = append(req.Objects, o)
	}
	resp := mustCall[api.PutURLsResponse](v, api.PathPutURLs, req)
	for i, u := range resp.Objects {
		if u.Error != "" || u.UploadRef != req.Objects[i].UploadRef || u.ExpiresIn != 900 {
			t.Fatalf("put-urls: %+v", u)
		}
		bad := append([]byte("tampered"), datas[i]...)
		if status, _, _ := put(t, u.URL, u.Headers, bad); status == http.StatusOK {
			t.Fatalf("object %d: other bytes were taken", i)
		}
		status, etag, text := put(t, u.URL, u.Headers, datas[i])
		if status != http.StatusOK || etag == "" {
			t.Fatalf("object %d: %d %s", i, status, text)
		}
		checkStored(t, srv, u.ObjectKey, datas[i])
		if status, _, _ := put(t, u.URL, u.Headers, datas[i]); status != http.StatusPreconditionFailed {
			t.Fatalf("repeated PUT: status %d, want 412", status)
		}
		stat := mustCall[api.StatObjectsResponse](v, api.PathStatObjects, api.StatObjectsRequest{ObjectKeys: []string{u.ObjectKey}}).Objects[0]
		if !stat.Found || stat.UploadRef != u.UploadRef || stat.Size != int64(len(datas[i])) || stat.Encryption != wantEncryption(srv) {
			t.Fatalf("stat: %+v", stat)
		}
		if mode == api.ChecksumCRC64NVME && stat.Checksum != crc(datas[i]) {
			t.Fatalf("stat checksum %q, want %q", stat.Checksum, crc(datas[i]))
		}
	}
}

func testOddNames(t *testing.T, srv *s3test.Server) {
	v := realVault(t, srv)
	names := []string{
		`quote " and ' and \ back`, "naïve é", "名前.dcm", "😀 emoji 🩻", "مرحبا.dcm", "a+b&c=d?e#f%20g", "  spaces  ", "semi;colon,comma~tilde*star", "-.dot.", "<xml>&amp;",
	}
	for _, name := range names {
		data := []byte(name)
		u := mustCall[api.PutURLsResponse](v, api.PathPutURLs, api.PutURLsRequest{Objects: []api.ObjectToPut{toPut(name, data, api.ChecksumCRC64NVME)}}).Objects[0]
		if status, _, text := put(t, u.URL, u.Headers, data); status != http.StatusOK {
			t.Errorf("put %q: %d %s", name, status, text)
			continue
		}
		checkStored(t, srv, u.ObjectKey, data)

		req := initRequest(data)
		req.FileName = name
		up := mustCall[api.InitResponse](v, api.PathInitUpload, req)
		parts := sendParts(v, up, data)
		mustCall[api.Object](v, api.PathCompleteUpload, completeRequest(up, parts, data))
		checkStored(t, srv, up.ObjectKey, data)
	}
}

func testTamperedPart(t *testing.T, srv *s3test.Server) {
	v := realVault(t, srv)
	data := randomBytes(partSize)
	up := mustCall[api.InitResponse](v, api.PathInitUpload, initRequest(data))
	u := mustCall[api.PartURLResponse](v, api.PathGetPartURL, api.PartURLRequest{
		UploadID: up.UploadID, ObjectKey: up.ObjectKey, PartNumber: 1, Checksum: crc(data),
	})
	bad := bytes.Clone(data)
	bad[1000] ^= 1
	if status, _, _ := put(t, u.URL, u.Headers, bad); status == http.StatusOK {
		t.Fatal("a tampered part was taken")
	}
	other := with(u.Headers, "x-amz-checksum-crc64nvme", crc(bad))
	if status, _, _ := put(t, u.URL, other, bad); status == http.StatusOK {
		t.Fatal("a part with a checksum that was not signed was taken")
	}
	if status, _, _ := put(t, u.URL, u.Headers, data[:100]); status == http.StatusOK {
		t.Fatal("a part of another length was taken")
	}
	abort(v, up)
}

func with(m map[string]string, k, v string) map[string]string {
	out := map[string]string{k: v}
	for mk, mv := range m {
		if mk != k {
			out[mk] = mv
		}
	}
	return out
}

func abort(v *vault, up api.InitResponse) {
	v.t.Helper()
	mustCall[api.AbortResponse](v, api.PathAbortUpload, api.UploadRequest{UploadID: up.UploadID, ObjectKey: up.ObjectKey})
}

func testWrongObjectChecksum(t *testing.T, srv *s3test.Server) {
	v := realVault(t, srv)
	data := randomBytes(partSize + 7)
	up := mustCall[api.InitResponse](v, api.PathInitUpload, initRequest(data))
	parts := sendParts(v, up, data)
	req := completeRequest(up, parts, data)
	req.Checksum = crc([]byte("something else"))
	v.wantCode(api.CodeChecksumMismatch, api.PathCompleteUpload, req)
	stat := mustCall[api.StatObjectsResponse](v, api.PathStatObjects, api.StatObjectsRequest{ObjectKeys: []string{up.ObjectKey}})
	if stat.Objects[0].Found {
		t.Fatal("an object with a wrong checksum was stored")
	}
	mustCall[api.Object](v, api.PathCompleteUpload, completeRequest(up, parts, data)) // the right one still works
}

func testReplays(t *testing.T, srv *s3test.Server) { replays(t, srv, realVault(t, srv)) }

func testReplaysUnconditional(t *testing.T, srv *s3test.Server) {
	replays(t, srv, realVault(t, srv, func(c *signer.Config) { c.NoConditionalWrites = true }))
}

// replays repeats every call of a finished upload: nothing may change.
func replays(t *testing.T, srv *s3test.Server, v *vault) {
	data := randomBytes(partSize + 1)
	req := initRequest(data)
	up := mustCall[api.InitResponse](v, api.PathInitUpload, req)
	parts := sendParts(v, up, data)
	done := mustCall[api.Object](v, api.PathCompleteUpload, completeRequest(up, parts, data))

	again := mustCall[api.Object](v, api.PathCompleteUpload, completeRequest(up, parts, data))
	if again.ETag != done.ETag || again.Verified != done.Verified || again.Checksum != done.Checksum {
		t.Fatalf("replayed complete: %+v, first %+v", again, done)
	}
	req.Retry = true
	found := mustCall[api.InitResponse](v, api.PathInitUpload, req)
	if found.UploadID != "" || found.Object == nil || found.Object.ETag != done.ETag || found.Object.Verified != api.VerifiedFullObject {
		t.Fatalf("repeated init: %+v", found)
	}
	wrong := req
	wrong.Size = ptr(int64(5))
	v.wantCode(api.CodeRefConflict, api.PathInitUpload, wrong)

	// Another upload to the same key, by a client that says it never asked.
	other := bytes.Repeat([]byte("b"), len(data))
	second := realVault(t, srv) // a signer without memory of the ref
	req.Retry = false
	up2 := mustCall[api.InitResponse](second, api.PathInitUpload, req)
	if up2.ObjectKey != up.ObjectKey || up2.UploadID == "" {
		t.Fatalf("second init: %+v", up2)
	}
	parts2 := sendParts(v, up2, other)
	v.wantCode(api.CodeKeyTaken, api.PathCompleteUpload, completeRequest(up2, parts2, other))
	checkStored(t, srv, up.ObjectKey, data)
	abort(v, up2)
	abort(v, up) // gone already, and its object stays
	checkStored(t, srv, up.ObjectKey, data)
	v.wantCode(api.CodeNoSuchUpload, api.PathListParts, api.UploadRequest{UploadID: up.UploadID, ObjectKey: up.ObjectKey})
}

func testRetriedInit(t *testing.T, srv *s3test.Server) {
	data := randomBytes(partSize + 3)
	req := initRequest(data)
	first := mustCall[api.InitResponse](realVault(t, srv), api.PathInitUpload, req)
	lost := mustCall[api.InitResponse](realVault(t, srv), api.PathInitUpload, req) // a second upload of the key
	v := realVault(t, srv)
	parts := sendParts(v, first, data)
	req.Retry = true
	up := mustCall[api.InitResponse](v, api.PathInitUpload, req)
	listed := mustCall[api.ListPartsResponse](v, api.PathListParts, api.UploadRequest{UploadID: up.UploadID, ObjectKey: up.ObjectKey})
	if len(listed.Parts) != len(parts) {
		t.Fatalf("the retried init found an upload of %d parts, want the first one's %d", len(listed.Parts), len(parts))
	}
	for name, change := range map[string]func(*api.InitRequest){
		"size":      func(r *api.InitRequest) { r.Size = ptr(int64(3 * partSize)) },
		"part size": func(r *api.InitRequest) { r.PartSize = partSize + 1<<20 },
	} {
		other := req
		change(&other)
		// A signer without memory of the ref sees it in the parts.
		a := realVault(t, srv).post(api.PathInitUpload, other)
		if a.code() != api.CodeRefConflict {
			t.Errorf("retry with another %s: %d %s", name, a.status, a.body)
		}
	}
	mustCall[api.Object](v, api.PathCompleteUpload, completeRequest(up, parts, data))
	checkStored(t, srv, up.ObjectKey, data)
	if slices.Contains(openUploads(t, srv), up.ObjectKey) {
		t.Fatal("the other upload of the key is still open")
	}
	v.wantCode(api.CodeNoSuchUpload, api.PathListParts, api.UploadRequest{UploadID: lost.UploadID, ObjectKey: lost.ObjectKey})
}

func testAbort(t *testing.T, srv *s3test.Server) {
	v := realVault(t, srv)
	data := randomBytes(partSize + 3)
	up := mustCall[api.InitResponse](v, api.PathInitUpload, initRequest(data))
	parts := sendParts(v, up, data)
	abort(v, up)
	abort(v, up)
	if slices.Contains(openUploads(t, srv), up.ObjectKey) {
		t.Fatal("the upload is still open")
	}
	v.wantCode(api.CodeNoSuchUpload, api.PathCompleteUpload, completeRequest(up, parts, data))
}

// testManyParts lists more parts than S3 gives in one page of 1,000.
func testManyParts(t *testing.T, srv *s3test.Server) {
	const count = 1100
	v := realVault(t, srv)
	up := mustCall[api.InitResponse](v, api.PathInitUpload, api.InitRequest{FileName: "many", MimeType: "text/plain"})
	var g sync.WaitGroup
	for batch := range count / 100 {
		g.Go(func() {
			req := api.PartURLsRequest{UploadID: up.UploadID, ObjectKey: up.ObjectKey}
			for i := range 100 {
				req.PartNumbers = append(req.PartNumbers, batch*100+i+1)
			}
			urls := mustCall[api.PartURLsResponse](v, api.PathGetPartURLs, req)
			for n, u := range urls.URLs {
				if status, _, text := put(t, u, urls.Headers[n], []byte(n)); status != http.StatusOK {
					t.Errorf("part %s: %d %s", n, status, text)
				}
			}
		})
	}
	g.Wait()
	listed := mustCall[api.ListPartsResponse](v, api.PathListParts, api.UploadRequest{UploadID: up.UploadID, ObjectKey: up.ObjectKey})
	if len(listed.Parts) != count {
		t.Fatalf("listed %d parts, want %d", len(listed.Parts), count)
	}
	for i, p := range listed.Parts {
		if p.PartNumber != i+1 || p.Size != int64(len(strconv.Itoa(i+1))) {
			t.Fatalf("part %d is %+v", i+1, p)
		}
	}
	abort(v, up)
}

func testTwoSigners(t *testing.T, srv *s3test.Server) {
	a, b := realVault(t, srv), realVault(t, srv)
	data := randomBytes(partSize + 3)
	up := mustCall[api.InitResponse](a, api.PathInitUpload, initRequest(data))
	parts := sendParts(b, up, data)
	req := completeRequest(up, parts, data)
	var g sync.WaitGroup
	objects := make([]api.Object, 4)
	for i := range objects {
		g.Go(func() { objects[i] = mustCall[api.Object]([]*vault{a, b}[i%2], api.PathCompleteUpload, req) })
	}
	g.Wait()
	for _, o := range objects {
		if o.ETag != objects[0].ETag || o.Verified != api.VerifiedFullObject || o.Size != int64(len(data)) {
			t.Fatalf("two signers disagree: %+v", objects)
		}
	}
	foreign := realVault(t, srv, func(c *signer.Config) { c.SealKeys = [][]byte{bytes.Repeat([]byte{8}, 32)} })
	foreign.wantCode(api.CodeBadUploadID, api.PathListParts, api.UploadRequest{UploadID: up.UploadID, ObjectKey: up.ObjectKey})
	both := realVault(t, srv, func(c *signer.Config) { c.SealKeys = [][]byte{bytes.Repeat([]byte{8}, 32), testSealKey} })
	abort(both, up)
}

func testWrongETag(t *testing.T, srv *s3test.Server) {
	v := realVault(t, srv)
	data := randomBytes(partSize + 3)
	up := mustCall[api.InitResponse](v, api.PathInitUpload, initRequest(data))
	parts := sendParts(v, up, data)
	req := completeRequest(up, slices.Clone(parts), data)
	req.Parts[1].ETag = `"00000000000000000000000000000000"`
	v.wantCode(api.CodeInvalidParts, api.PathCompleteUpload, req)
	abort(v, up)
}

func testSmallPart(t *testing.T, srv *s3test.Server) {
	v := realVault(t, srv)
	up := mustCall[api.InitResponse](v, api.PathInitUpload, api.InitRequest{FileName: "small", MimeType: "text/plain"})
	req := api.CompleteRequest{UploadID: up.UploadID, ObjectKey: up.ObjectKey}
	for n := range 2 {
		u := mustCall[api.PartURLResponse](v, api.PathGetPartURL, api.PartURLRequest{UploadID: up.UploadID, ObjectKey: up.ObjectKey, PartNumber: n + 1})
		_, etag, _ := put(t, u.URL, u.Headers, []byte("tiny"))
		req.Parts = append(req.Parts, api.Part{PartNumber: n + 1, ETag: etag})
	}
	v.wantCode(api.CodePartTooSmall, api.PathCompleteUpload, req)
	abort(v, up)
}

// TestProbeLeavesNothing looks at what the probe leaves in a real bucket.
func TestProbeLeavesNothing(t *testing.T) {
	srv := s3test.VersityGW(t)
	v := realVault(t, srv)
	if caps := v.send(http.MethodGet, api.PathCapabilities, nil); caps.status != http.StatusOK {
		t.Fatalf("capabilities: %d %s", caps.status, caps.body)
	}
	out, err := srv.Client().ListObjectsV2(context.Background(), &awss3.ListObjectsV2Input{Bucket: &srv.Bucket})
	if err != nil {
		t.Fatal(err)
	}
	if open := openUploads(t, srv); len(out.Contents) != 0 || len(open) != 0 {
		t.Fatalf("the probe left %d objects and %d uploads", len(out.Contents), len(open))
	}
}
