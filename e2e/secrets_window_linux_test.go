package e2e

import (
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// TestWindowCrashTellsNoSecrets: a window dies in the middle of a part with all
// its goroutines shown. Neither what it printed, nor the crash file, nor its log
// tells whose file it was, or how to reach storage.
func TestWindowCrashTellsNoSecrets(t *testing.T) {
	s := newSecretRun(t)
	d := newDesktop(t)
	c := &client{state: filepath.Join(s.home, "state"), home: s.home}
	// The window takes the vault that the first upload has added.
	first := c.run(t, "upload", append(s.tokenFile("token"), "--signer", s.URL, "--json", s.small)...)
	first.wantExit(t, 0)
	o := childOptions{env: d.env, dir: d.home}
	win := startProc(t, o, program(t, "longshore"), "--state", c.state)
	d.place(t, win, 500, 20, 740, 660)
	waitFor(t, "the window to own the queue", func() bool { return !win.running() || c.status(t).Running })
	h := newHold()
	s.data.on(partNo(1), 1, fault{holdBodyAt: partSize / 2, holdBody: h})
	guest := c.start(t, "upload", append(s.tokenFile("token"), "--signer", s.URL, "--json", s.large)...)
	h.await(t, "half a part")
	s.look(t, "the window", win)
	win.signal(t, syscall.SIGABRT)
	win.wait(t)
	guest.kill()
	s.data.clear()
	s.settle(t)
	crash := string(readAll(t, filepath.Join(c.state, "crash.log")))
	if !strings.Contains(crash, "goroutine ") || !strings.Contains(win.stderr.String(), "goroutine ") {
		t.Fatalf("no goroutines were shown; the crash file has %d bytes", len(crash))
	}
	came := func() bool { return s.data.count(partNo(1)) > 0 }
	for what, value := range map[string]string{
		"a folder's name": "MUELLER^ANNA_19630412", "a file's name": "Müller, Anna", "a number": "4711-0815", "another name": "Geheim-Befund",
		"the home folder": s.home,
	} {
		s.plant(what, value, came)
	}
	s.plant("the token", s.token, s.saysBearer(s.token))
	everywhere := slices.Concat(s.planted, s.storageSecrets(t), s.uploadIDs())
	wantAllUsed(t, everywhere)
	search(t, "the window's output", []byte(win.stdout.String()+win.stderr.String()), everywhere)
	search(t, "the crash file", []byte(crash), everywhere)
	search(t, "the log", readAll(t, filepath.Join(c.state, "longshore.log")), everywhere)
	s.searchWire(t)
}
