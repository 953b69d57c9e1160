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

func mkfifo(path string) error { return syscall.Mkfifo(path, 0o644) }

// mountTmpfs puts a file system of its own at dir, options as of mount(8).
func mountTmpfs(dir, options string) error {
	return syscall.Mount("longshore-e2e", dir, "tmpfs", 0, options)
}

// remountReadOnly makes what is mounted at dir read-only.
func remountReadOnly(dir string) error {
	return syscall.Mount("", dir, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, "")
}

func unmount(dir string) error { return syscall.Unmount(dir, syscall.MNT_DETACH) }
