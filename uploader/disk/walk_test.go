package disk

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"longshore/uploader"
)

func walkAll(t *testing.T, root string) []uploader.Found {
	t.Helper()
	var found []uploader.Found
	must(t, New().Walk(t.Context(), root, func(f uploader.Found) error {
		if f.Err != nil {
			var e *uploader.Error
			if !errors.As(f.Err, &e) || strings.Contains(f.Err.Error(), root) {
				t.Errorf("%q: an error of another kind, or with a path: %v", f.RelPath, f.Err)
			}
		}
		found = append(found, f)
		return nil
	}))
	return found
}

// lines writes what was found as "path" or "path: code".
func lines(found []uploader.Found) []string {
	var out []string
	for _, f := range found {
		line := f.RelPath
		if f.Empty {
			line += "/"
		}
		if f.Gone {
			line += ": gone"
		}
		if f.Err != nil {
			line += ": " + string(uploader.CodeOf(f.Err))
		}
		out = append(out, line)
	}
	return out
}

func expect(t *testing.T, found []uploader.Found, want ...string) {
	t.Helper()
	if got := lines(found); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestWalkGoesInNaturalOrder(t *testing.T) {
	root := filepath.Join(t.TempDir(), "study")
	for _, name := range []string{"10/a.dcm", "2/10.dcm", "2/9.dcm", "2/b/x", "1.dcm", "b", "A", "c/d/e/f/g"} {
		write(t, filepath.Join(root, name), name)
	}
	must(t, os.MkdirAll(filepath.Join(root, "empty/folder"), 0o755))
	found := walkAll(t, root)
	expect(t, found, "1.dcm", "2/9.dcm", "2/10.dcm", "2/b/x", "10/a.dcm", "A", "b", "c/d/e/f/g", "empty/folder/")
	for _, f := range found {
		if f.Path != filepath.Join(root, filepath.FromSlash(f.RelPath)) || !f.Empty && f.Fingerprint.Size != int64(len(f.RelPath)) {
			t.Errorf("%+v", f)
		}
	}
	expect(t, walkAll(t, root+"/"), lines(found)...)
}

func TestWalkOfManyFiles(t *testing.T) {
	root := t.TempDir()
	var want []string
	for i := range 2*chunk + 3 {
		name := fmt.Sprintf("slice %d.dcm", i)
		write(t, filepath.Join(root, name), "")
		want = append(want, name)
	}
	expect(t, walkAll(t, root), want...)
}

func TestWalkOfARootThatIsNone(t *testing.T) {
	dir := t.TempDir()
	expect(t, walkAll(t, filepath.Join(dir, "none")), ": source-missing")
	expect(t, walkAll(t, "smb://server/share"), ": not-local")
}

func TestWalkFollowsLinks(t *testing.T) {
	top := t.TempDir()
	root := filepath.Join(top, "root")
	write(t, filepath.Join(root, "a/file"), "x")
	write(t, filepath.Join(top, "outside/file"), "y")
	for name, target := range map[string]string{
		"link to file":   "a/file",
		"link to folder": filepath.Join(top, "outside"),
		"twice":          "a",
		"broken":         "nowhere",
		"self":           "self",
		"a/up":           "..",
		"a/here":         ".",
	} {
		must(t, os.Symlink(target, filepath.Join(root, name)))
	}
	want := []string{
		"a/file", "a/here: symlink-loop", "a/up: symlink-loop", "broken: source-missing", "link to file", "link to folder/file",
		"self: symlink-loop", "twice/file", "twice/here: symlink-loop", "twice/up: symlink-loop",
	}
	expect(t, walkAll(t, root), want...)
	must(t, os.Symlink(root, filepath.Join(top, "rootlink")))
	expect(t, walkAll(t, filepath.Join(top, "rootlink")), want...)
}

func TestWalkStops(t *testing.T) {
	root := t.TempDir()
	for i := range 10 {
		write(t, filepath.Join(root, fmt.Sprint(i)), "")
	}
	enough := errors.New("enough")
	seen := 0
	visit := func(uploader.Found) error {
		if seen++; seen == 3 {
			return enough
		}
		return nil
	}
	if err := New().Walk(t.Context(), root, visit); err != enough || seen != 3 {
		t.Errorf("%v after %d", err, seen)
	}
	ctx, cancel := context.WithCancel(t.Context())
	seen = 0
	err := New().Walk(ctx, root, func(uploader.Found) error {
		if seen++; seen == 3 {
			cancel()
		}
		return nil
	})
	if uploader.CodeOf(err) != uploader.CodeCancelled || !errors.Is(err, context.Canceled) || seen != 3 {
		t.Errorf("%v after %d", err, seen)
	}
}

func TestPrintableKeepsNamesApart(t *testing.T) {
	for in, want := range map[string]string{
		"ok ä 日": "ok ä 日", "\xff": "\uFFFDFF", "a\xfe\xffb": "a\uFFFDFE\uFFFDFFb", "\uFFFD": "\uFFFD", "dir/\xff": "dir/\uFFFDFF",
	} {
		if got := printable(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// What goes between the listing of its folder and the look at it is told.
func TestWalkTellsWhatWentMeanwhile(t *testing.T) {
	root := t.TempDir()
	for _, name := range []string{"a", "b", "c/x", "d"} {
		write(t, filepath.Join(root, name), name)
	}
	var found []uploader.Found
	must(t, new(Source).Walk(t.Context(), root, func(f uploader.Found) error {
		if found = append(found, f); f.RelPath == "a" {
			must(t, os.Remove(filepath.Join(root, "b")))
			must(t, os.RemoveAll(filepath.Join(root, "c")))
		}
		return nil
	}))
	expect(t, found, "a", "b: gone", "c: gone", "d")
}
