package uploader_test

import (
	"testing"
	"time"

	"longshore/internal/fault"
	"longshore/uploader"
)

// files are the ids of a drop's files, by their paths.
func (w *world) files() map[string]uploader.JobID {
	ids := map[string]uploader.JobID{}
	for _, j := range w.engine.Snapshot().Jobs.All() {
		ids[j.RelPath] = j.ID
	}
	return ids
}

// takeFiles takes files off their folder.
func (w *world) takeFiles(rel ...string) uploader.Removed {
	w.t.Helper()
	var t uploader.Target
	for _, r := range rel {
		t.Jobs = append(t.Jobs, w.files()[r])
	}
	got, err := w.engine.Remove(w.t.Context(), t)
	if err != nil {
		w.t.Fatal(err)
	}
	return got
}

// hidden are the files that are not to be shown.
func (w *world) hidden() (rel []string) {
	for _, j := range w.engine.Snapshot().Jobs.All() {
		if j.Removed {
			rel = append(rel, j.RelPath)
		}
	}
	return rel
}

// A file that was taken off its folder stays off it: over a restart, a retry of the folder and a walk that is done again.
// What is stored cannot be taken off, and what is left decides how the folder stands. It comes back as it was.
func TestAFileIsTakenOffItsFolder(t *testing.T) {
	inWorld(t, fault.VaultOptions{Latency: time.Millisecond}, func(w *world) {
		e := partlyStored(w)
		before, puts := w.states(), w.vault.Calls(fault.OpPutObject)
		gone := w.takeFiles("study/a", "study/b", "study/c", "study/d", "study/b")
		if gone.Entries != 0 || gone.Files != 3 || gone.Unfinished != 2 || gone.Undo == "" {
			t.Fatalf("removed %+v", gone)
		}
		for range 2 {
			if row := entryRow(w, e); row.State != uploader.Done || row.Files != 1 || row.FilesFailed != 0 || len(w.hidden()) != 3 {
				t.Fatalf("the folder: %+v; hidden %v", row, w.hidden())
			}
			w.do(uploader.RetryJobs, uploader.Target{Entries: []uploader.EntryID{e}})
			w.do(uploader.Resume, uploader.Target{All: true})
			time.Sleep(time.Minute)
		}
		if n := w.restore(gone.Undo); n != 2 {
			t.Errorf("%d came back, want the paused one and the one that failed", n)
		}
		after := w.states()
		if after["study/b"] != before["study/b"] || after["study/d"] != before["study/d"] || len(w.hidden()) != 1 {
			t.Errorf("came back as %v, was %v; hidden %v", after, before, w.hidden())
		}
		if n := w.vault.Calls(fault.OpPutObject); n != puts {
			t.Errorf("%d PUTs more", n-puts)
		}
		w.takeFiles("study/b")
		w.crash()
		time.Sleep(time.Minute)
		if len(w.hidden()) != 2 || w.vault.Calls(fault.OpPutObject) != puts {
			t.Errorf("after a crash hidden %v, %d PUTs", w.hidden(), w.vault.Calls(fault.OpPutObject)-puts)
		}
		w.add("/study") // the user wants all of it after all
		w.until("b and c are stored", func(s *uploader.Snapshot) bool { return s.Totals.FilesDone == 3 })
		if len(w.hidden()) != 0 {
			t.Errorf("hidden %v", w.hidden())
		}
	})
}

// What was under way is cleared away at S3, and sent anew if it comes back.
func TestAFileUnderWayIsTakenOff(t *testing.T) {
	inWorld(t, slow, func(w *world) {
		data := w.write("/take/large", 9*partSize)
		w.write("/take/small", 10)
		w.add("/take")
		w.parts(3)
		gone := w.takeFiles("take/large")
		w.until("it is aborted", func(s *uploader.Snapshot) bool { return s.Totals.Aborting == 0 && s.Totals.Files == 1 })
		if n := w.restore(gone.Undo); n != 1 {
			t.Errorf("%d came back", n)
		}
		w.settled()
		w.stored("take/large", data)
		w.nothingOpen()
		if n := w.restore(gone.Undo); n != 0 {
			t.Error("it was taken back twice")
		}
	})
}
