package signer_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"

	"longshore/internal/s3test"
	"longshore/signer"
	"longshore/signer/api"
)

// onCareless runs a test against servers that accept checksums and check none.
func onCareless(t *testing.T, test func(t *testing.T, srv *s3test.Server, c *s3test.Careless)) {
	for name, start := range map[string]func(testing.TB) *s3test.Server{"versitygw": s3test.VersityGW, "minio-kms": s3test.MinIO} {
		t.Run(name, func(t *testing.T) {
			srv, c := s3test.NewCareless(t, start(t))
			test(t, srv, c)
			if open := openUploads(t, srv); len(open) != 0 {
				t.Errorf("%d uploads were left open: %v", len(open), open)
			}
		})
	}
}

// TestProbeFindsServersThatDoNotVerify: one tampered byte that is taken, and
// the vault is one of Content-MD5. The rest of the protocol works there.
func TestProbeFindsServersThatDoNotVerify(t *testing.T) {
	onCareless(t, func(t *testing.T, srv *s3test.Server, c *s3test.Careless) {
		v := realVault(t, srv)
		caps := v.send(http.MethodGet, api.PathCapabilities, nil)
		if !bytes.Contains(caps.body, []byte(`"checksum":"md5"`)) {
			t.Fatalf("capabilities: %s", caps.body)
		}
		if c.Dropped() == 0 {
			t.Fatal("the probe sent no checksum: it proved nothing")
		}
		v.wantCode(api.CodeChecksumUnsupported, api.PathInitUpload, initRequest([]byte("x")))
		for name, run := range map[string]func(*testing.T, *s3test.Server){
			"simple client": testSimpleClient, "parts": testMD5Parts, "abort of md5": testMD5Abort, "tampered single": testMD5Single,
			"a part of another size": testMD5OtherSize,
		} {
			t.Run(name, func(t *testing.T) { run(t, srv) })
		}
		if checked, broken := c.MD5Checked(); checked == 0 || broken == 0 {
			t.Errorf("%d Content-MD5 checked, %d broken: nothing was tampered with", checked, broken)
		}
		if why := c.Refused(); len(why) != 1 || why[0] != "PUT does not match what was signed" {
			t.Errorf("signatures were refused: %q; want one, that of the altered Content-MD5", why)
		}
	})
}

// md5Upload begins an upload in parts in mode md5.
func md5Upload(v *vault, data []byte) api.InitResponse {
	v.t.Helper()
	req := initRequest(data)
	req.Checksum = api.ChecksumMD5
	return mustCall[api.InitResponse](v, api.PathInitUpload, req)
}

func testMD5Abort(t *testing.T, srv *s3test.Server) {
	v := realVault(t, srv)
	data := randomBytes(partSize + 3)
	up := md5Upload(v, data)
	sendParts(v, up, data)
	abort(v, up)
}

// testMD5Single: other bytes under the signed Content-MD5, and another
// Content-MD5 under the signature.
func testMD5Single(t *testing.T, srv *s3test.Server) {
	v := realVault(t, srv)
	data := randomBytes(70_000)
	u := mustCall[api.PutURLsResponse](v, api.PathPutURLs, api.PutURLsRequest{Objects: []api.ObjectToPut{toPut("one.dcm", data, api.ChecksumMD5)}}).Objects[0]
	bad := bytes.Clone(data)
	bad[69_999] ^= 1
	if status, _, text := put(t, u.URL, u.Headers, bad); status == http.StatusOK {
		t.Fatalf("an altered object was taken: %s", text)
	}
	if status, _, _ := put(t, u.URL, with(u.Headers, "content-md5", sumOf(api.ChecksumMD5, bad)), bad); status == http.StatusOK {
		t.Fatal("an object with a Content-MD5 that was not signed was taken")
	}
	if status, _, text := put(t, u.URL, u.Headers, data); status != http.StatusOK {
		t.Fatalf("the object as signed: %d %s", status, text)
	}
	checkStored(t, srv, u.ObjectKey, data)
}

// testMD5OtherSize: no object's checksum proves the whole here, so the list of
// the parts must, in number and size.
func testMD5OtherSize(t *testing.T, srv *s3test.Server) {
	v := realVault(t, srv)
	data := randomBytes(2*partSize + 5)
	up := md5Upload(v, data)
	parts := sendParts(v, up, data)
	// A part of another size, which this signer would not sign, comes in behind
	// its back, as another signer's or an operator's mistake.
	key, id := up.ObjectKey, openUploadID(t, srv, up.ObjectKey)
	short := data[partSize : 2*partSize-1]
	etag := putPartDirectly(t, srv, key, id, 2, short)
	parts[1].ETag = etag
	v.wantCode(api.CodeSizeMismatch, api.PathCompleteUpload, api.CompleteRequest{UploadID: up.UploadID, ObjectKey: key, Parts: parts})
	v.wantCode(api.CodeInvalidParts, api.PathCompleteUpload, api.CompleteRequest{UploadID: up.UploadID, ObjectKey: key, Parts: parts[:2]})
	parts = sendParts(v, up, data)
	obj := mustCall[api.Object](v, api.PathCompleteUpload, api.CompleteRequest{UploadID: up.UploadID, ObjectKey: key, Parts: parts})
	if obj.Verified != api.VerifiedPartMD5 || obj.Checksum != "" {
		t.Errorf("complete claims %q and the checksum %q, want part-md5 and none", obj.Verified, obj.Checksum)
	}
	checkStored(t, srv, key, data)
}

// TestMD5ModeClaimsNoChecksum: a server may compute checksums by itself that
// nobody sent it. They prove nothing about the file, and no answer claims them.
func TestMD5ModeClaimsNoChecksum(t *testing.T) {
	srv := s3test.MinIO(t)
	v := realVault(t, srv, func(c *signer.Config) { c.Checksum = api.ChecksumMD5 })
	data := randomBytes(partSize + 1)
	up := md5Upload(v, data)
	parts := sendParts(v, up, data)
	req := api.CompleteRequest{UploadID: up.UploadID, ObjectKey: up.ObjectKey, Parts: parts}
	for range 2 { // the second is found by a look
		if obj := mustCall[api.Object](v, api.PathCompleteUpload, req); obj.Verified != api.VerifiedPartMD5 || obj.Checksum != "" {
			t.Errorf("complete claims %q and the checksum %q, want part-md5 and none", obj.Verified, obj.Checksum)
		}
	}
}

// TestChecksumOverridesTheProbe: the operator's word counts, both ways, and no
// part is sent to ask.
func TestChecksumOverridesTheProbe(t *testing.T) {
	honest := s3test.VersityGW(t)
	lying, c := s3test.NewCareless(t, honest)
	for _, x := range []struct {
		srv  *s3test.Server
		mode string
	}{{honest, api.ChecksumMD5}, {lying, api.ChecksumCRC64NVME}} {
		counted, parts := counting(t, x.srv)
		v := realVault(t, counted, func(c *signer.Config) { c.Checksum = x.mode })
		if a := v.send(http.MethodGet, api.PathCapabilities, nil); !bytes.Contains(a.body, []byte(`"checksum":"`+x.mode+`"`)) {
			t.Errorf("capabilities: %s, want %s", a.body, x.mode)
		}
		if n := parts.Load(); n != 0 {
			t.Errorf("%d parts were sent to ask what was told", n)
		}
	}
	// Overridden on a server that checks nothing, a receipt still claims no more
	// than the server confirmed.
	v := realVault(t, lying, func(c *signer.Config) { c.Checksum = api.ChecksumCRC64NVME })
	data := randomBytes(partSize + 9)
	up := mustCall[api.InitResponse](v, api.PathInitUpload, initRequest(data))
	obj := mustCall[api.Object](v, api.PathCompleteUpload, completeRequest(up, sendParts(v, up, data), data))
	if obj.Verified != api.VerifiedSizeOnly || obj.Checksum != "" {
		t.Errorf("complete claims %q and %q, want size-only and no checksum", obj.Verified, obj.Checksum)
	}
	if c.Dropped() == 0 {
		t.Error("no checksum was dropped")
	}
}

// TestProbeThatFailsIsNotReady: only a 200 means "does not verify". Whatever
// else comes back the vault is not ready, and asks again.
func TestProbeThatFailsIsNotReady(t *testing.T) {
	lying, _ := s3test.NewCareless(t, s3test.VersityGW(t))
	var failing atomic.Pointer[http.HandlerFunc]
	var asked atomic.Int32
	srv := inFront(t, lying, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodPut && r.URL.Query().Has("partNumber") {
			asked.Add(1)
			if f := failing.Load(); f != nil {
				(*f)(w, r)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
	answers := map[string]http.HandlerFunc{
		"500":    func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) },
		"503":    func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) },
		"403":    func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) },
		"400":    func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadRequest) },
		"cut":    func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"no XML": func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "<html>", http.StatusBadGateway) },
	}
	for name, f := range answers {
		t.Run(name, func(t *testing.T) {
			asked.Store(0)
			failing.Store(&f)
			v := startVault(t, realConfig(t, srv))
			waitUntil(t, "the probe to be refused", func() bool {
				a := v.send(http.MethodGet, api.PathReady, nil)
				return asked.Load() > 0 && bytes.Contains(a.body, []byte("no clear answer"))
			})
			if a := v.send(http.MethodGet, api.PathReady, nil); a.status != http.StatusServiceUnavailable {
				t.Errorf("readyz says %d", a.status)
			}
			if a := v.send(http.MethodGet, api.PathCapabilities, nil); a.code() != api.CodeNotReady {
				t.Errorf("capabilities: %d %s, want not_ready", a.status, a.body)
			}
			failing.Store(nil)
			<-v.signer.Ready()
			if a := v.send(http.MethodGet, api.PathCapabilities, nil); !bytes.Contains(a.body, []byte(`"checksum":"md5"`)) {
				t.Errorf("capabilities: %s", a.body)
			}
			before := asked.Load()
			for range 20 { // the answer is kept
				v.send(http.MethodGet, api.PathCapabilities, nil)
			}
			if n := asked.Load(); n != before || n < 2 {
				t.Errorf("the storage was probed %d times, and %d times more when asked again", before, n-before)
			}
		})
	}
}

// counting counts the parts that come to a server.
func counting(t *testing.T, srv *s3test.Server) (*s3test.Server, *atomic.Int32) {
	var parts atomic.Int32
	return inFront(t, srv, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.URL.Query().Has("partNumber") {
			parts.Add(1)
		}
		next.ServeHTTP(w, r)
	}), &parts
}

// inFront is srv with something in front of it that passes Host on.
func inFront(t *testing.T, srv *s3test.Server, serve func(http.ResponseWriter, *http.Request, http.Handler)) *s3test.Server {
	t.Helper()
	to, err := url.Parse(srv.Endpoint)
	if err != nil {
		t.Fatal(err)
	}
	tr := &http.Transport{DisableCompression: true}
	pass := &httputil.ReverseProxy{Transport: tr, Rewrite: func(p *httputil.ProxyRequest) {
		p.SetURL(to)
		p.Out.Host = p.In.Host
		p.Out.URL.RawQuery = p.In.URL.RawQuery
	}}
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { serve(w, r, pass) }))
	t.Cleanup(func() {
		front.CloseClientConnections()
		front.Close()
		tr.CloseIdleConnections()
	})
	out := *srv
	out.Endpoint = front.URL
	return &out
}

// openUploadID is the storage's own id of the one open upload of a key.
func openUploadID(t *testing.T, srv *s3test.Server, key string) string {
	t.Helper()
	out, err := srv.Client().ListMultipartUploads(t.Context(), &awss3.ListMultipartUploadsInput{Bucket: &srv.Bucket, Prefix: &key})
	if err != nil || len(out.Uploads) != 1 {
		t.Fatalf("%d uploads of the key are open (%v), want 1", len(out.Uploads), err)
	}
	return aws.ToString(out.Uploads[0].UploadId)
}

// putPartDirectly sends a part with the vault's own credentials.
func putPartDirectly(t *testing.T, srv *s3test.Server, key, id string, n int32, data []byte) (etag string) {
	t.Helper()
	out, err := srv.Client().UploadPart(t.Context(), &awss3.UploadPartInput{
		Bucket: &srv.Bucket, Key: &key, UploadId: &id, PartNumber: &n, Body: bytes.NewReader(data),
	}, func(o *awss3.Options) { o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired })
	if err != nil {
		t.Fatal(err)
	}
	return aws.ToString(out.ETag)
}

// waitUntil waits until cond holds.
func waitUntil(t *testing.T, what string, cond func() bool) {
	t.Helper()
	deadline := time.NewTimer(time.Minute)
	defer deadline.Stop()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !cond() {
		select {
		case <-deadline.C:
			t.Fatalf("waited in vain for %s", what)
		case <-tick.C:
		}
	}
}
