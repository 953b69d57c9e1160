// Package e2e tests the built programs from the outside: bin/longshore-cli,
// longshore-signer, longshore-demo and the window, against real S3 servers, with
// real kills and a proxy that counts and breaks what passes between them.
//
// It must not know the inside of what it tests: of our packages it imports the
// wire contract (signer/api), internal/s3test and internal/bustest alone. Programs come from
// $LONGSHORE_BIN, else ../bin; `make e2e` builds them first.
package e2e

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"
)

const (
	pollEvery = 5 * time.Millisecond
	patience  = 90 * time.Second // for a condition that normally takes seconds, on a busy machine of two cores
	mib       = 1 << 20
)

// program is the path of one of our programs.
func program(t testing.TB, name string) string {
	t.Helper()
	dir := os.Getenv("LONGSHORE_BIN")
	if dir == "" {
		dir = filepath.Join("..", "bin")
	}
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	path, err := filepath.Abs(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("%s is not built: run `make build` (%v)", name, err)
	}
	return path
}

// waitFor waits until cond holds.
func waitFor(t testing.TB, what string, cond func() bool) {
	t.Helper()
	waitUpTo(t, patience, what, cond)
}

func waitUpTo(t testing.TB, limit time.Duration, what string, cond func() bool) {
	t.Helper()
	deadline := time.NewTimer(limit)
	defer deadline.Stop()
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for !cond() {
		select {
		case <-deadline.C:
			t.Fatalf("waited %v in vain: %s", limit, what)
		case <-tick.C:
		}
	}
}

// proc is a child process of a test.
type proc struct {
	cmd    *exec.Cmd
	stdout sink
	stderr sink
	done   chan struct{}
}

// sink keeps what a child writes.
type sink struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (s *sink) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.Write(p)
}

func (s *sink) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.String()
}

func (s *sink) size() int { return len(s.String()) }

// childOptions change how a child is started.
type childOptions struct {
	env []string // beside environ's
	dir string
	uid uint32 // not 0: as this user, for tests that run as root
	// files are descriptors 3 and up of the child.
	files []*os.File
}

// startProc starts a child. It is gone when the test ends.
func startProc(t testing.TB, o childOptions, path string, args ...string) *proc {
	t.Helper()
	p := &proc{cmd: exec.Command(path, args...), done: make(chan struct{})}
	p.cmd.Env = environ(o.env...)
	p.cmd.Dir = o.dir
	p.cmd.Stdout, p.cmd.Stderr = &p.stdout, &p.stderr
	p.cmd.ExtraFiles = o.files
	p.cmd.SysProcAttr = childAttr(o.uid)
	if err := p.cmd.Start(); err != nil {
		t.Fatalf("start %s: %v", filepath.Base(path), err)
	}
	go func() {
		_ = p.cmd.Wait() // how it ended is in ProcessState
		close(p.done)
	}()
	t.Cleanup(func() {
		p.kill()
		if t.Failed() && p.cmd.ProcessState.ExitCode()+p.stderr.size() != 0 { // a quiet success says nothing
			t.Logf("%s %v (pid %d) ended with %d\nstdout: %s\nstderr: %s", filepath.Base(path), args, p.cmd.Process.Pid,
				p.cmd.ProcessState.ExitCode(), tail(p.stdout.String()), tail(p.stderr.String()))
		}
	})
	return p
}

func tail(s string) string {
	const most = 6000
	if len(s) > most {
		return "… " + s[len(s)-most:]
	}
	return s
}

// kill is kill -9. Safe to repeat.
func (p *proc) kill() {
	_ = p.cmd.Process.Kill() // "already finished" is fine
	<-p.done
}

func (p *proc) signal(t testing.TB, sig os.Signal) {
	t.Helper()
	if err := p.cmd.Process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Fatal(err)
	}
}

func (p *proc) running() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// wait waits for the end and gives the exit code, -1 for a signal.
func (p *proc) wait(t testing.TB) int {
	t.Helper()
	return p.waitWithin(t, patience)
}

func (p *proc) waitWithin(t testing.TB, limit time.Duration) int {
	t.Helper()
	deadline := time.NewTimer(limit)
	defer deadline.Stop()
	select {
	case <-p.done:
		return p.cmd.ProcessState.ExitCode()
	case <-deadline.C:
		t.Fatalf("%s still runs after %v\nstdout: %s\nstderr: %s", filepath.Base(p.cmd.Path), limit, tail(p.stdout.String()), tail(p.stderr.String()))
		return -1
	}
}

// environ is a child's environment: what a program needs to run and nothing of
// the developer's own shell.
func environ(extra ...string) []string {
	var env []string
	for _, name := range []string{"PATH", "TMPDIR", "SystemRoot"} {
		if v, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+v)
		}
	}
	return append(env, extra...)
}
