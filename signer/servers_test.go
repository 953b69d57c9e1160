package signer_test

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/rand"
	"encoding/base64"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/oklog/ulid/v2"

	"longshore/internal/s3test"
	"longshore/signer"
	"longshore/signer/api"
	"longshore/signer/s3"
)

const partSize = 5 << 20 // bytes

// realVault opens a vault on a real S3 server.
func realVault(t testing.TB, srv *s3test.Server, edit ...func(*signer.Config)) *vault {
	t.Helper()
	cfg := realConfig(t, srv)
	for _, e := range edit {
		e(&cfg)
	}
	return openVault(t, cfg)
}

// realConfig is what a signer on a real S3 server is configured with.
func realConfig(t testing.TB, srv *s3test.Server) signer.Config {
	t.Helper()
	st, err := s3.New(t.Context(), s3.Config{
		Bucket: srv.Bucket, Region: srv.Region, Endpoint: srv.Endpoint,
		AccessKey: srv.AccessKey, SecretKey: srv.SecretKey, SessionToken: srv.SessionToken,
	})
	if err != nil {
		t.Fatal(err)
	}
	return signer.Config{Storage: st, KMSKeyID: srv.KMSKeyID, AllowSimpleClients: true, PartSize: partSize}
}

// TestRealServers runs the protocol against servers that are not ours.
func TestRealServers(t *testing.T) {
	servers := map[string]func(testing.TB) *s3test.Server{
		"versitygw": s3test.VersityGW,
		"minio-kms": s3test.MinIO,
	}
	cases := map[string]func(*testing.T, *s3test.Server){
		"whole protocol":        testWholeProtocol,
		"zero bytes":            testZeroBytes,
		"simple client":         testSimpleClient,
		"md5 parts":             testMD5Parts,
		"put urls":              testPutURLs,
		"put urls md5":          testPutURLsMD5,
		"odd names":             testOddNames,
		"tampered part":         testTamperedPart,
		"wrong object checksum": testWrongObjectChecksum,
		"replays":               testReplays,
		"no conditional writes": testReplaysUnconditional,
		"retried init":          testRetriedInit,
		"abort":                 testAbort,
		"many parts":            testManyParts,
		"two signers":           testTwoSigners,
		"wrong etag":            testWrongETag,
		"small part":            testSmallPart,
		"manifest":              testManifest,
		"manifest md5":          testManifestMD5,
		"manifest looks first":  testManifestUnconditional,
	}
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			srv := start(t)
			for name, run := range cases {
				t.Run(name, func(t *testing.T) { run(t, srv) })
			}
			if open := openUploads(t, srv); len(open) != 0 {
				t.Errorf("%d uploads were left open: %v", len(open), open)
			}
		})
	}
}

func newRef() string { return ulid.Make().String() }

func randomBytes(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return b
}

// split cuts data at the part size; no data is one empty part.
func split(data []byte, size int) [][]byte {
	var out [][]byte
	for len(data) > size {
		out, data = append(out, data[:size]), data[size:]
	}
	return append(out, data)
}

// sendParts signs all parts in one call and sends them.
func sendParts(v *vault, up api.InitResponse, data []byte) []api.Part {
	v.t.Helper()
	req := api.PartURLsRequest{UploadID: up.UploadID, ObjectKey: up.ObjectKey}
	pieces := split(data, int(up.PartSize))
	for i, p := range pieces {
		req.Parts = append(req.Parts, api.PartToSign{PartNumber: i + 1, Size: ptr(int64(len(p))), Checksum: sumOf(up.Checksum, p)})
	}
	urls := mustCall[api.PartURLsResponse](v, api.PathGetPartURLs, req)
	var parts []api.Part
	for i, p := range pieces {
		n := strconv.Itoa(i + 1)
		status, etag, text := put(v.t, urls.URLs[n], urls.Headers[n], p)
		if status != http.StatusOK {
			v.t.Fatalf("part %s: %d %s", n, status, text)
		}
		part := api.Part{PartNumber: i + 1, ETag: etag}
		if up.Checksum == api.ChecksumCRC64NVME {
			part.Checksum = crc(p)
		}
		parts = append(parts, part)
	}
	return parts
}

func sumOf(mode string, b []byte) string {
	switch mode {
	case api.ChecksumCRC64NVME:
		return crc(b)
	case api.ChecksumMD5:
		sum := md5.Sum(b)
		return base64.StdEncoding.EncodeToString(sum[:])
	}
	return ""
}

func initRequest(data []byte) api.InitRequest {
	return api.InitRequest{
		FileName: "scan.dcm", MimeType: "application/dicom", Size: ptr(int64(len(data))),
		Checksum: api.ChecksumCRC64NVME, UploadRef: newRef(),
	}
}

func completeRequest(up api.InitResponse, parts []api.Part, data []byte) api.CompleteRequest {
	return api.CompleteRequest{UploadID: up.UploadID, ObjectKey: up.ObjectKey, Parts: parts, Size: ptr(int64(len(data))), Checksum: crc(data)}
}

// checkStored holds the stored object against data, as the server tells it.
func checkStored(t testing.TB, srv *s3test.Server, key string, data []byte) {
	t.Helper()
	out, err := srv.Client().GetObject(context.Background(), &awss3.GetObjectInput{Bucket: &srv.Bucket, Key: &key})
	if err != nil {
		t.Fatalf("GetObject: %v", err)
	}
	defer func() { _ = out.Body.Close() }()
	got, err := io.ReadAll(out.Body)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, data) {
		t.Fatalf("stored %d bytes differ from the %d sent", len(got), len(data))
	}
	if srv.KMSKeyID != "" && out.ServerSideEncryption != types.ServerSideEncryptionAwsKms {
		t.Fatalf("stored with encryption %q, want aws:kms", out.ServerSideEncryption)
	}
}

func openUploads(t testing.TB, srv *s3test.Server) []string {
	t.Helper()
	out, err := srv.Client().ListMultipartUploads(context.Background(), &awss3.ListMultipartUploadsInput{Bucket: &srv.Bucket})
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, u := range out.Uploads {
		keys = append(keys, aws.ToString(u.Key))
	}
	return keys
}

func wantEncryption(srv *s3test.Server) string {
	if srv.KMSKeyID != "" {
		return api.EncryptionKMS
	}
	return api.EncryptionNone
}

func testWholeProtocol(t *testing.T, srv *s3test.Server) {
	v := realVault(t, srv)
	data := randomBytes(2*partSize + 12345)
	req := initRequest(data)
	req.RelativePath = "patient/study 1/scan.dcm"
	req.BatchRef = newRef()
	req.ModTime = ptr(time.Date(2024, 2, 29, 12, 0, 0, 500, time.UTC))
	req.Metadata = map[string]string{"ward": "B 12"}
	up := mustCall[api.InitResponse](v, api.PathInitUpload, req)
	if len(up.UploadID) >= api.MaxUploadIDLen || up.PartSize != partSize || up.Checksum != api.ChecksumCRC64NVME {
		t.Fatalf("init: %+v", up)
	}
	if !strings.HasSuffix(up.ObjectKey, "/"+req.UploadRef+"/patient/study 1/scan.dcm") || !strings.HasPrefix(up.ObjectKey, "uploads/local/") {
		t.Fatalf("key %q", up.ObjectKey)
	}
	parts := sendParts(v, up, data)

	listed := mustCall[api.ListPartsResponse](v, api.PathListParts, api.UploadRequest{UploadID: up.UploadID, ObjectKey: up.ObjectKey})
	if len(listed.Parts) != 3 {
		t.Fatalf("listed %+v", listed.Parts)
	}
	for i, p := range listed.Parts {
		piece := split(data, partSize)[i]
		if p.PartNumber != i+1 || p.Size != int64(len(piece)) || p.Checksum != crc(piece) || p.ETag != parts[i].ETag {
			t.Fatalf("listed part %d: %+v, sent %+v", i+1, p, parts[i])
		}
	}
	parts[0], parts[2] = parts[2], parts[0] // any order
	obj := mustCall[api.Object](v, api.PathCompleteUpload, completeRequest(up, parts, data))
	want := api.Object{
		FileURL: obj.FileURL, ETag: obj.ETag, ObjectKey: up.ObjectKey, VersionID: obj.VersionID, Size: int64(len(data)),
		Checksum: crc(data), Verified: api.VerifiedFullObject, Encryption: wantEncryption(srv),
	}
	if obj != want || obj.ETag == "" || !strings.HasPrefix(obj.FileURL, srv.Endpoint+"/"+srv.Bucket+"/uploads/") {
		t.Fatalf("complete: %+v", obj)
	}
	checkStored(t, srv, up.ObjectKey, data)

	stat := mustCall[api.StatObjectsResponse](v, api.PathStatObjects, api.StatObjectsRequest{ObjectKeys: []string{up.ObjectKey, up.ObjectKey + "x"}})
	got := stat.Objects[0]
	if !got.Found || got.Size != obj.Size || got.ETag != obj.ETag || got.Checksum != obj.Checksum || got.UploadRef != req.UploadRef || got.Encryption != obj.Encryption {
		t.Fatalf("stat: %+v", got)
	}
	if stat.Objects[1].Found || stat.Objects[1].Error != "" {
		t.Fatalf("stat of a key that is not there: %+v", stat.Objects[1])
	}
	head, err := srv.Client().HeadObject(t.Context(), &awss3.HeadObjectInput{Bucket: &srv.Bucket, Key: &up.ObjectKey})
	if err != nil {
		t.Fatal(err)
	}
	for k, want := range map[string]string{
		api.MetaUploadRef: req.UploadRef, api.MetaBatchRef: req.BatchRef, api.MetaModTime: "1709208000.000000500",
		api.MetaSize: strconv.Itoa(len(data)), api.MetaPartSize: strconv.Itoa(partSize), api.MetaMode: api.ChecksumCRC64NVME, "ward": "B 12",
	} {
		if head.Metadata[k] != want {
			t.Errorf("metadata %s is %q, want %q", k, head.Metadata[k], want)
		}
	}
	if aws.ToString(head.ContentType) != req.MimeType {
		t.Errorf("content type %q", aws.ToString(head.ContentType))
	}
}

func testZeroBytes(t *testing.T, srv *s3test.Server) {
	v := realVault(t, srv)
	req := initRequest(nil)
	up := mustCall[api.InitResponse](v, api.PathInitUpload, req)
	parts := sendParts(v, up, nil)
	obj := mustCall[api.Object](v, api.PathCompleteUpload, completeRequest(up, parts, nil))
	if obj.Size != 0 {
		t.Fatalf("%+v", obj)
	}
	checkStored(t, srv, up.ObjectKey, nil)
}

// testSimpleClient is the client of the design this project began with: three
// calls, required fields only, parts of 10 MB one by one.
func testSimpleClient(t *testing.T, srv *s3test.Server) {
	v := realVault(t, srv)
	data := randomBytes(23_000_000)
	up := mustCall[api.InitResponse](v, api.PathInitUpload, map[string]any{"fileName": "film.mov", "mimeType": "video/quicktime"})
	var parts []map[string]any
	for i, p := range split(data, 10_000_000) {
		u := mustCall[api.PartURLResponse](v, api.PathGetPartURL, map[string]any{
			"uploadId": up.UploadID, "objectKey": up.ObjectKey, "partNumber": i + 1,
		})
		if u.ExpiresIn != 900 {
			t.Fatalf("expiresIn %d, want 900", u.ExpiresIn)
		}
		status, etag, text := put(t, u.URL, nil, p) // without any headers
		if status != http.StatusOK {
			t.Fatalf("part %d: %d %s", i+1, status, text)
		}
		parts = append(parts, map[string]any{"PartNumber": i + 1, "ETag": etag})
	}
	body := map[string]any{"uploadId": up.UploadID, "objectKey": up.ObjectKey, "parts": parts}
	obj := mustCall[api.Object](v, api.PathCompleteUpload, body)
	if obj.Verified != api.VerifiedSizeOnly || obj.Size != int64(len(data)) || obj.Encryption != wantEncryption(srv) {
		t.Fatalf("complete: %+v", obj)
	}
	checkStored(t, srv, up.ObjectKey, data)
	if again := mustCall[api.Object](v, api.PathCompleteUpload, body); again.ETag != obj.ETag || again.Size != obj.Size {
		t.Fatalf("repeated complete: %+v, first %+v", again, obj)
	}
}

func testMD5Parts(t *testing.T, srv *s3test.Server) {
	v := realVault(t, srv)
	data := randomBytes(partSize + 99)
	req := initRequest(data)
	req.Checksum = api.ChecksumMD5
	up := mustCall[api.InitResponse](v, api.PathInitUpload, req)
	u := mustCall[api.PartURLResponse](v, api.PathGetPartURL, api.PartURLRequest{
		UploadID: up.UploadID, ObjectKey: up.ObjectKey, PartNumber: 1, Size: ptr(int64(partSize)), Checksum: sumOf(api.ChecksumMD5, data[:partSize]),
	})
	bad := bytes.Clone(data[:partSize])
	bad[5] ^= 1
	if status, _, _ := put(t, u.URL, u.Headers, bad); status == http.StatusOK {
		t.Fatal("a part with another MD5 was taken")
	}
	parts := sendParts(v, up, data)
	obj := mustCall[api.Object](v, api.PathCompleteUpload, api.CompleteRequest{UploadID: up.UploadID, ObjectKey: up.ObjectKey, Parts: parts})
	if obj.Verified != api.VerifiedPartMD5 || obj.Size != int64(len(data)) {
		t.Fatalf("complete: %+v", obj)
	}
	checkStored(t, srv, up.ObjectKey, data)
}
