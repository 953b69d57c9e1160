package queue

import "longshore/uploader"

// question is what a drop asks: some of its files are in the vault already.
type question struct {
	entries      []uploader.EntryID // of the drop
	known, files int
}

// questionOf is what the first drop asks that is walked through; nil if none does. What is still found may change it.
func questionOf(s *uploader.Snapshot) *question {
	if s.Totals.FilesAsked == 0 {
		return nil
	}
	walking := map[uploader.BatchID]bool{}
	for _, e := range s.Entries.All() {
		walking[e.Batch] = walking[e.Batch] || e.Scanning
	}
	var of uploader.BatchID
	var q *question
	for _, e := range s.Entries.All() {
		if q == nil && e.Asks > 0 && !walking[e.Batch] {
			q, of = &question{}, e.Batch
			break
		}
	}
	if q == nil {
		return nil
	}
	for _, e := range s.Entries.All() {
		if e.Batch == of {
			q.entries = append(q.entries, e.ID)
			q.known += int(e.Asks)
			q.files += e.Files
		}
	}
	return q
}

// all tells whether nothing in the drop is new.
func (q *question) all() bool { return q.known == q.files }
