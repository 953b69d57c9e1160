//go:build unix

package disk

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"longshore/uploader"
)

// openQuietly opens for reading and never waits: neither for a pipe's other end nor for a device.
//
// It does not leave it to os.OpenFile, which would ask the runtime's poller to take the file: on a FUSE share that is a
// request to the share, made where Go cannot schedule around it. One that does not answer would stop the whole program.
func openQuietly(path string) (*os.File, error) {
	fd, err := -1, error(unix.EINTR)
	for errors.Is(err, unix.EINTR) {
		fd, err = unix.Open(path, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	}
	if err == nil {
		if err = unix.SetNonblock(fd, false); err == nil { // a file that blocks stays out of the poller
			return os.NewFile(uintptr(fd), path), nil
		}
		_ = unix.Close(fd) // nothing was read yet
	}
	return nil, &os.PathError{Op: "open", Path: path, Err: err}
}

// checkReadable asks for the permission to read without opening.
func checkReadable(path string) error {
	err := unix.Faccessat(unix.AT_FDCWD, path, unix.R_OK, unix.AT_EACCESS)
	if errors.Is(err, unix.EACCES) || errors.Is(err, unix.EPERM) {
		return &os.PathError{Op: "access", Path: path, Err: err}
	}
	return nil // anything else shows when the file is opened
}

func isMissing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ENOTDIR)
}

func isLoop(err error) bool { return errors.Is(err, unix.ELOOP) }

func isTooLong(err error) bool { return errors.Is(err, unix.ENAMETOOLONG) }

// driveGone tells the errors of a drive or share that went away while it was mounted.
func driveGone(err error) bool {
	for _, gone := range []syscall.Errno{unix.ENODEV, unix.ENXIO, unix.ESTALE, unix.ENOTCONN, unix.EHOSTDOWN, unix.EHOSTUNREACH} {
		if errors.Is(err, gone) {
			return true
		}
	}
	return false
}

// removable are the folders in which systems put mounted drives and shares.
var removable = []string{"/media/", "/mnt/", "/run/media/", "/Volumes/"}

// onMissingDrive guesses that a missing file was on a drive that is not mounted now: it would lie where drives are
// mounted, and its folder is missing too. A drive whose mount point stays behind as an empty folder looks like a
// deleted file if the file lay in its top folder; Retry helps there.
func onMissingDrive(path string) bool {
	path = filepath.Clean(path)
	for _, dir := range removable {
		if strings.HasPrefix(path, dir) {
			_, err := os.Stat(filepath.Dir(path))
			return isMissing(err)
		}
	}
	return false
}

// fillFromStat adds what a stat knows.
func fillFromStat(info os.FileInfo, fp *uploader.Fingerprint) {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		fp.ChangeTime = changeTime(st)
		fp.Device, fp.Inode = uint64(st.Dev), st.Ino
	}
}

// identify has nothing to add: stat says it all.
func identify(*os.File, *uploader.Fingerprint) {}

// placeKey names a file's file system.
func placeKey(_ string, info os.FileInfo) string {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return strconv.FormatUint(uint64(st.Dev), 16)
	}
	return ""
}
