package uploader

import (
	"iter"
	"maps"
	"slices"
	"time"
)

// Snapshot is the queue at one moment, immutable. Its rows sit in copy-on-write pages, so that two snapshots share all
// pages in which nothing changed: comparing two pages' pointers tells whether anything in them did.
type Snapshot struct {
	Version uint64          // grows with every change
	Entries Pages[EntryRow] // one row per dropped file or folder, in the queue's order
	Jobs    Pages[JobRow]   // one row per file, in the order they were found
	Totals  Totals
	Trouble Code // something that holds up everything (CodeDiskFull, …), "" if nothing
}

// Totals sums up all entries.
type Totals struct {
	Files, FilesDone, FilesFailed, FilesActive, FilesWaiting, FilesPaused int
	FilesAsked                                                            int           // of those that are paused, the ones that the vault has already
	Bytes, BytesSent                                                      int64         // of files that are not cancelled
	Rate                                                                  float64       // bytes per second, over the last seconds
	Left                                                                  time.Duration // 0 when unknown
	Limit                                                                 Speed         // what all uploads together may use now
	LimitUntil                                                            time.Time     // when the timetable changes it; zero if it does not
	Limited                                                               bool          // it is the limit that holds up the queue
	Scanning                                                              bool
	Aborting                                                              int // uploads that still have to be cleared away at S3
	Manifests                                                             int // of drops that are whole, and that the vault has not written yet
}

// EntryRow is a dropped file or folder.
type EntryRow struct {
	ID                            EntryID
	Batch                         BatchID
	Vault                         VaultID
	Name                          string
	Path                          string
	Dir                           bool
	Scanning                      bool
	Personal                      bool       // something of it was found this session that is called as patients are
	Study                         Study      // what its files are images of, "" if they are none or it is not known
	State                         State      // of the whole: what matters most of its files
	Reason                        WaitReason // when State is Waiting
	Code                          Code       // of the first file that failed or waits, "" if none
	Detail                        string
	Files, FilesDone, FilesFailed int
	Asks                          int32 // of its files, those that are paused because the vault has them already
	Again                         int32 // those that it has already and that are sent again all the same; known in the session that found them
	LeftOut                       int32 // files that are in none of these numbers: the vault has them already
	Empty                         int32 // empty folders in it, of which nothing is stored
	Bytes, BytesSent              int64
	Part, Parts                   int32 // of a single file that is sending
	Flying                        int32 // of its parts, those on the wire
	Rate                          float64
	Left                          time.Duration
	Late                          Late          // a file of it may not make its vault's deadline
	Deadline                      time.Time     // the earliest such; zero if Late is ""
	Note                          Code          // what else the user should know of a file: CodeDeadline, if it had to start over
	Manifest                      ManifestState // of its drop; "" while the drop is not whole
	ManifestKey                   string        // once it is stored
}

// JobRow is one file.
type JobRow struct {
	ID          JobID
	Entry       EntryID
	Batch       BatchID
	RelPath     string
	Path        string
	Size        int64
	Sent        int64
	State       State
	Reason      WaitReason
	Code        Code
	Detail      string
	Part, Parts int32 // parts recorded, of how many; 0 of 0 before the plan
	Flying      int32 // parts on the wire
	Rate        float64
	Left        time.Duration
	Key         string    // once known
	Ended       int64     // when it failed, changed, was stopped or was stored, in seconds since 1970; 0 before
	Late        Late      // it may not make the deadline
	Deadline    time.Time // when the vault clears the unfinished upload away; zero if it does not
	Note        Code      // what else the user should know: CodeDeadline, if it had to start over
	Known       bool      // it is paused because the vault has it already
	Removed     bool      // the user took it off its folder: it is not to be shown
}

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

// with returns a list in which the rows of set have new values; pages without one are shared. set's indexes must be
// in range.
func (p Pages[T]) with(set map[int]T) Pages[T] {
	e := p.edit()
	for i, row := range set {
		*e.row(i) = row
	}
	return e.Pages
}

// edit is a list that is being changed: its pages are copied when the first row on them is.
type edit[T any] struct {
	Pages[T]
	own map[int]bool
}

func (p Pages[T]) edit() edit[T] {
	return edit[T]{Pages: Pages[T]{pages: slices.Clone(p.pages), n: p.n}, own: map[int]bool{}}
}

// row is a row to be set, 0 ≤ i < Len.
func (e *edit[T]) row(i int) *T {
	k := i / pageSize
	if !e.own[k] {
		page := *e.pages[k]
		e.pages[k], e.own[k] = &page, true
	}
	return &e.pages[k][i%pageSize]
}

// grow makes the list longer, by rows that are to be set.
func (e *edit[T]) grow(n int) {
	for k := (e.n + pageSize - 1) / pageSize; k*pageSize < n; k++ {
		e.pages = append(e.pages, new([pageSize]T))
		e.own[k] = true
	}
	e.n = max(e.n, n)
}

// Patched returns a list of n rows in which those of set have new values; what lies between its old end and its new one
// and is not in set is the zero row. Pages without a new row are shared. Indices outside the list are left out.
func (p Pages[T]) Patched(n int, set map[int]T) Pages[T] {
	if n > p.n {
		p = p.extended(make([]T, n-p.n))
	}
	p = Pages[T]{pages: p.pages[:(n+pageSize-1)/pageSize], n: n}
	maps.DeleteFunc(set, func(i int, _ T) bool { return i < 0 || i >= n })
	return p.with(set)
}

// extended returns a list with more rows at its end; all full pages are shared.
func (p Pages[T]) extended(rows []T) Pages[T] {
	e := p.edit()
	e.grow(p.n + len(rows))
	for i, row := range rows {
		*e.row(p.n + i) = row
	}
	return e.Pages
}
