//go:build unix

package s3test

import (
	"os"
	"syscall"
)

// freeze returns once no thread of the process runs any more, as far as the
// system can tell.
func freeze(p *os.Process) error {
	if err := p.Signal(syscall.SIGSTOP); err != nil {
		return err
	}
	return waitFrozen(p.Pid)
}

func thaw(p *os.Process) error { return p.Signal(syscall.SIGCONT) }
