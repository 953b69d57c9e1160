package queue

import (
	"maps"
	"slices"
	"strings"

	"longshore/uploader"
)

// id names a row for as long as it lives: an entry, or a file of an opened one.
type id struct {
	entry uploader.EntryID
	job   uploader.JobID // "" for the entry itself
}

// line is where a row's data lie in a snapshot: an entry's, or those of one of its files.
type line struct{ entry, job int32 }

// whole says that a line is an entry.
const whole = -1

// mostLines bounds a list with opened folders: beyond it the toolkit no longer scrolls to the pixel (FYNE §4.2). The
// entries themselves are not cut.
const mostLines = 110_000

// lines is a list as it is shown: the rows of one snapshot that fit a wish. It does not change.
type lines struct {
	snap    *uploader.Snapshot
	wish    wish
	files   map[uploader.EntryID][]int32 // of opened entries, in their order; nil without one
	hits    map[uploader.EntryID][]int32 // files that fit the search, by folder, opened or not; nil without a search
	at      []line                       // nil when every entry is a row, and nothing else
	same    bool                         // as the ones before, in number and order
	clipped bool                         // an opened folder has more than there is room for
	counts  [filters]int
	failed  []uploader.JobID // all that failed, opened or not
	stored  bool             // an entry is stored as a whole
	away    int              // files on a drive that is not there
	asks    *question        // nil if nothing is asked
}

func (l *lines) len() int {
	if l.at == nil {
		return l.snap.Entries.Len()
	}
	return len(l.at)
}

func (l *lines) line(i int) line {
	if l.at == nil {
		return line{int32(i), whole}
	}
	return l.at[i]
}

func (l *lines) id(i int) id {
	at := l.line(i)
	d := id{entry: l.snap.Entries.At(int(at.entry)).ID}
	if at.job != whole {
		d.job = l.snap.Jobs.At(int(at.job)).ID
	}
	return d
}

// queued tells whether an entry or a file is in the queue, shown or not.
func (l *lines) queued(d id) bool {
	if d.job != "" {
		for _, j := range l.snap.Jobs.All() {
			if j.ID == d.job {
				return !j.Removed
			}
		}
		return false
	}
	for _, e := range l.snap.Entries.All() {
		if e.ID == d.entry {
			return true
		}
	}
	return false
}

// row is what row i shows; a file's is made for the asking.
func (l *lines) row(i int) *uploader.EntryRow {
	at := l.line(i)
	e := l.snap.Entries.At(int(at.entry))
	if at.job == whole {
		return e
	}
	return fileRow(e, l.snap.Jobs.At(int(at.job)))
}

// fileRow shows a file as an entry of its own.
func fileRow(e *uploader.EntryRow, j *uploader.JobRow) *uploader.EntryRow {
	row := &uploader.EntryRow{
		ID: e.ID, Batch: j.Batch, Vault: e.Vault, Name: inFolder(j.RelPath), Path: j.Path, State: j.State, Reason: j.Reason,
		Code: j.Code, Detail: j.Detail, Files: 1, Bytes: j.Size, BytesSent: j.Sent, Part: j.Part, Parts: j.Parts,
		Flying: j.Flying, Rate: j.Rate, Left: j.Left, Late: j.Late, Deadline: j.Deadline, Note: j.Note,
	}
	if j.Known {
		row.Asks = 1
	}
	switch j.State {
	case uploader.Done:
		row.FilesDone = 1
	case uploader.Failed, uploader.SourceChanged:
		row.FilesFailed = 1
	}
	return row
}

// inFolder is a file's path below the folder that was dropped.
func inFolder(rel string) string {
	if _, below, ok := strings.Cut(rel, "/"); ok {
		return below
	}
	return rel
}

// arrange finds the rows of a snapshot that fit a wish. It may take some milliseconds for 100,000, so it runs off the
// UI goroutine when there are many. before is what is shown now.
func arrange(before *lines, s *uploader.Snapshot, w wish) *lines {
	l := &lines{snap: s, wish: w}
	l.look()
	if w.plain() {
		l.count()
		l.same = sameLines(before, l)
		return l
	}
	same := sameJobs(before.snap.Jobs, s.Jobs)
	known := same && before.files != nil && maps.Equal(before.wish.opened, w.opened)
	if known {
		l.files = before.files
	} else {
		l.files = filesOf(s, w.opened)
	}
	l.hits = hitsOf(before, s, w, same)
	if known && w.everything() && before.wish.everything() && sameOrder(before.snap.Entries, s.Entries) {
		l.at, l.clipped, l.same = before.at, before.clipped, true // only what the rows say has changed
		l.count()
		return l
	}
	l.pick()
	l.same = sameLines(before, l)
	return l
}

// look goes over all files once, for what is told of all of them.
func (l *lines) look() {
	l.asks = questionOf(l.snap)
	for _, j := range l.snap.Jobs.All() {
		switch {
		case j.State == uploader.Failed:
			l.failed = append(l.failed, j.ID)
		case j.State == uploader.Waiting && j.Code == uploader.CodeDriveMissing:
			l.away++
		}
	}
}

func (l *lines) count() {
	for _, e := range l.snap.Entries.All() {
		l.tally(e)
	}
	l.stored = l.counts[filterDone] > 0
}

func (l *lines) tally(e *uploader.EntryRow) {
	for f := range filters {
		if filter(f).fits(e) {
			l.counts[f]++
		}
	}
}

// pick lists the entries that fit, each with those of its files that do if it is opened. A folder whose name fits the
// search shows all its files; one whose name does not is there, and open, for the files that do.
func (l *lines) pick() {
	w := l.wish
	l.at = make([]line, 0, min(l.snap.Entries.Len(), mostLines))
	for i, e := range l.snap.Entries.All() {
		named, start := w.names(e), len(l.at)
		l.stored = l.stored || e.State == uploader.Done
		l.at = append(l.at, line{int32(i), whole})
		files := l.files[e.ID]
		if !named {
			files = l.hits[e.ID]
		}
		if named || len(files) > 0 {
			l.tally(e)
		}
		if shown := l.pickFiles(i, files, named || !w.shut[e.ID]); !shown && !(named && w.filter.fits(e)) {
			l.at = l.at[:start]
		}
	}
}

// pickFiles lists those files of an entry that fit the filter, if it is open; it tells whether there are any.
func (l *lines) pickFiles(i int, files []int32, open bool) (some bool) {
	e := l.snap.Entries.At(i)
	for _, k := range files {
		j := l.snap.Jobs.At(int(k))
		if f := l.wish.filter; f != filterAll && !f.fits(fileRow(e, j)) {
			continue
		}
		some = true
		if !open {
			return true
		}
		if len(l.at) >= mostLines {
			l.clipped = true
			return true
		}
		l.at = append(l.at, line{int32(i), k})
	}
	return some
}

// filesOf finds the files of opened entries, each entry's in natural order.
func filesOf(s *uploader.Snapshot, opened map[uploader.EntryID]bool) map[uploader.EntryID][]int32 {
	if len(opened) == 0 {
		return nil
	}
	files := map[uploader.EntryID][]int32{}
	for i, j := range s.Jobs.All() {
		if opened[j.Entry] && !j.Removed {
			files[j.Entry] = append(files[j.Entry], int32(i))
		}
	}
	sortFiles(s, files)
	return files
}

// sortFiles puts each entry's files into natural order. They come in it unless a folder was walked again.
func sortFiles(s *uploader.Snapshot, files map[uploader.EntryID][]int32) {
	byName := func(a, b int32) int {
		return uploader.CompareNames(s.Jobs.At(int(a)).RelPath, s.Jobs.At(int(b)).RelPath)
	}
	for _, list := range files {
		if !slices.IsSortedFunc(list, byName) {
			slices.SortFunc(list, byName)
		}
	}
}

// sameLines tells whether both show the same rows in the same order. Shared pages are not looked into.
func sameLines(a, b *lines) bool {
	switch {
	case a.at == nil && b.at == nil:
		return sameOrder(a.snap.Entries, b.snap.Entries)
	case a.len() != b.len():
		return false
	}
	for i := range a.len() {
		if a.id(i) != b.id(i) {
			return false
		}
	}
	return true
}

// sameJobs tells whether both hold the same files in the same order, and show the same of them.
func sameJobs(a, b uploader.Pages[uploader.JobRow]) bool {
	if a.Len() != b.Len() {
		return false
	}
	for i := range b.Changed(a) {
		if was, is := a.At(i), b.At(i); was.ID != is.ID || was.Removed != is.Removed {
			return false
		}
	}
	return true
}

// sameOrder tells whether both hold the same entries in the same order. Shared pages are not looked into.
func sameOrder(a, b uploader.Pages[uploader.EntryRow]) bool {
	if a.Len() != b.Len() {
		return false
	}
	for i := range b.Changed(a) {
		if a.At(i).ID != b.At(i).ID {
			return false
		}
	}
	return true
}
