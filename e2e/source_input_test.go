package e2e

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"longshore/internal/s3test"
)

// TestBadSources uploads what cannot be uploaded, each time beside a good file:
// the good one is stored, the other gets its sentence and nothing is lost.
func TestBadSources(t *testing.T) {
	demo := s3test.Demo(t)
	cases := []struct {
		name string
		make func(t *testing.T, dir string) (path string)
		says string
		nope bool // there is no path to compare in the result
	}{
		{name: "a path that does not exist", make: func(_ *testing.T, dir string) string { return filepath.Join(dir, "missing.dcm") },
			says: "The file is no longer there. Put it back and choose Retry."},
		{name: "a FIFO", make: func(t *testing.T, dir string) string {
			return must(t, dir, "pipe", mkfifo)
		}, says: "This is not an ordinary file (a socket, a pipe or a device), so it cannot be stored."},
		{name: "a device", make: func(*testing.T, string) string { return "/dev/zero" },
			says: "This is not an ordinary file (a socket, a pipe or a device), so it cannot be stored."},
		{name: "a socket", make: func(t *testing.T, _ string) string {
			dir, err := os.MkdirTemp("", "sock") // a socket's path must be short
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = os.RemoveAll(dir) })
			l, err := net.Listen("unix", filepath.Join(dir, "s"))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = l.Close() })
			return filepath.Join(dir, "s")
		}, says: "This is not an ordinary file (a socket, a pipe or a device), so it cannot be stored."},
		{name: "a link to itself", make: func(t *testing.T, dir string) string {
			return must(t, dir, "loop", func(p string) error { return os.Symlink(p, p) })
		}, says: "This link leads back into its own folder, so it was not followed."},
		{name: "a dangling link", make: func(t *testing.T, dir string) string {
			return must(t, dir, "dangling", func(p string) error { return os.Symlink(filepath.Join(dir, "nowhere"), p) })
		}, says: "The file is no longer there. Put it back and choose Retry."},
		{name: "an smb line", make: func(*testing.T, string) string { return "smb://server/share/file.dcm" },
			says: "This is not a file on this computer. Copy it here or mount the share, then drop it again."},
		{name: "an https line", make: func(*testing.T, string) string { return "https://example.org/file.dcm" },
			says: "This is not a file on this computer."},
		{name: "above 48.8 TiB", make: sparseTooLarge, says: "The file is larger than the vault can hold in one piece (48.8 TiB at most)."},
		{name: "a name of 255 bytes", make: func(t *testing.T, dir string) string { return named(t, dir, strings.Repeat("x", 251)+".dcm") },
			says: "No storage name can be made of this file's name or path"},
		{name: "a newline in a name", make: func(t *testing.T, dir string) string { return named(t, dir, "two\nlines.dcm") },
			says: "No storage name can be made of this file's name or path"},
		{name: "a name that is not text", make: func(t *testing.T, dir string) string { return named(t, dir, "latin-\xe9.dcm") },
			says: "No storage name can be made of this file's name or path"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			cl := newClient(t)
			good := filepath.Join(cl.home, "good.dcm")
			writeFile(t, good, []byte("a good file"))
			bad := c.make(t, cl.home)
			p := cl.run(t, "upload", "--signer", demo.URL, "--json", bad, good)
			p.wantExit(t, 1)
			var sawBad, sawGood bool
			for _, got := range p.results(t) {
				if got.Path == good {
					sawGood = true
					got.wantDone(t, int64(len("a good file")))
					wantStored(t, demo.Path(got.Key), []byte("a good file"))
					continue
				}
				sawBad = true
				if got.State != "failed" || got.Error == nil || !strings.Contains(got.Error.Sentence, c.says) {
					t.Errorf("the result is %+v %+v, want the sentence %q", got, got.Error, c.says)
				}
			}
			if !sawBad || !sawGood {
				t.Errorf("not both files were reported: %s", p.stdout.String())
			}
			if n := strings.Count(p.stderr.String(), c.says); n != 1 {
				t.Errorf("the sentence was said %d times, want once: %s", n, p.stderr.String())
			}
		})
	}
}

// TestBadThingsInAFolder: in a dropped folder the good files arrive and each bad
// one is named.
func TestBadThingsInAFolder(t *testing.T) {
	demo := s3test.Demo(t)
	c := newClient(t)
	root := filepath.Join(c.home, "drop", "mixed")
	files := makeTree(t, root, 12)
	must(t, root, "pipe", mkfifo)
	must(t, root, "up", func(p string) error { return os.Symlink("..", p) })
	must(t, filepath.Join(root, "series 1"), "round", func(p string) error { return os.Symlink(root, p) })
	named(t, root, strings.Repeat("y", 255))
	deep := root
	for range 12 {
		deep = filepath.Join(deep, strings.Repeat("d", 100))
	}
	named(t, deep, "too deep for a key.dcm")
	p := c.run(t, "upload", "--signer", demo.URL, "--json", root)
	p.wantExit(t, 1)
	failed := map[string]string{}
	for _, got := range p.results(t) {
		if data, good := files[got.Path]; good {
			got.wantDone(t, int64(len(data)))
			wantStored(t, demo.Path(got.Key), data)
			delete(files, got.Path)
			continue
		}
		if got.State != "failed" || got.Error == nil {
			t.Errorf("%q: %+v", got.Path, got)
			continue
		}
		failed[filepath.Base(got.Path)] = got.Error.Code
	}
	if len(files) != 0 {
		t.Errorf("%d good files did not arrive", len(files))
	}
	want := map[string]string{
		"pipe": "not-regular", "round": "symlink-loop", "mixed": "symlink-loop", strings.Repeat("y", 255): "bad-name", "too deep for a key.dcm": "bad-name",
	}
	for name, code := range want {
		if failed[name] != code {
			t.Errorf("%q failed with %q, want %q", name, failed[name], code)
		}
	}
}

// TestUnreadableFilesAreSaid runs the CLI as a user who may not read.
func TestUnreadableFilesAreSaid(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can run a child as another user; as that user the tests' own files would be in the way")
	}
	demo := s3test.Demo(t)
	c := strangerClient(t)
	secret := filepath.Join(c.home, "secret.dcm")
	writeFile(t, secret, []byte("secret"))
	chmod(t, secret, 0)
	root := filepath.Join(c.home, "study")
	writeFile(t, filepath.Join(root, "open.dcm"), []byte("open"))
	writeFile(t, filepath.Join(root, "closed", "a.dcm"), []byte("closed"))
	chmod(t, filepath.Join(root, "closed"), 0)
	p := c.run(t, "upload", "--signer", demo.URL, "--json", secret, root)
	p.wantExit(t, 1)
	const says = "The file cannot be read. Check its permissions or the drive, then choose Retry."
	states := map[string]string{}
	for _, got := range p.results(t) {
		states[filepath.Base(got.Path)] = got.State
		if got.State == "failed" && (got.Error == nil || got.Error.Sentence != says) {
			t.Errorf("%q: %+v", got.Path, got.Error)
		}
	}
	if states["secret.dcm"] != "failed" || states["closed"] != "failed" || states["open.dcm"] != "done" {
		t.Errorf("the states are %v", states)
	}
	chmod(t, secret, 0o644)
	chmod(t, filepath.Join(root, "closed"), 0o755)
	p = c.run(t, "resume", "--json")
	p.wantExit(t, 0)
	done := map[string]bool{}
	for _, got := range p.results(t) {
		done[filepath.Base(got.Path)] = got.State == "done"
	}
	if !done["secret.dcm"] || !done["a.dcm"] {
		t.Errorf("after permission was given, resume stored %v", done)
	}
}

// TestSourcesThatChangeInTheMiddle changes files while their bytes are on the
// way. Nothing mixed is ever stored; the user is told, and starting over sends
// what the file is now, under a new key.
func TestSourcesThatChangeInTheMiddle(t *testing.T) {
	r := newVersity(t)
	const size = 3 * partSize
	cases := []struct {
		name   string
		change func(t *testing.T, path string)
		says   string
		gone   bool
	}{
		{"truncated", func(t *testing.T, p string) { check(t, os.Truncate(p, size/2)) }, "The file changed on disk", false},
		{"grown", func(t *testing.T, p string) { appendTo(t, p, []byte("more")) }, "The file changed on disk", false},
		{"replaced", func(t *testing.T, p string) {
			makeFile(t, p+".new", size, 99)
			check(t, os.Rename(p+".new", p))
		}, "The file changed on disk", false},
		{"overwritten in place", func(t *testing.T, p string) { overwrite(t, p, size-100, []byte("other bytes")) }, "The file changed on disk", false},
		{"overwritten, and its time set back", func(t *testing.T, p string) {
			info, err := os.Stat(p)
			check(t, err)
			overwrite(t, p, 100, []byte("other bytes"))
			check(t, os.Chtimes(p, time.Now(), info.ModTime()))
		}, "The file changed on disk", false},
		{"deleted", func(t *testing.T, p string) { check(t, os.Remove(p)) }, "", true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r.reset(t)
			cl := newClient(t)
			path := filepath.Join(cl.home, "volume.nii")
			makeFile(t, path, size, 41)
			h := newHold()
			r.data.on(partNo(2), 1, fault{holdBodyAt: partSize / 2, holdBody: h})
			p := cl.start(t, "upload", "--signer", r.URL, "--json", path)
			h.await(t, "half of part 2")
			c.change(t, path)
			r.data.clear()
			p.wantExit(t, 1)
			got := p.result(t)
			if got.State == "done" || got.Error == nil || got.Error.Sentence == "" || !strings.Contains(got.Error.Sentence, c.says) {
				t.Errorf("the result is %+v %+v", got, got.Error)
			}
			if n := len(r.s3.Objects(t)); c.name == "truncated" && n != 0 {
				t.Errorf("%d objects are stored", n)
			}
			waitFor(t, "the old upload to be cleared away", func() bool { return c.gone || r.s3.CountOpenUploads(t) == 0 })
			oldKey := r.data.exchanges(isOp(opPart))[0].Key
			if c.gone {
				p = cl.run(t, "resume", "--json")
				p.wantExit(t, 1)
				makeFile(t, path, size, 42) // put back, and another one
				p = cl.run(t, "resume", "--json")
				if got := p.result(t); got.State == "source-changed" { // asks first: retry once more
					p = cl.run(t, "resume", "--json")
				}
			} else {
				p = cl.run(t, "resume", "--json")
			}
			p.wantExit(t, 0)
			again := p.result(t)
			again.wantDone(t, fileSize(t, path))
			wantSameFile(t, r.path(again.Key), path)
			if again.Key == oldKey {
				t.Error("starting over used the old key")
			}
			if _, err := os.Stat(r.path(oldKey)); err == nil {
				t.Error("the old upload became an object")
			}
			r.wantNoOpenUploads(t)
		})
	}
}

// TestChangeBetweenKillAndResume: the file changes while nobody looks.
func TestChangeBetweenKillAndResume(t *testing.T) {
	r := newVersity(t)
	c := newClient(t)
	path := filepath.Join(c.home, "volume.nii")
	makeFile(t, path, 3*partSize, 43)
	killAt(t, r, moment{"in the middle", func(t *testing.T, r *rig) func() {
		gate := r.data.stopAt(partSize + 1000)
		return func() { gate.await(t, "a third of the file") }
	}}, func() *proc { return c.start(t, "upload", "--signer", r.URL, "--json", path) })
	oldKey := r.data.exchanges(isOp(opPart))[0].Key
	overwrite(t, path, 5, []byte("changed"))
	p := c.run(t, "resume", "--json")
	if p.exitCode() != 0 { // it may ask first
		got := p.result(t)
		if got.State != "source-changed" || got.Error == nil || !strings.Contains(got.Error.Sentence, "The file changed on disk") {
			t.Fatalf("the result is %+v %+v", got, got.Error)
		}
		p = c.run(t, "resume", "--json")
	}
	p.wantExit(t, 0)
	got := p.result(t)
	got.wantDone(t, 3*partSize)
	wantSameFile(t, r.path(got.Key), path)
	if got.Key == oldKey {
		t.Error("the changed file went on under the old key")
	}
	r.wantNoOpenUploads(t)
}

// strangerClient is a client that is not root.
func strangerClient(t testing.TB) *client {
	t.Helper()
	const nobody = 65534
	dir, err := os.MkdirTemp("", "longshore-stranger")
	check(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	chmod(t, dir, 0o777)
	return &client{state: filepath.Join(dir, "state"), home: dir, uid: nobody}
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// must makes something under dir and gives its path.
func must(t testing.TB, dir, name string, mk func(path string) error) string {
	t.Helper()
	check(t, os.MkdirAll(dir, 0o755))
	path := filepath.Join(dir, name)
	check(t, mk(path))
	return path
}

// named makes a file with a name.
func named(t testing.TB, dir, name string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	writeFile(t, path, []byte("x"))
	return path
}

// sparseTooLarge makes a file of more than 48.8 TiB, where the file system can.
func sparseTooLarge(t *testing.T, _ string) string {
	t.Helper()
	const size = 10_000*(5<<30) + 1
	for _, base := range []string{"/dev/shm", t.TempDir()} {
		dir, err := os.MkdirTemp(base, "longshore-sparse")
		if err != nil {
			continue
		}
		t.Cleanup(func() { _ = os.RemoveAll(dir) })
		path := filepath.Join(dir, "huge.img")
		writeFile(t, path, nil)
		if os.Truncate(path, size) == nil {
			return path
		}
	}
	t.Fatal("no file system here can hold a sparse file of 49 TiB (/dev/shm normally can)")
	return ""
}

func overwrite(t testing.TB, path string, at int64, data []byte) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	check(t, err)
	defer f.Close()
	_, err = f.WriteAt(data, at)
	check(t, err)
}

func appendTo(t testing.TB, path string, data []byte) {
	t.Helper()
	overwrite(t, path, fileSize(t, path), data)
}

func chmod(t testing.TB, path string, mode os.FileMode) {
	t.Helper()
	check(t, os.Chmod(path, mode))
}

func fileSize(t testing.TB, path string) int64 {
	t.Helper()
	info, err := os.Stat(path)
	check(t, err)
	return info.Size()
}
