package uploader_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"longshore/internal/fault"
	"longshore/uploader"
)

// A folder that is added again while it is unfinished may hold more by now.
func TestAddingAFolderAgainFindsWhatIsNewInIt(t *testing.T) {
	inWorld(t, slow, func(w *world) {
		first := w.write("/d/first", 30*partSize)
		w.add("/d")
		w.parts(4)
		w.crash()
		second := w.write("/d/second", 20)
		w.add("/d")
		w.settled()
		w.stored("d/first", first)
		w.stored("d/second", second)
		w.sentOnce()
	})
}

// Retry of a path that the walk could not take, while that walk still runs, must not lose the path.
func TestRetryDuringTheWalkKeepsThePath(t *testing.T) {
	inWorld(t, fault.VaultOptions{}, func(w *world) {
		w.source.Special("/d/aaa", uploader.CodeSourceUnreadable)
		for i := range 3000 {
			w.write(fmt.Sprintf("/d/f%04d", i), 3)
		}
		w.journal.Delay = time.Second
		e := uploader.Target{Entries: w.add("/d").Entries}
		w.until("it is seen to fail", func(s *uploader.Snapshot) bool { return s.Totals.FilesFailed == 1 && s.Totals.Scanning })
		w.source.Special("/d/aaa", "") // it can be read now
		data := w.write("/d/aaa", 7)
		w.do(uploader.RetryJobs, e)
		w.settled()
		w.stored("d/aaa", data)
		if s := w.engine.Snapshot(); s.Totals.FilesDone != 3001 {
			t.Errorf("%+v", s.Totals)
		}
	})
}

// Cancelled or paused in the middle of its walk, a folder stays so after a crash, and when its neighbour is walked again.
func TestACancelledOrPausedWalkStaysSo(t *testing.T) {
	for _, verb := range []uploader.Verb{uploader.Cancel, uploader.Pause} {
		t.Run(string(verb), func(t *testing.T) {
			inWorld(t, fault.VaultOptions{}, func(w *world) {
				for i := range 3000 {
					w.write(fmt.Sprintf("/a/f%04d", i), 3)
				}
				w.source.Special("/b", uploader.CodeSourceUnreadable)
				w.journal.Delay = time.Second
				added := w.add("/a", "/b")
				a := uploader.Target{Entries: added.Entries[:1]}
				w.until("a is being walked", func(s *uploader.Snapshot) bool { return s.Jobs.Len() >= 512 && s.Totals.Scanning })
				w.do(verb, a)
				w.crash()
				time.Sleep(time.Minute)
				b := w.write("/b/x", 9)
				w.until("b has failed", func(s *uploader.Snapshot) bool { return s.Totals.FilesFailed == 1 && !s.Totals.Scanning })
				w.do(uploader.RetryJobs, uploader.Target{Entries: added.Entries[1:]})
				w.until("b is stored", func(s *uploader.Snapshot) bool { return s.Totals.FilesDone >= 1 && !s.Totals.Scanning })
				w.stored("b/x", b)
				s := w.engine.Snapshot()
				row := *s.Entries.At(0)
				switch verb {
				case uploader.Cancel:
					if row.State != uploader.Cancelled || row.Files != 0 || s.Jobs.Len() > 2500 {
						t.Errorf("%d jobs, %+v", s.Jobs.Len(), row)
					}
				case uploader.Pause:
					if s.Totals.FilesPaused != row.Files-row.FilesDone || row.Files != 3000 || row.State != uploader.Paused {
						t.Errorf("%+v, %+v", s.Totals, row)
					}
					w.do(uploader.Resume, a)
					w.settled()
				}
			})
		})
	}
}

// Removing a folder while it is walked takes all of it away.
func TestRemoveDuringTheWalk(t *testing.T) {
	inWorld(t, fault.VaultOptions{}, func(w *world) {
		for i := range 3000 {
			w.write(fmt.Sprintf("/a/f%04d", i), 3)
		}
		w.journal.Delay = time.Second
		e := uploader.Target{Entries: w.add("/a").Entries}
		w.until("it is being walked", func(s *uploader.Snapshot) bool { return s.Jobs.Len() >= 512 && s.Totals.Scanning })
		w.do(uploader.Remove, e)
		time.Sleep(time.Minute)
		q, err := w.journal.Load(context.WithoutCancel(w.t.Context()))
		if err != nil || len(q.Batches)+len(q.Entries)+len(q.Jobs) != 0 {
			t.Errorf("the journal still holds %d batches, %d entries, %d jobs (%v)", len(q.Batches), len(q.Entries), len(q.Jobs), err)
		}
		if s := w.engine.Snapshot(); s.Jobs.Len() != 0 || s.Totals != (uploader.Totals{}) {
			t.Errorf("%d jobs, %+v", s.Jobs.Len(), s.Totals)
		}
	})
}

// A retry that has to walk first is not "done" for a moment in between: a follower would take the row away.
func TestRetryThatWalksIsNeverShownAsDone(t *testing.T) {
	inWorld(t, fault.VaultOptions{}, func(w *world) {
		w.source.Special("/d", uploader.CodeSourceUnreadable)
		w.journal.Delay = time.Second
		e := uploader.Target{Entries: w.add("/d").Entries}
		w.settled()
		w.source.Remove("/d")
		data := w.write("/d/x", 9)
		w.do(uploader.RetryJobs, e)
		if s := w.engine.Snapshot(); ended(s) || s.Entries.At(0).State.Ended() {
			t.Errorf("right after the retry: %+v", *s.Entries.At(0))
		}
		w.settled()
		w.stored("d/x", data)
	})
}

// Cancelled before anything was found, a folder can be retried.
func TestRetryOfAFolderCancelledInItsWalk(t *testing.T) {
	inWorld(t, fault.VaultOptions{}, func(w *world) {
		data := w.write("/d/x", 9)
		e := uploader.Target{Entries: w.add("/d").Entries}
		w.do(uploader.Cancel, e)
		w.settled()
		w.do(uploader.RetryJobs, e)
		w.settled()
		w.stored("d/x", data)
	})
}

// An idle engine changes the queue and clears uploads away, and starts nothing.
func TestIdleEngineOnlyCancels(t *testing.T) {
	inWorld(t, slow, func(w *world) {
		w.write("/a", 30*partSize)
		other := w.write("/b", 3*partSize)
		a := uploader.Target{Entries: w.add("/a").Entries}
		w.parts(4)
		w.stop()
		w.idle = true
		w.start()
		w.add("/b")
		w.do(uploader.Cancel, a)
		w.until("the upload is cleared away", func(s *uploader.Snapshot) bool { return s.Totals.Aborting == 0 })
		time.Sleep(time.Hour)
		w.nothingOpen()
		if n := w.vault.Calls(fault.OpCreate); n != 1 {
			t.Errorf("%d uploads were created", n)
		}
		w.stop()
		w.idle = false
		w.start()
		w.settled()
		w.stored("b", other)
	})
}
