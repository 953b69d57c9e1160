package store

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"longshore/uploader"
)

// sample fills a folder with everything a journal can hold, over many transactions, so that the file has free and old
// pages too. It returns the queue and the closed file's bytes.
func sample(t testing.TB, jobs int) (uploader.Queue, []byte) {
	dir := t.TempDir()
	db := mustOpen(t, dir)
	apply(t, db, uploader.SaveVault{Vault: aVault(1)}, uploader.SaveVault{Vault: aVault(2)})
	for b := 1; b <= 4; b++ {
		apply(t, db, uploader.AddBatch{Batch: aBatch(b), Entries: []uploader.Entry{anEntry(b, b), anEntry(b, 100+b)}})
	}
	for n := 1; n <= jobs; n++ {
		b := 1 + n%4
		j := aJob(b, b, n)
		apply(t, db, uploader.AddJob{Job: j})
		if n%2 == 0 {
			a := anAttempt(j, n)
			j = next(j, uploader.Uploading)
			j.Attempt = a.ID
			group := []uploader.Record{uploader.SaveAttempt{Attempt: a}, uploader.UpdateJob{Job: j}}
			for p := int32(1); p < 20; p++ {
				group = append(group, uploader.SavePart{Attempt: a.ID, UploadID: "u", Part: aPart(p)})
			}
			apply(t, db, group...)
			switch n % 8 {
			case 0:
				apply(t, db, uploader.Finish{Job: next(j, uploader.Done), Receipt: aReceipt(j, a.ID, now)})
			case 2:
				j = next(j, uploader.Cancelled)
				j.Attempt = ""
				apply(t, db, uploader.EndAttempt{Attempt: a.ID, Tombstone: &uploader.Tombstone{Attempt: a, Since: now}},
					uploader.UpdateJob{Job: j})
			}
		}
	}
	for b := 1; b <= 4; b++ {
		done := aBatch(b)
		done.Scanning = false
		apply(t, db, uploader.SaveBatch{Batch: done}, uploader.RemoveEntry{Entry: anEntry(b, 100+b)})
	}
	if err := db.SaveSetting(context.Background(), "limits", map[string]int{"parts": 4}); err != nil {
		t.Fatal(err)
	}
	q := mustLoad(t, db)
	mustClose(t, db)
	raw, err := os.ReadFile(filepath.Join(dir, fileQueue))
	if err != nil {
		t.Fatal(err)
	}
	return q, raw
}

// unclean writes a queue.db without its marker: the folder of a program that was killed.
func unclean(t testing.TB, raw []byte) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, fileQueue), raw, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// damage changes a copy of a file in one of the ways disks and power cuts do.
func damage(raw []byte, seed uint64) ([]byte, string) {
	r := rand.New(rand.NewPCG(seed, 1))
	raw = bytes.Clone(raw)
	size := os.Getpagesize()
	used := bytes.TrimRight(raw, "\x00")
	pages := (len(used) + size - 1) / size
	at := r.IntN(pages) * size
	pg := raw[at:min(at+size, len(raw))]
	what := "truncated"
	switch seed % 6 {
	case 0, 1:
		what = "bits flipped"
		for range 1 + r.IntN(8) {
			pg[r.IntN(len(pg))] ^= 1 << r.IntN(8)
		}
	case 2:
		what = "header flipped"
		pg[r.IntN(min(64, len(pg)))] ^= byte(1 + r.IntN(255))
	case 3:
		what = "page zeroed"
		clear(pg)
	case 4:
		what = "page of noise"
		for i := range pg {
			pg[i] = byte(r.Uint32())
		}
	case 5:
		raw = raw[:r.IntN(len(used))]
	}
	return raw, what
}

func TestDamagedFilesAreSalvaged(t *testing.T) {
	const seeds = 240
	q, raw := sample(t, 160)
	original := map[uploader.JobID]uploader.Job{}
	for _, j := range q.Jobs {
		original[j.ID] = j
	}
	var recovered, kept atomic.Int64
	t.Run("seeds", func(t *testing.T) {
		for seed := range uint64(seeds) {
			bad, what := damage(raw, seed)
			t.Run(fmt.Sprintf("%d %s", seed, what), func(t *testing.T) {
				t.Parallel()
				db, got := openDamaged(t, bad)
				if db.Recovered() == nil {
					same(t, got, q)
					return
				}
				recovered.Add(1)
				kept.Add(int64(len(got.Jobs)))
				checkSalvage(t, db, got, original, bad)
			})
		}
	})
	n, back := recovered.Load(), float64(kept.Load())/float64(recovered.Load()*int64(len(original)))
	t.Logf("%d of %d files were damaged where it counts; %.1f %% of their jobs came back", n, seeds, 100*back)
	if n < seeds/4 {
		t.Errorf("only %d files needed a salvage: the damage is too mild to prove anything", n)
	}
	if back < 0.8 {
		t.Error("too few jobs came back")
	}
}

func openDamaged(t *testing.T, raw []byte) (*DB, uploader.Queue) {
	t.Helper()
	db := mustOpen(t, unclean(t, raw))
	got := mustLoad(t, db)
	if _, err := db.History(context.Background(), uploader.HistoryQuery{}); err != nil {
		t.Fatal(err)
	}
	return db, got
}

// checkSalvage holds what was salvaged against what was there.
func checkSalvage(t *testing.T, db *DB, got uploader.Queue, original map[uploader.JobID]uploader.Job, bad []byte) {
	t.Helper()
	r := db.Recovered()
	aside, err := os.ReadFile(db.folder.path(r.SetAside))
	if err != nil || !bytes.Equal(aside, bad) {
		t.Fatalf("the damaged file was not kept as it was: %v", err)
	}
	if r.Jobs != len(got.Jobs) {
		t.Errorf("says %d jobs, has %d", r.Jobs, len(got.Jobs))
	}
	if !r.Unknown && r.Jobs+r.Lost != len(original) {
		t.Errorf("%d jobs and %d lost, of %d", r.Jobs, r.Lost, len(original))
	}
	attempts := map[uploader.AttemptID]bool{}
	for _, a := range got.Attempts {
		attempts[a.ID] = true
	}
	entries := map[uploader.EntryID]uploader.Entry{}
	for _, e := range got.Entries {
		entries[e.ID] = e
	}
	for _, j := range got.Jobs {
		was, known := original[j.ID]
		if !known || j.Path != was.Path || j.RelPath != was.RelPath || j.Batch != was.Batch || j.Entry != was.Entry || j.Size != was.Size {
			t.Fatalf("made up: %+v\nwas %+v", j, was)
		}
		if was.State == uploader.Done && j.State != uploader.Done && !r.Unknown {
			t.Errorf("a finished job would be sent again: %+v", j)
		}
		if j.State == uploader.Uploading && !attempts[j.Attempt] {
			t.Errorf("uploading without an attempt: %+v", j)
		}
		if e := entries[j.Entry]; e.Path != "/data/study" || e.Name != "study" || !e.Dir {
			t.Errorf("entry of %s is %+v", j.ID, e)
		}
	}
	if r.Jobs < len(original) {
		for _, b := range got.Batches {
			if !b.Scanning {
				t.Errorf("jobs are missing but batch %s is not walked again", b.ID)
			}
		}
	}
}

func TestZeroedMetaPagesLoseNoJob(t *testing.T) {
	q, raw := sample(t, 160)
	for name, cut := range map[string][]int{"first": {0}, "second": {1}, "both": {0, 1}} {
		t.Run(name, func(t *testing.T) {
			bad := bytes.Clone(raw)
			for _, n := range cut {
				clear(bad[n*os.Getpagesize() : (n+1)*os.Getpagesize()])
			}
			db, got := openDamaged(t, bad)
			r := db.Recovered()
			if r == nil || !r.Unknown {
				t.Fatalf("recovery is %+v", r)
			}
			if len(got.Jobs) < len(q.Jobs)-1 { // the last transaction may be gone with the newer page
				t.Errorf("%d jobs of %d", len(got.Jobs), len(q.Jobs))
			}
		})
	}
}

func TestRubbishIsSetAside(t *testing.T) {
	for name, raw := range map[string][]byte{"empty": {}, "text": []byte(strings.Repeat("no database ", 4000)), "short": {1}} {
		t.Run(name, func(t *testing.T) {
			db, got := openDamaged(t, raw)
			r := db.Recovered()
			if r == nil || !r.Unknown || r.Jobs != 0 || len(got.Jobs) != 0 {
				t.Fatalf("recovery is %+v", r)
			}
			if aside, err := os.ReadFile(db.folder.path(r.SetAside)); err != nil || !bytes.Equal(aside, raw) {
				t.Errorf("not kept: %v", err)
			}
			if s := r.String(); strings.Contains(s, string(db.folder)) || !strings.Contains(s, r.SetAside) {
				t.Errorf("says %q", s)
			}
		})
	}
}

// flipped changes one bit of job 7's path: another file would be sent.
func flipped(raw []byte) []byte {
	return bytes.ReplaceAll(raw, []byte("/data/study/7.dcm"), []byte("/data/study/6.dcm"))
}

func TestDamageAfterACleanCloseIsSeen(t *testing.T) {
	q, raw := sample(t, 20)
	dir := unclean(t, raw)
	db := mustOpen(t, dir)
	mustClose(t, db)
	if clean, err := folder(dir).isClean(wholeBelow); err != nil || !clean {
		t.Fatalf("clean %v, %v", clean, err)
	}
	if err := os.WriteFile(filepath.Join(dir, fileQueue), flipped(read(t, dir, fileQueue)), 0o600); err != nil {
		t.Fatal(err)
	}
	db = mustOpen(t, dir)
	for _, j := range mustLoad(t, db).Jobs {
		if j.Path != "/data/"+j.RelPath {
			t.Errorf("job %s would send another file", j.ID)
		}
	}
	if r := db.Recovered(); r == nil || r.Jobs != len(q.Jobs)-1 || r.Lost != 1 || r.Unknown {
		t.Errorf("recovery is %+v", r)
	}
}

func TestARecoveryIsToldUntilACleanClose(t *testing.T) {
	_, raw := sample(t, 20)
	dir := unclean(t, raw[:len(raw)/3])
	first := mustOpen(t, dir)
	told := *first.Recovered()
	killed(t, first)
	second := mustOpen(t, dir)
	same(t, second.Recovered(), &told)
	mustClose(t, second)
	if third := mustOpen(t, dir); third.Recovered() != nil {
		t.Error("told again")
	}
}

// killed leaves a folder as the death of the process would, but for what only a real kill does (see kill_test.go).
func killed(t *testing.T, db *DB) {
	t.Helper()
	db.suspect.Store(true)
	mustClose(t, db)
}

func TestAMissingFileIsNotTakenForAFirstStart(t *testing.T) {
	for name, end := range map[string]func(*testing.T, *DB){"closed": func(t *testing.T, db *DB) { mustClose(t, db) }, "killed": killed} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			db := mustOpen(t, dir)
			if db.Recovered() != nil {
				t.Error("a first start tells of a recovery")
			}
			end(t, db)
			if err := os.Remove(filepath.Join(dir, fileQueue)); err != nil {
				t.Fatal(err)
			}
			if db = mustOpen(t, dir); db.Recovered() == nil || db.Recovered().SetAside != "" || !db.Recovered().Unknown {
				t.Errorf("recovery is %+v", db.Recovered())
			}
			mustClose(t, db)
			if db = mustOpen(t, dir); db.Recovered() != nil {
				t.Error("told again")
			}
		})
	}
}

func TestACrashBetweenTheTwoRenamesIsFinished(t *testing.T) {
	_, raw := sample(t, 20)
	dir := unclean(t, raw)
	f := folder(dir)
	if err := salvage(f, "queue.db.damaged-x"); err != nil {
		t.Fatal(err)
	}
	if err := f.rename(fileQueue, "queue.db.damaged-x"); err != nil {
		t.Fatal(err)
	}
	db := mustOpen(t, dir)
	if r := db.Recovered(); r == nil || r.Jobs != 20 || r.Lost != 0 || r.Unknown || r.SetAside != "queue.db.damaged-x" {
		t.Errorf("recovery is %+v", r)
	}
}
