package ui

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"longshore/ui/words"
	"longshore/uploader"
)

// withStored is a queue of stored files whose receipts are in the history, and of one that is not stored.
func withStored(n int) *fakeQueue {
	q := newFake(fakeVault)
	q.past = somePast(n, fakeVault.ID, time.Now())
	for i, r := range q.past.receipts {
		q.rows = append(q.rows, uploader.EntryRow{
			ID: uploader.EntryID(fmt.Sprint(i)), Vault: fakeVault.ID, Name: words.FileName(&r), Path: r.Path, State: uploader.Done, Files: 1, FilesDone: 1, Bytes: r.Size,
		})
	}
	q.rows = append(q.rows, uploader.EntryRow{ID: "sending", Vault: fakeVault.ID, Name: "late.mov", State: uploader.Uploading, Files: 1})
	return q
}

// Ctrl+C copies the receipts of what is selected: what is in each, and of nothing that is not stored.
func TestReceiptsAreCopied(t *testing.T) {
	r := open(t, withStored(3), Options{})
	r.typed(&fyne.KeyEvent{Name: fyne.KeyHome})
	r.hold(fyne.KeyC, fyne.KeyModifierShortcutDefault)
	r.until("the first is copied", func() bool { return strings.Contains(r.app.Clipboard().Content(), "IM000000.dcm") })
	text := r.app.Clipboard().Content()
	first := r.fake.past.receipts[0]
	for _, part := range []string{first.Checksum, first.Key, r.book.Bytes(first.Size), r.book.Stamp(first.FinishedAt.Local()), r.book.Verified(first.Verified), "Vault: "} {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not in %s", part, text)
		}
	}
	if len(r.fake.past.asked) != 1 || r.fake.past.asked[0].Search != first.Path {
		t.Errorf("asked for %+v", r.fake.past.asked)
	}
	r.hold(fyne.KeyA, fyne.KeyModifierShortcutDefault)
	r.hold(fyne.KeyC, fyne.KeyModifierShortcutDefault)
	r.until("all are copied", func() bool { return strings.Count(r.app.Clipboard().Content(), "CRC64NVME") == 3 })
	if !shown(r)["The receipts of 3 files are copied."] {
		t.Error("nothing says so")
	}
}

func TestWhatHasNoReceiptCopiesNone(t *testing.T) {
	q := withStored(mostReceipts + 1)
	r := open(t, q, Options{})
	r.app.Clipboard().SetContent("before")
	r.CopyReceipt(uploader.Target{Entries: []uploader.EntryID{"sending"}})
	all := uploader.Target{}
	for _, e := range q.rows {
		all.Entries = append(all.Entries, e.ID)
	}
	r.CopyReceipt(all)
	if len(q.past.asked) != 0 || len(r.page.Notices()) != 1 {
		t.Errorf("asked %d times, %d notices", len(q.past.asked), len(r.page.Notices()))
	}
	q.past.receipts = slices.Delete(q.past.receipts, 0, 1) // the history was pruned
	r.CopyReceipt(uploader.Target{Jobs: []uploader.JobID{"J0"}})
	r.until("that is said", func() bool { return len(r.page.Notices()) == 2 })
	if r.app.Clipboard().Content() != "before" {
		t.Errorf("copied: %s", r.app.Clipboard().Content())
	}
}
