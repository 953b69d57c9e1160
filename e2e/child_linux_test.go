package e2e

import "syscall"

// childAttr ends the child when the test binary dies, and runs it as another
// user where asked.
func childAttr(uid uint32) *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if uid != 0 {
		attr.Credential = &syscall.Credential{Uid: uid, Gid: uid}
	}
	return attr
}
