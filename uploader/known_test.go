package uploader_test

import (
	"errors"
	"testing"
	"time"

	"longshore/internal/fault"
	"longshore/uploader"
)

// drop adds paths and asks about what the vault has already.
func (w *world) drop(known uploader.Known, paths ...string) uploader.Added {
	w.t.Helper()
	added, err := w.engine.Add(w.t.Context(), vaultID, paths, known)
	if err != nil {
		w.t.Fatal(err)
	}
	return added
}

// stored puts a folder of two files into the vault, takes its row away, and adds a third file and a changed second.
func storedFolder(w *world) {
	w.write("/study/a", 50)
	w.write("/study/b", 60)
	first := w.drop(uploader.KnownAsk, "/study")
	w.settled()
	w.do(uploader.Remove, uploader.Target{Entries: first.Entries})
	w.write("/study/c", 70)
}

func entryRow(w *world, id uploader.EntryID) uploader.EntryRow {
	w.t.Helper()
	for _, e := range w.engine.Snapshot().Entries.All() {
		if e.ID == id {
			return *e
		}
	}
	w.t.Fatal("no such entry")
	return uploader.EntryRow{}
}

// asked waits until a drop's new files are stored and the others wait for an answer.
func asked(w *world, id uploader.EntryID, known int32) {
	w.t.Helper()
	w.until("it asks", func(s *uploader.Snapshot) bool {
		return !s.Totals.Scanning && s.Totals.FilesPaused == int(known) && s.Totals.FilesDone+int(known) == s.Totals.Files
	})
	if e := entryRow(w, id); e.Asks != known || e.State != uploader.Paused {
		w.t.Fatalf("%d asked, %s", e.Asks, e.State)
	}
}

// What the vault has already is held until the user says, over a restart, a Resume and another drop of the same folder;
// what is new is sent meanwhile.
func TestWhatTheVaultHasWaitsForAnAnswer(t *testing.T) {
	inWorld(t, fault.VaultOptions{Latency: time.Millisecond}, func(w *world) {
		storedFolder(w)
		puts := w.vault.Calls(fault.OpPutObject)
		second := w.drop(uploader.KnownAsk, "/study").Entries[0]
		asked(w, second, 2)
		if j := w.job("study/a"); !j.Known || j.State != uploader.Paused {
			t.Errorf("a is %+v", j)
		}
		if w.job("study/c").Known {
			t.Error("c is new")
		}
		w.do(uploader.Resume, uploader.Target{All: true})
		w.do(uploader.Resume, uploader.Target{Entries: []uploader.EntryID{second}})
		if again := w.drop(uploader.KnownAsk, "/study"); len(again.Resumed) != 1 {
			t.Errorf("%+v", again)
		}
		asked(w, second, 2)
		w.crash()
		asked(w, second, 2)
		if n := w.vault.Calls(fault.OpPutObject); n != puts+1 {
			t.Errorf("%d PUTs, one file is new", n-puts)
		}
	})
}

func TestWhatTheVaultHasIsLeftOutOrSentAgain(t *testing.T) {
	for verb, want := range map[uploader.Verb]struct {
		files, puts int
		left, again int32
	}{
		uploader.LeaveOut:  {files: 1, left: 2, puts: 1},
		uploader.SendAgain: {files: 3, again: 2, puts: 3},
	} {
		t.Run(string(verb), func(t *testing.T) {
			inWorld(t, fault.VaultOptions{Latency: time.Millisecond}, func(w *world) {
				storedFolder(w)
				puts := w.vault.Calls(fault.OpPutObject)
				second := w.drop(uploader.KnownAsk, "/study").Entries
				asked(w, second[0], 2)
				w.do(verb, uploader.Target{Entries: second})
				w.settled()
				e := entryRow(w, second[0])
				if e.Files != want.files || e.LeftOut != want.left || e.Again != want.again || e.Asks != 0 || e.State != uploader.Done {
					t.Errorf("%+v", e)
				}
				w.crash()
				w.settled()
				if e := entryRow(w, second[0]); e.Files != want.files || e.LeftOut != want.left || e.State != uploader.Done {
					t.Errorf("after a crash: %+v", e)
				}
				if n := w.vault.Calls(fault.OpPutObject) - puts; n != want.puts {
					t.Errorf("%d PUTs", n)
				}
			})
		})
	}
}

// A file that changed since is new, and so is one that was sent to another place of the same name.
func TestAChangedFileIsNotHeld(t *testing.T) {
	inWorld(t, fault.VaultOptions{Latency: time.Millisecond}, func(w *world) {
		storedFolder(w)
		time.Sleep(time.Second)
		data := w.write("/study/b", 60) // same size, another time
		id := w.drop(uploader.KnownAsk, "/study").Entries[0]
		asked(w, id, 1)
		if w.job("study/b").State != uploader.Done {
			t.Error("the changed file was held")
		}
		w.do(uploader.LeaveOut, uploader.Target{All: true})
		w.settled()
		w.stored("study/b", data)
	})
}

// Told before, nothing is asked: what is left out is counted, and a drop of which all is left out says so and is over.
func TestWhatTheVaultHasCanBeLeftOutUnasked(t *testing.T) {
	inWorld(t, fault.VaultOptions{Latency: time.Millisecond}, func(w *world) {
		storedFolder(w)
		id := w.drop(uploader.KnownSkip, "/study/a", "/study").Entries
		w.settled()
		if e := entryRow(w, id[0]); e.LeftOut != 1 || e.Files != 0 || e.State != uploader.Done {
			t.Errorf("the file: %+v", e)
		}
		if e := entryRow(w, id[1]); e.LeftOut != 2 || e.Files != 1 || e.State != uploader.Done {
			t.Errorf("the folder: %+v", e)
		}
	})
}

// A walk that is cut off walks again: what it left out is not counted twice.
func TestALeftOutFileIsCountedOnce(t *testing.T) {
	inWorld(t, fault.VaultOptions{Latency: time.Millisecond}, func(w *world) {
		storedFolder(w)
		w.write("/study/d", 80)
		w.vault.Offline(true)
		id := w.drop(uploader.KnownSkip, "/study").Entries
		w.until("walked", func(s *uploader.Snapshot) bool { return !s.Totals.Scanning })
		w.drop(uploader.KnownSkip, "/study") // unfinished: walked again
		w.until("walked again", func(s *uploader.Snapshot) bool { return !s.Totals.Scanning })
		if e := entryRow(w, id[0]); e.LeftOut != 2 || e.Files != 2 {
			t.Errorf("%d left out, %d files", e.LeftOut, e.Files)
		}
		w.vault.Offline(false)
		w.settled()
	})
}

// A journal that cannot tell what is stored asks nothing and leaves nothing out.
func TestWithoutAnIndexEverythingIsSent(t *testing.T) {
	inWorld(t, fault.VaultOptions{Latency: time.Millisecond}, func(w *world) {
		storedFolder(w)
		w.journal.Faults.Add(fault.OpKnown, fault.Fault{Code: uploader.CodeJournalBroken, Repeat: fault.Forever})
		id := w.drop(uploader.KnownAsk, "/study").Entries[0]
		w.settled()
		if e := entryRow(w, id); e.FilesDone != 3 || e.Asks != 0 {
			t.Errorf("%+v", e)
		}
		if _, err := w.journal.Known(t.Context(), vaultID, nil); uploader.CodeOf(err) == "" || errors.Is(err, t.Context().Err()) {
			t.Errorf("the fault did not come: %v", err)
		}
	})
}

// What was stopped while it waited and is retried is meant to be sent.
func TestARetryOfAStoppedQuestionSends(t *testing.T) {
	inWorld(t, fault.VaultOptions{Latency: time.Millisecond}, func(w *world) {
		storedFolder(w)
		id := w.drop(uploader.KnownAsk, "/study").Entries[0]
		asked(w, id, 2)
		w.vault.Offline(true)
		for _, verb := range []uploader.Verb{uploader.Cancel, uploader.RetryJobs, uploader.Pause, uploader.Resume} {
			w.do(verb, uploader.Target{All: true})
		}
		w.vault.Offline(false)
		w.settled()
		if e := entryRow(w, id); e.FilesDone != 3 {
			t.Errorf("%+v", e)
		}
	})
}
