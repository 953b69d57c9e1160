package s3test

import "syscall"

// dieWithParent ends the child if the test binary is killed, so that a test
// that ran into its timeout leaves no server behind.
func dieWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
