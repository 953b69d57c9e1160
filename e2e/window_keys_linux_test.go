package e2e

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// three makes three files that are sent in parts.
func three(t testing.TB, c *client) (files []string) {
	t.Helper()
	for i, name := range []string{"a.mov", "b.mov", "c.mov"} {
		files = append(files, filepath.Join(c.home, name))
		makeFile(t, files[i], partSize+int64(1000+i), uint64(40+i))
	}
	return files
}

// stuck lets every part of a file stop halfway.
func (r *rig) stuck(name string) *hold {
	h := newHold()
	r.data.on(func(x exchange) bool { return x.Op == opPart && strings.HasSuffix(x.Key, name) }, -1, fault{holdBodyAt: mib / 2, holdBody: h})
	return h
}

// TestTheKeyboardIsEnough: no mouse. Files are chosen with a shortcut; in the queue one is paused and goes on, one is
// removed after a question; the others are stored; the window is closed.
func TestTheKeyboardIsEnough(t *testing.T) {
	r, c, d := newVersity(t), newClient(t), newDesktop(t)
	files := three(t, c)
	d.chooser(t, files...)
	g := d.glass(t, c, "--signer", r.URL)
	held := r.stuck(".mov")

	g.key(t, "ctrl+o")
	held.await(t, "half a megabyte of a part")
	g.says(t, "All 3", "a.mov", "b.mov", "c.mov")
	g.key(t, "Down", "space") // the first key goes to the list, and selects its first row
	g.says(t, "a.mov Paused")
	if got := c.entry(t, files[0]); got != "paused" {
		t.Errorf("the first file is %q", got)
	}
	sent := regexp.MustCompile(`c\.mov Sending part \d of 2 [1-9]\d* %`)
	g.until(t, "some of the last file to be sent", func(s shown) bool { return sent.MatchString(s.read()) })
	g.key(t, "End", "Delete")
	g.says(t, "Remove from the list?", "c.mov is not stored yet. What was sent so far is thrown away.")
	d.settled(t)
	d.keep(t, "keyboard-1-question")
	g.key(t, "Tab", "Tab", "space")
	g.until(t, "the row to be gone", func(s shown) bool { return s.Rows == 2 && s.says("1 item was removed before it was stored.") })
	d.settled(t)
	d.keep(t, "keyboard-2-paused")
	g.key(t, "Home", "space")
	held.free()
	g.says(t, "Everything is stored", "Stored 2")
	d.settled(t)
	d.keep(t, "keyboard-3-done")
	if n := len(c.history(t)); n != 2 {
		t.Errorf("the history has %d files, want 2", n)
	}
	waitFor(t, "the removed file's upload to be aborted", func() bool { return c.status(t).Aborting == 0 })
	r.wantVault(t, files[:2]...)
	g.close(t)
}
