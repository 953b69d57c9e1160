package oidctest

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// settings are the provider's half of the same type, field by field.
type settings struct {
	Listen        string        `json:"listen"`
	ClientID      string        `json:"clientId"`
	RedirectPaths []string      `json:"redirectPaths"`
	Audience      string        `json:"audience"`
	OnRequest     bool          `json:"onRequest"`
	OpaqueAccess  bool          `json:"opaqueAccess"`
	AccessLife    time.Duration `json:"accessLife"`
	IDLife        time.Duration `json:"idLife"`
	RefreshLife   time.Duration `json:"refreshLife"`
	Users         []account     `json:"users"`
	Keys          []string      `json:"keys"`
	Outage        bool          `json:"outage"`
	Revoked       []string      `json:"revoked"`
}

type account struct {
	Name     string         `json:"name"`
	Password string         `json:"password"`
	Subject  string         `json:"subject"`
	Claims   map[string]any `json:"claims"`
}

// start runs the program. It ends when its standard input does, which the
// system sees to even if this process is killed.
func (p *Provider) start(t testing.TB) {
	t.Helper()
	path := program(t)
	p.mu.Lock()
	defer p.mu.Unlock()
	input, err := json.Marshal(p.completeLocked())
	if err != nil {
		t.Fatalf("oidctest: %v", err)
	}
	cmd := exec.Command(path) //nolint:noctx // the closing of its input ends it
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatalf("oidctest: %v", err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatalf("oidctest: %v", err)
	}
	var log bytes.Buffer
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		t.Fatalf("oidctest: %v", err)
	}
	_, err = stdin.Write(append(input, '\n'))
	line, rerr := bufio.NewReader(stdout).ReadString('\n')
	issuer, ready := strings.CutPrefix(strings.TrimSpace(line), "ready ")
	p.end = sync.OnceFunc(func() {
		_ = stdin.Close() // it may be gone already
		_, _ = io.Copy(io.Discard, stdout)
		_ = cmd.Wait()
		if t.Failed() && log.Len() > 0 {
			t.Logf("oidctest: log of the provider:\n%s", log.String())
		}
	})
	if err != nil || rerr != nil || !ready {
		p.end()
		t.Fatalf("oidctest: the provider did not start: %v %v\n%s", err, rerr, log.String())
	}
	p.Issuer, p.s.Listen = issuer, strings.TrimPrefix(issuer, "http://")
}

func (p *Provider) stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.end != nil {
		p.end()
	}
}

// change alters the settings and tells the process.
func (p *Provider) change(t testing.TB, alter func(*settings)) {
	t.Helper()
	p.mu.Lock()
	alter(&p.s)
	body, err := json.Marshal(p.completeLocked())
	p.mu.Unlock()
	if err != nil {
		t.Fatalf("oidctest: %v", err)
	}
	p.control(t, http.MethodPut, "/control/settings", body)
}

// Requests is how often a path of the provider was asked for, as "/keys".
func (p *Provider) Requests(t testing.TB, path string) int {
	t.Helper()
	var counts map[string]int
	if err := json.Unmarshal(p.control(t, http.MethodGet, "/control/counts", nil), &counts); err != nil {
		t.Fatalf("oidctest: %v", err)
	}
	return counts[path]
}

func (p *Provider) control(t testing.TB, method, path string, body []byte) []byte {
	t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), method, p.Issuer+path, bytes.NewReader(body))
	if err != nil {
		t.Fatalf("oidctest: %v", err)
	}
	resp, err := p.http.Do(req)
	if err != nil {
		t.Fatalf("oidctest: %v", err)
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("oidctest: %s: %d %v %s", path, resp.StatusCode, err, answer)
	}
	return answer
}

// building keeps the tests of one process from building the program twice.
var building sync.Mutex

// program builds the provider once for each state of its sources, into the
// clone's own cache, and gives its path.
func program(t testing.TB) string {
	t.Helper()
	_, self, _, ok := runtime.Caller(0)
	if !ok || !filepath.IsAbs(self) {
		t.Fatal("oidctest: built with -trimpath; the provider's sources cannot be found")
	}
	here := filepath.Dir(self)
	source := filepath.Join(here, "provider")
	dir := filepath.Join(here, "..", "..", ".cache", "oidctest")
	path := filepath.Join(dir, "provider-"+fingerprint(t, source))
	if runtime.GOOS == "windows" {
		path += ".exe"
	}
	building.Lock()
	defer building.Unlock()
	if _, err := os.Stat(path); err == nil {
		return path
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatalf("oidctest: %v", err)
	}
	fresh := filepath.Join(t.TempDir(), "provider")
	build := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-buildvcs=false", "-o", fresh, ".")
	build.Dir = source
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("oidctest: build the provider: %v\n%s", err, out)
	}
	install(t, fresh, path)
	return path
}

// install puts the program where all test processes find it, whole or not at
// all: another process may be doing the same.
func install(t testing.TB, fresh, path string) {
	t.Helper()
	data, err := os.ReadFile(fresh)
	if err != nil {
		t.Fatalf("oidctest: %v", err)
	}
	f, err := os.CreateTemp(filepath.Dir(path), "new-*")
	if err != nil {
		t.Fatalf("oidctest: %v", err)
	}
	_, err = f.Write(data)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Chmod(f.Name(), 0o700)
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if _, serr := os.Stat(path); err != nil && serr != nil {
		t.Fatalf("oidctest: %v", err)
	}
}

// fingerprint names a state of the sources and of the Go that builds them.
func fingerprint(t testing.TB, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatalf("oidctest: %v", err)
	}
	sum := sha256.New()
	_, _ = io.WriteString(sum, runtime.Version())
	for _, e := range entries {
		if !slices.Contains([]string{".go", ".mod", ".sum"}, filepath.Ext(e.Name())) {
			continue
		}
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatalf("oidctest: %v", err)
		}
		_, _ = io.WriteString(sum, e.Name())
		_, _ = sum.Write(data)
	}
	return hex.EncodeToString(sum.Sum(nil)[:8])
}
