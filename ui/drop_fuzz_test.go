package ui

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/storage"
)

// FuzzDropped: whatever text another program drops, each line gives one path, a path that was a local file's stays as
// it is, and nothing panics.
func FuzzDropped(f *testing.F) {
	here, err := os.Getwd()
	if err != nil {
		f.Fatal(err)
	}
	there := filepath.Join(here, "drop.go")
	for _, line := range []string{
		"", "/", "a", there, "smb://server/share", "file:///etc/passwd", "file://host/x", "sftp:/", "a:b", "http:///", "C:\\x", "%zz",
		"\x00", "\r\n", "/a\nb", "smb:\\\\server\\share", "x-special/nautilus-clipboard", strings.Repeat("a:/", 500), "\xff://\xff",
	} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		uris := []fyne.URI{storage.NewFileURI(line), storage.NewFileURI(filepath.Join(here, line)), storage.NewFileURI(there)}
		if u, err := storage.ParseURI(line); err == nil {
			uris = append(uris, u)
		}
		paths := droppedPaths(uris)
		if len(paths) != len(uris) {
			t.Fatalf("%d paths of %d", len(paths), len(uris))
		}
		was := append([]string{}, paths...)
		got := localPaths(paths)
		if len(got) != len(was) || got[2] != there {
			t.Fatalf("%q became %q", was, got)
		}
		for i, p := range got {
			if p == was[i] {
				continue
			}
			// Only what the toolkit took for a path in the working directory is put back, as an address of another machine.
			scheme, rest, ok := strings.Cut(p, "://")
			if !ok || scheme == "" || strings.ContainsAny(scheme, `/\`) || !strings.HasPrefix(was[i], here) || strings.HasPrefix(rest, "/") {
				t.Errorf("%q became %q", was[i], p)
			}
			if _, err := os.Lstat(was[i]); err == nil {
				t.Errorf("%q is there, and became %q", was[i], p)
			}
			if u, err := url.Parse(p); err == nil && u.Scheme == "" {
				t.Errorf("%q is no address", p)
			}
		}
	})
}
