package uploader_test

import (
	"fmt"
	"testing"
	"time"

	"longshore/internal/fault"
	"longshore/uploader"
)

// allButOne drops a folder of n files and one more, which it pauses until the others are stored and a minute is over. It
// gives what lets that one go.
func (w *world) allButOne(n int) (batch uploader.BatchID, last uploader.Target) {
	w.t.Helper()
	for i := range n {
		w.write(fmt.Sprintf("/drop/%04d", i), 20)
	}
	w.write("/late", 20)
	added := w.add("/drop", "/late")
	last = uploader.Target{Entries: added.Entries[1:]}
	w.do(uploader.Pause, last)
	w.until("all but one stored", func(s *uploader.Snapshot) bool { return s.Totals.FilesDone >= n })
	time.Sleep(time.Minute)
	return added.Batch, last
}

// While a large drop is being sent its vault looks at what is stored already: when the last file is stored, only what
// came last is left to look at, and each page is asked about once.
func TestManifestPagesAreLookedAtWhileSending(t *testing.T) {
	inWorld(t, fault.VaultOptions{ManifestPage: 100}, func(w *world) {
		batch, late := w.allButOne(1000)
		early := w.vault.Calls(fault.OpBatch)
		if early < 4 || early > 10 {
			t.Errorf("%d of 10 pages were looked at while the drop was being sent", early)
		}
		w.do(uploader.Resume, late)
		w.wrote()
		w.listed(batch, 1001)
		if n := w.vault.Calls(fault.OpBatch); n > 16 { // ten pages, what is left in four or, around a slow file, eight, and the manifest
			t.Errorf("%d calls", n)
		}
	})
}

// What fits into one call is not looked at twice.
func TestManifestOfOneCallHasNoEarlyPages(t *testing.T) {
	inWorld(t, fault.VaultOptions{ManifestPage: 500}, func(w *world) {
		for i := range 500 {
			w.write(fmt.Sprintf("/drop/%04d", i), 20)
		}
		added := w.add("/drop")
		w.wrote()
		w.listed(added.Batch, 500)
		if n := w.vault.Calls(fault.OpBatch); n != 1 {
			t.Errorf("%d calls", n)
		}
	})
}

// An early look that fails is nobody's trouble: the page is looked at when the drop is whole.
func TestManifestEarlyLooksMayFail(t *testing.T) {
	inWorld(t, fault.VaultOptions{ManifestPage: 100}, func(w *world) {
		w.vault.Faults.Add(fault.OpBatch, fault.Fault{Code: uploader.CodeForbidden, Repeat: 1})
		batch, late := w.allButOne(700)
		if w.vault.Calls(fault.OpBatch) < 2 {
			t.Fatal("nothing was looked at early")
		}
		w.do(uploader.Resume, late)
		w.wrote()
		w.listed(batch, 701)
	})
}

// A page that is refused has all pages made anew, of other sizes. What the vault answers later about the old ones says
// nothing of these: a manifest would list some files and leave out others.
func TestManifestForgetsAnswersAboutOldPages(t *testing.T) {
	inWorld(t, fault.VaultOptions{ManifestPage: 100}, func(w *world) {
		batch, late := w.allButOne(700)
		w.vault.Faults.Add(fault.OpBatch, fault.Fault{Code: uploader.CodeForbidden})
		w.vault.Faults.Add(fault.OpBatch, fault.Fault{Delay: 2 * time.Second, Repeat: 2})
		w.do(uploader.Resume, late)
		w.wrote()
		w.listed(batch, 701)
	})
}

// The vault says how large a page is once, while the drop is being sent.
func TestManifestAsksOnceHowLargeAPageIs(t *testing.T) {
	inWorld(t, fault.VaultOptions{ManifestPage: 100}, func(w *world) {
		batch, late := w.allButOne(700)
		w.do(uploader.Resume, late)
		w.wrote()
		w.listed(batch, 701)
		if n := w.vault.Calls(fault.OpCapabilities); n != 1 {
			t.Errorf("asked %d times", n)
		}
	})
}
