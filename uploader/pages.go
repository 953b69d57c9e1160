package uploader

import (
	"iter"
	"slices"
)

// pageSize is how many rows share a page: one changed row copies 256 rows, whatever the queue's length.
const pageSize = 256

// Pages is an immutable list in copy-on-write pages.
type Pages[T any] struct {
	pages []*[pageSize]T
	n     int
}

// Len is the number of rows.
func (p Pages[T]) Len() int { return p.n }

// At returns row i, 0 ≤ i < Len.
func (p Pages[T]) At(i int) *T { return &p.pages[i/pageSize][i%pageSize] }

// SamePage tells whether row i stands on the very same page in both, so that nothing near it changed.
func (p Pages[T]) SamePage(q Pages[T], i int) bool {
	k := i / pageSize
	return k < len(p.pages) && k < len(q.pages) && p.pages[k] == q.pages[k]
}

// Changed yields the indices of the rows that may differ from what they were: those on a page that is not the very same.
// It costs a look at each page, not at each row.
func (p Pages[T]) Changed(was Pages[T]) iter.Seq[int] {
	return func(yield func(int) bool) {
		for k, page := range p.pages {
			if k < len(was.pages) && was.pages[k] == page && (was.n >= p.n || (k+1)*pageSize <= was.n) {
				continue
			}
			for i := k * pageSize; i < min((k+1)*pageSize, p.n); i++ {
				if !yield(i) {
					return
				}
			}
		}
	}
}

// All yields the rows in order.
func (p Pages[T]) All() func(yield func(int, *T) bool) {
	return func(yield func(int, *T) bool) {
		for i := range p.n {
			if !yield(i, p.At(i)) {
				return
			}
		}
	}
}

// PagesOf builds a list from a slice.
func PagesOf[T any](rows []T) Pages[T] {
	p := Pages[T]{n: len(rows)}
	for len(rows) > 0 {
		page := new([pageSize]T)
		rows = rows[copy(page[:], rows):]
		p.pages = append(p.pages, page)
	}
	return p
}

// Edit is a list that is being changed: its pages are copied when the first row on them is. Pages is the list as it is by
// then, and must not be kept before the last change.
type Edit[T any] struct {
	Pages[T]
	own map[int]bool // pages that no other list has
}

// Edit begins to change a list, which itself stays as it is.
func (p Pages[T]) Edit() *Edit[T] {
	return &Edit[T]{Pages: Pages[T]{pages: slices.Clone(p.pages), n: p.n}, own: map[int]bool{}}
}

// Row is a row to be set, 0 ≤ i < Len.
func (e *Edit[T]) Row(i int) *T {
	k := i / pageSize
	if !e.own[k] {
		page := *e.pages[k]
		e.pages[k], e.own[k] = &page, true
	}
	return &e.pages[k][i%pageSize]
}

// Resize makes the list n rows long. New rows are zero.
func (e *Edit[T]) Resize(n int) {
	var zero T
	for ; e.n < n && e.n%pageSize > 0; e.n++ { // a row from before it was made shorter may lie there
		*e.Row(e.n) = zero
	}
	pages := (n + pageSize - 1) / pageSize
	for k := len(e.pages); k < pages; k++ {
		e.pages, e.own[k] = append(e.pages, new([pageSize]T)), true
	}
	for k := pages; k < len(e.pages); k++ {
		delete(e.own, k)
	}
	e.pages, e.n = e.pages[:pages], n
}
