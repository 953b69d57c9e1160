package queue

import "longshore/uploader"

// filter chooses the rows to show by how they stand.
type filter int

const (
	filterAll filter = iota
	filterActive
	filterWaiting
	filterFailed
	filterDone
	filters int = iota
)

// fits tells whether a row is shown. A folder that sends while some of its files failed is in both; what the user has
// stopped is in none but All.
func (f filter) fits(e *uploader.EntryRow) bool {
	switch f {
	case filterActive:
		return moodOf(e) == active
	case filterWaiting:
		m := moodOf(e)
		return m == idle || m == waiting || m == paused
	case filterFailed:
		return e.FilesFailed > 0 || e.State == uploader.Failed || e.State == uploader.SourceChanged
	case filterDone:
		return e.State == uploader.Done
	}
	return true
}

// wish is what the user wants to see of the queue. It is not changed any more: another one takes its place.
type wish struct {
	filter filter
	search string // in small letters, "" for everything
	opened map[uploader.EntryID]bool
	shut   map[uploader.EntryID]bool // closed by the user, though files in them fit the search
	number int                       // tells wishes apart
}

// plain tells whether every entry is shown, and nothing else.
func (w wish) plain() bool { return w.everything() && len(w.opened) == 0 }

// everything tells whether no row is hidden.
func (w wish) everything() bool { return w.filter == filterAll && w.search == "" }
