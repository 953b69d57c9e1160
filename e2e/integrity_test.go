package e2e

import (
	"bytes"
	"io"
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"longshore/signer/api"
)

// onBoth runs a test against both servers that we have.
func onBoth(t *testing.T, test func(t *testing.T, r *rig)) {
	t.Run("versitygw", func(t *testing.T) { test(t, newVersity(t)) })
	t.Run("minio", func(t *testing.T) { test(t, newMinIO(t)) })
}

// stored reads an object back through S3.
func (r *rig) stored(t testing.TB, key string) []byte {
	t.Helper()
	out, err := r.s3.Client().GetObject(t.Context(), &s3.GetObjectInput{Bucket: &r.s3.Bucket, Key: &key})
	if err != nil {
		t.Fatalf("the object cannot be read: %v", err)
	}
	defer out.Body.Close()
	raw, err := io.ReadAll(out.Body)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func (r *rig) wantBytes(t testing.TB, key string, want []byte) {
	t.Helper()
	if got := r.stored(t, key); !bytes.Equal(got, want) {
		t.Errorf("the object has %d bytes that are not the %d that were sent", len(got), len(want))
	}
}

// TestTamperedBytesAreRefusedByTheServers alters what passes on the wire, and
// then the checksums themselves: no server stores any of it.
func TestTamperedBytesAreRefusedByTheServers(t *testing.T) {
	onBoth(t, func(t *testing.T, r *rig) {
		data := seeded(api.MinPartSize+1000, 3)
		up := call[api.InitResponse](t, r.URL, api.PathInitUpload, initRequest("tampered.bin", data))
		first, last := data[:api.MinPartSize], data[api.MinPartSize:]
		u := signPart(t, r.URL, up, 1, first, nil)

		for _, at := range []int64{1, 4096, api.MinPartSize} {
			r.data.on(partNo(1), 1, fault{corruptAt: at})
			if a := send(t, http.MethodPut, u.URL, u.Headers, first); !a.refused(http.StatusBadRequest) {
				t.Errorf("a part altered at byte %d: %d %s, want 400", at, a.status, a.body)
			}
		}
		for name, h := range map[string]map[string]string{
			"checksum of other bytes": with(u.Headers, "X-Amz-Checksum-Crc64nvme", crcOf(last)),
			"no checksum":             without(u.Headers, "X-Amz-Checksum-Crc64nvme"),
		} {
			if a := send(t, http.MethodPut, u.URL, h, first); a.status == http.StatusOK {
				t.Errorf("a signed part with %s was taken: %d", name, a.status)
			}
		}
		if parts := call[api.ListPartsResponse](t, r.URL, api.PathListParts, uploadOf(up)).Parts; len(parts) != 0 {
			t.Fatalf("the server holds %+v of parts that were refused", parts)
		}

		single := call[api.PutURLsResponse](t, r.URL, api.PathPutURLs, putRequest("tampered-small.bin", last)).Objects[0]
		r.data.on(isOp(opPut), 1, fault{corruptAt: 500})
		if a := send(t, http.MethodPut, single.URL, single.Headers, last); a.status != http.StatusBadRequest {
			t.Errorf("an altered object: %d %s, want 400", a.status, a.body)
		}
		if statOf(t, r.URL, single.ObjectKey).Found {
			t.Error("an altered object was stored")
		}
		call[api.AbortResponse](t, r.URL, api.PathAbortUpload, uploadOf(up))
		r.wantNoOpenUploads(t, up.ObjectKey)
	})
}

// TestWrongObjectChecksumIsRefusedByTheServers: the parts are right and the
// claim about the whole is not.
func TestWrongObjectChecksumIsRefusedByTheServers(t *testing.T) {
	onBoth(t, func(t *testing.T, r *rig) {
		data := seeded(api.MinPartSize+5, 4)
		up := call[api.InitResponse](t, r.URL, api.PathInitUpload, initRequest("whole.bin", data))
		parts := sendAll(t, r.URL, up, data)

		wrong := completeRequest(up, parts, data)
		wrong.Checksum = crcOf([]byte("another file"))
		wantCode(t, post(t, r.URL, api.PathCompleteUpload, wrong), api.CodeChecksumMismatch)
		swapped := completeRequest(up, []api.Part{
			{PartNumber: 1, ETag: parts[0].ETag, Checksum: parts[1].Checksum},
			{PartNumber: 2, ETag: parts[1].ETag, Checksum: parts[0].Checksum},
		}, data)
		if a := post(t, r.URL, api.PathCompleteUpload, swapped); a.status < 400 {
			t.Errorf("parts with each other's checksum were completed: %s", a.body)
		}
		short := completeRequest(up, parts[:1], data)
		if a := post(t, r.URL, api.PathCompleteUpload, short); a.status < 400 {
			t.Errorf("half of the parts were completed: %s", a.body)
		}
		size := completeRequest(up, parts, data)
		size.Size = ptr(int64(len(data)) - 1)
		wantCode(t, post(t, r.URL, api.PathCompleteUpload, size), api.CodeSizeMismatch)
		if statOf(t, r.URL, up.ObjectKey).Found {
			t.Fatal("an object was stored although its checksum or size was refused")
		}

		done := call[api.Object](t, r.URL, api.PathCompleteUpload, completeRequest(up, parts, data))
		if done.Verified != api.VerifiedFullObject || done.Checksum != crcOf(data) {
			t.Errorf("the right checksum: %+v", done)
		}
		r.wantBytes(t, up.ObjectKey, data)
		r.wantNoOpenUploads(t, up.ObjectKey)
	})
}

// TestReplayedCallsOverwriteNothing repeats every call and every signed URL of
// finished uploads, as an eavesdropper or a client with a bad memory would.
func TestReplayedCallsOverwriteNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, r *rig) {
		t.Run("single PUT", func(t *testing.T) { replaySingle(t, r) })
		t.Run("multipart", func(t *testing.T) { replayMultipart(t, r) })
	})
}

func replaySingle(t *testing.T, r *rig) {
	data := seeded(70_000, 5)
	req := putRequest("single.dcm", data)
	put := call[api.PutURLsResponse](t, r.URL, api.PathPutURLs, req).Objects[0]
	if a := send(t, http.MethodPut, put.URL, put.Headers, data); a.status != http.StatusOK {
		t.Fatalf("PUT: %d %s", a.status, a.body)
	}
	before := statOf(t, r.URL, put.ObjectKey)
	if a := send(t, http.MethodPut, put.URL, put.Headers, data); a.status != http.StatusPreconditionFailed {
		t.Errorf("the captured PUT again: %d, want 412", a.status)
	}
	evil := seeded(70_000, 6)
	if a := send(t, http.MethodPut, put.URL, put.Headers, evil); a.status < 400 {
		t.Errorf("the captured PUT with other bytes: %d", a.status)
	}
	if a := send(t, http.MethodPut, put.URL, without(put.Headers, "If-None-Match"), data); a.status < 400 {
		t.Errorf("the captured PUT without its condition: %d", a.status)
	}
	// The same uploadRef again, for other bytes: the same key, another URL.
	other := req
	other.Objects = []api.ObjectToPut{req.Objects[0]}
	other.Objects[0].Checksum = crcOf(evil)
	again := call[api.PutURLsResponse](t, r.URL, api.PathPutURLs, other).Objects[0]
	if again.Error == "" {
		if a := send(t, http.MethodPut, again.URL, again.Headers, evil); a.status != http.StatusPreconditionFailed {
			t.Errorf("another PUT to the key: %d, want 412", a.status)
		}
	}
	r.wantBytes(t, put.ObjectKey, data)
	if after := statOf(t, r.URL, put.ObjectKey); after != before {
		t.Errorf("the object changed from %+v to %+v", before, after)
	}
}

func replayMultipart(t *testing.T, r *rig) {
	data := seeded(api.MinPartSize+321, 7)
	req := initRequest("replayed.bin", data)
	up := call[api.InitResponse](t, r.URL, api.PathInitUpload, req)
	captured := signPart(t, r.URL, up, 1, data[:api.MinPartSize], nil)
	parts := sendAll(t, r.URL, up, data)
	done := call[api.Object](t, r.URL, api.PathCompleteUpload, completeRequest(up, parts, data))

	again := call[api.Object](t, r.URL, api.PathCompleteUpload, completeRequest(up, parts, data))
	if again.ETag != done.ETag || again.Checksum != done.Checksum || again.Size != done.Size {
		t.Errorf("complete-upload again: %+v, first %+v", again, done)
	}
	if a := send(t, http.MethodPut, captured.URL, captured.Headers, data[:api.MinPartSize]); !a.refused(http.StatusNotFound) {
		t.Errorf("the captured part again: %d %s, want 404", a.status, a.body)
	}
	req.Retry = true
	found := call[api.InitResponse](t, r.URL, api.PathInitUpload, req)
	if found.UploadID != "" || found.Object == nil || found.Object.ETag != done.ETag {
		t.Errorf("init-upload again does not find the object: %+v", found)
	}
	// A client that forgot everything uploads other bytes under the same ref.
	// The signer remembers the ref, or a restarted one refuses at Complete.
	req.Retry = false
	evil := seeded(len(data), 8)
	if a := post(t, r.URL, api.PathInitUpload, req); a.status == http.StatusOK {
		up2 := decode[api.InitResponse](t, a)
		if up2.UploadID != "" {
			parts2 := sendAll(t, r.URL, up2, evil)
			wantCode(t, post(t, r.URL, api.PathCompleteUpload, completeRequest(up2, parts2, evil)), api.CodeKeyTaken)
			call[api.AbortResponse](t, r.URL, api.PathAbortUpload, uploadOf(up2))
		}
	}
	call[api.AbortResponse](t, r.URL, api.PathAbortUpload, uploadOf(up)) // gone already, and its object stays
	r.wantBytes(t, up.ObjectKey, data)
	r.wantNoOpenUploads(t, up.ObjectKey)
}

// putRequest asks for one single PUT.
func putRequest(name string, data []byte) api.PutURLsRequest {
	return api.PutURLsRequest{Objects: []api.ObjectToPut{{
		UploadRef: newRef(), FileName: name, MimeType: "application/dicom", Size: int64(len(data)), Checksum: crcOf(data),
	}}}
}

// without is a copy of m lacking k, in any spelling.
func without(m map[string]string, k string) map[string]string {
	out := map[string]string{}
	for mk, mv := range m {
		if http.CanonicalHeaderKey(mk) != http.CanonicalHeaderKey(k) {
			out[mk] = mv
		}
	}
	return out
}

// wantEncrypted looks at an object with the SDK.
func (r *rig) wantEncrypted(t testing.TB, key, checksum string) {
	t.Helper()
	head, err := r.s3.Client().HeadObject(t.Context(), &s3.HeadObjectInput{
		Bucket: &r.s3.Bucket, Key: &key, ChecksumMode: types.ChecksumModeEnabled,
	})
	if err != nil {
		t.Fatal(err)
	}
	if head.ServerSideEncryption != types.ServerSideEncryptionAwsKms || aws.ToString(head.SSEKMSKeyId) != "arn:aws:kms:"+r.s3.KMSKeyID {
		t.Errorf("the object is encrypted with %q under %q, want aws:kms under the vault's key", head.ServerSideEncryption, aws.ToString(head.SSEKMSKeyId))
	}
	if got := aws.ToString(head.ChecksumCRC64NVME); got != checksum {
		t.Errorf("the object's CRC64NVME is %q, want %q", got, checksum)
	}
}
