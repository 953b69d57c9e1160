//go:build linux

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// program is a child under measurement.
type program struct {
	ctx   context.Context // of the case: when its time is over, a program that is stuck says where
	cmd   *exec.Cmd
	out   bytes.Buffer // what it said on stderr
	began time.Time
	done  chan struct{}
}

// launch starts a program with this environment and nothing else of ours but PATH.
func launch(ctx context.Context, env []string, path string, args ...string) (*program, error) {
	p := &program{ctx: ctx, cmd: exec.CommandContext(ctx, path, args...), done: make(chan struct{})}
	p.cmd.Env = append([]string{"PATH=" + os.Getenv("PATH")}, env...)
	p.cmd.Stderr = &p.out
	p.cmd.Cancel = func() error { return p.cmd.Process.Signal(syscall.SIGQUIT) } // a Go program prints its goroutines
	p.cmd.WaitDelay = 20 * time.Second
	p.began = time.Now()
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		defer close(p.done)
		_ = p.cmd.Wait() // how it ended is in ProcessState
	}()
	return p, nil
}

// stop ends the program as its user would. What one said that had to be ended by the time limit goes to stderr.
func (p *program) stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // one that has ended is fine
	<-p.done
	if errors.Is(p.ctx.Err(), context.DeadlineExceeded) {
		_, _ = fmt.Fprintf(os.Stderr, "%s %v was ended by the time limit and said:\n%s\n", filepath.Base(p.cmd.Path), p.cmd.Args[1:], p.out.String())
	}
}

// usage is what a process has used so far.
type usage struct {
	cpu             time.Duration
	rss, anon, peak int64 // bytes; peak is of rss
}

func (p *program) usage() (u usage) {
	dir := fmt.Sprintf("/proc/%d/", p.cmd.Process.Pid)
	stat, err := os.ReadFile(dir + "stat")
	if err != nil {
		return u
	}
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:])) // proc_pid_stat(5): utime and stime are 14 and 15
	const tick = 10 * time.Millisecond                                        // USER_HZ is 100 on every Linux
	for _, f := range fields[11:13] {
		n, _ := strconv.Atoi(f)
		u.cpu += time.Duration(n) * tick
	}
	status, _ := os.ReadFile(dir + "status")
	for line := range strings.Lines(string(status)) {
		name, value, _ := strings.Cut(line, ":")
		n, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
		switch name {
		case "VmRSS":
			u.rss = n << 10
		case "RssAnon":
			u.anon = n << 10
		case "VmHWM":
			u.peak = n << 10
		}
	}
	return u
}

// ran runs a program to its end and gives its wall time, processor time and peak memory.
func ran(ctx context.Context, env []string, path string, args ...string) (wall time.Duration, u usage, err error) {
	p, err := launch(ctx, env, path, args...)
	if err != nil {
		return 0, u, err
	}
	tick := time.NewTicker(5 * time.Millisecond) // its rusage would hold our own memory too, from before the exec
	defer tick.Stop()
	for running := true; running; {
		select {
		case <-p.done:
			running = false
		case <-tick.C:
			u.peak = max(u.peak, p.usage().peak)
		}
	}
	wall = time.Since(p.began)
	state := p.cmd.ProcessState
	if !state.Success() {
		return wall, u, fmt.Errorf("%s %v: %v: %s", filepath.Base(path), args, state, p.out.String())
	}
	u.cpu = state.UserTime() + state.SystemTime()
	return wall, u, nil
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
