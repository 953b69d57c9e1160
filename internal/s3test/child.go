package s3test

import (
	"bytes"
	"os/exec"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Child is a process that a test started. Its output is kept and shown if the
// test fails. Whatever the test does, the process is gone when the test ends.
type Child struct {
	cmd  *exec.Cmd
	log  *tail
	done chan struct{}
}

// startChild starts a program and registers its end with the test.
func startChild(t testing.TB, path string, args, env []string) *Child {
	t.Helper()
	c := &Child{log: &tail{limit: 64 << 10}, done: make(chan struct{})}
	c.cmd = exec.Command(path, args...) //nolint:noctx // the child outlives no context: Stop and Cleanup end it.
	c.cmd.Env = env
	c.cmd.Stdout = c.log
	c.cmd.Stderr = c.log
	c.cmd.SysProcAttr = dieWithParent()
	if err := c.cmd.Start(); err != nil {
		t.Fatalf("s3test: start %s: %v", path, err)
	}
	go func() {
		_ = c.cmd.Wait() // how it ended is in the log; tests kill servers on purpose
		close(c.done)
	}()
	t.Cleanup(func() {
		c.Stop()
		if t.Failed() {
			t.Logf("s3test: output of %s (pid %d):\n%s", path, c.PID(), c.Log())
		}
	})
	return c
}

// PID is the child's process id.
func (c *Child) PID() int { return c.cmd.Process.Pid }

// Exited is closed once the child has ended and has been waited for.
func (c *Child) Exited() <-chan struct{} { return c.done }

// ExitCode is the child's exit code once Exited is closed; -1 if a signal ended
// it or it still runs.
func (c *Child) ExitCode() int {
	select {
	case <-c.done:
		return c.cmd.ProcessState.ExitCode()
	default:
		return -1
	}
}

// Log returns the last 64 KiB of what the child wrote.
func (c *Child) Log() string { return c.log.String() }

// Kill ends the child at once (SIGKILL) and waits for it. Safe to repeat.
func (c *Child) Kill() {
	_ = c.cmd.Process.Kill() // "already finished" is fine
	<-c.done
}

// Stop asks the child to end (SIGTERM), kills it after five seconds, and waits
// for it. A paused child is resumed for it. Safe to repeat.
func (c *Child) Stop() {
	_ = c.Resume() // a frozen process does not hear SIGTERM
	if err := c.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		c.Kill() // already gone, or Windows, which has no SIGTERM
		return
	}
	grace := time.NewTimer(stopGrace)
	defer grace.Stop()
	select {
	case <-c.done:
	case <-grace.C:
		c.Kill()
	}
}

// Pause freezes the child (SIGSTOP) and returns once it is frozen: a server that
// is connected but silent. Resume lets it go on. Both return an error on systems
// without job control.
func (c *Child) Pause() error { return freeze(c.cmd.Process) }

// Resume undoes Pause.
func (c *Child) Resume() error { return thaw(c.cmd.Process) }

// tail keeps the last bytes written to it.
type tail struct {
	mu    sync.Mutex
	buf   bytes.Buffer
	limit int
}

func (w *tail) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.buf.Write(p)
	if over := w.buf.Len() - w.limit; over > 0 {
		w.buf.Next(over)
	}
	return len(p), nil
}

func (w *tail) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.buf.String()
}
