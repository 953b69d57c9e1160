package uploader

import (
	"math/rand/v2"
	"testing"
)

func numbered(n int) []int {
	rows := make([]int, n)
	for i := range rows {
		rows[i] = i
	}
	return rows
}

func TestPagesHoldTheirRows(t *testing.T) {
	for _, n := range []int{0, 1, pageSize - 1, pageSize, pageSize + 1, 5*pageSize + 7} {
		p := PagesOf(numbered(n))
		if p.Len() != n {
			t.Fatalf("%d rows: Len is %d", n, p.Len())
		}
		next := 0
		for i, row := range p.All() {
			if i != next || *row != i || *p.At(i) != i {
				t.Fatalf("%d rows: row %d is %d", n, i, *row)
			}
			next++
		}
		if next != n {
			t.Fatalf("%d rows: All gave %d", n, next)
		}
	}
}

func TestAllStopsWhenAsked(t *testing.T) {
	seen := 0
	for range PagesOf(numbered(1000)).All() {
		if seen++; seen == 3 {
			break
		}
	}
	if seen != 3 {
		t.Errorf("%d rows after a break at 3", seen)
	}
}

func TestWithSharesWhatDidNotChange(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	const n = 7*pageSize + 3
	want := numbered(n)
	p := PagesOf(want)
	for range 50 {
		set := make(map[int]int)
		pages := make(map[int]bool)
		for range rnd.IntN(4) {
			i := rnd.IntN(n)
			set[i] = rnd.Int()
			pages[i/pageSize] = true
		}
		before := append([]int(nil), want...)
		q := with(p, set)
		for i, v := range set {
			want[i] = v
		}
		for i := range n {
			if *p.At(i) != before[i] {
				t.Fatalf("row %d of the old list changed", i)
			}
			if *q.At(i) != want[i] {
				t.Fatalf("row %d of the new list is %d, want %d", i, *q.At(i), want[i])
			}
			if p.SamePage(q, i) == pages[i/pageSize] || q.SamePage(p, i) == pages[i/pageSize] {
				t.Fatalf("row %d: shared is %v, changed is %v", i, p.SamePage(q, i), pages[i/pageSize])
			}
		}
		p = q
	}
}

func TestSamePageOfListsOfOtherLength(t *testing.T) {
	p, q := PagesOf(numbered(3*pageSize)), PagesOf(numbered(pageSize))
	if p.SamePage(q, 2*pageSize) || q.SamePage(p, 2*pageSize) || p.SamePage(q, 0) {
		t.Error("rows that are not in both, or not on one page, count as the same")
	}
}

func TestChangedLooksOnlyAtPagesThatAreNotTheSame(t *testing.T) {
	rows := make([]int, 3*pageSize+10)
	a := PagesOf(rows)
	b := with(a, map[int]int{pageSize + 3: 1})
	for _, c := range []struct {
		name     string
		was, now Pages[int]
		from, to int // the indices expected
	}{
		{"nothing", a, a, 0, 0},
		{"one row", a, b, pageSize, 2 * pageSize},
		{"more rows", b, with(b, map[int]int{3*pageSize + 10: 1, 3*pageSize + 11: 2}), 3 * pageSize, 3*pageSize + 12},
		{"fewer rows on the same pages", b, resized(b, 2*pageSize+1), 0, 0},
		{"all are new", Pages[int]{}, a, 0, 3*pageSize + 10},
		{"none are left", a, Pages[int]{}, 0, 0},
		{"longer again on a page that was kept", resized(a, 5), a, 0, 3*pageSize + 10},
	} {
		want := c.from
		for i := range c.now.Changed(c.was) {
			if i != want {
				t.Fatalf("%s: row %d, want %d", c.name, i, want)
			}
			want++
		}
		if want != c.to {
			t.Errorf("%s: it stopped at %d, want %d", c.name, want, c.to)
		}
	}
}

// with sets rows; the list grows up to the last of them.
func with(p Pages[int], set map[int]int) Pages[int] {
	e := p.Edit()
	for i := range set {
		e.Resize(max(e.Len(), i+1))
	}
	for i, v := range set {
		*e.Row(i) = v
	}
	return e.Pages
}

func resized(p Pages[int], n int) Pages[int] {
	e := p.Edit()
	e.Resize(n)
	return e.Pages
}

func TestRowsThatComeBackAreNew(t *testing.T) {
	p := PagesOf([]int{1, 2, 3})
	e := p.Edit()
	e.Resize(1)
	e.Resize(pageSize + 5)
	for i, v := range e.All() {
		if want := 1 - min(i, 1); *v != want {
			t.Fatalf("row %d is %d", i, *v)
		}
	}
	if *p.At(2) != 3 || p.Len() != 3 {
		t.Error("the list that was edited changed")
	}
}
