package e2e

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"maps"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"

	"longshore/internal/s3test"
	"longshore/signer/api"
)

// readObject reads an object as whoever reads the vault does.
func readObject(t *testing.T, srv *s3test.Server, key string) []byte {
	t.Helper()
	out, err := srv.Client().GetObject(context.Background(), &awss3.GetObjectInput{Bucket: &srv.Bucket, Key: aws.String(key)})
	if err != nil {
		t.Fatal(err)
	}
	defer out.Body.Close()
	data, err := io.ReadAll(out.Body)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// isManifest tells the manifest of a drop, or a page of one, by its key.
func isManifest(key string) bool { return strings.Contains(key, "/manifests/") }

// withoutManifests are the files among a vault's objects.
func withoutManifests(objects map[string]int64) map[string]int64 {
	maps.DeleteFunc(objects, func(key string, _ int64) bool { return isManifest(key) })
	return objects
}

// manifestsOf gives the keys of the vault's manifests.
func manifestsOf(t *testing.T, srv *s3test.Server) (keys []string) {
	t.Helper()
	for key := range srv.Objects(t) {
		if strings.HasSuffix(key, "/manifest.json") {
			keys = append(keys, key)
		}
	}
	return keys
}

// listedIn reads a manifest with its pages, whose hashes must hold.
func listedIn(t *testing.T, srv *s3test.Server, key string) (file api.ManifestFile, objects map[string]api.ManifestObject) {
	t.Helper()
	if err := json.Unmarshal(readObject(t, srv, key), &file); err != nil {
		t.Fatal(err)
	}
	list := file.Objects
	for _, p := range file.Pages {
		page := readObject(t, srv, p.Key)
		if sum := sha256.Sum256(page); hex.EncodeToString(sum[:]) != p.SHA256 {
			t.Errorf("page %s is not what the manifest says", p.Key)
		}
		dec := json.NewDecoder(strings.NewReader(string(page)))
		for dec.More() {
			var o api.ManifestObject
			if err := dec.Decode(&o); err != nil {
				t.Fatal(err)
			}
			list = append(list, o)
		}
	}
	objects = map[string]api.ManifestObject{}
	for _, o := range list {
		objects[o.Key] = o
	}
	if len(objects) != file.Count {
		t.Errorf("the manifest counts %d objects and lists %d", file.Count, len(objects))
	}
	return file, objects
}

// historyManifests is what history --json says of each file's manifest.
func (c *client) historyManifests(t *testing.T) map[string]string {
	t.Helper()
	p := c.run(t, "history", "--json", "--limit", "0")
	p.wantExit(t, 0)
	out := map[string]string{}
	dec := json.NewDecoder(strings.NewReader(p.stdout.String()))
	for dec.More() {
		var r struct{ Key, Manifest string }
		if err := dec.Decode(&r); err != nil {
			t.Fatal(err)
		}
		out[r.Key] = r.Manifest
	}
	return out
}

func TestManifestOfAStudy(t *testing.T) {
	for name, start := range map[string]func(testing.TB) *s3test.Server{"versitygw": s3test.VersityGW, "minio-kms": s3test.MinIO} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, start(t))
			c := newClient(t)
			root := filepath.Join(c.home, "Studie Ü 日本")
			files := makeTree(t, root, 700) // two pages at least: the calls under way share what is left at the end
			makeFile(t, filepath.Join(root, "scan.bin"), 20*mib, 3)
			p := c.run(t, "upload", "--signer", r.URL, "--json", root)
			p.wantExit(t, 0)
			keys := manifestsOf(t, r.s3)
			if len(keys) != 1 || !strings.Contains(p.stderr.String(), "Manifest stored: "+keys[0]) {
				t.Fatalf("manifests %q; the command said %s", keys, p.stderr.String())
			}
			file, listed := listedIn(t, r.s3, keys[0])
			results := p.results(t)
			if file.Count != len(files)+1 || len(results) != file.Count || len(file.Pages) < 2 || len(file.Pages) > 6 {
				t.Fatalf("%d objects in %d pages for %d files", file.Count, len(file.Pages), len(results))
			}
			if !strings.HasPrefix(file.Tool, "longshore-signer ") {
				t.Errorf("written by %q", file.Tool)
			}
			names := c.historyManifests(t)
			for _, got := range results {
				o, ok := listed[got.Key]
				if !ok || o.Size != got.Size || o.Checksum != got.Checksum || !strings.HasSuffix(got.Key, "/"+o.Path) || !strings.HasPrefix(o.Path, "Studie Ü 日本/") {
					t.Errorf("%q is listed as %+v", got.Key, o)
				}
				if names[got.Key] != keys[0] {
					t.Errorf("history says the manifest of %q is %q", got.Key, names[got.Key])
				}
			}
		})
	}
}

// A file that cannot be stored keeps the manifest away; what was stored says so
// by having none.
func TestNoManifestOfAPartialDrop(t *testing.T) {
	r := newVersity(t)
	c := newClient(t)
	root := filepath.Join(c.home, "study")
	makeTree(t, root, 5)
	p := c.run(t, "upload", "--signer", r.URL, root, filepath.Join(c.home, "absent"))
	p.wantExit(t, 1)
	if keys := manifestsOf(t, r.s3); len(keys) != 0 {
		t.Errorf("manifests of a drop with a missing file: %q", keys)
	}
}

// TestManifestAfterAKill: killed while it asks, and asked again by the next
// command, whose user sees that it came.
func TestManifestAfterAKill(t *testing.T) {
	r := newVersity(t)
	c := newClient(t)
	path := filepath.Join(c.home, "a.bin")
	makeFile(t, path, 1*mib, 5)
	asked := newHold()
	isBatch := func(x exchange) bool { return strings.HasSuffix(x.URL, api.PathCompleteBatch) }
	r.control.on(isBatch, 1, fault{holdBefore: asked})
	p := c.start(t, "upload", "--signer", r.URL, path)
	asked.await(t, "the manifest to be asked for")
	p.kill()
	asked.free()
	r.settle(t)
	again := c.run(t, "resume")
	again.wantExit(t, 0)
	keys := manifestsOf(t, r.s3)
	if len(keys) != 1 {
		t.Fatalf("manifests %q\n%s", keys, again.stderr.String())
	}
	if got := c.historyManifests(t); len(got) != 1 {
		t.Errorf("history %v", got)
	} else {
		for key, m := range got {
			if m != keys[0] {
				t.Errorf("history says %q of %q, the vault has %q", m, key, keys[0])
			}
		}
	}
}
