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

func refused(err error) bool {
	return errors.Is(err, windows.WSAECONNREFUSED) || errors.Is(err, windows.WSAENETDOWN)
}
