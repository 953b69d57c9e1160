//go:build unix

package support

import "golang.org/x/sys/unix"

// freeBytes is what this user can still write on the drive of a folder; -1 if it cannot be told.
func freeBytes(dir string) int64 {
	var s unix.Statfs_t
	if unix.Statfs(dir, &s) != nil {
		return -1
	}
	return int64(s.Bavail) * int64(s.Bsize) //nolint:gosec // no drive overflows it
}
