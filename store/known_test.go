package store

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"longshore/uploader"
)

// storing is what journals that a job was stored at a moment.
func storing(j uploader.Job, n int, at time.Time) []uploader.Record {
	return []uploader.Record{uploader.AddJob{Job: j},
		uploader.Finish{Job: next(j, uploader.Done), Receipt: aReceipt(j, anAttempt(j, n).ID, at)}, uploader.RemoveJob{Job: j}}
}

func sightOf(j uploader.Job) uploader.Sight {
	return uploader.Sight{Path: j.Path, RelPath: j.RelPath, Size: j.Size, ModTime: j.Fingerprint.ModTime}
}

func knownTo(t *testing.T, db *DB, files ...uploader.Sight) []bool {
	t.Helper()
	known, err := db.Known(context.Background(), aVault(1).ID, files)
	if err != nil {
		t.Fatal(err)
	}
	return known
}

func TestAFileIsKnownByItsPathItsSizeAndItsTime(t *testing.T) {
	dir := memory(t)
	db := mustOpen(t, dir)
	j := aJob(1, 1, 7)
	apply(t, db, storing(j, 7, now)...)
	stored := sightOf(j)
	with := func(change func(*uploader.Sight)) uploader.Sight {
		s := stored
		change(&s)
		return s
	}
	files := []uploader.Sight{
		stored,
		with(func(s *uploader.Sight) { s.Path = "/media/stick/study/7.dcm" }), // the folder on another drive
		with(func(s *uploader.Sight) { s.RelPath = "7.dcm" }),                 // dropped by itself
		with(func(s *uploader.Sight) { s.Path, s.RelPath = "/data/other/7.dcm", "other/7.dcm" }),
		with(func(s *uploader.Sight) { s.Size++ }),
		with(func(s *uploader.Sight) { s.ModTime = s.ModTime.Add(1) }),
		with(func(s *uploader.Sight) { s.ModTime = time.Time{} }),
		sightOf(aJob(1, 1, 8)),
	}
	want := []bool{true, true, true, false, false, false, false, false}
	same(t, knownTo(t, db, files...), want)
	other, err := db.Known(context.Background(), aVault(2).ID, files)
	if err != nil {
		t.Fatal(err)
	}
	same(t, other, make([]bool, len(files)))
	killed(t, db)
	same(t, knownTo(t, mustOpen(t, dir), files...), want)
}

// The index follows the history: it forgets with the last receipt of a file, and comes back with a salvaged one.
func TestAFileIsKnownAsLongAsItsNewestReceipt(t *testing.T) {
	db := mustOpen(t, memory(t))
	j := aJob(1, 1, 7)
	apply(t, db, storing(j, 7, now)...)
	again := j
	again.ID, again.Batch = uploader.JobID(id("J", 8)), aBatch(2).ID
	apply(t, db, storing(again, 8, now.Add(time.Hour))...)
	for _, c := range []struct {
		before  time.Time
		removed int
		known   bool
	}{{now.Add(time.Minute), 1, true}, {now.Add(2 * time.Hour), 1, false}} {
		n, err := db.Prune(context.Background(), c.before, 0)
		if err != nil || n != c.removed {
			t.Fatalf("%d pruned: %v", n, err)
		}
		same(t, knownTo(t, db, sightOf(j)), []bool{c.known})
	}
	n := 0
	err := db.view(context.Background(), func(tx *tx) (err error) {
		n, err = tx.count(kindKnown)
		return err
	})
	if err != nil || n != 0 {
		t.Errorf("%d left in the index: %v", n, err)
	}
}

func TestASalvagedHistoryIsKnown(t *testing.T) {
	dir := memory(t)
	db := mustOpen(t, dir)
	j := aJob(1, 1, 7)
	apply(t, db, storing(j, 7, now)...)
	mustClose(t, db)
	if err := salvage(folder(dir), "aside"); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(dir, fileSalvaged), filepath.Join(dir, fileQueue)); err != nil {
		t.Fatal(err)
	}
	same(t, knownTo(t, mustOpen(t, dir), sightOf(j)), []bool{true})
}

// firstSchema makes of a file one that the first version wrote: without the bucket, and with receipts that have no time.
func firstSchema(t *testing.T, dir string, schema int) {
	t.Helper()
	b, err := bolt.Open(filepath.Join(dir, fileQueue), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = b.Update(func(bt *bolt.Tx) error {
		if err := bt.DeleteBucket([]byte(bucketNames[kindKnown])); err != nil {
			return err
		}
		return newTx(bt).setSchema(schema)
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
}

// A file of schema 1 has no index and is whole without it, also where a crash has it checked first. It gets one, and
// what is stored from then on is known.
func TestAFileOfTheFirstSchemaGetsTheIndex(t *testing.T) {
	q, raw := sample(t, 20)
	dir := unclean(t, raw)
	firstSchema(t, dir, 1)
	db := mustOpen(t, dir)
	if r := db.Recovered(); r != nil {
		t.Fatalf("counts as damage: %s", r)
	}
	same(t, mustLoad(t, db), q)
	if _, err := os.Stat(filepath.Join(dir, backupName(1))); err != nil {
		t.Errorf("no copy from before: %v", err)
	}
	j := aJob(9, 9, 900)
	same(t, knownTo(t, db, sightOf(j)), []bool{false})
	apply(t, db, storing(j, 900, now)...)
	same(t, knownTo(t, db, sightOf(j)), []bool{true})
}

// A file that has lost the index, and not only never had one, is damaged.
func TestAMissingIndexIsDamage(t *testing.T) {
	_, raw := sample(t, 20)
	dir := unclean(t, raw)
	firstSchema(t, dir, 2)
	db := mustOpen(t, dir)
	if db.Recovered() == nil {
		t.Error("nothing was noticed")
	}
	knownTo(t, db, sightOf(aJob(1, 1, 1)))
}

// BenchmarkKnown asks about the 100,000 files of a drop, in the walk's chunks, in a history of a million.
func BenchmarkKnown(b *testing.B) {
	db := mustOpenWith(b, b.TempDir(), Options{})
	db.bolt.NoSync = true
	files := 1_000_000
	for at := 0; at < files; at += 4096 {
		err := db.update(func(t *tx) error {
			for n := at; n < min(at+4096, files); n++ {
				j := timed(n)
				r := aReceipt(j, anAttempt(j, n).ID, now.Add(time.Duration(n)))
				if err := t.addReceipt(&r); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		for at := 0; at < 100_000; at += 512 {
			var chunk []uploader.Sight
			for n := at; n < min(at+512, 100_000); n++ {
				chunk = append(chunk, sightOf(timed(n*10)))
			}
			known, err := db.Known(context.Background(), aVault(1).ID, chunk)
			if err != nil || !known[0] {
				b.Fatal(err, known[0])
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/100_000, "µs/file")
}

func timed(n int) uploader.Job {
	j := aJob(1, 1, n)
	j.RelPath = fmt.Sprintf("study/%d/%d.dcm", n/500, n)
	j.Path = "/data/" + j.RelPath
	j.Fingerprint.ModTime = now.Add(time.Duration(n/3) * time.Second)
	return j
}
