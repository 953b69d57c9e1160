package uploader_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"longshore/internal/fault"
	"longshore/uploader"
)

// wrote waits until nothing is under way and no manifest is wanted any more.
func (w *world) wrote() *uploader.Snapshot {
	w.t.Helper()
	return w.until("the manifest, or none", func(s *uploader.Snapshot) bool { return ended(s) && s.Totals.Manifests == 0 })
}

// batchOf is the drop of an entry.
func (w *world) batchOf(e uploader.EntryID) uploader.BatchID {
	w.t.Helper()
	for _, row := range w.engine.Snapshot().Entries.All() {
		if row.ID == e {
			return row.Batch
		}
	}
	w.t.Fatalf("no entry %s", e)
	return ""
}

// listed checks that a batch's manifest lists n files, all of them in the vault, and that rows and receipts name it.
func (w *world) listed(batch uploader.BatchID, n int) {
	w.t.Helper()
	m, ok := w.vault.Manifest(batch)
	if !ok || len(m.Objects) != n {
		w.t.Fatalf("the manifest lists %d objects, want %d", len(m.Objects), n)
	}
	history, err := w.engine.History(w.t.Context(), uploader.HistoryQuery{Batch: batch})
	if err != nil || len(history) != n {
		w.t.Fatalf("%d receipts, %v", len(history), err)
	}
	for _, r := range history {
		if r.ManifestKey != "manifests/"+string(batch) {
			w.t.Errorf("the receipt of %s names the manifest %q", r.RelPath, r.ManifestKey)
		}
	}
	for _, row := range w.engine.Snapshot().Entries.All() {
		if row.Batch == batch && (row.Manifest != uploader.ManifestStored || row.ManifestKey == "") {
			w.t.Errorf("the row says %q %q", row.Manifest, row.ManifestKey)
		}
	}
}

func TestManifestOfADrop(t *testing.T) {
	inWorld(t, fault.VaultOptions{ManifestPage: 500}, func(w *world) {
		w.write("/drop/large.bin", 3*partSize+5)
		w.write("/drop/s/1", 20)
		w.write("/one", 30)
		added := w.add("/drop", "/one")
		w.wrote()
		w.listed(added.Batch, 3)
		if n := w.vault.Calls(fault.OpBatch); n != 1 {
			t.Errorf("%d calls", n)
		}
		single := w.add("/drop/s/1")
		w.wrote()
		w.listed(single.Batch, 1)
	})
}

func TestManifestInPages(t *testing.T) {
	inWorld(t, fault.VaultOptions{ManifestPage: 3}, func(w *world) {
		for i := range 8 {
			w.write(fmt.Sprintf("/drop/%d", i), 20+i)
		}
		added := w.add("/drop")
		// The second page is refused once by the network, and the tokens once by the vault.
		w.vault.Faults.Add(fault.OpBatch, fault.Fault{}, fault.Fault{Code: uploader.CodeServer}, fault.Fault{Repeat: 1}, fault.Fault{Code: uploader.CodeForbidden})
		w.wrote()
		w.listed(added.Batch, 8)
		if n := w.vault.Calls(fault.OpBatch); n != 3+1+1+3+1 {
			t.Errorf("%d calls", n)
		}
	})
}

func TestNoManifestWhereTheVaultWritesNone(t *testing.T) {
	inWorld(t, fault.VaultOptions{}, func(w *world) {
		w.write("/a", 20)
		w.add("/a")
		w.wrote()
		if row := w.engine.Snapshot().Entries.At(0); row.Manifest != uploader.ManifestNone || row.State != uploader.Done {
			t.Errorf("%+v", row)
		}
		w.crash()
		w.wrote()
		if w.vault.Calls(fault.OpBatch) != 0 || w.vault.Calls(fault.OpCapabilities) != 1 {
			t.Errorf("the vault was asked %d times", w.vault.Calls(fault.OpCapabilities))
		}
	})
}

// A drop of which something is missing has no manifest; what a retry stores after all completes it.
func TestManifestOnlyOfWhatIsWhole(t *testing.T) {
	drop := func(w *world) (uploader.Added, uploader.JobID) {
		w.write("/drop/a", 20)
		w.write("/drop/b", 30)
		w.vault.Faults.Add(fault.OpSignObject, fault.Fault{Code: uploader.CodeRefused, Only: func(c fault.Call) bool { return c.Key[len(c.Key)-1] == 'b' }})
		added := w.add("/drop")
		w.settled()
		if j := w.job("drop/b"); j.State != uploader.Failed {
			w.t.Fatalf("b is %s", j.State)
		}
		time.Sleep(time.Hour)
		if n := w.vault.Manifests(); n != 0 {
			w.t.Fatalf("%d manifests of a drop with a failed file", n)
		}
		return added, w.job("drop/b").ID
	}
	for name, c := range map[string]struct {
		act  func(*world, uploader.Added, uploader.JobID)
		want int
	}{
		"retried": {func(w *world, _ uploader.Added, b uploader.JobID) {
			w.do(uploader.RetryJobs, uploader.Target{Jobs: []uploader.JobID{b}})
		}, 1},
		"cancelled": {func(w *world, _ uploader.Added, b uploader.JobID) {
			w.do(uploader.Cancel, uploader.Target{Jobs: []uploader.JobID{b}})
		}, 0},
		"cancelled and retried": {func(w *world, _ uploader.Added, b uploader.JobID) {
			w.do(uploader.Cancel, uploader.Target{Jobs: []uploader.JobID{b}})
			w.do(uploader.RetryJobs, uploader.Target{Jobs: []uploader.JobID{b}})
		}, 1},
		"removed": {func(w *world, added uploader.Added, _ uploader.JobID) {
			w.do(uploader.Remove, uploader.Target{Entries: added.Entries})
		}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, fault.VaultOptions{ManifestPage: 500}, func(w *world) {
				added, b := drop(w)
				c.act(w, added, b)
				w.settled()
				time.Sleep(time.Hour)
				w.crash()
				time.Sleep(time.Hour)
				if n := w.vault.Manifests(); n != c.want {
					t.Errorf("%d manifests, want %d", n, c.want)
				}
			})
		})
	}
}

// Of two dropped files one is taken out before it is stored: what remains is not what was dropped.
func TestNoManifestOfWhatRemains(t *testing.T) {
	inWorld(t, fault.VaultOptions{ManifestPage: 500}, func(w *world) {
		w.write("/a", 20)
		w.write("/b", 30)
		w.vault.Faults.Add(fault.OpSignObject, fault.Fault{Code: uploader.CodeRefused, Only: func(c fault.Call) bool { return c.Key[len(c.Key)-1] == 'a' }})
		added := w.add("/a", "/b")
		w.settled()
		w.do(uploader.Remove, uploader.Target{Entries: added.Entries[:1]})
		w.do(uploader.RetryJobs, uploader.Target{All: true})
		w.settled()
		time.Sleep(time.Hour)
		if n := w.vault.Manifests(); n != 0 {
			t.Errorf("%d manifests", n)
		}
	})
}

// Rows that are stored may go at once: the manifest is wanted still, across restarts, and blocks nothing.
func TestManifestOutlivesItsRows(t *testing.T) {
	inWorld(t, fault.VaultOptions{ManifestPage: 500}, func(w *world) {
		w.vault.Faults.Add(fault.OpBatch, fault.Fault{Code: uploader.CodeServer, Repeat: fault.Forever})
		w.write("/a", 20)
		added := w.add("/a")
		w.settled()
		batch := w.batchOf(added.Entries[0])
		w.do(uploader.Remove, uploader.Target{Entries: added.Entries})
		if err := w.engine.RemoveVault(w.t.Context(), vaultID); uploader.CodeOf(err) != uploader.CodeBadConfig {
			t.Errorf("the vault was forgotten with a manifest owed: %v", err)
		}
		w.crash()
		time.Sleep(time.Hour)
		if s := w.engine.Snapshot(); s.Totals.Manifests != 1 {
			t.Errorf("%+v", s.Totals)
		}
		w.write("/b", 20)
		w.add("/b")
		w.settled()
		w.vault.Faults.Clear(fault.OpBatch)
		w.wrote()
		w.listed(batch, 1)
	})
}

func TestManifestRefused(t *testing.T) {
	inWorld(t, fault.VaultOptions{ManifestPage: 500}, func(w *world) {
		w.vault.Faults.Add(fault.OpBatch, fault.Fault{Code: uploader.CodeKeyTaken})
		w.write("/a", 20)
		w.add("/a")
		w.wrote()
		if row := w.engine.Snapshot().Entries.At(0); row.Manifest != uploader.ManifestRefused || row.State != uploader.Done {
			t.Errorf("%+v", row)
		}
		w.crash()
		w.wrote()
		if n := w.vault.Calls(fault.OpBatch); n != 1 {
			t.Errorf("asked %d times", n)
		}
	})
}

// What an administrator can mend is asked for again by the next start, and by each until it is mended.
func TestManifestRefusedAndMended(t *testing.T) {
	for _, code := range []uploader.Code{uploader.CodeForbidden, uploader.CodeRefused} {
		inWorld(t, fault.VaultOptions{ManifestPage: 500}, func(w *world) {
			w.vault.Faults.Add(fault.OpBatch, fault.Fault{Code: code, Repeat: fault.Forever})
			w.write("/a", 20)
			batch := w.add("/a").Batch
			refused := func() {
				w.wrote()
				if row := w.engine.Snapshot().Entries.At(0); row.Manifest != uploader.ManifestRefused {
					t.Errorf("%s: %+v", code, row)
				}
			}
			refused()
			w.crash()
			refused()
			w.vault.Faults.Clear(fault.OpBatch)
			w.crash()
			w.wrote()
			w.listed(batch, 1)
		})
	}
}

// Whichever commit is the last before the power goes: the manifest comes, once, and lists all.
func TestManifestKilledAfterEveryCommit(t *testing.T) {
	for k := 1; ; k++ {
		reached := false
		t.Run(fmt.Sprint(k), func(t *testing.T) {
			inWorld(t, fault.VaultOptions{ManifestPage: 2, Latency: 15 * time.Millisecond}, func(w *world) {
				for i := range 5 {
					w.write(fmt.Sprintf("/drop/%d", i), 20+i)
				}
				at := make(chan *fault.Journal, 1)
				w.journal.Faults.Add(fault.OpApply, skip(k-1, fault.Fault{After: func() {
					w.vault.Offline(true)
					at <- w.journal.Clone()
				}})...)
				batch := w.add("/drop").Batch
				w.until("the commit, or the end", func(s *uploader.Snapshot) bool {
					return len(at) > 0 || ended(s) && s.Totals.Manifests == 0 && s.Totals.FilesDone == 5
				})
				w.journal.Faults.Clear(fault.OpApply)
				if reached = len(at) > 0; reached {
					w.crashImage()
					w.journal = <-at
					w.start()
				}
				w.until("the manifest", func(s *uploader.Snapshot) bool {
					return s.Entries.Len() > 0 && s.Entries.At(0).Manifest == uploader.ManifestStored
				})
				w.listed(batch, 5)
			})
		})
		if !reached || t.Failed() {
			if k < 6 {
				t.Errorf("only %d commits", k)
			}
			return
		}
	}
}

// The answer is lost at each call, and the program dies before it asks again.
func TestManifestAnswerLostAndKilled(t *testing.T) {
	for call := range 4 {
		inWorld(t, fault.VaultOptions{ManifestPage: 2}, func(w *world) {
			for i := range 5 {
				w.write(fmt.Sprintf("/drop/%d", i), 20+i)
			}
			var lost atomic.Bool
			w.vault.Faults.Add(fault.OpBatch, skip(call, fault.Fault{DropAnswer: true, After: func() { lost.Store(true) }})...)
			batch := w.add("/drop").Batch
			w.until("the lost answer", func(*uploader.Snapshot) bool { return lost.Load() })
			w.crash()
			w.wrote()
			w.listed(batch, 5)
		})
	}
}
