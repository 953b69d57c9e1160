//go:build !windows

package store

import "syscall"

// The system's numbers for "no room" and "not allowed". EFBIG is a file size limit.
var (
	fullErrnos   = []syscall.Errno{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG}
	deniedErrnos = []syscall.Errno{syscall.EROFS, syscall.EACCES, syscall.EPERM}
)
