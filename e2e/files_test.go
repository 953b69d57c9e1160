package e2e

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"longshore/internal/s3test"
)

// lastChecksum is the object's checksum in a complete-upload: it comes after the
// parts.
var lastChecksum = regexp.MustCompile(`"checksum":"[^"]*"}$`)

// copyFile copies a file. (A second link to it would not do: that changes the
// inode's ctime, and a file whose ctime changes has changed.)
func copyFile(t testing.TB, from, to string) {
	t.Helper()
	writeFile(t, to, readAll(t, from))
}

func readAll(t testing.TB, path string) []byte {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// anyChecksum is each checksum in an answer.
var anyChecksum = regexp.MustCompile(`"checksum":"[^"]*"`)

// wantTreeInVault compares a tree with what lies in a demo vault's folder.
func wantTreeInVault(t testing.TB, demo *s3test.DemoVault, root string, files map[string][]byte) {
	t.Helper()
	found := map[string]string{} // path below the root → stored file
	check(t, filepath.WalkDir(demo.Path(""), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if _, rel, ok := strings.Cut(path, "/"+filepath.Base(root)+"/"); ok {
			found[rel] = path
		}
		return nil
	}))
	for path, data := range files {
		rel, err := filepath.Rel(root, path)
		check(t, err)
		if found[rel] == "" {
			t.Errorf("%q is not in the vault", rel)
			continue
		}
		wantStored(t, found[rel], data)
	}
}
