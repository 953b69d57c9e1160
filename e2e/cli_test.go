package e2e

import (
	"bufio"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// client is a person with a state folder who runs bin/longshore-cli.
type client struct {
	state string
	home  string
	uid   uint32 // not 0: another user than the tests'
}

func newClient(t testing.TB) *client {
	t.Helper()
	dir := t.TempDir()
	return &client{state: filepath.Join(dir, "state"), home: dir}
}

// start runs a command on the client's state folder.
func (c *client) start(t testing.TB, command string, args ...string) *proc {
	t.Helper()
	o := childOptions{env: []string{"HOME=" + c.home}, dir: c.home, uid: c.uid}
	return startProc(t, o, program(t, "longshore-cli"), append([]string{command, "--state", c.state}, args...)...)
}

// run runs a command to its end.
func (c *client) run(t testing.TB, command string, args ...string) *proc {
	t.Helper()
	p := c.start(t, command, args...)
	p.wait(t)
	return p
}

// exitCode is the exit code of a process that has ended.
func (p *proc) exitCode() int { return p.cmd.ProcessState.ExitCode() }

// wantExit fails if a process ended otherwise.
func (p *proc) wantExit(t testing.TB, code int) {
	t.Helper()
	if got := p.wait(t); got != code {
		t.Fatalf("%s %s: exit code %d, want %d\nstdout: %s\nstderr: %s", filepath.Base(p.cmd.Path), strings.Join(p.cmd.Args[1:], " "), got, code,
			tail(p.stdout.String()), tail(p.stderr.String()))
	}
}

// problem is an error as --json shows it.
type problem struct {
	Code     string `json:"code"`
	Sentence string `json:"sentence"`
	Detail   string `json:"detail"`
}

// stored is one object of --json.
type stored struct {
	Path     string   `json:"path"`
	Key      string   `json:"key"`
	Size     int64    `json:"size"`
	Checksum string   `json:"checksum"`
	ETag     string   `json:"eTag"`
	Verified string   `json:"verified"`
	State    string   `json:"state"`
	Error    *problem `json:"error"`
}

// results reads what --json printed: one object a line, with exactly the fields
// of the issue, and nothing else.
func (p *proc) results(t testing.TB) []stored {
	t.Helper()
	want := []string{"checksum", "eTag", "error", "key", "path", "size", "state", "verified"}
	var all []stored
	lines := bufio.NewScanner(strings.NewReader(p.stdout.String()))
	lines.Buffer(nil, mib)
	for lines.Scan() {
		var fields map[string]json.RawMessage
		var s stored
		if err := json.Unmarshal(lines.Bytes(), &fields); err != nil {
			t.Fatalf("--json printed %q: %v", lines.Text(), err)
		}
		if got := slices.Sorted(maps.Keys(fields)); !slices.Equal(got, want) {
			t.Fatalf("the fields are %q, want %q", got, want)
		}
		if err := json.Unmarshal(lines.Bytes(), &s); err != nil {
			t.Fatalf("--json printed %q: %v", lines.Text(), err)
		}
		all = append(all, s)
	}
	return all
}

// result is the one object that --json printed.
func (p *proc) result(t testing.TB) stored {
	t.Helper()
	all := p.results(t)
	if len(all) != 1 {
		t.Fatalf("--json printed %d objects, want 1\nstdout: %s\nstderr: %s", len(all), tail(p.stdout.String()), tail(p.stderr.String()))
	}
	return all[0]
}

// wantDone fails unless the file is stored, proven and complete.
func (s stored) wantDone(t testing.TB, size int64) {
	t.Helper()
	if s.State != "done" || s.Error != nil || s.Size != size || s.Verified != "full-object-crc64nvme" || s.Checksum == "" || s.ETag == "" || s.Key == "" {
		t.Fatalf("the result is %+v (error %+v), want a stored and verified file of %d bytes", s, s.Error, size)
	}
}

// queueView is what status --json prints.
type queueView struct {
	Running  bool  `json:"running"`
	Files    int   `json:"files"`
	Done     int   `json:"done"`
	Failed   int   `json:"failed"`
	Bytes    int64 `json:"bytes"`
	Sent     int64 `json:"sent"`
	Aborting int   `json:"aborting"`
	Entries  []struct {
		ID    string   `json:"id"`
		Path  string   `json:"path"`
		State string   `json:"state"`
		Files int      `json:"files"`
		Done  int      `json:"done"`
		Sent  int64    `json:"sent"`
		Error *problem `json:"error"`
	} `json:"entries"`
}

func (c *client) status(t testing.TB) queueView {
	t.Helper()
	p := c.run(t, "status", "--json")
	p.wantExit(t, 0)
	var v queueView
	if err := json.Unmarshal([]byte(p.stdout.String()), &v); err != nil {
		t.Fatalf("status --json printed %q: %v", p.stdout.String(), err)
	}
	return v
}

// history lists the paths of what was stored.
func (c *client) history(t testing.TB) []string {
	t.Helper()
	p := c.run(t, "history", "--json", "--limit", "0")
	p.wantExit(t, 0)
	var paths []string
	for line := range strings.Lines(p.stdout.String()) {
		var r struct{ Path string }
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatalf("history --json printed %q: %v", line, err)
		}
		paths = append(paths, r.Path)
	}
	return paths
}

// peakMemory follows a process until it ends and gives the most memory it had
// resident, in bytes. (Rusage would not do: Linux hands the parent's peak on.)
func (p *proc) peakMemory(t testing.TB) (peak func() int64) {
	t.Helper()
	var most atomic.Int64
	path := fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for p.running() {
			<-tick.C
			raw, err := os.ReadFile(path)
			if err != nil {
				continue
			}
			for line := range strings.Lines(string(raw)) {
				if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
					kib, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
					most.Store(max(most.Load(), kib<<10))
				}
			}
		}
	}()
	return func() int64 {
		<-ended
		if most.Load() == 0 {
			t.Fatal("the process was never measured")
		}
		return most.Load()
	}
}

// newClientAt is another state folder for files that are in a folder already.
func newClientAt(t testing.TB, home string) *client {
	t.Helper()
	return &client{state: filepath.Join(t.TempDir(), "state"), home: home}
}
