package signer_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"

	"longshore/internal/s3test"
	"longshore/signer"
	"longshore/signer/api"
)

func testManifest(t *testing.T, srv *s3test.Server) { manifests(t, srv, api.ChecksumCRC64NVME) }

func testManifestMD5(t *testing.T, srv *s3test.Server) {
	manifests(t, srv, api.ChecksumMD5, func(c *signer.Config) { c.Checksum = api.ChecksumMD5 })
}

func testManifestUnconditional(t *testing.T, srv *s3test.Server) {
	manifests(t, srv, api.ChecksumCRC64NVME, func(c *signer.Config) { c.NoConditionalWrites = true })
}

// manifests stores a drop of small files and one in parts, and its manifest:
// in one call, and in pages by another signer of the same vault.
func manifests(t *testing.T, srv *s3test.Server, mode string, edit ...func(*signer.Config)) {
	v, other := realVault(t, srv, edit...), realVault(t, srv, edit...)
	names := []string{"Ordner ü/Bild 1.dcm", "Ordner ü/日本語 & +%20.dcm", "Ordner ü/e\u0301.dcm"}
	for _, inPages := range []bool{false, true} {
		batch := newRef()
		objects := storeDrop(t, v, mode, batch, names)
		req := api.CompleteBatchRequest{BatchRef: batch, Objects: objects}
		if inPages {
			req = api.CompleteBatchRequest{BatchRef: batch}
			for at := 0; at < len(objects); at += 2 {
				req.Pages = append(req.Pages, mustCall[api.CompleteBatchResponse](v, api.PathCompleteBatch,
					api.CompleteBatchRequest{BatchRef: batch, Objects: objects[at : at+2], Page: true}).Page)
			}
		}
		m := *mustCall[api.CompleteBatchResponse](v, api.PathCompleteBatch, req).Manifest
		if again := *mustCall[api.CompleteBatchResponse](other, api.PathCompleteBatch, req).Manifest; again != m {
			t.Errorf("the other signer says %+v, the first %+v", again, m)
		}
		if m.Encryption != wantEncryption(srv) {
			t.Errorf("encryption %s", m.Encryption)
		}
		got := fetchManifest(t, srv, m)
		if len(got) != len(objects) {
			t.Fatalf("%d objects listed, want %d", len(got), len(objects))
		}
		for i, o := range got {
			if o.Key != objects[i].ObjectKey || o.Size != objects[i].Size || mode == api.ChecksumCRC64NVME && o.Checksum != objects[i].Checksum {
				t.Errorf("object %d: %+v, want %+v", i, o, objects[i])
			}
		}
		if got[2].Path != "Ordner ü/\u00e9.dcm" {
			t.Errorf("path %q is not NFC", got[2].Path)
		}
		v.wantCode(api.CodeBatchConflict, api.PathCompleteBatch, api.CompleteBatchRequest{BatchRef: batch, Objects: objects[1:]})
		absent := slices.Clone(objects)
		absent[1].ObjectKey += "x"
		v.wantCode(api.CodeNotConfirmed, api.PathCompleteBatch, api.CompleteBatchRequest{BatchRef: newRef(), Objects: absent})
	}
}

// storeDrop stores one small file for each name, and one file in parts.
func storeDrop(t *testing.T, v *vault, mode, batch string, names []string) []api.BatchObject {
	t.Helper()
	var objects []api.BatchObject
	for _, name := range names {
		data := randomBytes(100)
		o := toPut("f.dcm", data, mode)
		o.BatchRef, o.RelativePath = batch, name
		signed := mustCall[api.PutURLsResponse](v, api.PathPutURLs, api.PutURLsRequest{Objects: []api.ObjectToPut{o}}).Objects[0]
		if status, _, text := put(t, signed.URL, signed.Headers, data); status != http.StatusOK {
			t.Fatalf("PUT: %d %s", status, text)
		}
		objects = append(objects, api.BatchObject{ObjectKey: signed.ObjectKey, Size: int64(len(data))})
		if mode == api.ChecksumCRC64NVME {
			objects[len(objects)-1].Checksum = o.Checksum
		}
	}
	data := randomBytes(partSize + 7)
	req := initRequest(data)
	req.UploadRef, req.BatchRef, req.RelativePath, req.Checksum = newRef(), batch, "Ordner ü/groß.bin", mode
	up := mustCall[api.InitResponse](v, api.PathInitUpload, req)
	done := completeRequest(up, sendParts(v, up, data), data)
	if mode != api.ChecksumCRC64NVME {
		done.Checksum = ""
	}
	obj := mustCall[api.Object](v, api.PathCompleteUpload, done)
	return append(objects, api.BatchObject{ObjectKey: up.ObjectKey, Size: obj.Size, Checksum: obj.Checksum})
}

// fetchManifest reads a manifest as a reader of the vault does, and checks its
// hashes.
func fetchManifest(t *testing.T, srv *s3test.Server, m api.Manifest) []api.ManifestObject {
	t.Helper()
	var f api.ManifestFile
	if err := json.Unmarshal(fetchObject(t, srv, m.ObjectKey), &f); err != nil {
		t.Fatal(err)
	}
	if f.RootHash != m.RootHash || f.Count != m.Objects || f.Bytes != m.Bytes || !f.Created.Equal(m.Created) {
		t.Errorf("the manifest says %+v, the answer %+v", f, m)
	}
	objects, root := f.Objects, sha256.New()
	for _, p := range f.Pages {
		page := fetchObject(t, srv, p.Key)
		sum := sha256.Sum256(page)
		if hex.EncodeToString(sum[:]) != p.SHA256 || int64(len(page)) != p.Size {
			t.Errorf("page %+v", p)
		}
		root.Write(sum[:])
		for line := range bytes.Lines(page) {
			var o api.ManifestObject
			if err := json.Unmarshal(line, &o); err != nil {
				t.Fatal(err)
			}
			objects = append(objects, o)
		}
	}
	if len(f.Pages) > 0 && hex.EncodeToString(root.Sum(nil)) != f.RootHash {
		t.Error("rootHash is not that of the pages")
	}
	return objects
}

func fetchObject(t *testing.T, srv *s3test.Server, key string) []byte {
	t.Helper()
	out, err := srv.Client().GetObject(t.Context(), &awss3.GetObjectInput{Bucket: &srv.Bucket, Key: aws.String(key)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = out.Body.Close() }()
	body, err := io.ReadAll(out.Body)
	if err != nil {
		t.Fatal(err)
	}
	return body
}
