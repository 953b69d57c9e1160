//go:build !linux

package e2e

import "syscall"

// childAttr: elsewhere the test's cleanup alone ends the child, and the tests
// that need another user do not run.
func childAttr(uint32) *syscall.SysProcAttr { return nil }
