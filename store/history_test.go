package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"longshore/uploader"
)

// withHistory makes a store with n receipts, one a second, of jobs that are gone.
func withHistory(t testing.TB, n int) *DB {
	t.Helper()
	db := mustOpen(t, t.TempDir())
	var group []uploader.Record
	for i := 1; i <= n; i++ {
		j := aJob(1, 1, i)
		r := aReceipt(j, anAttempt(j, i).ID, now.Add(time.Duration(i)*time.Second))
		group = append(group, uploader.AddJob{Job: j}, uploader.Finish{Job: next(j, uploader.Done), Receipt: r}, uploader.RemoveJob{Job: j})
	}
	apply(t, db, group...)
	return db
}

// A page costs what is on it, wherever it is and however long the history: nothing is decoded that is not asked for.
func TestAPageCostsItsOwnRows(t *testing.T) {
	const rows = 50
	cost := func(history int, q uploader.HistoryQuery) float64 {
		db := withHistory(t, history)
		j := aJob(1, 1, history/2)
		if q.Before.Job != "" {
			q.Before = uploader.HistoryMark{FinishedAt: now.Add(time.Duration(history/2) * time.Second), Job: j.ID, Attempt: anAttempt(j, history/2).ID}
		}
		return testing.AllocsPerRun(20, func() {
			got, err := db.History(context.Background(), q)
			if err != nil || len(got) != rows {
				t.Fatal(len(got), err)
			}
		})
	}
	for name, q := range map[string]uploader.HistoryQuery{
		"first page": {Limit: rows}, "a page in the middle": {Limit: rows, Before: uploader.HistoryMark{Job: "some"}},
		"a batch": {Limit: rows, Batch: aBatch(1).ID},
	} {
		short, long := cost(200, q), cost(3*stretch, q)
		if long > 1.3*short { // a longer history is a deeper tree
			t.Errorf("%s: %v allocations with %d receipts, %v with 200", name, long, 3*stretch, short)
		}
		if perRow := long / rows; perRow > 8 {
			t.Errorf("%s: %v allocations for each row", name, perRow)
		}
	}
}

// A search goes through all of a history and keeps nothing of what it does not look for.
func TestASearchDecodesOnlyWhatItMayFind(t *testing.T) {
	db := withHistory(t, 3*stretch)
	want := fmt.Sprintf("/STUDY/%d.DCM", stretch+7)
	allocs := testing.AllocsPerRun(5, func() {
		got, err := db.History(context.Background(), uploader.HistoryQuery{Search: want})
		if err != nil || len(got) != 1 || got[0].RelPath != fmt.Sprintf("study/%d.dcm", stretch+7) {
			t.Fatal(got, err)
		}
	})
	if allocs > stretch/4 {
		t.Errorf("%v allocations to find one of %d receipts", allocs, 3*stretch)
	}
}

// A long search lets the writer through between two stretches, and ends when its caller does.
func TestASearchHoldsUpNobody(t *testing.T) {
	db := withHistory(t, 2*stretch)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := db.History(ctx, uploader.HistoryQuery{Search: "nothing"}); uploader.CodeOf(err) != uploader.CodeCancelled || !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	r := &historyReader{query: uploader.HistoryQuery{Search: "nothing"}, runs: foldable("nothing"), bucket: kindHistory}
	stretches := 0
	for more := true; more; stretches++ {
		if err := db.view(t.Context(), func(tx *tx) (err error) {
			more, _, err = r.read(tx)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		j := aJob(3, 3, 3*stretch+stretches) // in between, receipts come in
		apply(t, db, uploader.AddJob{Job: j}, uploader.Finish{Job: next(j, uploader.Done), Receipt: aReceipt(j, "", now.Add(time.Hour*24*time.Duration(stretches+1)))})
	}
	if stretches != 2 {
		t.Errorf("%d stretches for %d receipts", stretches, 2*stretch)
	}
}

func TestWhatASearchSifts(t *testing.T) {
	for _, c := range []struct {
		term, runs string
		path       string
		found      bool
	}{
		{"series", "ser es", "/Data/SERIES 3/a", true},
		{"ÜBER/öl", "BER l", "/über/Öl.dcm", true},
		{"kilo", "lo", "/\u212Aİlo", true},
		{"日本", "", "/日本/1", true},
		{"a.dcm", "a dcm", "/b.dcm", false},
		{"", "", "/x", true},
	} {
		if got := string(bytes.Join(foldable(c.term), []byte(" "))); got != c.runs {
			t.Errorf("%q is sifted by %q, want %q", c.term, got, c.runs)
		}
		q := uploader.HistoryQuery{Search: c.term}
		if found := q.Finds(&uploader.Receipt{Path: c.path}); found != c.found || found && !mayHold([]byte(c.path), foldable(c.term)) {
			t.Errorf("%q in %q: found %v, sifted out %v", c.term, c.path, found, !mayHold([]byte(c.path), foldable(c.term)))
		}
	}
}
