//go:build linux

package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"
)

// round is what one uploader took for one case, once.
type round struct {
	Tool string        `json:"tool"`
	Wall time.Duration `json:"wall"`
	User time.Duration `json:"user"`
	Sys  time.Duration `json:"sys"`
	RSS  int64         `json:"rss"` // bytes, at most
	// Stored is when ours said that all is stored; what follows is the manifest of the drop, which no other writes.
	Stored time.Duration `json:"stored,omitempty"`
	// Signer is the processor time that our signer took meanwhile. Others sign for themselves.
	Signer time.Duration `json:"signer,omitempty"`
}

func (r round) cpu() time.Duration { return r.User + r.Sys }

// measured runs a program to its end. What it prints goes nowhere, but the end of its complaints.
func measured(ctx context.Context, limit time.Duration, cmd command) (round, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	c := exec.CommandContext(ctx, cmd.program, cmd.args...)
	c.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + cmd.home, "TMPDIR=" + cmd.home, "LC_ALL=C.UTF-8"}, cmd.env...)
	said := tail{word: []byte("Stored: ")}
	c.Stderr = &said
	c.WaitDelay = time.Second
	began := time.Now()
	if err := c.Start(); err != nil {
		return round{}, err
	}
	peak := watchMemory(c.Process.Pid)
	err := c.Wait()
	r := round{Wall: time.Since(began), RSS: peak()}
	if ctx.Err() != nil {
		return r, fmt.Errorf("not through after %v: %w", limit, ctx.Err())
	}
	if err != nil {
		return r, fmt.Errorf("%w: %s", err, said.String())
	}
	if !said.heard.IsZero() {
		r.Stored = said.heard.Sub(began)
	}
	r.User, r.Sys = c.ProcessState.UserTime(), c.ProcessState.SystemTime()
	return r, nil
}

// watchMemory asks now and then for a process's peak, until peak is called. (getrusage's would begin with ours: a new
// process shares its parent's memory for a moment.)
func watchMemory(pid int) (peak func() int64) {
	over, most := make(chan struct{}), int64(0)
	var watching sync.WaitGroup
	watching.Go(func() {
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			most = max(most, statusOf(pid, "VmHWM:"))
			select {
			case <-tick.C:
			case <-over:
				return
			}
		}
	})
	return func() int64 {
		close(over)
		watching.Wait()
		return most
	}
}

// statusOf reads a size of /proc/PID/status, in bytes; 0 when there is none any more.
func statusOf(pid int, name string) int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if kib, ok := strings.CutPrefix(line, name); ok {
			n, _ := strconv.ParseInt(strings.Fields(kib)[0], 10, 64)
			return n << 10
		}
	}
	return 0
}

// cpuOf is the processor time a running process has taken.
func cpuOf(pid int) time.Duration {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:])) // proc_pid_stat(5): utime and stime are 14 and 15
	const tick = 10 * time.Millisecond                                        // USER_HZ is 100 on every Linux
	sum := time.Duration(0)
	for _, f := range fields[11:13] {
		n, _ := strconv.Atoi(f)
		sum += time.Duration(n) * tick
	}
	return sum
}

// tail keeps the last of what a program says, and notes when it says a word.
type tail struct {
	kept  []byte
	word  []byte
	heard time.Time
}

func (t *tail) Write(p []byte) (int, error) {
	if t.heard.IsZero() && bytes.Contains(p, t.word) {
		t.heard = time.Now()
	}
	t.kept = append(t.kept, p...)
	if over := len(t.kept) - 1000; over > 0 {
		t.kept = t.kept[over:]
	}
	return len(p), nil
}

func (t *tail) String() string { return strings.TrimSpace(string(t.kept)) }
