package store

import (
	"context"
	"fmt"
	"testing"
	"time"

	"longshore/uploader"
)

const manyJobs = 100_000

// addMany adds jobs as the engine does: in groups of 128, each of its own batch's entry.
func addMany(b *testing.B, db *DB, jobs int) {
	b.Helper()
	apply(b, db, uploader.AddBatch{Batch: aBatch(1), Entries: []uploader.Entry{anEntry(1, 1)}})
	var group []uploader.Record
	for n := 1; n <= jobs; n++ {
		group = append(group, uploader.AddJob{Job: aJob(1, 1, n)})
		if len(group) == 128 || n == jobs {
			apply(b, db, group...)
			group = group[:0]
		}
	}
}

// BenchmarkAdd100k is 100,000 files dropped (DESIGN §7: in the journal in at most 3 s), two syncs a group.
func BenchmarkAdd100k(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		db := mustOpen(b, b.TempDir())
		b.StartTimer()
		addMany(b, db, manyJobs)
		b.StopTimer()
		mustClose(b, db)
		b.StartTimer()
	}
}

func BenchmarkLoad100k(b *testing.B) {
	db := mustOpen(b, b.TempDir())
	addMany(b, db, manyJobs)
	b.ReportAllocs()
	for b.Loop() {
		if q := mustLoad(b, db); len(q.Jobs) != manyJobs {
			b.Fatal(len(q.Jobs))
		}
	}
}

// BenchmarkOpen100k is a start: after a clean Close, and after a kill, when a child checks the file.
func BenchmarkOpen100k(b *testing.B) {
	dir := b.TempDir()
	db := mustOpen(b, dir)
	addMany(b, db, manyJobs)
	mustClose(b, db)
	for _, clean := range []bool{true, false} {
		b.Run(map[bool]string{true: "clean", false: "killed"}[clean], func(b *testing.B) {
			for b.Loop() {
				db := mustOpen(b, dir)
				b.StopTimer()
				db.suspect.Store(!clean)
				mustClose(b, db)
				b.StartTimer()
			}
		})
	}
}

func BenchmarkRemoveEntryAmong100k(b *testing.B) {
	db := mustOpen(b, b.TempDir())
	addMany(b, db, manyJobs)
	for b.Loop() {
		apply(b, db, uploader.AddBatch{Batch: aBatch(2), Entries: []uploader.Entry{anEntry(2, 2)}},
			uploader.AddJob{Job: aJob(2, 2, manyJobs+1)})
		apply(b, db, uploader.RemoveEntry{Entry: anEntry(2, 2)})
	}
}

// BenchmarkGroupOf128Parts is the engine's group commit: two syncs.
func BenchmarkGroupOf128Parts(b *testing.B) {
	db := mustOpen(b, b.TempDir())
	j := aJob(1, 1, 1)
	a := anAttempt(j, 1)
	apply(b, db, uploader.AddBatch{Batch: aBatch(1), Entries: []uploader.Entry{anEntry(1, 1)}}, uploader.AddJob{Job: j},
		uploader.SaveAttempt{Attempt: a})
	n := int32(0)
	for b.Loop() {
		group := make([]uploader.Record, 0, 128)
		for range cap(group) {
			n = n%10_000 + 1
			group = append(group, uploader.SavePart{Attempt: a.ID, UploadID: a.UploadID, Part: aPart(n)})
		}
		apply(b, db, group...)
	}
}

func BenchmarkHistory(b *testing.B) {
	db := mustOpen(b, b.TempDir())
	var group []uploader.Record
	for n := 1; n <= 50_000; n++ {
		j := aJob(n/100, 1, n)
		r := aReceipt(j, anAttempt(j, n).ID, now.Add(time.Duration(n)*time.Second))
		group = append(group, uploader.AddJob{Job: j}, uploader.Finish{Job: next(j, uploader.Done), Receipt: r})
	}
	apply(b, db, group...)
	for _, q := range []uploader.HistoryQuery{{Limit: 200}, {Batch: aBatch(250).ID}, {After: now.Add(49_000 * time.Second)}} {
		b.Run(fmt.Sprintf("limit %d batch %v after %v", q.Limit, q.Batch != "", !q.After.IsZero()), func(b *testing.B) {
			for b.Loop() {
				if r, err := db.History(context.Background(), q); err != nil || len(r) == 0 {
					b.Fatal(len(r), err)
				}
			}
		})
	}
}
