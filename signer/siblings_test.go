package signer_test

import (
	"testing"
	"testing/synctest"

	"longshore/signer"
	"longshore/signer/api"
)

// sibling makes an upload under a key that no client was told of, as a Create does that was delivered twice.
func sibling(t *testing.T, fake *fakeStorage, key string) {
	t.Helper()
	if _, err := fake.CreateUpload(t.Context(), signer.CreateInput{Key: key}); err != nil {
		t.Fatal(err)
	}
}

// An upload nobody was told of ends with the one of its key, also when no init was ever repeated.
func TestUploadsNobodyWasToldOfEndToo(t *testing.T) {
	for _, end := range []string{"complete", "abort"} {
		fake := newFake()
		v := fakeVault(t, fake)
		u := readyUpload(v, fake)
		sibling(t, fake, u.up.ObjectKey)
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

// While the others cannot be cleared away the caller is asked to come again; then they are. A storage that never lets
// the signer list uploads does not hold up what is stored.
func TestSiblingsThatCannotBeClearedAwayAreNotForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, end := range []string{"complete", "abort"} {
			fake := newFake()
			v := fakeVault(t, fake)
			u := readyUpload(v, fake)
			sibling(t, fake, u.up.ObjectKey)
			fake.before = always("list-uploads", 0, storageErr("ListMultipartUploads", signer.FailUnknown))
			path, body, want := api.PathCompleteUpload, any(u.req), api.CodeUnknownOutcome
			if end == "abort" {
				path, body, want = api.PathAbortUpload, api.UploadRequest{UploadID: u.up.UploadID, ObjectKey: u.up.ObjectKey}, api.CodeStorageError
			}
			v.wantCode(want, path, body)
			if n := fake.open(u.ref); n != 1 {
				t.Errorf("%s: %d uploads are open", end, n)
			}
			fake.before = nil
			if a := v.post(path, body); a.status != 200 || fake.open(u.ref) != 0 {
				t.Errorf("%s again: %d %s, %d uploads open", end, a.status, a.body, fake.open(u.ref))
			}
		}
		fake := newFake()
		v := fakeVault(t, fake)
		u := readyUpload(v, fake)
		fake.before = always("list-uploads", 0, storageErr("ListMultipartUploads", signer.FailDenied))
		mustCall[api.Object](v, api.PathCompleteUpload, u.req)
	})
}

// A retried init that finds its object clears away what else it made.
func TestRetriedInitOfAnObjectClearsAwayTheRest(t *testing.T) {
	fake := newFake()
	var req api.InitRequest
	v := fakeVault(t, fake)
	u := readyUpload(v, fake, func(r *api.InitRequest) { req = *r })
	mustCall[api.Object](v, api.PathCompleteUpload, u.req)
	sibling(t, fake, u.up.ObjectKey)
	req.Retry = true
	if found := mustCall[api.InitResponse](v, api.PathInitUpload, req); found.Object == nil || fake.open(u.ref) != 0 {
		t.Errorf("%+v, %d uploads open", found, fake.open(u.ref))
	}
}
