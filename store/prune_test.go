package store

import (
	"context"
	"testing"
	"time"

	"longshore/uploader"
)

// past makes a store with receipts of n drops of size files each, one file a second; none is in the queue.
func past(t *testing.T, drops, size int) *DB {
	t.Helper()
	db := mustOpen(t, t.TempDir())
	for b := range drops {
		var group []uploader.Record
		for f := range size {
			i := b*size + f + 1
			j := aJob(b+1, b+1, i)
			group = append(group, uploader.AddJob{Job: j},
				uploader.Finish{Job: next(j, uploader.Done), Receipt: aReceipt(j, anAttempt(j, i).ID, now.Add(time.Duration(i)*time.Second))},
				uploader.RemoveJob{Job: j})
		}
		group = append(group, uploader.SaveManifest{Manifest: uploader.Manifest{Batch: aBatch(b + 1).ID, State: uploader.ManifestStored, Key: "m"}})
		apply(t, db, group...)
	}
	return db
}

func left(t *testing.T, db *DB) (all int, byBatch map[uploader.BatchID]int) {
	t.Helper()
	receipts, err := db.History(context.Background(), uploader.HistoryQuery{})
	if err != nil {
		t.Fatal(err)
	}
	byBatch = map[uploader.BatchID]int{}
	for _, r := range receipts {
		byBatch[r.Batch]++
	}
	for b, n := range byBatch {
		if of, err := db.History(context.Background(), uploader.HistoryQuery{Batch: b}); err != nil || len(of) != n {
			t.Errorf("the index knows %d of %d receipts: %v", len(of), n, err)
		}
	}
	return len(receipts), byBatch
}

func hasManifest(t *testing.T, db *DB, batch uploader.BatchID) bool {
	t.Helper()
	var m uploader.Manifest
	found, err := db.Setting(context.Background(), manifestPrefix+string(batch), &m)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestPruneByAgeAndByNumber(t *testing.T) {
	for name, c := range map[string]struct {
		before time.Time
		newest int
		left   int
	}{
		"nothing is asked for":     {left: 1500},
		"by age, over many steps":  {before: now.Add(1400 * time.Second), left: 101},
		"all":                      {before: now.Add(time.Hour)},
		"none is so old":           {before: now, left: 1500},
		"by number":                {newest: 100, left: 100},
		"there are not so many":    {newest: 2000, left: 1500},
		"both: the age is more":    {before: now.Add(1450 * time.Second), newest: 1000, left: 51},
		"both: the number is more": {before: now.Add(100 * time.Second), newest: 10, left: 10},
	} {
		t.Run(name, func(t *testing.T) {
			db := past(t, 3, 500)
			removed, err := db.Prune(context.Background(), c.before, c.newest)
			if err != nil || removed != 1500-c.left {
				t.Errorf("removed %d, %v; want %d", removed, err, 1500-c.left)
			}
			n, by := left(t, db)
			if n != c.left {
				t.Errorf("%d receipts are left, want %d", n, c.left)
			}
			for b := range 3 {
				if id := aBatch(b + 1).ID; hasManifest(t, db, id) != (by[id] > 0) {
					t.Errorf("drop %d: a manifest without receipts, or the reverse", b+1)
				}
			}
			if again, err := db.Prune(context.Background(), c.before, c.newest); err != nil || again != 0 {
				t.Errorf("a second time: %d, %v", again, err)
			}
		})
	}
}

func TestPruneKeepsWhatAManifestIsMadeOf(t *testing.T) {
	db := past(t, 4, 300)
	queued, wanted := aBatch(1), aBatch(3).ID
	apply(t, db, uploader.AddBatch{Batch: queued, Entries: []uploader.Entry{anEntry(1, 1)}},
		uploader.SaveManifest{Manifest: uploader.Manifest{Batch: wanted, State: uploader.ManifestWanted}})
	removed, err := db.Prune(context.Background(), now.Add(time.Hour), 0)
	if err != nil || removed != 600 {
		t.Fatal(removed, err)
	}
	n, by := left(t, db)
	if n != 600 || by[queued.ID] != 300 || by[wanted] != 300 {
		t.Errorf("left: %v", by)
	}
	q, err := db.Load(context.Background())
	if err != nil || len(q.Batches) != 1 || len(q.Entries) != 1 || len(q.Manifests) != 2 {
		t.Errorf("the queue was touched: %+v, %v", q, err)
	}
	apply(t, db, uploader.RemoveEntry{Entry: anEntry(1, 1)},
		uploader.SaveManifest{Manifest: uploader.Manifest{Batch: wanted, State: uploader.ManifestStored}})
	if removed, err = db.Prune(context.Background(), now.Add(time.Hour), 0); err != nil || removed != 600 {
		t.Errorf("later: %d, %v", removed, err)
	}
}

func TestPruneStopsBetweenSteps(t *testing.T) {
	db := past(t, 1, 10)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := db.Prune(ctx, now.Add(time.Hour), 0)
	wantCode(t, err, uploader.CodeCancelled)
	if n, _ := left(t, db); n != 10 {
		t.Errorf("%d are left", n)
	}
}

func TestHistoryOfAVaultAndUntil(t *testing.T) {
	db := past(t, 2, 10)
	other := aJob(9, 9, 99)
	other.Vault = aVault(2).ID
	apply(t, db, uploader.AddJob{Job: other}, uploader.Finish{Job: next(other, uploader.Done), Receipt: aReceipt(other, "A99", now.Add(15*time.Second+1))})
	for name, c := range map[string]struct {
		q    uploader.HistoryQuery
		want int
	}{
		"one vault":         {uploader.HistoryQuery{Vault: aVault(2).ID}, 1},
		"the other":         {uploader.HistoryQuery{Vault: aVault(1).ID}, 20},
		"until":             {uploader.HistoryQuery{Until: now.Add(11 * time.Second)}, 10},
		"between":           {uploader.HistoryQuery{After: now.Add(5 * time.Second), Until: now.Add(11 * time.Second)}, 5},
		"until, in a drop":  {uploader.HistoryQuery{Batch: aBatch(2).ID, Until: now.Add(13 * time.Second)}, 2},
		"until, of a vault": {uploader.HistoryQuery{Vault: aVault(2).ID, Until: now.Add(15 * time.Second)}, 0},
	} {
		if got, err := db.History(context.Background(), c.q); err != nil || len(got) != c.want {
			t.Errorf("%s: %d receipts, %v; want %d", name, len(got), err, c.want)
		}
	}
}
