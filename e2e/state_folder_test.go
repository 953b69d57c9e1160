package e2e

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"longshore/internal/s3test"
)

// TestStateFolderThatCannotBeUsed: where Longshore cannot keep its notes it
// says so and sends nothing.
func TestStateFolderThatCannotBeUsed(t *testing.T) {
	demo := s3test.Demo(t)
	upload := func(t *testing.T, c *client) *proc {
		path := filepath.Join(t.TempDir(), "file.bin")
		writeFile(t, path, []byte("bytes"))
		chmod(t, filepath.Dir(path), 0o755)
		return c.run(t, "upload", "--signer", demo.URL, "--json", path)
	}
	nothing := func(t *testing.T, p *proc, says string) {
		t.Helper()
		p.wantExit(t, 1)
		if n := strings.Count(p.stderr.String(), says); n != 1 {
			t.Errorf("it said %q, want %q once", p.stderr.String(), says)
		}
		if p.stdout.String() != "" {
			t.Errorf("it printed %s", p.stdout.String())
		}
	}
	t.Run("a folder that may not be written", func(t *testing.T) {
		needRoot(t)
		c := strangerClient(t)
		check(t, os.Mkdir(c.state, 0o555))
		nothing(t, upload(t, c), "Longshore's own folder cannot be written. Check its permissions, or choose another folder.")
	})
	t.Run("a folder that cannot be made", func(t *testing.T) {
		needRoot(t)
		c := strangerClient(t)
		chmod(t, c.home, 0o555)
		nothing(t, upload(t, c), "Longshore's own folder cannot be written.")
	})
	t.Run("a read-only file system", func(t *testing.T) {
		c := newClient(t)
		mount(t, c.state, "size=4m")
		check(t, remountReadOnly(c.state))
		nothing(t, upload(t, c), "Longshore's own folder cannot be written.")
	})
	t.Run("a file in its place", func(t *testing.T) {
		c := newClient(t)
		writeFile(t, c.state, []byte("x"))
		nothing(t, upload(t, c), "The state folder's path names a file. Choose another one.")
	})
	t.Run("a full disk from the start", func(t *testing.T) {
		c := newClient(t)
		mount(t, c.state, "size=64k")
		fill(t, c.state)
		nothing(t, upload(t, c), "The disk with Longshore's own notes is full. Make room; nothing is lost.")
	})
}

// TestStateDiskFillsUp: the disk is full when an upload begins to take notes.
// It is said, and once there is room the upload goes on by itself.
func TestStateDiskFillsUp(t *testing.T) {
	demo := s3test.Demo(t)
	c := newClient(t)
	mount(t, c.state, "size=8m")
	first := filepath.Join(c.home, "first.bin")
	writeFile(t, first, []byte("first"))
	c.run(t, "upload", "--signer", demo.URL, first).wantExit(t, 0)
	root := filepath.Join(c.home, "study")
	files := makeTree(t, root, 2000)
	filler := fill(t, c.state)
	p := c.start(t, "upload", "--signer", demo.URL, "--json", root)
	waitFor(t, "the sentence", func() bool {
		return !p.running() || strings.Contains(p.stderr.String(), "The disk with Longshore's own notes is full. Make room; nothing is lost.")
	})
	if !p.running() {
		t.Fatalf("it gave up: %s", tail(p.stderr.String()))
	}
	check(t, os.Remove(filler))
	p.wantExit(t, 0)
	if h := c.history(t); len(h) != len(files)+1 {
		t.Errorf("the history has %d files, want %d", len(h), len(files)+1)
	}
	wantTreeInVault(t, demo, root, files)
}

// TestJournalOfANewerVersion is refused in words and left as it is.
func TestJournalOfANewerVersion(t *testing.T) {
	r := newVersity(t)
	c, path := interrupted(t, r)
	db := filepath.Join(c.state, "queue.db")
	newer(t, db)
	before := hashFile(t, db)
	p := c.run(t, "resume")
	p.wantExit(t, 1)
	const says = "The queue was written by a newer Longshore. Update this program to open it; nothing was changed."
	if strings.Count(p.stderr.String(), says) != 1 {
		t.Errorf("it said %q", p.stderr.String())
	}
	if after := hashFile(t, db); string(after) != string(before) {
		t.Error("the journal was changed")
	}
	_ = path
}

// TestDamagedJournal: pages of the journal are overwritten. The damaged file is
// set aside, the user is told, and the file arrives, by resume or by being
// given again; nothing is left open.
func TestDamagedJournal(t *testing.T) {
	cases := []struct {
		name   string
		damage func(t *testing.T, path string)
	}{
		{"every other page", func(t *testing.T, p string) {
			for at := int64(12 << 10); at < fileSize(t, p)-4096; at += 8 << 10 {
				overwrite(t, p, at, seeded(4096, uint64(at)))
			}
		}},
		{"all but the header", func(t *testing.T, p string) {
			overwrite(t, p, 8<<10, seeded(int(fileSize(t, p)-8<<10), 62))
		}},
		{"no valid header", func(t *testing.T, p string) { overwrite(t, p, 0, make([]byte, 8<<10)) }},
		{"cut in half", func(t *testing.T, p string) { check(t, os.Truncate(p, fileSize(t, p)/2)) }},
		{"nothing but text", func(t *testing.T, p string) { writeFile(t, p, []byte("this is no journal")) }},
		{"empty", func(t *testing.T, p string) { writeFile(t, p, nil) }},
	}
	r := newVersity(t)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r.reset(t)
			cl, path := interrupted(t, r)
			db := filepath.Join(cl.state, "queue.db")
			c.damage(t, db)
			damaged := hashFile(t, db)
			p := cl.run(t, "resume", "--json")
			if p.exitCode() != 0 && p.exitCode() != 1 {
				t.Fatalf("resume ended with %d: %s", p.exitCode(), p.stderr.String())
			}
			if !strings.Contains(p.stderr.String(), "Longshore's notes were damaged.") || !strings.Contains(p.stderr.String(), "The damaged file was kept as ") {
				t.Errorf("it said %q", p.stderr.String())
			}
			if !keptAside(t, cl.state, damaged) {
				t.Error("the damaged file was not kept")
			}
			p = cl.run(t, "upload", "--signer", r.URL, "--json", path) // given again: stored once more, or new
			p.wantExit(t, 0)
			got := p.result(t)
			got.wantDone(t, 3*partSize)
			wantSameFile(t, r.path(got.Key), path)
		})
	}
}

// interrupted is a client whose upload of three parts was killed in the middle.
func interrupted(t *testing.T, r *rig) (*client, string) {
	t.Helper()
	c := newClient(t)
	path := filepath.Join(c.home, "film.mov")
	makeFile(t, path, 3*partSize, 61)
	killAt(t, r, moment{"in the middle", func(t *testing.T, r *rig) func() {
		gate := r.data.stopAt(2 * partSize)
		return func() { gate.await(t, "two thirds of the file") }
	}}, func() *proc { return c.start(t, "upload", "--signer", r.URL, "--json", path) })
	return c, path
}

// keptAside tells whether some file of the folder has this hash.
func keptAside(t testing.TB, dir string, hash []byte) bool {
	t.Helper()
	entries, err := os.ReadDir(dir)
	check(t, err)
	for _, e := range entries {
		if e.Type().IsRegular() && string(hashFile(t, filepath.Join(dir, e.Name()))) == string(hash) {
			return true
		}
	}
	return false
}

// mount puts a small file system of its own at dir.
func mount(t testing.TB, dir, options string) {
	t.Helper()
	needRoot(t)
	check(t, os.MkdirAll(dir, 0o755))
	if err := mountTmpfs(dir, options); err != nil {
		t.Skipf("this machine does not let a test mount a file system: %v", err)
	}
	t.Cleanup(func() {
		if err := unmount(dir); err != nil {
			t.Errorf("unmount: %v", err)
		}
	})
}

func needRoot(t testing.TB) {
	t.Helper()
	if runtime.GOOS != "linux" || os.Getuid() != 0 {
		t.Skip("needs root on Linux: to be another user, or to mount a file system")
	}
}

// fill leaves no room on the file system of dir and gives the file that takes it.
func fill(t testing.TB, dir string) string {
	t.Helper()
	path := filepath.Join(dir, "filler")
	f, err := os.Create(path)
	check(t, err)
	defer f.Close()
	for block := 64 << 10; block > 0; {
		if _, err := f.Write(make([]byte, block)); err != nil {
			block /= 2
		}
	}
	return path
}
