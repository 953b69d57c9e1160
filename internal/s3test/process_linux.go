package s3test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// freezeTimeout bounds how long the kernel may take to stop all threads.
const freezeTimeout = 10 * time.Second

// dieWithParent ends the child if the test binary is killed, so that a test
// that ran into its timeout leaves no server behind.
func dieWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}

// waitFrozen waits until each thread is in state T: SIGSTOP is on its way when
// kill returns, and a thread may go on for a moment.
func waitFrozen(pid int) error {
	deadline := time.NewTimer(freezeTimeout)
	defer deadline.Stop()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		frozen, err := allStopped(pid)
		if err != nil || frozen {
			return err
		}
		select {
		case <-deadline.C:
			return errors.New("the process did not stop in time")
		case <-tick.C:
		}
	}
}

// allStopped reads the state of each thread: the field after the name in
// parentheses (proc(5)). A thread that just ended does not count.
func allStopped(pid int) (bool, error) {
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
	if err != nil || len(threads) == 0 {
		return false, errors.Join(err, os.ErrProcessDone)
	}
	for _, path := range threads {
		stat, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		_, state, _ := bytes.Cut(stat[bytes.LastIndexByte(stat, ')')+1:], []byte(" "))
		if len(state) == 0 || state[0] != 'T' {
			return false, nil
		}
	}
	return true, nil
}
