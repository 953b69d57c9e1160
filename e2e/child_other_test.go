//go:build !linux

package e2e

import (
	"errors"
	"syscall"
)

// childAttr: elsewhere the test's cleanup alone ends the child, and the tests
// that need another user do not run.
func childAttr(uint32) *syscall.SysProcAttr { return nil }

func mkfifo(string) error { return errors.ErrUnsupported }

func mountTmpfs(string, string) error { return errors.ErrUnsupported }

func remountReadOnly(string) error { return errors.ErrUnsupported }

func unmount(string) error { return errors.ErrUnsupported }
