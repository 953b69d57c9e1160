//go:build !linux

package s3test

import "syscall"

// dieWithParent has no portable counterpart: elsewhere Cleanup alone ends the
// child.
func dieWithParent() *syscall.SysProcAttr { return nil }
