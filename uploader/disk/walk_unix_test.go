//go:build unix

package disk

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"longshore/uploader"
)

// Things that are no files must neither hang nor stop anything, walked or opened.
func TestThingsThatAreNoFiles(t *testing.T) {
	root, err := os.MkdirTemp("", "disk") // a socket's path must be short
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(root) })
	must(t, unix.Mkfifo(filepath.Join(root, "a fifo"), 0o644))
	l, err := net.Listen("unix", filepath.Join(root, "b socket"))
	must(t, err)
	defer l.Close()
	must(t, os.Symlink("/dev/null", filepath.Join(root, "c device")))
	must(t, os.Symlink("a fifo", filepath.Join(root, "d link to a fifo")))
	write(t, filepath.Join(root, "e file"), "x")
	expect(t, walkAll(t, root), "a fifo: not-regular", "b socket: not-regular", "c device: not-regular", "d link to a fifo: not-regular", "e file")
	expect(t, walkAll(t, "/dev/null"), ": not-regular")
	for _, name := range []string{"a fifo", "b socket", "c device", "d link to a fifo"} {
		if _, err := New().Open(filepath.Join(root, name)); uploader.CodeOf(err) != uploader.CodeNotRegular {
			t.Errorf("%s: %v", name, err)
		}
	}
	if f, err := openQuietly(filepath.Join(root, "a fifo")); err != nil { // what a race could make of it
		t.Errorf("a pipe that comes between look and open: %v", err)
	} else {
		f.Close()
	}
}

func TestWalkOfOddNames(t *testing.T) {
	root := t.TempDir()
	odd := []string{
		"\n new\nlines", " spaces ", `"quotes" and 'quotes'`, "...", "..name", `back\slash`, "emoji 🩻👩🏽‍⚕️", "אבג \u202Egnp.exe",
		strings.Repeat("ä", 127) + "x", "tab\there", "e\u0301 and \u00e9", "%2e%2e%2f", "CON", "a:b*c?",
	}
	for _, name := range odd {
		write(t, filepath.Join(root, name), name)
	}
	found := walkAll(t, root)
	got := make(map[string]bool)
	for _, f := range found {
		if f.Err != nil {
			t.Errorf("%q: %v", f.RelPath, f.Err)
			continue
		}
		got[f.RelPath] = true
		data := make([]byte, f.Fingerprint.Size)
		if _, err := open(t, f.Path).ReadAt(data, 0); err != nil || string(data) != f.RelPath {
			t.Errorf("%q: read %q, %v", f.RelPath, data, err)
		}
	}
	for _, name := range odd {
		if !got[name] {
			t.Errorf("%q was not found", name)
		}
	}
}

func TestADriveThatIsNotThere(t *testing.T) {
	for _, path := range []string{
		"/media/nobody/no such drive/file", "/media/nobody/no such drive/deeper/still/file", "/Volumes/NO SUCH DRIVE/file", "/run/media/x/y/z",
	} {
		if _, err := New().Open(path); uploader.CodeOf(err) != uploader.CodeDriveMissing || strings.Contains(err.Error(), "/") {
			t.Errorf("%s: %v", path, err)
		}
		expect(t, walkAll(t, path), ": drive-missing")
	}
}
