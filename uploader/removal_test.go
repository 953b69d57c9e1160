package uploader_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"longshore/internal/fault"
	"longshore/uploader"
)

// take removes entries and returns what takes that back.
func (w *world) take(entries ...uploader.EntryID) uploader.Removed {
	w.t.Helper()
	got, err := w.engine.Remove(w.t.Context(), uploader.Target{Entries: entries})
	if err != nil {
		w.t.Fatal(err)
	}
	return got
}

func (w *world) restore(undo string) int {
	w.t.Helper()
	n, err := w.engine.Restore(w.t.Context(), undo)
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// states are those of all files, by their paths.
func (w *world) states() map[string]uploader.State {
	states := map[string]uploader.State{}
	for _, j := range w.engine.Snapshot().Jobs.All() {
		states[j.RelPath] = j.State
	}
	return states
}

// partlyStored is a folder of which one file is stored, one is paused, one was stopped and one has failed.
func partlyStored(w *world) uploader.EntryID {
	for _, name := range []string{"a", "b", "c"} {
		w.write("/study/"+name, 50)
	}
	w.source.Special("/study/d", uploader.CodeNotRegular)
	w.vault.Offline(true)
	e := w.add("/study").Entries[0]
	w.until("walked", func(s *uploader.Snapshot) bool { return !s.Totals.Scanning })
	ids := map[string]uploader.JobID{}
	for _, j := range w.engine.Snapshot().Jobs.All() {
		ids[j.RelPath] = j.ID
	}
	w.do(uploader.Pause, uploader.Target{Jobs: []uploader.JobID{ids["study/b"]}})
	w.do(uploader.Cancel, uploader.Target{Jobs: []uploader.JobID{ids["study/c"]}})
	w.vault.Offline(false)
	w.until("a is stored", func(s *uploader.Snapshot) bool { return s.Totals.FilesDone == 1 && s.Totals.FilesPaused == 1 })
	return e
}

// A removed folder comes back as it was: what was stored is not sent again, what was paused sends nothing, what was
// stopped or had failed is so again. That holds over a restart too.
func TestARemovalIsTakenBackAsItWas(t *testing.T) {
	inWorld(t, fault.VaultOptions{Latency: time.Millisecond}, func(w *world) {
		e := partlyStored(w)
		before, puts := w.states(), w.vault.Calls(fault.OpPutObject)
		want := map[string]uploader.State{
			"study/a": uploader.Done, "study/b": uploader.Paused, "study/c": uploader.Cancelled, "study/d": uploader.Failed,
		}
		if fmt.Sprint(before) != fmt.Sprint(want) {
			t.Fatalf("before: %v", before)
		}
		gone := w.take(e)
		if gone.Entries != 1 || gone.Unfinished != 1 || gone.Undo == "" || w.engine.Snapshot().Jobs.Len() != 0 {
			t.Fatalf("removed %+v", gone)
		}
		if n := w.restore(gone.Undo); n != 1 {
			t.Fatalf("%d came back", n)
		}
		for range 2 {
			time.Sleep(time.Minute)
			if got := w.states(); fmt.Sprint(got) != fmt.Sprint(before) {
				t.Errorf("came back as %v, was %v", got, before)
			}
			w.crash()
		}
		if n := w.vault.Calls(fault.OpPutObject); n != puts {
			t.Errorf("%d PUTs more", n-puts)
		}
		w.do(uploader.Resume, uploader.Target{All: true})
		w.until("b is stored", func(s *uploader.Snapshot) bool { return s.Totals.FilesDone == 2 })
		if n := w.vault.Calls(fault.OpPutObject); n != puts+1 {
			t.Errorf("%d PUTs more, want one", n-puts)
		}
		if n := w.restore(gone.Undo); n != 0 {
			t.Error("it was taken back twice")
		}
	})
}

// What was under way is cleared away at S3 and sent anew; a drop that comes back whole still gets its manifest.
func TestARemovalUnderWayIsTakenBack(t *testing.T) {
	inWorld(t, slow, func(w *world) {
		data, late := w.write("/file.bin", 9*partSize), w.write("/late", 9*partSize)
		e := w.add("/file.bin", "/late").Entries
		w.parts(3)
		gone := w.take(e...)
		if gone.Entries != 2 {
			t.Errorf("%+v", gone)
		}
		w.until("it is aborted", func(s *uploader.Snapshot) bool { return s.Totals.Aborting == 0 })
		w.restore(gone.Undo)
		w.settled()
		w.stored("file.bin", data)
		w.stored("late", late)
		w.nothingOpen()
		q, err := w.journal.Load(t.Context())
		if err != nil || len(q.Batches) != 1 || !q.Batches[0].Manifest {
			t.Errorf("batches %+v, %v", q.Batches, err)
		}
	})
}

// A folder that was removed while it was walked is walked when it comes back: no file is missing.
func TestARemovalDuringTheWalkIsTakenBack(t *testing.T) {
	inWorld(t, fault.VaultOptions{Latency: time.Millisecond}, func(w *world) {
		const files = 5000
		for n := range files {
			w.write(fmt.Sprintf("/study/%04d", n), 10)
		}
		w.journal.Delay = 50 * time.Millisecond
		e := w.add("/study").Entries[0]
		w.until("some are found", func(s *uploader.Snapshot) bool { return s.Totals.Scanning && s.Jobs.Len() > 0 })
		gone := w.take(e)
		w.restore(gone.Undo)
		w.settled()
		if row := entryRow(w, e); row.FilesDone != files {
			t.Errorf("%d of %d files are stored", row.FilesDone, files)
		}
		w.sentOnce()
	})
}

// S3 has confirmed a file, and the journal is about to know: it comes back as stored.
func TestARemovalOfWhatIsBeingJournalledIsTakenBack(t *testing.T) {
	inWorld(t, fault.VaultOptions{Latency: time.Millisecond}, func(w *world) {
		w.journal.Delay = time.Second
		w.write("/small", 50)
		var confirmed atomic.Bool
		w.vault.Faults.Add(fault.OpPutObject, fault.Fault{After: func() { confirmed.Store(true) }})
		e := w.add("/small").Entries[0]
		for !confirmed.Load() {
			time.Sleep(time.Millisecond)
		}
		time.Sleep(100 * time.Millisecond)
		gone := w.take(e)
		if gone.Undo != "" {
			w.restore(gone.Undo)
			w.settled()
		}
		if n := w.vault.Calls(fault.OpPutObject); n != 1 {
			t.Errorf("%d PUTs", n)
		}
	})
}

// After half an hour, after a restart, and where it would send the same file twice, nothing comes back.
func TestARemovalIsNotTakenBackForEver(t *testing.T) {
	inWorld(t, fault.VaultOptions{Latency: time.Millisecond}, func(w *world) {
		w.write("/one", 50)
		w.vault.Offline(true)
		gone := w.take(w.add("/one").Entries...)
		time.Sleep(31 * time.Minute)
		if n := w.restore(gone.Undo); n != 0 {
			t.Errorf("%d came back after 31 minutes", n)
		}
		gone = w.take(w.add("/one").Entries...)
		w.add("/one")
		if n := w.restore(gone.Undo); n != 1 || w.engine.Snapshot().Entries.Len() != 1 {
			t.Errorf("%d came back, %d in the queue", n, w.engine.Snapshot().Entries.Len())
		}
		gone = w.take(w.engine.Snapshot().Entries.At(0).ID)
		w.crash()
		if n := w.restore(gone.Undo); n != 0 {
			t.Errorf("%d came back after a restart", n)
		}
	})
}

// What is stored or was stopped as a whole is not offered.
func TestARemovalOfWhatEndedIsNotOffered(t *testing.T) {
	inWorld(t, fault.VaultOptions{Latency: time.Millisecond}, func(w *world) {
		w.write("/one", 50)
		first := w.add("/one").Entries
		w.settled()
		w.vault.Offline(true)
		w.write("/two", 50)
		second := w.add("/two").Entries
		w.do(uploader.Cancel, uploader.Target{Entries: second})
		if gone := w.take(first[0], second[0], first[0]); gone.Entries != 2 || gone.Unfinished != 0 || gone.Undo != "" {
			t.Errorf("%+v", gone)
		}
	})
}

// All of a drop was about to be journalled as stored when it was removed: it comes back stored, and gets its manifest.
// (The simulation's seed 381.)
func TestADropThatComesBackStoredGetsItsManifest(t *testing.T) {
	inWorld(t, fault.VaultOptions{Latency: time.Millisecond, ManifestPage: 500}, func(w *world) {
		w.journal.Delay = time.Second
		w.write("/small", 50)
		var confirmed atomic.Bool
		w.vault.Faults.Add(fault.OpPutObject, fault.Fault{After: func() { confirmed.Store(true) }})
		e := w.add("/small").Entries[0]
		for !confirmed.Load() {
			time.Sleep(time.Millisecond)
		}
		time.Sleep(100 * time.Millisecond)
		gone := w.take(e)
		if gone.Undo == "" {
			t.Fatal("it was journalled before it was removed")
		}
		w.restore(gone.Undo)
		w.wrote()
		w.listed(w.batchOf(e), 1)
	})
}
