package uploader_test

import (
	"fmt"
	"testing"
	"time"

	"longshore/internal/fault"
	"longshore/uploader"
)

// many makes small files to be dropped one by one.
func (w *world) many(n int) (paths []string) {
	for i := range n {
		paths = append(paths, fmt.Sprintf("/study/%05d.dcm", i))
		w.source.Sparse(paths[i], 80)
	}
	return paths
}

// What 10,000 files dropped one by one are journalled with: no transaction holds them all, for it is held in memory.
func TestALargeDropIsJournalledInSeveralGroups(t *testing.T) {
	inWorld(t, fault.VaultOptions{}, func(w *world) {
		w.vault.Offline(true)
		most := 0
		w.journal.Faults.Add(fault.OpApply, fault.Fault{Repeat: fault.Forever, Only: func(c fault.Call) bool {
			n := len(c.Records)
			for _, r := range c.Records {
				if r, ok := r.(uploader.AddBatch); ok {
					n += len(r.Entries)
				}
			}
			most = max(most, n)
			return true
		}})
		paths := w.many(10_000)
		if n := len(w.add(paths...).Entries); n != len(paths) {
			t.Fatalf("%d entries", n)
		}
		w.until("found", func(s *uploader.Snapshot) bool { return s.Totals.Files == len(paths) && !s.Totals.Scanning })
		if most > 6000 {
			t.Errorf("a group of %d records", most)
		}
	})
}

// A crash while a large drop is journalled: what is kept of it is queued, and no manifest will claim that it was all.
func TestACrashInALargeDropClaimsNothing(t *testing.T) {
	inWorld(t, fault.VaultOptions{}, func(w *world) {
		w.vault.Offline(true)
		var image *fault.Journal
		w.journal.Faults.Add(fault.OpApply, fault.Fault{Only: func(c fault.Call) bool {
			for _, r := range c.Records {
				if r, ok := r.(uploader.SaveBatch); ok && r.Batch.Manifest && r.Batch.Scanning {
					return true
				}
			}
			return false
		}, Before: func() { image = w.journal.Clone() }})
		w.add(w.many(10_000)...)
		w.stop()
		if w.journal = image; image == nil {
			t.Fatal("all of the drop is in one group")
		}
		w.start()
		s := w.until("found", func(s *uploader.Snapshot) bool { return s.Totals.Files > 0 && !s.Totals.Scanning })
		if n := s.Totals.Files; n < 1000 || n >= 10_000 {
			t.Errorf("%d are queued", n)
		}
		q, err := w.journal.Load(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(q.Batches) != 1 || q.Batches[0].Manifest {
			t.Errorf("a manifest of a part: %+v", q.Batches)
		}
	})
}

// The program may end while a drop is journalled: all of it that was found is written, group by group.
func TestAnEndInALargeDropJournalsAllOfIt(t *testing.T) {
	inWorld(t, fault.VaultOptions{}, func(w *world) {
		w.vault.Offline(true)
		begun := make(chan struct{})
		w.journal.Faults.Add(fault.OpApply, fault.Fault{Delay: time.Second, Before: func() { close(begun) }})
		paths := w.many(10_000)
		go func() { _, _ = w.engine.Add(w.t.Context(), vaultID, paths, uploader.KnownSend) }() // what it answers is not what counts
		<-begun
		w.stop()
		q, err := w.journal.Load(w.t.Context())
		if err != nil {
			w.t.Fatal(err)
		}
		if n := len(q.Entries); n != len(paths) {
			w.t.Errorf("%d of %d files are queued", n, len(paths))
		}
		w.start()
	})
}

// Files that are dropped one by one are walked together; one of them that hangs holds up no other.
func TestAFileThatHangsHoldsUpNoOtherOfItsDrop(t *testing.T) {
	inWorld(t, fault.VaultOptions{}, func(w *world) {
		x := w.write("/net/x", 50)
		paths := w.many(300)
		answer, _ := w.source.Hang("/net")
		w.add(append(append(paths[:100:100], "/net/x"), paths[100:]...)...)
		w.soon("the others", 3*time.Minute, func() {
			w.until("stored", func(s *uploader.Snapshot) bool { return s.Totals.FilesDone == len(paths) })
		})
		w.until("its drive does not answer", func(s *uploader.Snapshot) bool {
			e := s.Entries.At(100)
			return e.Name == "x" && e.Code == uploader.CodeDriveHangs
		})
		time.Sleep(time.Hour)
		answer()
		w.settled()
		w.stored("x", x)
		if n := w.engine.Snapshot().Jobs.Len(); n != len(paths)+1 {
			t.Errorf("%d jobs", n)
		}
	})
}
