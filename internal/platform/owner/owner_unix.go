//go:build unix

package owner

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// runtimeDir is a folder of this user's that is gone after a restart of the machine.
func runtimeDir() string {
	if dir := os.Getenv("XDG_RUNTIME_DIR"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "longshore")
	}
	return filepath.Join(os.TempDir(), "longshore-"+strconv.Itoa(os.Getuid()))
}

// private holds a folder against what others could have put in its place: it must be ours, no link, and closed to
// everybody else.
func private(dir string) error {
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case !info.IsDir():
		return fs.ErrInvalid
	case ok && int64(stat.Uid) != int64(os.Getuid()):
		return fs.ErrPermission
	case info.Mode().Perm()&0o077 != 0:
		return errors.New("the socket's folder is open to others")
	}
	return nil
}

func refused(error) bool { return false }
