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

// A page costs what is on it, wherever it is and however long the history: nothing is decoded that is not asked for. Nor
// does a search, which goes through all of it, decode what it does not look for.
func TestHistoryCostsWhatIsAskedFor(t *testing.T) {
	const rows, short, long = 50, 200, 2*stretch + 100
	cost := func(db *DB, rows int, q uploader.HistoryQuery) float64 {
		return testing.AllocsPerRun(5, func() {
			got, err := db.History(context.Background(), q)
			if err != nil || len(got) != rows {
				t.Fatal(len(got), err)
			}
		})
	}
	middle := func(n int) uploader.HistoryMark {
		j := aJob(1, 1, n/2)
		return uploader.HistoryMark{FinishedAt: now.Add(time.Duration(n/2) * time.Second), Job: j.ID, Attempt: anAttempt(j, n/2).ID}
	}
	few, many := withHistory(t, short), withHistory(t, long)
	for name, q := range map[string][2]uploader.HistoryQuery{
		"first page":           {{Limit: rows}, {Limit: rows}},
		"a page in the middle": {{Limit: rows, Before: middle(short)}, {Limit: rows, Before: middle(long)}},
		"a batch":              {{Limit: rows, Batch: aBatch(1).ID}, {Limit: rows, Batch: aBatch(1).ID}},
	} {
		a, b := cost(few, rows, q[0]), cost(many, rows, q[1])
		if b > 1.3*a { // a longer history is a deeper tree
			t.Errorf("%s: %v allocations with %d receipts, %v with %d", name, b, long, a, short)
		}
		if perRow := b / rows; perRow > 8 {
			t.Errorf("%s: %v allocations for each row", name, perRow)
		}
	}
	if n := cost(many, 1, uploader.HistoryQuery{Search: fmt.Sprintf("/STUDY/%d.DCM", stretch+7)}); n > stretch/8 {
		t.Errorf("%v allocations to find one of %d receipts", n, long)
	}
}

// A long search lets the writer through between two stretches, and ends when its caller does.
func TestASearchHoldsUpNobody(t *testing.T) {
	db := withHistory(t, stretch+stretch/2)
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
		t.Errorf("%d stretches for one and a half", stretches)
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
