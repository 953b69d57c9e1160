package store

import (
	"context"
	"testing"
	"time"

	"longshore/uploader"
)

func TestReceiptsAreRemovedAndBroughtBack(t *testing.T) {
	db := past(t, 2, 3)
	ctx := context.Background()
	before, err := db.History(ctx, uploader.HistoryQuery{})
	if err != nil || len(before) != 6 {
		t.Fatal(len(before), err)
	}
	marks := []uploader.HistoryMark{{FinishedAt: now, Job: "nobody", Attempt: "a"}}
	var sights []uploader.Sight
	for i := range before[:4] { // all of the second drop, and one of the first
		marks = append(marks, before[i].Mark())
		sights = append(sights, sight(&before[i]))
	}
	removed, err := db.RemoveReceipts(ctx, marks)
	if err != nil {
		t.Fatal(err)
	}
	same(t, removed, before[:4])
	if n, by := left(t, db); n != 2 || by[before[5].Batch] != 2 {
		t.Errorf("left are %v", by)
	}
	known, err := db.Known(ctx, before[0].Vault, sights)
	if err != nil || known[0] || known[3] {
		t.Errorf("known: %v, %v", known, err)
	}
	if hasManifest(t, db, before[0].Batch) || !hasManifest(t, db, before[5].Batch) {
		t.Error("a manifest's record does not go with its last receipt")
	}
	if again, err := db.RemoveReceipts(ctx, marks); err != nil || len(again) != 0 {
		t.Errorf("removed again: %v, %v", again, err)
	}
	if err := db.RestoreReceipts(ctx, removed); err != nil {
		t.Fatal(err)
	}
	after, err := db.History(ctx, uploader.HistoryQuery{})
	if err != nil {
		t.Fatal(err)
	}
	same(t, after, before)
	left(t, db)
	if known, err = db.Known(ctx, before[0].Vault, sights); err != nil || !known[0] || !known[3] {
		t.Errorf("known: %v, %v", known, err)
	}
}

func TestReceiptsOfTheQueueAreNotRemoved(t *testing.T) {
	db := past(t, 1, 2)
	ctx := context.Background()
	apply(t, db, uploader.AddBatch{Batch: aBatch(1)})
	all, err := db.History(ctx, uploader.HistoryQuery{})
	if err != nil {
		t.Fatal(err)
	}
	removed, err := db.RemoveReceipts(ctx, []uploader.HistoryMark{all[0].Mark(), all[1].Mark()})
	if n, _ := left(t, db); err != nil || len(removed) != 0 || n != 2 {
		t.Errorf("removed %v, %v", removed, err)
	}
}

func TestHistoryIsAddedUp(t *testing.T) {
	db := past(t, 3, 2*stretch/3+10)
	for name, q := range map[string]uploader.HistoryQuery{
		"all": {}, "a drop": {Batch: aBatch(2).ID}, "after": {After: now.Add(100 * time.Second)}, "search": {Search: "7"},
		"limited": {Limit: 7}, "none": {Search: "nothing is called so"},
	} {
		found, err := db.History(context.Background(), q)
		if err != nil {
			t.Fatal(err)
		}
		want := uploader.HistorySum{Files: len(found)}
		for _, r := range found {
			want.Bytes += r.Size
		}
		if got, err := db.HistorySum(context.Background(), q); err != nil || got != want {
			t.Errorf("%s: %+v, %v; want %+v", name, got, err, want)
		}
	}
}
