package store

import (
	"testing"

	"longshore/uploader"
)

// A manifest outlives its batch while it is wanted, and stays in the history's answers for good.
func TestManifestsOutliveTheirBatch(t *testing.T) {
	dir := t.TempDir()
	db := mustOpen(t, dir)
	v, b, e, j := aVault(1), aBatch(1), anEntry(1, 1), aJob(1, 1, 1)
	r := aReceipt(j, "a1", now)
	wanted := uploader.Manifest{Batch: b.ID, Vault: v.ID, State: uploader.ManifestWanted, Files: 1, Since: now}
	apply := func(records ...uploader.Record) {
		t.Helper()
		if err := db.Apply(t.Context(), records); err != nil {
			t.Fatal(err)
		}
	}
	apply(uploader.SaveVault{Vault: v}, uploader.AddBatch{Batch: b, Entries: []uploader.Entry{e}}, uploader.AddJob{Job: j},
		uploader.Finish{Job: next(j, uploader.Done), Receipt: r}, uploader.SaveManifest{Manifest: wanted}, uploader.RemoveEntry{Entry: e})
	killed(t, db)
	db = mustOpen(t, dir)
	if q := mustLoad(t, db); len(q.Batches) != 0 || len(q.Manifests) != 1 || q.Manifests[0] != wanted {
		t.Fatalf("%+v", q)
	}
	stored := wanted
	stored.State, stored.Key, stored.RootHash, stored.StoredAt = uploader.ManifestStored, "m/1", "root", now
	apply(uploader.SaveManifest{Manifest: stored})
	if q := mustLoad(t, db); len(q.Manifests) != 0 {
		t.Errorf("%+v", q.Manifests)
	}
	other := aReceipt(aJob(2, 2, 2), "a2", now)
	if err := db.update(func(t *tx) error { return t.addReceipt(&other) }); err != nil {
		t.Fatal(err)
	}
	history, err := db.History(t.Context(), uploader.HistoryQuery{})
	if err != nil || len(history) != 2 {
		t.Fatalf("%v, %d receipts", err, len(history))
	}
	for _, got := range history {
		if want := map[uploader.BatchID]string{b.ID: "m/1"}[got.Batch]; got.ManifestKey != want {
			t.Errorf("batch %s: manifest %q, want %q", got.Batch, got.ManifestKey, want)
		}
	}
	var seen []uploader.Receipt
	if err := db.Receipts(t.Context(), b.ID, func(r uploader.Receipt) { seen = append(seen, r) }); err != nil || len(seen) != 1 || seen[0].Job != j.ID {
		t.Errorf("%v, %+v", err, seen)
	}
	mustClose(t, db)
}
