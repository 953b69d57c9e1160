package e2e

import (
	"path/filepath"
	"testing"

	"longshore/internal/s3test"
	"longshore/signer/api"
)

// TestTheWindowIsOfflineAndBack: the network goes away in the middle of a file. The row says that it waits, asks
// nothing of anybody, and goes on by itself once the network is back.
func TestTheWindowIsOfflineAndBack(t *testing.T) {
	w, c, d := newWire(t, s3test.VersityGW(t)), newClient(t), newDesktop(t)
	film := filepath.Join(c.home, "film.mov")
	makeFile(t, film, 3*partSize+99, 51)
	w.data.pace(20 * mib)
	gate := w.data.stopAt(partSize)
	g := d.glass(t, c, "--signer", w.URL, film)
	gate.await(t, "a part of the film")
	w.toControl.away()
	w.toData.away()
	gate.free()
	g.says(t, "film.mov Waiting for the network", "Waiting 1", "0 of 1 file stored")
	d.settled(t)
	d.keep(t, "offline-1-waiting")
	if got := c.entry(t, film); got != "waiting" {
		t.Errorf("the film is %q", got)
	}
	w.toControl.heal(t)
	w.toData.heal(t)
	g.says(t, "Everything is stored", "Stored 1")
	d.settled(t)
	d.keep(t, "offline-2-back")
	w.wantVault(t, film)
	g.close(t)
}

// TestAFailureIsTriedAgain: the vault does not allow three files. Each says so in its row; one is tried again with the
// keyboard, the rest with a click, and both are stored.
func TestAFailureIsTriedAgain(t *testing.T) {
	r, c, d := newVersity(t), newClient(t), newDesktop(t)
	files := three(t, c)
	forbidden := r.control.on(isOp(api.PathInitUpload), -1, fault{answer: signerSays(api.CodeForbiddenKey)})
	g := d.glass(t, c, append([]string{"--signer", r.URL}, files...)...)
	g.says(t, "Failed 3", "3 files failed", "a.mov "+sentence(t, "forbidden"), "c.mov "+sentence(t, "forbidden"))
	d.settled(t)
	d.keep(t, "failed-1-said")
	for _, f := range files {
		if got := c.entry(t, f); got != "failed" {
			t.Errorf("%s is %q", filepath.Base(f), got)
		}
	}
	r.wantVault(t)
	r.control.mend(forbidden)
	g.key(t, "Down", "Return")
	g.says(t, "Details", "forbidden")
	d.settled(t)
	d.keep(t, "failed-2-details")
	g.key(t, "Escape", "space")
	g.says(t, "a.mov Stored", "Failed 2")
	g.click(t, "Retry all failed (2)")
	g.says(t, "Everything is stored", "Stored 3")
	d.settled(t)
	d.keep(t, "failed-3-stored")
	r.wantVault(t, files...)
	g.close(t)
}

// TestPauseAndResumeInTheWindow: everything is paused with a click; nothing moves, also after a new start; another
// click lets it go on.
func TestPauseAndResumeInTheWindow(t *testing.T) {
	r, c, d := newVersity(t), newClient(t), newDesktop(t)
	files := three(t, c)
	held := r.stuck(".mov")
	g := d.glass(t, c, append([]string{"--signer", r.URL}, files...)...)
	held.await(t, "half a megabyte of a part")
	g.click(t, "Pause all")
	g.says(t, "3 paused", "a.mov Paused", "b.mov Paused", "c.mov Paused")
	r.data.clear()
	r.settle(t)
	d.settled(t)
	d.keep(t, "paused-1")
	g.close(t) // nothing is under way: no question
	before := r.data.count(isOp(opPart))

	g = d.glass(t, c)
	g.says(t, "3 paused", "a.mov Paused")
	if n := r.data.count(isOp(opPart)); n != before {
		t.Errorf("%d parts were sent while all was paused", n-before)
	}
	g.click(t, "Resume all")
	g.says(t, "Everything is stored", "Stored 3")
	d.settled(t)
	d.keep(t, "paused-2-stored")
	r.wantVault(t, files...)
	g.close(t)
}
