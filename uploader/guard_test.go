package uploader_test

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"longshore/internal/fault"
	"longshore/uploader"
)

// What the engine spends is counted here and held to bounds, so that a change that makes it spend more is seen at once,
// on any machine: nothing below depends on how fast one is. The bounds stand some way above what is counted today; the
// fakes' own share is in them.
var bounds = []struct {
	name   string
	most   float64
	reason string // what it means when it grows
	count  func(t *testing.T) float64
}{
	{
		"allocations per part", 260, "every part of every upload pays them, and the collector after it: look for a buffer, a closure or a copied list that could be had once per file",
		allocationsPerPart,
	},
	{
		"signing calls per 1,000 parts", 560, "with 4 parts in flight, and a call that takes as long as a part, two parts share a call; one each is a round trip per part",
		func(t *testing.T) float64 { return thousandParts(t).signs },
	},
	{
		"journal commits per 1,000 parts", 560, "a commit is two syncs of the disk; parts that end within 25 ms of one another share it",
		func(t *testing.T) float64 { return thousandParts(t).commits },
	},
	{
		"signing calls per 1,000 files", 20, "100 files go to a call, two calls are under way; each half-empty call is a round trip that a whole study waits for",
		func(t *testing.T) float64 { return thousandFiles(t).signs },
	},
	{
		"journal commits per 1,000 files", 45, "a file is journalled three times: found, about to be sent, stored; a commit is to hold a hundred of these",
		func(t *testing.T) float64 { return thousandFiles(t).commits },
	},
	{
		"journal commits per 1,000 files dropped one by one", 70, "each of them is a walk of its own; if each waits for a commit, 100,000 take a quarter of an hour",
		func(t *testing.T) float64 { t.Helper(); return dropped(t, 1000).commits },
	},
	{
		"allocations per file dropped by itself", 36, "what takes a file in is paid 100,000 times in a large drop: its walk, its look into the history, its records, its row in every snapshot of those seconds",
		allocationsPerDropped,
	},
	{
		"goroutines per 1,000 queued files", 0.5, "what waits in the queue is a record in a heap, and nothing runs for it",
		goroutinesPerThousandFiles,
	},
	{
		"bytes per queued file of a folder", 910, "100,000 of them are 90 MiB: look for a field of job, face or JobRow, a map, or a string that could be shared",
		func(t *testing.T) float64 { return bytesPerFile(t, false) },
	},
	{
		"bytes per queued file dropped by itself", 1610, "the same, and a field of entry or EntryRow",
		func(t *testing.T) float64 { return bytesPerFile(t, true) },
	},
	{
		"rows copied per changed row", 256, "a snapshot shares every page of rows in which nothing changed; else a queue of 100,000 rows is copied ten times a second",
		rowsCopiedPerChange,
	},
}

func TestWhatTheEngineSpends(t *testing.T) {
	for _, b := range bounds {
		t.Run(b.name, func(t *testing.T) {
			n := b.count(t)
			t.Logf("%.1f, of at most %.1f", n, b.most)
			if n > b.most {
				t.Errorf("%s have grown to %.1f, and may be %.1f: %s", b.name, n, b.most, b.reason)
			}
		})
	}
}

// spent is what an upload has cost.
type spent struct {
	allocs, signs, commits float64
	goroutines             int // at most
}

// spend counts what f, which fills the queue, costs until all is stored.
func spend(t *testing.T, f func(w *world)) (s spent) {
	t.Helper()
	inWorld(t, fault.VaultOptions{Latency: 40 * time.Millisecond, Discard: true}, func(w *world) {
		calls := func() (signs, commits int) {
			return w.vault.Calls(fault.OpSignParts) + w.vault.Calls(fault.OpSignObjects), w.journal.Faults.Calls(fault.OpApply)
		}
		signs, commits := calls()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		f(w)
		w.until("stored", func(snap *uploader.Snapshot) bool {
			s.goroutines = max(s.goroutines, runtime.NumGoroutine())
			return ended(snap)
		})
		runtime.ReadMemStats(&after)
		s.allocs = float64(after.Mallocs - before.Mallocs)
		nowSigns, nowCommits := calls()
		s.signs, s.commits = float64(nowSigns-signs), float64(nowCommits-commits)
		if snap := w.engine.Snapshot(); snap.Totals.FilesDone != snap.Totals.Files {
			t.Fatalf("not all is stored: %s", w.describe())
		}
	})
	return s
}

// parts is one file of n parts.
func parts(t *testing.T, n int64) spent {
	t.Helper()
	return spend(t, func(w *world) {
		w.source.Sparse("/film.mov", n*partSize)
		w.add("/film.mov")
	})
}

// files is a folder of n small files.
func files(t *testing.T, n int) spent {
	t.Helper()
	return spend(t, func(w *world) {
		for i := range n {
			w.source.Sparse(fmt.Sprintf("/study/%d.dcm", i), 80)
		}
		w.add("/study")
	})
}

// dropped is n small files, each dropped by itself.
func dropped(t *testing.T, n int) spent {
	t.Helper()
	return spend(t, func(w *world) {
		var paths []string
		for i := range n {
			paths = append(paths, fmt.Sprintf("/study/%d.dcm", i))
			w.source.Sparse(paths[i], 80)
		}
		w.add(paths...)
	})
}

func thousandParts(t *testing.T) spent { t.Helper(); return parts(t, 1000) }
func thousandFiles(t *testing.T) spent { t.Helper(); return files(t, 1000) }

// allocationsPerPart is the slope between a file of 1,000 parts and one of 2,000: what a file costs once is not in it.
func allocationsPerPart(t *testing.T) float64 {
	t.Helper()
	return (parts(t, 2000).allocs - parts(t, 1000).allocs) / 1000
}

// allocationsPerDropped is the slope between 1,000 files dropped one by one and 2,000, until they are in the journal:
// nothing of them is sent.
func allocationsPerDropped(t *testing.T) float64 {
	t.Helper()
	queued := func(n int) (allocs float64) {
		inWorld(t, fault.VaultOptions{}, func(w *world) {
			w.vault.Offline(true)
			paths := w.many(n)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			w.add(paths...)
			w.until("queued", func(s *uploader.Snapshot) bool { return s.Totals.Files == n && !s.Totals.Scanning })
			runtime.ReadMemStats(&after)
			allocs = float64(after.Mallocs - before.Mallocs)
		})
		return allocs
	}
	return (queued(3000) - queued(1000)) / 2000
}

// goroutinesPerThousandFiles is by how many a queue of 3,000 files needs more than one of 1,000.
func goroutinesPerThousandFiles(t *testing.T) float64 {
	t.Helper()
	return float64(files(t, 3000).goroutines-files(t, 1000).goroutines) / 2
}

// bytesPerFile is what an engine keeps in memory of each file of its queue, its row in the snapshot included, but for the
// letters of paths and ids, which are the journal's here.
func bytesPerFile(t *testing.T, single bool) float64 {
	t.Helper()
	const files = 20_000
	journal := fault.NewJournal()
	batch := uploader.Batch{ID: "b", Vault: vaultID, AddedAt: time.Unix(1e9, 0)}
	records := []uploader.Record{uploader.SaveVault{Vault: uploader.Vault{ID: vaultID}}, uploader.AddBatch{Batch: batch}}
	for i := range files {
		name := fmt.Sprintf("%06d.dcm", i)
		entry := uploader.Entry{ID: uploader.EntryID("e" + name), Batch: "b", Path: "/" + name, Name: name, Prefix: name, Walked: true, Order: int64(i)}
		if !single {
			entry.ID = "e"
		}
		if single || i == 0 {
			records = append(records, uploader.SaveEntry{Entry: entry})
		}
		records = append(records, uploader.AddJob{Job: uploader.Job{
			ID: uploader.JobID(name), Batch: "b", Entry: entry.ID, Vault: vaultID, Path: "/" + name, RelPath: name, State: uploader.Queued, Revision: 1,
		}})
	}
	if err := journal.Apply(t.Context(), records); err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	e, err := uploader.New(t.Context(), uploader.Config{Journal: journal, Source: fault.NewSource(), NewID: func() string { return "" }})
	if err != nil {
		t.Fatal(err)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if n := e.Snapshot().Jobs.Len(); n != files {
		t.Fatalf("%d files in the queue", n)
	}
	runtime.KeepAlive(journal)
	return float64(after.HeapAlloc-before.HeapAlloc) / files
}

// rowsCopiedPerChange watches one file being sent beside 3,000 that wait.
func rowsCopiedPerChange(t *testing.T) (most float64) {
	t.Helper()
	inWorld(t, fault.VaultOptions{Latency: 40 * time.Millisecond, Speed: 4000, Discard: true}, func(w *world) {
		for i := range 3000 {
			w.source.Sparse(fmt.Sprintf("/study/%d.dcm", i), 80)
		}
		w.source.Sparse("/film.mov", 200*partSize)
		w.do(uploader.Pause, uploader.Target{Entries: w.add("/study").Entries})
		w.until("all are found", func(s *uploader.Snapshot) bool { return s.Jobs.Len() == 3000 && !s.Totals.Scanning })
		w.add("/film.mov")
		was := w.until("the film is found", func(s *uploader.Snapshot) bool { return s.Jobs.Len() == 3001 })
		looks := 0
		w.until("it is stored", func(now *uploader.Snapshot) bool {
			copied, changed := 0, 0
			for i := range now.Jobs.Changed(was.Jobs) {
				if copied++; *now.Jobs.At(i) != *was.Jobs.At(i) {
					changed++
				}
			}
			if changed > 0 {
				most = max(most, float64(copied)/float64(changed))
				looks++
			}
			was = now
			return now.Totals.FilesDone == 1
		})
		if looks < 10 {
			t.Fatalf("%d changes were seen", looks)
		}
		w.do(uploader.Remove, uploader.Target{All: true})
	})
	return most
}
