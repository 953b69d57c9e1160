package e2e

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"longshore/internal/s3test"
)

// memoryLimit is what the CLI may have resident (issue 2; DESIGN §7).
const memoryLimit = 64 * mib

// TestUploadIntoTheDemoVault is what a person does first: one big file and one
// tree of small ones, into the vault that `make run` starts.
func TestUploadIntoTheDemoVault(t *testing.T) {
	demo := s3test.Demo(t)
	t.Run("1 GiB", func(t *testing.T) {
		c := newClient(t)
		path := filepath.Join(c.home, "camera.mov")
		makeFile(t, path, 1<<30, 11)
		p := c.start(t, "upload", "--signer", demo.URL, "--json", path)
		peak := p.peakMemory(t)
		p.wantExit(t, 0)
		got := p.result(t)
		got.wantDone(t, 1<<30)
		wantSameFile(t, demo.Path(got.Key), path)
		if m := peak(); m > memoryLimit {
			t.Errorf("the CLI had %d MiB resident, more than %d MiB", m/mib, memoryLimit/mib)
		} else {
			t.Logf("peak resident memory: %d MiB", m/mib)
		}
		if v := c.status(t); len(v.Entries) != 0 || v.Running {
			t.Errorf("the queue afterwards: %+v", v)
		}
		if h := c.history(t); len(h) != 1 || h[0] != path {
			t.Errorf("the history is %q", h)
		}
	})
	t.Run("1,000 small files", func(t *testing.T) {
		c := newClient(t)
		root := filepath.Join(c.home, "study")
		files := makeTree(t, root, 1000)
		p := c.run(t, "upload", "--signer", demo.URL, "--json", root)
		p.wantExit(t, 0)
		results := p.results(t)
		if len(results) != len(files) {
			t.Fatalf("%d results for %d files", len(results), len(files))
		}
		for _, got := range results {
			data, mine := files[got.Path]
			if !mine {
				t.Fatalf("a file that was not there: %q", got.Path)
			}
			delete(files, got.Path)
			got.wantDone(t, int64(len(data)))
			rel, err := filepath.Rel(c.home, got.Path)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasSuffix(got.Key, "/"+filepath.ToSlash(rel)) {
				t.Errorf("%q is stored as %q, which does not keep the tree", rel, got.Key)
			}
			wantStored(t, demo.Path(got.Key), data)
		}
		if v := c.status(t); len(v.Entries) != 0 {
			t.Errorf("the queue afterwards: %+v", v)
		}
	})
	t.Run("zero bytes", func(t *testing.T) {
		c := newClient(t)
		path := filepath.Join(c.home, "empty.txt")
		writeFile(t, path, nil)
		p := c.run(t, "upload", "--signer", demo.URL, "--json", path)
		p.wantExit(t, 0)
		got := p.result(t)
		got.wantDone(t, 0)
		wantStored(t, demo.Path(got.Key), nil)
	})
	t.Run("sizes around a part", func(t *testing.T) {
		c := newClient(t)
		var paths []string
		for _, size := range []int{1, 1 << 20, 1<<20 + 1, 16<<20 - 1, 16 << 20, 16<<20 + 1, 32 << 20, 33 << 20} {
			path := filepath.Join(c.home, fmt.Sprintf("%d.bin", size))
			writeFile(t, path, seeded(size, uint64(size)))
			paths = append(paths, path)
		}
		p := c.run(t, "upload", append([]string{"--signer", demo.URL, "--json"}, paths...)...)
		p.wantExit(t, 0)
		for _, got := range p.results(t) {
			info, err := os.Stat(got.Path)
			if err != nil {
				t.Fatal(err)
			}
			got.wantDone(t, info.Size())
			wantSameFile(t, demo.Path(got.Key), got.Path)
		}
	})
}

// TestNamesArriveAsTheyAre stores files whose names break careless programs.
func TestNamesArriveAsTheyAre(t *testing.T) {
	demo := s3test.Demo(t)
	c := newClient(t)
	root := filepath.Join(c.home, "names")
	for _, name := range []string{
		`quote " and ' and \ back`, "$(touch pwned).dcm", "`id`", "%s %d 100%", "a;b|c&d", "  leading and trailing  ",
		"😀 emoji 🩻.png", "مرحبا بالعالم.dcm", "שלום.txt", "名前.dcm", "naïve é.txt", "-rf", "--signer", ".hidden", "...", "..a",
		"<xml>&amp;", "a+b=c?d#e", "~tilde*star", "[brackets]{braces}", strings.Repeat("n", 200),
		"sub/" + strings.Repeat("é", 100) + "/deep file",
	} {
		writeFile(t, filepath.Join(root, name), []byte(name))
	}
	p := c.run(t, "upload", "--signer", demo.URL, "--json", root)
	p.wantExit(t, 0)
	results := p.results(t)
	if len(results) != 22 {
		t.Errorf("%d results, want 22", len(results))
	}
	for _, got := range results {
		rel, err := filepath.Rel(root, got.Path)
		if err != nil {
			t.Fatal(err)
		}
		got.wantDone(t, int64(len(rel)))
		if !strings.HasSuffix(got.Key, "/names/"+rel) {
			t.Errorf("%q is stored as %q", rel, got.Key)
		}
		wantStored(t, demo.Path(got.Key), []byte(rel))
	}
}

// TestRelativePathsAndDots: paths are taken from the working directory, and dots
// in them do not reach the key.
func TestRelativePathsAndDots(t *testing.T) {
	demo := s3test.Demo(t)
	c := newClient(t)
	writeFile(t, filepath.Join(c.home, "a", "one.txt"), []byte("one"))
	writeFile(t, filepath.Join(c.home, "b", "two.txt"), []byte("two"))
	p := c.run(t, "upload", "--signer", demo.URL, "--json", "a/../a/./one.txt", "./b/../b")
	p.wantExit(t, 0)
	for _, got := range p.results(t) {
		want := map[string]string{filepath.Join(c.home, "a", "one.txt"): "/one.txt", filepath.Join(c.home, "b", "two.txt"): "/b/two.txt"}[got.Path]
		if want == "" || !strings.HasSuffix(got.Key, want) || strings.Contains(got.Key, "..") {
			t.Errorf("%q is stored as %q", got.Path, got.Key)
		}
		wantStored(t, demo.Path(got.Key), readAll(t, got.Path))
	}
	if n := len(p.results(t)); n != 2 {
		t.Errorf("%d results, want 2", n)
	}
}

// makeFile writes a file of bytes that look random, without holding it.
func makeFile(t testing.TB, path string, size int64, seed uint64) {
	t.Helper()
	writeFile(t, path, nil)
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for i := uint64(0); size > 0; i++ {
		block := seeded(int(min(size, 8*mib)), seed+i*1_000_003)
		if _, err := f.Write(block); err != nil {
			t.Fatal(err)
		}
		size -= int64(len(block))
	}
}

// makeTree writes n small files in nested folders, and gives them by path.
func makeTree(t testing.TB, root string, n int) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	for i := range n {
		path := filepath.Join(root, fmt.Sprintf("series %d", i%7), fmt.Sprintf("part-%d", i%3), fmt.Sprintf("IM%05d.dcm", i))
		files[path] = seeded(i*97%60_000, uint64(i)+1)
		writeFile(t, path, files[path])
	}
	return files
}

// wantSameFile compares two files byte by byte.
func wantSameFile(t testing.TB, got, want string) {
	t.Helper()
	if g, w := hashFile(t, got), hashFile(t, want); !bytes.Equal(g, w) {
		t.Errorf("%s differs from the file that was sent", filepath.Base(got))
	}
}

func hashFile(t testing.TB, path string) []byte {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		t.Fatal(err)
	}
	return h.Sum(nil)
}
