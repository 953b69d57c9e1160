package signer_test

import (
	"testing"
	"testing/synctest"

	"longshore/signer"
	"longshore/signer/api"
)

func TestEncryptionIsChecked(t *testing.T) {
	for _, got := range []string{"AES256", "aws:kms"} {
		fake := newFake()
		fake.encryption = got
		v := fakeVault(t, fake, func(c *signer.Config) { c.KMSKeyID = "vault-key" })
		u := readyUpload(v, fake)
		if got == "aws:kms" {
			if obj := mustCall[api.Object](v, api.PathCompleteUpload, u.req); obj.Encryption != got {
				t.Errorf("%+v", obj)
			}
			continue
		}
		v.wantCode(api.CodeEncryptionMismatch, api.PathCompleteUpload, u.req)
	}
	fake := newFake()
	v := fakeVault(t, fake, func(c *signer.Config) { c.KMSKeyID = "arn:aws:kms:eu-central-1:1:key/abc" })
	u := readyUpload(v, fake)
	for id, up := range fake.uploads {
		up.in.KMSKeyID = "another-key"
		fake.uploads[id] = up
	}
	v.wantCode(api.CodeEncryptionMismatch, api.PathCompleteUpload, u.req)
}

func TestAbortRepeatsUntilGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := newFake()
		v := fakeVault(t, fake)
		u := readyUpload(v, fake)
		done := fake.count("abort")
		fake.before = func(op string, n int) error {
			if op == "abort" && n < done+2 {
				return storageErr(op, signer.FailUnknown)
			}
			return nil
		}
		abort(v, u.up)
		if n := fake.count("abort") - done; n != 3 || fake.open(u.ref) != 0 {
			t.Errorf("%d aborts, %d uploads open", n, fake.open(u.ref))
		}
		fake.before, fake.sticky = nil, 2
		u = readyUpload(v, fake)
		abort(v, u.up)
		if fake.open(u.ref) != 0 {
			t.Error("an upload that outlived its abort was left open")
		}
		fake.before = always("abort", 0, storageErr("Abort", signer.FailUnknown))
		u = readyUpload(v, fake)
		v.wantCode(api.CodeStorageError, api.PathAbortUpload, api.UploadRequest{UploadID: u.up.UploadID, ObjectKey: u.up.ObjectKey})
		fake.before = always("abort", 0, storageErr("Abort", signer.FailDenied))
		v.wantCode(api.CodeStorageDenied, api.PathAbortUpload, api.UploadRequest{UploadID: u.up.UploadID, ObjectKey: u.up.ObjectKey})
	})
}

func TestRetriedInitOfAFinishedObject(t *testing.T) {
	fake := newFake()
	v := fakeVault(t, fake)
	var req api.InitRequest
	u := readyUpload(v, fake, func(r *api.InitRequest) { req = *r })
	done := mustCall[api.Object](v, api.PathCompleteUpload, u.req)
	req.Retry = true
	if found := mustCall[api.InitResponse](v, api.PathInitUpload, req); found.Object == nil || *found.Object != done || found.UploadID != "" {
		t.Errorf("%+v, want %+v", found, done)
	}
	for name, change := range map[string]func(*api.InitRequest){
		"size":      func(r *api.InitRequest) { r.Size = ptr(int64(partSize + 11)) },
		"part size": func(r *api.InitRequest) { r.PartSize = partSize + 1<<20 },
		"mode":      func(r *api.InitRequest) { r.Checksum = api.ChecksumMD5 },
	} {
		other := req
		change(&other)
		if a := fakeVault(t, fake).post(api.PathInitUpload, other); a.code() != api.CodeRefConflict { // no memory of the ref
			t.Errorf("another %s: %d %s", name, a.status, a.body)
		}
	}
	obj := fake.objects[u.up.ObjectKey]
	obj.Metadata = nil
	fake.objects[u.up.ObjectKey] = obj
	v.wantCode(api.CodeKeyTaken, api.PathInitUpload, req)
}

func TestOtherUploadsOfTheKeyEndWithThisOne(t *testing.T) {
	for _, end := range []string{"complete", "abort"} {
		fake := newFake()
		var req api.InitRequest
		readyUpload(fakeVault(t, fake), fake, func(r *api.InitRequest) { req = *r }) // its answer was lost
		v := fakeVault(t, fake)
		u := readyUpload(v, fake, func(r *api.InitRequest) { *r = req; r.Retry = true })
		if _, err := fake.CreateUpload(t.Context(), signer.CreateInput{Key: u.up.ObjectKey}); err != nil { // came late
			t.Fatal(err)
		}
		if end == "abort" {
			abort(v, u.up)
		} else {
			mustCall[api.Object](v, api.PathCompleteUpload, u.req)
		}
		if n := fake.open(u.ref); n != 0 {
			t.Errorf("after %s %d uploads of the key are open", end, n)
		}
	}
}
