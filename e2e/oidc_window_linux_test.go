package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestSignInThroughTheWindow: a file waits in the queue because nobody is signed in. The strip above it says so; its
// button starts the browser; when the person has signed in there, the file goes on by itself.
func TestSignInThroughTheWindow(t *testing.T) {
	r := newOIDC(t)
	d := newDesktop(t)
	opened := filepath.Join(d.home, "opened")
	tools := filepath.Join(d.home, "tools")
	writeFile(t, filepath.Join(tools, "xdg-open"), []byte("#!/bin/sh\nprintf '%s\\n' \"$1\" >> '"+opened+"'\n"))
	check(t, os.Chmod(filepath.Join(tools, "xdg-open"), 0o700))
	d.env = append(d.env, "PATH="+tools+string(os.PathListSeparator)+os.Getenv("PATH"))

	r.signIn(t) // chooses the file for this vault: the test's desktop has no keychain
	r.client.run(t, "sign-out").wantExit(t, 0)
	film := filepath.Join(r.client.home, "film.mov")
	makeFile(t, film, partSize+4321, 95)

	o := childOptions{env: append([]string{"GORACE=halt_on_error=0"}, d.env...), dir: d.home}
	win := startProc(t, o, program(t, filepath.Join("debug", "longshore")), "--signer", r.URL, "--state", r.client.state, film)
	id := d.place(t, win, 100, 20, 1000, 660)
	waitFor(t, "the file to wait for a sign-in", func() bool {
		v := r.client.status(t)
		return !win.running() || len(v.Entries) == 1 && v.Entries[0].State == "waiting"
	})
	d.settled(t)
	d.keep(t, "window-sign-in-1-missing")

	d.do(t, "xdotool", "mousemove", "--window", id, "920", "20", "click", "1")
	var link string
	waitFor(t, "the browser to be started", func() bool {
		data, err := os.ReadFile(opened)
		line, _, whole := strings.Cut(string(data), "\n")
		link = line
		return !win.running() || err == nil && whole
	})
	d.settled(t)
	d.keep(t, "window-sign-in-2-waiting")
	page, err := r.provider.Login(t.Context(), "alice", link)
	if err != nil || !strings.Contains(page, "You are signed in") {
		t.Fatalf("%v: %s", err, page)
	}
	waitFor(t, "the file to be stored", func() bool {
		v := r.client.status(t)
		return !win.running() || v.Done == 1
	})
	waitFor(t, "the window to say so", func() bool { return !win.running() || !strings.Contains(d.titleOf(win), "%") })
	d.settled(t)
	d.keep(t, "window-sign-in-3-done")
	r.note(t)
	found := false
	for _, x := range r.data.exchanges(isOp(opPart)) {
		if !found && strings.HasSuffix(x.Key, "/film.mov") {
			found = true
			wantSameFile(t, r.path(x.Key), film)
		}
	}
	if !found {
		t.Error("no part of the file was sent")
	}
	d.do(t, "wmctrl", "-i", "-c", d.windowOf(win))
	if code := win.wait(t); code != 0 {
		t.Errorf("the window ended with %d", code)
	}
	wantQuiet(t, win)
	r.search(t, "what the window said", []byte(win.stdout.String()+win.stderr.String()))
	r.search(t, "the link", []byte(link))
	r.searchFiles(t)
}
