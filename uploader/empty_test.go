package uploader_test

import (
	"testing"
	"time"

	"longshore/internal/fault"
	"longshore/uploader"
)

// Nothing is stored of an empty folder, nor of what goes while it is walked: both are counted with what was dropped, once
// however often it is walked, and that survives a restart. A folder with nothing else in it is done.
func TestEmptyFoldersAreCounted(t *testing.T) {
	inWorld(t, fault.VaultOptions{Latency: time.Millisecond}, func(w *world) {
		data := w.write("/study/a", 50)
		for _, path := range []string{"/study/b", "/study/c/d", "/hollow/x"} {
			w.source.EmptyFolder(path)
		}
		w.source.Vanishing("/study/gone")
		w.vault.Offline(true)
		w.source.EmptyFolder("/bare")
		ids := w.add("/study", "/hollow", "/bare").Entries
		w.until("walked", func(s *uploader.Snapshot) bool { return !s.Totals.Scanning })
		w.add("/study") // unfinished: walked again
		w.until("walked again", func(s *uploader.Snapshot) bool { return !s.Totals.Scanning })
		w.vault.Offline(false)
		for range 2 {
			w.settled()
			if e := entryRow(w, ids[0]); e.Empty != 2 || e.Gone != 1 || e.Files != 1 || !e.Dir || e.State != uploader.Done {
				t.Errorf("the folder: %+v", e)
			}
			if e := entryRow(w, ids[1]); e.Empty != 1 || e.Files != 0 || !e.Dir || e.State != uploader.Done {
				t.Errorf("the hollow one: %+v", e)
			}
			if e := entryRow(w, ids[2]); e.Empty != 0 || e.Files != 0 || !e.Dir || e.State != uploader.Done {
				t.Errorf("the bare one: %+v", e)
			}
			w.crash()
		}
		w.stored("study/a", data)
	})
}
