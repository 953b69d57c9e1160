package signer_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"longshore/signer"
	"longshore/signer/api"
)

func TestForgedAndForeignUploadIDs(t *testing.T) {
	v := tokenVault(t, newFake())
	up := mustCall[api.InitResponse](v, api.PathInitUpload, initRequest(randomBytes(100)))
	other := mustCall[api.InitResponse](v, api.PathInitUpload, initRequest(randomBytes(100)))

	refused := func(what, id, key string) {
		t.Helper()
		for path, body := range map[string]any{
			api.PathListParts:      api.UploadRequest{UploadID: id, ObjectKey: key},
			api.PathAbortUpload:    api.UploadRequest{UploadID: id, ObjectKey: key},
			api.PathGetPartURL:     api.PartURLRequest{UploadID: id, ObjectKey: key, PartNumber: 1, Checksum: crc(nil)},
			api.PathGetPartURLs:    api.PartURLsRequest{UploadID: id, ObjectKey: key, Parts: []api.PartToSign{{PartNumber: 1, Checksum: crc(nil)}}},
			api.PathCompleteUpload: api.CompleteRequest{UploadID: id, ObjectKey: key, Parts: []api.Part{{PartNumber: 1, ETag: "e", Checksum: crc(nil)}}, Checksum: crc(nil)},
		} {
			if a := v.post(path, body); a.code() != api.CodeBadUploadID || a.status != http.StatusForbidden {
				t.Fatalf("%s: %s: %d %s", what, path, a.status, a.body)
			}
		}
	}
	refused("another key of mine", up.UploadID, other.ObjectKey)
	refused("a key of nobody", up.UploadID, up.ObjectKey+"x")
	refused("cut off", up.UploadID[:len(up.UploadID)-4], up.ObjectKey)
	refused("a raw id of S3", "upload-1", up.ObjectKey)
	refused("too long", strings.Repeat("A", 4000), up.ObjectKey)
	for i := range up.UploadID {
		c := byte('A')
		if up.UploadID[i] == c {
			c = 'B'
		}
		refused(fmt.Sprintf("character %d changed", i), up.UploadID[:i]+string(c)+up.UploadID[i+1:], up.ObjectKey)
	}
	v.token = bobToken
	refused("of another principal", up.UploadID, up.ObjectKey)
	v.wantCode(api.CodeBadRequest, api.PathListParts, api.UploadRequest{UploadID: up.UploadID})
	v.wantCode(api.CodeBadRequest, api.PathListParts, api.UploadRequest{ObjectKey: up.ObjectKey})
}

func TestStatOnlyOwnKeys(t *testing.T) {
	fake := newFake()
	v := tokenVault(t, fake, func(c *signer.Config) {
		c.KeyTemplate = "new/{principal}/{uploadRef}/{path}"
		c.OldKeyTemplates = []string{signer.DefaultKeyTemplate}
	})
	alice, bob := string(signer.HashPrincipal("token", "", "alice")), string(signer.HashPrincipal("token", "", "bob"))
	const ref, old = "01ARZ3NDEKTSV4RRFFQ69G5FAV", "2016-07-30"
	keys := map[string]api.Code{
		"new/" + alice + "/" + ref + "/a/b.txt":                      "",
		"uploads/" + alice + "/" + old + "/" + ref + "/a.txt":        "", // of the old template
		"new/" + bob + "/" + ref + "/a.txt":                          api.CodeForbiddenKey,
		"new/ward-7/" + ref + "/a.txt":                               api.CodeForbiddenKey,
		"uploads/" + alice + "/2016-07-31/" + ref + "/a.txt":         api.CodeForbiddenKey, // not the ref's day
		"new/" + alice + "/" + strings.ToLower(ref) + "/a.txt":       api.CodeForbiddenKey,
		"new/" + alice + "/" + ref + "/../" + bob + "/a":             api.CodeForbiddenKey,
		"new/" + alice + "/" + ref:                                   api.CodeForbiddenKey,
		"new/" + alice + "/" + ref + "/":                             api.CodeForbiddenKey,
		"other/" + alice + "/" + ref + "/a":                          api.CodeForbiddenKey,
		"new/" + alice + "/" + ref + "/" + strings.Repeat("x/", 600): api.CodeForbiddenKey,
		"": api.CodeForbiddenKey,
	}
	for key, want := range keys {
		got := mustCall[api.StatObjectsResponse](v, api.PathStatObjects, api.StatObjectsRequest{ObjectKeys: []string{key}}).Objects[0]
		if got.Error != want || got.ObjectKey != key || got.Found {
			t.Errorf("stat %q: %+v, want %q", key, got, want)
		}
	}
	if n := fake.count("stat"); n != 2 {
		t.Errorf("the storage was asked %d times, want 2", n)
	}
}
