package remote

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/minio/crc64nvme"

	"longshore/internal/vaulttest"
	"longshore/uploader"
)

func crc(data []byte) string {
	return base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint64(nil, crc64nvme.Checksum(data)))
}

// send makes a signed PUT as the engine does.
func send(t *testing.T, r uploader.SignedRequest, data []byte) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, r.URL, bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	req.Header = r.Header.Clone()
	req.ContentLength = int64(len(data))
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("PUT: %d %s %v", res.StatusCode, body, err)
	}
	return res.Header.Get("ETag")
}

// TestTheRealSigner goes the whole way with the real signer on a real S3 server.
func TestTheRealSigner(t *testing.T) {
	vault := vaulttest.Start(t, vaulttest.Options{SignIn: true})
	s, err := New(Config{Base: vault.URL, Token: func(context.Context, string) (string, error) { return vaulttest.Token, nil }, HTTP: &http.Client{Transport: NewTransport(nil, nil)}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.CloseIdle)
	caps, err := s.Capabilities(t.Context())
	if err != nil || caps.SignIn != "bearer" || caps.Checksum != uploader.ChecksumCRC64NVME || len(caps.DataOrigins) != 1 {
		t.Fatalf("%+v, %v", caps, err)
	}
	if err := s.CheckSignIn(t.Context()); err != nil {
		t.Errorf("the token is not taken: %v", err)
	}
	multipart(t, s, vault)
	single(t, s, vault)
	stranger(t, vault)
}

func multipart(t *testing.T, s *Signer, vault *vaulttest.Vault) {
	t.Helper()
	data := make([]byte, 5<<20+1000)
	if _, err := rand.Read(data); err != nil {
		t.Fatal(err)
	}
	req := uploader.CreateRequest{
		Attempt: "01J00000000000000000000001", FileName: "a b.dcm", RelPath: "study/a b.dcm", ContentType: "application/dicom",
		Size: int64(len(data)), PartSize: 5 << 20, Checksum: uploader.ChecksumCRC64NVME, Batch: "01J00000000000000000000002",
	}
	made, err := s.Create(t.Context(), req, false)
	if err != nil {
		t.Fatal(err)
	}
	again, err := s.Create(t.Context(), req, true)
	if err != nil || again.Key != made.Key || again.PartSize != 5<<20 {
		t.Fatalf("a repeat: %+v, %v", again, err)
	}
	halves := [][]byte{data[:5<<20], data[5<<20:]}
	signed, err := s.SignParts(t.Context(), made.Upload, []uploader.PartToSign{
		{PartNumber: 1, Size: int64(len(halves[0])), Checksum: crc(halves[0])}, {PartNumber: 2, Size: int64(len(halves[1])), Checksum: crc(halves[1])},
	})
	if err != nil {
		t.Fatal(err)
	}
	complete := uploader.CompleteRequest{Upload: made.Upload, Attempt: req.Attempt, Size: req.Size, Checksum: crc(data), Mode: req.Checksum}
	for i, half := range halves {
		n := int32(i + 1)
		etag := send(t, signed[n], half)
		complete.Parts = append(complete.Parts, uploader.Part{PartNumber: n, ETag: etag, Size: int64(len(half)), Checksum: crc(half)})
	}
	parts, err := s.ListParts(t.Context(), made.Upload)
	if err != nil || len(parts) != 2 || parts[1].Size != 1000 || parts[0].ETag != complete.Parts[0].ETag {
		t.Errorf("%+v, %v", parts, err)
	}
	object, err := s.Complete(t.Context(), complete)
	if err != nil || object.Verified != uploader.VerifiedFullObject || object.Checksum != crc(data) {
		t.Fatalf("%+v, %v", object, err)
	}
	if repeat, err := s.Complete(t.Context(), complete); err != nil || repeat.ETag != object.ETag {
		t.Errorf("a repeat: %+v, %v", repeat, err)
	}
	if done, err := s.Create(t.Context(), req, true); err != nil || done.Object == nil || done.Object.Key != object.Key {
		t.Errorf("create of a finished one: %+v, %v", done, err)
	}
	if !bytes.Equal(vault.Object(t, object.Key), data) {
		t.Error("the stored bytes differ")
	}
	stats, err := s.StatObjects(t.Context(), []string{object.Key})
	if err != nil || !stats[0].Found || stats[0].Attempt != req.Attempt || stats[0].Size != req.Size {
		t.Errorf("%+v, %v", stats, err)
	}
	if err := s.Abort(t.Context(), made.Upload); err != nil {
		t.Errorf("abort of a finished one: %v", err)
	}
	_, err = s.ListParts(t.Context(), made.Upload)
	checkCode(t, err, uploader.CodeNoSuchUpload)
	_, err = s.ListParts(t.Context(), uploader.Upload{UploadID: made.UploadID + "x", Key: made.Key})
	checkCode(t, err, uploader.CodeRefConflict)
}

func single(t *testing.T, s *Signer, vault *vaulttest.Vault) {
	t.Helper()
	data := []byte("a slice")
	reqs := []uploader.CreateRequest{
		{Attempt: "01J00000000000000000000003", FileName: "s.dcm", Size: int64(len(data)), Checksum: uploader.ChecksumCRC64NVME, Sum: crc(data)},
		{Attempt: "01J00000000000000000000004", FileName: strings.Repeat("n", 300), Size: 1, Checksum: uploader.ChecksumCRC64NVME, Sum: crc(data)},
	}
	signed, err := s.SignObjects(t.Context(), reqs)
	if err != nil {
		t.Fatal(err)
	}
	checkCode(t, signed[1].Err, uploader.CodeBadName)
	send(t, signed[0].SignedRequest, data)
	if !bytes.Equal(vault.Object(t, signed[0].Key), data) {
		t.Error("the stored bytes differ")
	}
	stats, err := s.StatObjects(t.Context(), []string{signed[0].Key})
	if err != nil || stats[0].Checksum != crc(data) {
		t.Errorf("%+v, %v", stats, err)
	}
}

// stranger has no token the vault knows.
func stranger(t *testing.T, vault *vaulttest.Vault) {
	t.Helper()
	s, err := New(Config{Base: vault.URL, Token: func(context.Context, string) (string, error) { return "a-token-that-nobody-knows-at-all", nil }, HTTP: &http.Client{Transport: NewTransport(nil, nil)}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.CloseIdle)
	checkCode(t, s.CheckSignIn(t.Context()), uploader.CodeUnauthorized)
	_, err = s.Create(t.Context(), uploader.CreateRequest{Attempt: "01J00000000000000000000005", FileName: "x", Size: 1}, false)
	checkCode(t, err, uploader.CodeUnauthorized)
}

func checkCode(t *testing.T, err error, want uploader.Code) {
	t.Helper()
	if got := uploader.CodeOf(err); got != want {
		t.Errorf("code %q, want %q (%v)", got, want, err)
	}
}
