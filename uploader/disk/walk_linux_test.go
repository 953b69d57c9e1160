package disk

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"

	"longshore/uploader"
)

// asNobody runs do without root's right to read everything: the file system's user id is one thread's own.
func asNobody(t *testing.T, do func()) {
	t.Helper()
	if os.Geteuid() != 0 {
		do()
		return
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	must(t, unix.Setfsuid(65534))
	do()
	must(t, unix.Setfsuid(0))
}

func TestWhatMayNotBeRead(t *testing.T) {
	root, err := os.MkdirTemp("", "disk")
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(root) })
	must(t, os.Chmod(root, 0o755))
	secret := write(t, filepath.Join(root, "a secret"), "x")
	must(t, os.Chmod(secret, 0))
	write(t, filepath.Join(root, "b closed", "file"), "x")
	write(t, filepath.Join(root, "c names only", "file"), "x")
	write(t, filepath.Join(root, "d"), "x")
	closed, namesOnly := filepath.Join(root, "b closed"), filepath.Join(root, "c names only")
	must(t, os.Chmod(closed, 0))
	must(t, os.Chmod(namesOnly, 0o444))
	defer os.Chmod(closed, 0o755)
	defer os.Chmod(namesOnly, 0o755)
	asNobody(t, func() {
		expect(t, walkAll(t, root),
			"a secret: source-unreadable", "b closed: source-unreadable", "c names only/file: source-unreadable", "d")
		expect(t, walkAll(t, closed), ": source-unreadable")
		for _, path := range []string{secret, filepath.Join(closed, "file")} {
			if _, err := New().Open(path); uploader.CodeOf(err) != uploader.CodeSourceUnreadable {
				t.Errorf("got %v", err)
			}
		}
	})
}

func TestWalkOfNamesThatAreNoUTF8(t *testing.T) {
	root := t.TempDir()
	for _, name := range []string{"\xff.dcm", "\xfe.dcm", "ok", "bad\xffdir/file"} {
		write(t, filepath.Join(root, name), "x")
	}
	expect(t, walkAll(t, root), "bad\uFFFDFFdir: bad-name", "ok", "\uFFFDFE.dcm: bad-name", "\uFFFDFF.dcm: bad-name")
	expect(t, walkAll(t, filepath.Join(root, "\xff.dcm")), ": bad-name")
}

func TestPlaceIsKnown(t *testing.T) {
	path := write(t, filepath.Join(t.TempDir(), "a"), "x")
	f, err := os.Open(path)
	must(t, err)
	defer f.Close()
	byFile, byPath := placeOfFile(f), placeOfPath(path)
	if byFile != byPath {
		t.Errorf("by file %+v, by path %+v", byFile, byPath)
	}
	if proc := placeOfPath("/proc"); proc.mount == byFile.mount && proc.mount != "" {
		t.Errorf("/proc and %s are on one mounting: %+v", path, proc)
	}
}

func TestUnstableFileSystemsByMagic(t *testing.T) {
	for magic, want := range map[uint32]bool{
		0x4d44: true, 0x2011bab0: true, 0xfe534d42: true, 0xff534d42: true, 0x517b: true, 0x6969: true, 0x65735546: true,
		0xef53: false, 0x9123683e: false, 0x58465342: false, 0x01021994: false, 0x2fc12fc1: false,
	} {
		if unstableTypes[magic] != want {
			t.Errorf("%#x: unstable is %v", magic, !want)
		}
	}
}

func TestReadOfADriveThatIsPulled(t *testing.T) {
	dir := filepath.Join("/media", "longshore-test-"+filepath.Base(t.TempDir()), filepath.Base(filepath.Dir(t.TempDir())))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Skipf("only root may play with /media: %v", err)
	}
	top := filepath.Dir(dir)
	t.Cleanup(func() { os.RemoveAll(top) })
	path := write(t, filepath.Join(dir, "file"), "x")
	f := open(t, path)
	must(t, os.RemoveAll(top))
	if _, err := f.Fingerprint(); uploader.CodeOf(err) != uploader.CodeDriveMissing {
		t.Errorf("fingerprint: %v", err)
	}
	must(t, f.(*file).File.Close()) // makes the read fail, as the missing device would
	if _, err := f.ReadAt(make([]byte, 1), 0); uploader.CodeOf(err) != uploader.CodeDriveMissing {
		t.Errorf("read: %v", err)
	}
	if _, err := New().Open(path); uploader.CodeOf(err) != uploader.CodeDriveMissing {
		t.Errorf("open: %v", err)
	}
}
