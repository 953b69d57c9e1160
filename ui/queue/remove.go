package queue

import "longshore/uploader"

// Remove takes what is selected off the list; without a selection, the row under the cursor.
func (l *List) Remove() { l.removeAll(l.target()) }

func (l *List) remove(d id) { l.removeAll(d.only()) }

// removeAll takes the entries and files of a target off the list, as they stand now. A file that is stored goes with its
// folder.
func (l *List) removeAll(t uploader.Target) {
	var rows []*uploader.EntryRow
	entries, folders := setOf(t.Entries), map[uploader.EntryID]*uploader.EntryRow{}
	jobs := setOf(t.Jobs)
	t.Entries, t.Jobs = nil, nil
	for _, e := range l.latest.Entries.All() {
		folders[e.ID] = e
		if entries[e.ID] {
			rows, t.Entries = append(rows, e), append(t.Entries, e.ID)
		}
	}
	if len(jobs) > 0 {
		for _, j := range l.latest.Jobs.All() {
			if e := folders[j.Entry]; e != nil && jobs[j.ID] && j.State != uploader.Done && !j.Removed {
				rows, t.Jobs = append(rows, fileRow(e, j)), append(t.Jobs, j.ID)
			}
		}
	}
	if len(rows) > 0 {
		l.actions.Remove(rows, t)
	}
}

func setOf[T comparable](list []T) map[T]bool {
	set := make(map[T]bool, len(list))
	for _, v := range list {
		set[v] = true
	}
	return set
}
