package e2e

import (
	"os"
	"regexp"
	"testing"
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
