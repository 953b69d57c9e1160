package owner

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/windows"
)

// runtimeDir is a folder in the user's profile, closed to other users by the profile's ACL.
func runtimeDir() string {
	if dir, err := os.UserCacheDir(); err == nil {
		return filepath.Join(dir, "Longshore")
	}
	return filepath.Join(os.TempDir(), "Longshore")
}

// private sees that the folder is there; the profile's ACL keeps others out of it.
func private(dir string) error {
	info, err := os.Lstat(dir)
	if err == nil && !info.IsDir() {
		return fs.ErrInvalid
	}
	return err
}

// refused also knows a system without Unix sockets (Windows before 10.0.17063, Wine before 10): nobody can listen there,
// and the journal's lock alone keeps a second owner out.
func refused(err error) bool {
	return errors.Is(err, windows.WSAECONNREFUSED) || errors.Is(err, windows.WSAENETDOWN) || errors.Is(err, windows.WSAEAFNOSUPPORT)
}
