package store

import (
	"syscall"

	"golang.org/x/sys/windows"
)

// The system's numbers for "no room" and "not allowed".
var (
	fullErrnos = []syscall.Errno{windows.ERROR_DISK_FULL, windows.ERROR_HANDLE_DISK_FULL, windows.ERROR_DISK_QUOTA_EXCEEDED,
		windows.ERROR_FILE_TOO_LARGE}
	deniedErrnos = []syscall.Errno{windows.ERROR_ACCESS_DENIED, windows.ERROR_WRITE_PROTECT}
)
