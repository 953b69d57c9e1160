package store

import (
	"context"
	"strings"
	"testing"

	"longshore/uploader"
)

// filled is a store with one vault, a batch of two entries, and a job in each.
func filled(t *testing.T) (*DB, uploader.Job, uploader.Job) {
	db := mustOpen(t, t.TempDir())
	j1, j2 := aJob(1, 1, 1), aJob(1, 2, 2)
	apply(t, db, uploader.SaveVault{Vault: aVault(1)},
		uploader.AddBatch{Batch: aBatch(1), Entries: []uploader.Entry{anEntry(1, 1), anEntry(1, 2)}},
		uploader.AddJob{Job: j1}, uploader.AddJob{Job: j2})
	return db, j1, j2
}

func count(t *testing.T, db *DB, k kind) int {
	t.Helper()
	n := 0
	err := db.view(context.Background(), func(t *tx) error {
		return t.each(k, nil, func(_, _ []byte) error { n++; return nil })
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestLoadReturnsWhatWasApplied(t *testing.T) {
	db, j1, j2 := filled(t)
	a := anAttempt(j1, 1)
	apply(t, db, uploader.SaveAttempt{Attempt: a})
	want := uploader.Queue{Vaults: []uploader.Vault{aVault(1)}, Batches: []uploader.Batch{aBatch(1)},
		Entries: []uploader.Entry{anEntry(1, 1), anEntry(1, 2)}, Jobs: []uploader.Job{j1, j2}, Attempts: []uploader.Attempt{a}}
	same(t, mustLoad(t, db), want)
}

func TestLoadSortsByOrder(t *testing.T) {
	db, j1, j2 := filled(t)
	up := next(j2, uploader.Queued)
	up.Order = -5
	e := anEntry(1, 2)
	e.Order = -5
	apply(t, db, uploader.UpdateJob{Job: up}, uploader.SaveEntry{Entry: e})
	q := mustLoad(t, db)
	same(t, q.Jobs, []uploader.Job{up, j1})
	same(t, q.Entries, []uploader.Entry{e, anEntry(1, 1)})
}

func TestUpdateJobComparesRevisions(t *testing.T) {
	db, j1, _ := filled(t)
	apply(t, db, uploader.UpdateJob{Job: next(j1, uploader.Paused)})
	for name, bad := range map[string]uploader.Job{
		"again":   next(j1, uploader.Failed),
		"skipped": next(next(next(j1, uploader.Failed), uploader.Failed), uploader.Failed),
		"zero":    {ID: j1.ID, Batch: j1.Batch, Entry: j1.Entry},
		"unknown": next(aJob(1, 1, 9), uploader.Failed),
	} {
		err := db.Apply(context.Background(), []uploader.Record{uploader.UpdateJob{Job: bad}})
		if uploader.CodeOf(err) != uploader.CodeJournalConflict {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := mustLoad(t, db).Jobs[0]; got.State != uploader.Paused || got.Revision != 2 {
		t.Errorf("job is %+v", got)
	}
}

func TestAConflictUndoesTheWholeGroup(t *testing.T) {
	db, j1, _ := filled(t)
	before := mustLoad(t, db)
	twin := aJob(1, 1, 7)
	twin.RelPath = j1.RelPath
	err := db.Apply(context.Background(), []uploader.Record{uploader.UpdateJob{Job: next(j1, uploader.Paused)},
		uploader.SaveVault{Vault: aVault(2)}, uploader.AddJob{Job: twin}})
	wantCode(t, err, uploader.CodeJournalConflict)
	same(t, mustLoad(t, db), before)
}

func TestAddJobConflicts(t *testing.T) {
	db, j1, _ := filled(t)
	again := j1
	again.RelPath = "other"
	err := db.Apply(context.Background(), []uploader.Record{uploader.AddJob{Job: again}})
	wantCode(t, err, uploader.CodeJournalConflict)

	other := aJob(2, 3, 3) // the same path in another batch is another job
	other.RelPath = j1.RelPath
	apply(t, db, uploader.AddBatch{Batch: aBatch(2), Entries: []uploader.Entry{anEntry(2, 3)}}, uploader.AddJob{Job: other})
}

func TestLongPathsAreToldApart(t *testing.T) {
	db, _, _ := filled(t)
	long := strings.Repeat("d/", 20_000)
	a, b, twin := aJob(1, 1, 3), aJob(1, 1, 4), aJob(1, 1, 5)
	a.RelPath, b.RelPath, twin.RelPath = long+"a", long+"b", long+"a"
	apply(t, db, uploader.AddJob{Job: a}, uploader.AddJob{Job: b})
	wantCode(t, db.Apply(context.Background(), []uploader.Record{uploader.AddJob{Job: twin}}), uploader.CodeJournalConflict)
}

func TestUpdateJobMovesItsIndexes(t *testing.T) {
	db, j1, j2 := filled(t)
	moved := next(j1, uploader.Queued)
	moved.RelPath, moved.Entry = "new", j2.Entry
	apply(t, db, uploader.UpdateJob{Job: moved})
	free := aJob(1, 1, 3)
	free.RelPath = j1.RelPath
	apply(t, db, uploader.AddJob{Job: free}, uploader.RemoveEntry{Entry: anEntry(1, 2)})
	same(t, mustLoad(t, db).Jobs, []uploader.Job{free})
}

func TestRemoveEntryLeavesNothing(t *testing.T) {
	db, j1, j2 := filled(t)
	a := anAttempt(j1, 1)
	apply(t, db, uploader.SaveAttempt{Attempt: a}, uploader.SavePart{Attempt: a.ID, UploadID: "u", Part: aPart(1)})
	apply(t, db, uploader.RemoveEntry{Entry: anEntry(1, 1)})
	q := mustLoad(t, db)
	same(t, q.Jobs, []uploader.Job{j2})
	same(t, q.Batches, []uploader.Batch{aBatch(1)})
	apply(t, db, uploader.RemoveEntry{Entry: anEntry(1, 2)})
	if q = mustLoad(t, db); len(q.Jobs)+len(q.Entries)+len(q.Batches)+len(q.Attempts) != 0 {
		t.Errorf("left: %+v", q)
	}
	for _, k := range []kind{kindPath, kindEntryJob, kindJobAttempt, kindPart} {
		if n := count(t, db, k); n != 0 {
			t.Errorf("%s: %d left", bucketNames[k], n)
		}
	}
	apply(t, db, uploader.RemoveVault{ID: aVault(1).ID})
}

func TestAVaultInUseStays(t *testing.T) {
	db, _, _ := filled(t)
	wantCode(t, db.Apply(context.Background(), []uploader.Record{uploader.RemoveVault{ID: aVault(1).ID}}), uploader.CodeJournalConflict)
	if len(mustLoad(t, db).Vaults) != 1 {
		t.Error("the vault is gone")
	}
}

func TestBatchesAndEntriesAreReplaced(t *testing.T) {
	db, _, _ := filled(t)
	b, e, v := aBatch(1), anEntry(1, 1), aVault(1)
	b.Scanning, e.Name, v.Name = false, "new", "Cardiology"
	apply(t, db, uploader.SaveBatch{Batch: b}, uploader.SaveEntry{Entry: e}, uploader.SaveVault{Vault: v})
	q := mustLoad(t, db)
	same(t, q.Batches, []uploader.Batch{b})
	same(t, q.Entries, []uploader.Entry{e, anEntry(1, 2)})
	same(t, q.Vaults, []uploader.Vault{v})
	wantCode(t, db.Apply(context.Background(), []uploader.Record{uploader.AddBatch{Batch: b}}), uploader.CodeJournalConflict)
}

func TestPartsAreKeptByAttemptAndUpload(t *testing.T) {
	db, j1, j2 := filled(t)
	a, b := anAttempt(j1, 1), anAttempt(j2, 2)
	apply(t, db, uploader.SaveAttempt{Attempt: a}, uploader.SaveAttempt{Attempt: b})
	for _, n := range []int32{300, 2, 1, 10_000, 256} { // big-endian keys keep the order
		apply(t, db, uploader.SavePart{Attempt: a.ID, UploadID: "u1", Part: aPart(n)})
	}
	changed := aPart(2)
	changed.ETag = `"other"`
	apply(t, db, uploader.SavePart{Attempt: a.ID, UploadID: "u2", Part: aPart(5)},
		uploader.SavePart{Attempt: b.ID, UploadID: "u1", Part: aPart(6)},
		uploader.SavePart{Attempt: a.ID, UploadID: "u1", Part: changed},
		uploader.DropPart{Attempt: a.ID, UploadID: "u1", PartNumber: 1},
		uploader.DropPart{Attempt: a.ID, UploadID: "u1", PartNumber: 77})
	parts := func(at uploader.AttemptID, up string) []uploader.Part {
		p, err := db.Parts(context.Background(), at, up)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	same(t, parts(a.ID, "u1"), []uploader.Part{changed, aPart(256), aPart(300), aPart(10_000)})
	same(t, parts(a.ID, "u2"), []uploader.Part{aPart(5)})
	apply(t, db, uploader.EndAttempt{Attempt: a.ID})
	if len(parts(a.ID, "u1"))+len(parts(a.ID, "u2")) != 0 {
		t.Error("parts outlived their attempt")
	}
	same(t, parts(b.ID, "u1"), []uploader.Part{aPart(6)})
	apply(t, db, uploader.SavePart{Attempt: a.ID, UploadID: "u1", Part: aPart(1)})
	if len(parts(a.ID, "u1")) != 0 {
		t.Error("a part of an ended attempt was kept")
	}
}

func TestTombstonesOutliveTheRow(t *testing.T) {
	db, j1, _ := filled(t)
	a := anAttempt(j1, 1)
	grave := uploader.Tombstone{Attempt: a, Since: now}
	apply(t, db, uploader.SaveAttempt{Attempt: a}, uploader.EndAttempt{Attempt: a.ID, Tombstone: &grave},
		uploader.RemoveEntry{Entry: anEntry(1, 1)})
	q := mustLoad(t, db)
	if len(q.Attempts) != 0 {
		t.Error("the attempt still lives")
	}
	same(t, q.Tombstones, []uploader.Tombstone{grave})
	apply(t, db, uploader.DropTombstone{Attempt: a.ID}, uploader.DropTombstone{Attempt: a.ID})
	if len(mustLoad(t, db).Tombstones) != 0 {
		t.Error("the tombstone stays")
	}
}

func TestFinishIsOneStep(t *testing.T) {
	db, j1, _ := filled(t)
	a := anAttempt(j1, 1)
	j := next(j1, uploader.Completing)
	j.Attempt = a.ID
	apply(t, db, uploader.SaveAttempt{Attempt: a}, uploader.UpdateJob{Job: j}, uploader.SavePart{Attempt: a.ID, UploadID: "u", Part: aPart(1)})
	done := next(j, uploader.Done)
	r := aReceipt(done, a.ID, now)

	stale := done
	stale.Revision = 9
	wantCode(t, db.Apply(context.Background(), []uploader.Record{uploader.Finish{Job: stale, Receipt: r}}), uploader.CodeJournalConflict)
	if h, _ := db.History(context.Background(), uploader.HistoryQuery{}); len(h) != 0 {
		t.Fatal("a receipt without its job")
	}
	apply(t, db, uploader.Finish{Job: done, Receipt: r})
	q := mustLoad(t, db)
	same(t, q.Jobs[0], done)
	if len(q.Attempts) != 0 || count(t, db, kindPart) != 0 {
		t.Error("attempt or parts are left")
	}
	h, err := db.History(context.Background(), uploader.HistoryQuery{})
	if err != nil {
		t.Fatal(err)
	}
	same(t, h, []uploader.Receipt{r})
}

func TestACancelledContextIsRefusedBeforeAnythingHappens(t *testing.T) {
	db, j1, _ := filled(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	wantCode(t, db.Apply(ctx, []uploader.Record{uploader.UpdateJob{Job: next(j1, uploader.Failed)}}), uploader.CodeCancelled)
	_, err := db.Load(ctx)
	wantCode(t, err, uploader.CodeCancelled)
	if mustLoad(t, db).Jobs[0].State != uploader.Queued {
		t.Error("it was applied")
	}
}

func TestMalformedIDsAreAMistake(t *testing.T) {
	db, j1, _ := filled(t)
	bad := aJob(1, 1, 3)
	bad.Entry = "a\x00b"
	part := uploader.SavePart{Attempt: anAttempt(j1, 1).ID, UploadID: "u", Part: aPart(0)}
	for _, r := range []uploader.Record{uploader.AddJob{Job: bad}, uploader.SaveVault{}, uploader.SaveAttempt{}, part} {
		wantCode(t, db.Apply(context.Background(), []uploader.Record{r}), uploader.CodeInternal)
	}
}

func TestAClosedStoreSaysSo(t *testing.T) {
	db, j1, _ := filled(t)
	mustClose(t, db)
	mustClose(t, db)
	wantCode(t, db.Apply(context.Background(), []uploader.Record{uploader.AddJob{Job: j1}}), uploader.CodeInternal)
	_, err := db.Load(context.Background())
	wantCode(t, err, uploader.CodeInternal)
}
