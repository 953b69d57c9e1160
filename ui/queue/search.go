package queue

import (
	"slices"
	"strings"

	"longshore/uploader"
)

// found tells whether a name fits the search.
func (w wish) found(name string) bool {
	return w.search == "" || strings.Contains(strings.ToLower(name), w.search)
}

// names tells whether an entry fits the search by itself: by its name, or by the study that its files are of.
func (w wish) names(e *uploader.EntryRow) bool {
	return w.found(e.Name) || e.Study != "" && w.found(string(e.Study))
}

// hitsOf finds the files below folders that fit the search, each folder's in natural order; nil without a search. It
// looks at every file of the queue, so that same, that both snapshots hold the same files, saves most of it: what was
// found is still so, and who types another letter is looking for fewer.
func hitsOf(before *lines, s *uploader.Snapshot, w wish, same bool) map[uploader.EntryID][]int32 {
	if w.search == "" {
		return nil
	}
	if same && before.hits != nil && before.wish.search == w.search {
		return before.hits
	}
	hits := map[uploader.EntryID][]int32{}
	if same && before.hits != nil && strings.Contains(w.search, before.wish.search) {
		for e, files := range before.hits {
			less := slices.DeleteFunc(slices.Clone(files), func(k int32) bool { return !w.found(inFolder(s.Jobs.At(int(k)).RelPath)) })
			if len(less) > 0 {
				hits[e] = less
			}
		}
		return hits
	}
	for i, j := range s.Jobs.All() {
		if below := inFolder(j.RelPath); below != j.RelPath && !j.Removed && w.found(below) {
			hits[j.Entry] = append(hits[j.Entry], int32(i))
		}
	}
	sortFiles(s, hits)
	return hits
}

// matches is how many files of an entry are there for the search, and not for its own name.
func (l *lines) matches(e *uploader.EntryRow) int {
	if len(l.hits) == 0 || l.wish.names(e) {
		return 0
	}
	return len(l.hits[e.ID])
}

// open tells whether an entry's files are shown: because the user opened it, or for the search unless they closed it.
func (l *lines) open(e *uploader.EntryRow) bool {
	if l.matches(e) > 0 {
		return !l.wish.shut[e.ID]
	}
	return l.wish.opened[e.ID]
}
