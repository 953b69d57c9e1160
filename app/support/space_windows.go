package support

import "golang.org/x/sys/windows"

// freeBytes is what this user can still write on the drive of a folder; -1 if it cannot be told.
func freeBytes(dir string) int64 {
	path, err := windows.UTF16PtrFromString(dir)
	if err != nil {
		return -1
	}
	var free uint64
	if windows.GetDiskFreeSpaceEx(path, &free, nil, nil) != nil {
		return -1
	}
	return int64(free) //nolint:gosec // no drive overflows it
}
