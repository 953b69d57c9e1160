package disk

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"longshore/uploader"
)

func write(t *testing.T, path, data string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(data), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T, path string) uploader.File {
	t.Helper()
	f, err := New().Open(path)
	must(t, err)
	t.Cleanup(func() { f.Close() })
	return f
}

func TestOpenReads(t *testing.T) {
	f := open(t, write(t, filepath.Join(t.TempDir(), "a"), "hello, world"))
	buf := make([]byte, 5)
	if n, err := f.ReadAt(buf, 7); n != 5 || err != nil || string(buf) != "world" {
		t.Errorf("%d, %v, %q", n, err, buf)
	}
	if n, err := f.ReadAt(buf, 10); n != 2 || err != io.EOF {
		t.Errorf("over the end: %d, %v", n, err)
	}
	fp, err := f.Fingerprint()
	must(t, err)
	if fp.Size != 12 || fp.ModTime.IsZero() {
		t.Errorf("%+v", fp)
	}
}

func TestOpenSaysWhyNot(t *testing.T) {
	dir := t.TempDir()
	file := write(t, filepath.Join(dir, "file"), "x")
	for path, want := range map[string]uploader.Code{
		filepath.Join(dir, "none"):                   uploader.CodeSourceMissing,
		filepath.Join(dir, "none", "deeper"):         uploader.CodeSourceMissing,
		filepath.Join(file, "below a file"):          uploader.CodeSourceMissing,
		filepath.Join(dir, strings.Repeat("x", 256)): uploader.CodeBadName,
		dir:                       uploader.CodeNotRegular,
		"smb://server/share/file": uploader.CodeNotLocal,
		"sftp://server/file":      uploader.CodeNotLocal,
		"https://server/file":     uploader.CodeNotLocal,
	} {
		_, err := New().Open(path)
		if uploader.CodeOf(err) != want {
			t.Errorf("%q: %v, want %s", path, err, want)
		}
		if err != nil && (strings.Contains(err.Error(), "none") || strings.Contains(err.Error(), "drive/") || strings.Contains(err.Error(), dir)) {
			t.Errorf("the error shows the path: %v", err)
		}
	}
}

func TestFingerprintTellsWhatHappened(t *testing.T) {
	for name, c := range map[string]struct {
		do   func(t *testing.T, path string)
		want uploader.Code // of Fingerprint itself
		same bool
	}{
		"nothing": {func(*testing.T, string) {}, "", true},
		"grown": {func(t *testing.T, path string) {
			f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
			must(t, err)
			defer f.Close()
			_, err = f.WriteString("more")
			must(t, err)
		}, "", false},
		"truncated": {func(t *testing.T, path string) { must(t, os.Truncate(path, 3)) }, "", false},
		"written in place, and the time set back": {func(t *testing.T, path string) {
			info, err := os.Stat(path)
			must(t, err)
			must(t, os.WriteFile(path, []byte("HELLO, WORLD"), 0o644))
			must(t, os.Chtimes(path, time.Time{}, info.ModTime()))
		}, "", false},
		"replaced": {func(t *testing.T, path string) {
			info, err := os.Stat(path)
			must(t, err)
			write(t, path+".new", "HELLO, WORLD")
			must(t, os.Chtimes(path+".new", time.Time{}, info.ModTime()))
			must(t, os.Rename(path+".new", path))
		}, uploader.CodeSourceChanged, false},
		"deleted": {func(t *testing.T, path string) { must(t, os.Remove(path)) }, uploader.CodeSourceMissing, false},
		"a folder in its place": {func(t *testing.T, path string) {
			must(t, os.Remove(path))
			must(t, os.Mkdir(path, 0o755))
		}, uploader.CodeSourceChanged, false},
		"moved, with a link in its place": {func(t *testing.T, path string) {
			must(t, os.Rename(path, path+".moved"))
			must(t, os.Symlink(path+".moved", path))
		}, "", false}, // one file, but its change time tells of the move
	} {
		t.Run(name, func(t *testing.T) {
			path := write(t, filepath.Join(t.TempDir(), "a"), "hello, world")
			f := open(t, path)
			before, err := f.Fingerprint()
			must(t, err)
			if before.Unstable {
				t.Log("the test's folder is on a file system that proves little")
			}
			waitForNewTime(t, path)
			c.do(t, path)
			after, err := f.Fingerprint()
			if uploader.CodeOf(err) != c.want {
				t.Fatalf("got %v, want %q", err, c.want)
			}
			if err == nil && before.Same(after) != c.same {
				t.Errorf("same is %v: %+v, then %+v", !c.same, before, after)
			}
		})
	}
}

// waitForNewTime returns once the file system's clock has moved on, so that a change gets another time.
func waitForNewTime(t *testing.T, beside string) {
	t.Helper()
	info, err := os.Stat(beside)
	must(t, err)
	for {
		probe := write(t, filepath.Join(t.TempDir(), "probe"), "")
		p, err := os.Stat(probe)
		must(t, err)
		if p.ModTime().After(info.ModTime()) {
			return
		}
	}
}

// What Walk says of a file and what the open file says of itself are one fingerprint.
func TestWalkAndOpenAgree(t *testing.T) {
	path := write(t, filepath.Join(t.TempDir(), "a"), "hello")
	found := walkAll(t, path)
	if len(found) != 1 || found[0].Err != nil || found[0].RelPath != "" || found[0].Path != path {
		t.Fatalf("%+v", found)
	}
	fp, err := open(t, path).Fingerprint()
	must(t, err)
	if !fp.Same(found[0].Fingerprint) || found[0].Fingerprint.Size != 5 {
		t.Errorf("%+v and %+v", found[0].Fingerprint, fp)
	}
}

func TestReadErrorsHaveCodes(t *testing.T) {
	f := open(t, write(t, filepath.Join(t.TempDir(), "name"), "hello"))
	must(t, f.Close())
	_, err := f.ReadAt(make([]byte, 1), 0)
	if uploader.CodeOf(err) != uploader.CodeSourceUnreadable || strings.Contains(err.Error(), "name") {
		t.Errorf("a closed file: %v", err)
	}
	var e *uploader.Error
	if !errors.As(err, &e) || e.Err == nil {
		t.Errorf("the cause is lost: %v", err)
	}
}

func TestALargeSparseFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sparse")
	f, err := os.Create(path)
	must(t, err)
	const size = 1 << 40
	must(t, f.Truncate(size))
	_, err = f.WriteAt([]byte("end"), size-3)
	must(t, err)
	must(t, f.Close())
	buf := make([]byte, 3)
	if _, err := open(t, path).ReadAt(buf, size-3); err != nil || !bytes.Equal(buf, []byte("end")) {
		t.Errorf("%q, %v", buf, err)
	}
}

func TestFullFileTableIsNotTheFilesFault(t *testing.T) {
	for _, errno := range []syscall.Errno{syscall.EMFILE, syscall.ENFILE} {
		err := pathError("open", "/x", &os.PathError{Op: "open", Path: "/x", Err: errno})
		if err.Code != uploader.CodeTooManyOpen || err.Code.Info().Action != uploader.Hold {
			t.Errorf("%v is %v", errno, err)
		}
	}
}
