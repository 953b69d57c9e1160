package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"longshore/app"
	"longshore/internal/vaulttest"
	"longshore/store"
	"longshore/uploader"
)

func TestMain(m *testing.M) {
	if store.IsCheckChild() {
		os.Exit(store.CheckMain())
	}
	goleak.VerifyTestMain(m)
}

const patience = 30 * time.Second

// ran is a finished run of the program.
type ran struct {
	code     int
	out, err string
}

func run(t *testing.T, args ...string) ran {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	return runIn(ctx, args...)
}

func runIn(ctx context.Context, args ...string) ran {
	var out, err bytes.Buffer
	c := &cli{out: &out, err: &err, program: "test"}
	code := c.run(ctx, args)
	return ran{code, out.String(), err.String()}
}

func (r ran) want(t *testing.T, code int, words ...string) {
	t.Helper()
	if r.code != code {
		t.Errorf("exit code %d, want %d\n%s%s", r.code, code, r.out, r.err)
	}
	for _, w := range words {
		if !strings.Contains(r.out+r.err, w) {
			t.Errorf("it does not say %q:\n%s%s", w, r.out, r.err)
		}
	}
}

// results reads what --json printed.
func (r ran) results(t *testing.T) map[string]map[string]any {
	t.Helper()
	found := make(map[string]map[string]any)
	for line := range strings.Lines(r.out) {
		var f map[string]any
		if err := json.Unmarshal([]byte(line), &f); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if f["state"] == "left" {
			continue
		}
		for _, key := range []string{"path", "key", "size", "checksum", "eTag", "verified", "state", "error"} {
			if _, ok := f[key]; !ok {
				t.Errorf("%s is missing in %s", key, line)
			}
		}
		found[f["path"].(string)] = f
	}
	return found
}

func stateDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "lsc")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func write(t *testing.T, path string, data []byte) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestWrongUsage(t *testing.T) {
	const signer = "--signer=http://127.0.0.1:1"
	state := "--state=" + stateDir(t)
	for _, c := range []struct {
		args []string
		says string
	}{
		{nil, "Usage:"},
		{[]string{"frobnicate"}, "no command frobnicate"},
		{[]string{"upload", "x"}, "--signer"},
		{[]string{"upload", signer}, "which files"},
		{[]string{"upload", signer, ""}, "empty"},
		{[]string{"upload", signer, "x", "--nope"}, "-nope"},
		{[]string{"upload", "--signer", "http://vault.example.org", "x"}, "https://"},
		{[]string{"upload", "--signer", "ftp://vault.example.org", "x"}, "https://"},
		{[]string{"upload", "--signer", "https://u:p@h", "x"}, "password"},
		{[]string{"upload", signer, "--concurrency", "0", "x"}, "1 to 64"},
		{[]string{"upload", signer, "--concurrency", "65", "x"}, "1 to 64"},
		{[]string{"upload", signer, "--concurrency", "many", "x"}, "concurrency"},
		{[]string{"resume", state, "x"}, "no paths"},
		{[]string{"resume", state, "--concurrency=-1"}, "1 to 64"},
		{[]string{"status", state, "x"}, "no paths"},
		{[]string{"cancel", state}, "--all"},
		{[]string{"cancel", state, "--all", "x"}, "--all"},
		{[]string{"history", state, "x"}, "no paths"},
		{[]string{"history", state, "--limit=-1"}, "--limit"},
		{[]string{"history", state, "--format=xml"}, "csv or json"},
		{[]string{"history", state, "--since=soon"}, "such as 30d"},
		{[]string{"history", state, "--vault=nobody"}, "No vault is called nobody"},
		{[]string{"receipt", state}, "--batch"},
		{[]string{"verify", state, "x"}, "no paths"},
		{[]string{"prune", state, "--keep=0"}, "from 1"},
		{[]string{"prune", state, "--save"}, "--save needs"},
		{[]string{"help", "frobnicate"}, "no command"},
	} {
		r := run(t, c.args...)
		r.want(t, exitUsage, c.says)
		if r.out != "" || strings.Contains(r.err, "u:p") {
			t.Errorf("%q prints %q, %q", c.args, r.out, r.err)
		}
	}
}

func TestHelp(t *testing.T) {
	run(t, "help").want(t, exitStored, "upload", "resume", "status", "cancel", "history", "130")
	run(t, "version").want(t, exitStored, "longshore-cli test")
	for _, c := range commands() {
		run(t, "help", c.name).want(t, exitStored, "longshore-cli "+c.name, "--state DIR")
		run(t, c.name, "--help").want(t, exitStored, "longshore-cli "+c.name, "--state DIR")
	}
}

func TestUpload(t *testing.T) {
	vault := vaulttest.Start(t, vaulttest.Options{})
	state, src := stateDir(t), t.TempDir()
	big := write(t, filepath.Join(src, "big"), bytes.Repeat([]byte("x"), 12<<20))
	slice := write(t, filepath.Join(src, "tree", "a", "1.dcm"), []byte("slice"))
	r := run(t, "upload", big, "--signer", vault.URL, "--json", "--state", state, filepath.Join(src, "tree"))
	r.want(t, exitStored, "Stored: 2 files")
	results := r.results(t)
	for path, data := range map[string]string{big: strings.Repeat("x", 12<<20), slice: "slice"} {
		f := results[path]
		if f["state"] != "done" || f["error"] != nil || f["verified"] != "full-object-crc64nvme" || f["eTag"] == "" || f["checksum"] == "" {
			t.Fatalf("%v", f)
		}
		if string(vault.Object(t, f["key"].(string))) != data || f["size"] != float64(len(data)) {
			t.Errorf("%s differs", filepath.Base(path))
		}
	}
	run(t, "status", "--state", state).want(t, exitStored, "The queue is empty.")
	run(t, "resume", "--state", state).want(t, exitStored, "nothing to resume")
	run(t, "history", "--state", state, "--json", "--limit", "1").want(t, exitStored, `"verified":"full-object-crc64nvme"`)
	run(t, "history", "--state", state).want(t, exitStored, "1.dcm", "12.6 MB")
}

func TestPathsThatAreNoFiles(t *testing.T) {
	vault := vaulttest.Start(t, vaulttest.Options{})
	state, src := stateDir(t), t.TempDir()
	good := write(t, filepath.Join(src, "good"), []byte("x"))
	missing := filepath.Join(src, "missing")
	r := run(t, "upload", "--state", state, "--signer", vault.URL, "--json", good, missing, "smb://nas/x", "--", "--odd")
	r.want(t, exitFailed, uploader.CodeSourceMissing.Sentence(), uploader.CodeNotLocal.Sentence())
	results := r.results(t)
	if results[good]["state"] != "done" || results[missing]["state"] != "failed" || len(results) != 4 {
		t.Errorf("%v", results)
	}
	e, _ := results["smb://nas/x"]["error"].(map[string]any)
	if e["code"] != "not-local" || e["sentence"] == "" {
		t.Errorf("%v", e)
	}
	run(t, "status", "--state", state).want(t, exitStored, "The queue is empty.")
}

func TestAVaultThatCannotBeUsedEndsAtOnce(t *testing.T) {
	vault := vaulttest.Start(t, vaulttest.Options{SignIn: true})
	state := stateDir(t)
	path := write(t, filepath.Join(t.TempDir(), "x"), []byte("x"))
	for _, c := range []struct {
		args []string
		code uploader.Code
	}{
		{[]string{"--signer", vault.URL + "/wrong"}, uploader.CodeWrongAddress},
		{[]string{"--signer", vault.URL, "--token-file", path}, uploader.CodeUnauthorized},
		{[]string{"--signer", strings.Replace(vault.URL, "http:", "https:", 1)}, uploader.CodeWrongAddress},
	} {
		run(t, append([]string{"upload", path, "--state", state}, c.args...)...).want(t, exitFailed, c.code.Sentence())
	}
	run(t, "upload", path, "--state", state, "--signer", vault.URL).want(t, exitFailed, "--token-file")
	run(t, "upload", path, "--state", state, "--signer", "http://127.0.0.1:1").want(t, exitFailed, "nothing was added")
	run(t, "status", "--state", state).want(t, exitStored, "The queue is empty.")
}

func TestASignInThatEndsMidway(t *testing.T) {
	vault := vaulttest.Start(t, vaulttest.Options{SignIn: true})
	state := stateDir(t)
	path := write(t, filepath.Join(t.TempDir(), "x"), []byte("x"))
	vault.Before(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "put-urls") {
			w.WriteHeader(http.StatusUnauthorized)
		}
	})
	r := run(t, "upload", path, "--state", state, "--signer", vault.URL, "--token-file", vault.TokenFile, "--json")
	r.want(t, exitFailed, uploader.CodeUnauthorized.Sentence(), "longshore-cli resume")
	if f := r.results(t)[path]; f["state"] != "waiting" {
		t.Errorf("%v", f)
	}
	run(t, "status", "--state", state, "--json").want(t, exitStored, `"running":false`, `"files":1`, path)
	vault.Before(nil)
	r = run(t, "resume", "--state", state, "--json", "--token-file", vault.TokenFile)
	r.want(t, exitStored)
	if f := r.results(t)[path]; f["state"] != "done" {
		t.Errorf("%v", f)
	}
}

func TestInterruptAndResume(t *testing.T) {
	vault := vaulttest.Start(t, vaulttest.Options{})
	state := stateDir(t)
	path := write(t, filepath.Join(t.TempDir(), "x"), bytes.Repeat([]byte("x"), 6<<20))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var once sync.Once
	vault.Before(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "complete-upload") || strings.HasSuffix(r.URL.Path, "put-urls") {
			once.Do(cancel)
			w.WriteHeader(http.StatusBadGateway)
		}
	})
	r := runIn(ctx, "upload", path, "--state", state, "--signer", vault.URL, "--json")
	r.want(t, exitInterrupted, "longshore-cli resume")
	if r.out != "" {
		t.Errorf("told as finished: %s", r.out)
	}
	vault.Before(nil)
	r = run(t, "upload", path, "--state", state, "--signer", vault.URL, "--json") // the same path resumes
	r.want(t, exitStored)
	f := r.results(t)[path]
	if len(vault.Object(t, f["key"].(string))) != 6<<20 {
		t.Errorf("%v", f)
	}
	run(t, "history", "--state", state, "--json").want(t, exitStored, path)
}

func TestCancel(t *testing.T) {
	vault := vaulttest.Start(t, vaulttest.Options{})
	state, src := stateDir(t), t.TempDir()
	a, b := write(t, filepath.Join(src, "a"), []byte("a")), write(t, filepath.Join(src, "b"), []byte("b"))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var once sync.Once
	vault.Before(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "put-urls") {
			once.Do(cancel)
			w.WriteHeader(http.StatusBadGateway)
		}
	})
	runIn(ctx, "upload", a, b, "--state", state, "--signer", vault.URL).want(t, exitInterrupted)
	run(t, "cancel", "--state", state, a, "nothing").want(t, exitFailed, "called nothing", "Cancelled: 1.")
	r := run(t, "status", "--state", state)
	r.want(t, exitStored, b)
	if strings.Contains(r.out, a+"\n") {
		t.Errorf("still there:\n%s", r.out)
	}
	run(t, "cancel", "--state", state, "--all").want(t, exitStored, "Cancelled: 1.")
	run(t, "status", "--state", state).want(t, exitStored, "The queue is empty.")
}

func TestACommandGoesOnWhenTheOtherLongshoreEnds(t *testing.T) {
	vault := vaulttest.Start(t, vaulttest.Options{})
	state, path := stateDir(t), write(t, filepath.Join(t.TempDir(), "file"), []byte("1"))
	var up atomic.Bool
	vault.Before(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "put-urls") && !up.Load() {
			http.Error(w, "down", http.StatusServiceUnavailable)
		}
	})
	s, err := app.Open(t.Context(), app.Options{StateDir: state})
	if err != nil {
		t.Fatal(err)
	}
	changed, stop := s.Subscribe()
	end := make(chan ran, 1)
	go func() {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		end <- runIn(ctx, "upload", path, "--state", state, "--signer", vault.URL, "--json")
	}()
	for s.Snapshot().Entries.Len() == 0 {
		<-changed
	}
	stop()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	up.Store(true)
	r := <-end
	r.want(t, exitStored)
	if files := r.results(t); len(files) != 1 {
		t.Errorf("%v", files)
	}
}

func TestTwoCommandsOnOneQueue(t *testing.T) {
	vault := vaulttest.Start(t, vaulttest.Options{})
	state, src := stateDir(t), t.TempDir()
	first, second := write(t, filepath.Join(src, "first"), []byte("1")), write(t, filepath.Join(src, "second"), []byte("2"))
	held, hold := make(chan struct{}), make(chan struct{})
	var once sync.Once
	vault.Before(func(_ http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "put-urls") {
			once.Do(func() { close(held) })
			select {
			case <-hold:
			case <-r.Context().Done():
			}
		}
	})
	ends := make(chan ran, 2)
	upload := func(path string) {
		ends <- runIn(t.Context(), "upload", path, "--state", state, "--signer", vault.URL, "--json")
	}
	go upload(first)
	<-held
	run(t, "status", "--state", state).want(t, exitStored, "a Longshore is working on it", first)
	go upload(second)
	s, err := app.Open(t.Context(), app.Options{StateDir: state})
	if err != nil {
		t.Fatal(err)
	}
	changed, stop := s.Subscribe()
	for s.Snapshot().Entries.Len() < 2 {
		<-changed
	}
	stop()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	close(hold)
	handed := 0
	for range 2 {
		r := <-ends
		r.want(t, exitStored)
		for _, f := range r.results(t) {
			if f["state"] != "done" || f["eTag"] == "" {
				t.Errorf("%v", f)
			}
		}
		if strings.Contains(r.err, "Another Longshore is using this queue") {
			handed++
		}
	}
	if handed != 1 {
		t.Errorf("%d commands handed their work over", handed)
	}
}

func TestLimits(t *testing.T) {
	state := stateDir(t)
	run(t, "limits", "--state", state).want(t, exitStored, "Limit:     no limit", "Timetable: off", "Now:       no limit")
	run(t, "limits", "--state", state, "--limit", "5MB/s").want(t, exitStored, "Limit:     5 MB/s", "Now:       5 MB/s")
	r := run(t, "limits", "--state", state, "--timetable", "Mon – Fri 08:00-18:00: 20 Mbit/s; daily: pause", "--json")
	r.want(t, exitStored, `"concurrency":"auto","limit":"5 MB/s","timetable":"weekdays 8-18: 2.5 MB/s; daily: pause","now":"pause","until":null`)
	other, err := app.Open(t.Context(), app.Options{StateDir: state}) // another Longshore obeys at once
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := other.Close(); err != nil {
			t.Error(err)
		}
	}()
	run(t, "limits", "--state", state, "--timetable", "off").want(t, exitStored, "Timetable: off", "Now:       5 MB/s")
	if got := other.Snapshot().Totals.Limit; got != 5e6 {
		t.Errorf("the owner holds %v", got)
	}
	run(t, "limits", "--state", state, "--concurrency", "12").want(t, exitStored, "At once:   at most 12 parts")
	if l, err := other.Limits(t.Context()); err != nil || l.Parts != 12 || l.PartsPerFile != 12 {
		t.Errorf("%+v, %v", l, err)
	}
	run(t, "limits", "--state", state, "--concurrency=auto").want(t, exitStored, "At once:   auto")
	for text, says := range map[string]string{
		"--concurrency=65": "1 to 64, or auto",
		"--limit=fast":     "“fast” is no speed", "--limit=5 mb/s": "Mbit/s for megabits", "--limit=1 kB/s": "out of range",
		"--timetable=weekdays 8-18": "has no speed", "--timetable=moday: pause": "“moday” is no day", "x": "takes no paths",
	} {
		run(t, "limits", "--state", state, text).want(t, exitUsage, says)
	}
}
