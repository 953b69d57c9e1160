package store

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"longshore/uploader"
)

// Our own reader meets files damaged in many places at once, in this very process: a panic or an endless walk would
// end the test.
func TestOurReaderTakesAnyDamage(t *testing.T) {
	q, raw := sample(t, 60)
	original := map[uploader.JobID]uploader.Job{}
	for _, j := range q.Jobs {
		original[j.ID] = j
	}
	path := filepath.Join(t.TempDir(), "file")
	for seed := range uint64(600) {
		bad := raw
		for i := range 1 + seed%5 {
			bad, _ = damage(bad, seed*7+i)
			if len(bad) < 2*os.Getpagesize() {
				break
			}
		}
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		_ = checkPages(path)
		if _, _, err := peekSchema(path); err != nil {
			t.Fatal(err)
		}
		r, err := collect(path)
		if err != nil {
			t.Fatal(err)
		}
		r.rebuild(time.Now())
		for id, j := range r.jobs {
			if was, known := original[id]; !known || j.Path != was.Path {
				t.Fatalf("seed %d made up %+v", seed, j)
			}
		}
	}
}

// Where branch pages are gone the records are still found; where records are gone the indexes count them.
func TestSalvageFindsPagesNobodyPointsTo(t *testing.T) {
	q, raw := sample(t, 400)
	f := writeTemp(t, raw)
	p, err := openPages(f)
	if err != nil {
		t.Fatal(err)
	}
	branches := 0
	for id := uint64(2); id < p.pages(); id++ {
		if pg, ok := p.page(id); ok && pg.flags == flagBranch {
			branches++
			clear(raw[int64(id)*p.pageSize : int64(id+1)*p.pageSize])
		}
	}
	if branches == 0 {
		t.Fatal("the sample has no branch page")
	}
	r, err := collect(writeTemp(t, raw).Name())
	if err != nil {
		t.Fatal(err)
	}
	r.rebuild(time.Now())
	if len(r.jobs) != len(q.Jobs) || len(r.attempts) != len(q.Attempts) {
		t.Errorf("%d jobs of %d, %d attempts of %d", len(r.jobs), len(q.Jobs), len(r.attempts), len(q.Attempts))
	}
}

func writeTemp(t *testing.T, raw []byte) *os.File {
	t.Helper()
	f, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	if _, err := f.Write(raw); err != nil {
		t.Fatal(err)
	}
	return f
}
