package queue

import (
	"fyne.io/fyne/v2"

	"longshore/uploader"
)

// selection is which rows are selected, by id, so that it stays with them when their places change. The cursor is where
// keys go on from; the anchor is where a range began.
type selection struct {
	picked map[id]struct{}
	cursor id
	at     int // the cursor's index, -1 without one
	anchor id
}

func (s *selection) has(d id) bool {
	_, ok := s.picked[d]
	return ok
}

// only selects one row.
func (s *selection) only(i int, d id) {
	s.picked = map[id]struct{}{d: {}}
	s.cursor, s.at, s.anchor = d, i, d
}

// toggle takes a row in or out.
func (s *selection) toggle(i int, d id) {
	if s.has(d) {
		delete(s.picked, d)
	} else {
		if s.picked == nil {
			s.picked = map[id]struct{}{}
		}
		s.picked[d] = struct{}{}
	}
	s.cursor, s.at, s.anchor = d, i, d
}

// reach selects from the anchor to a row, and nothing else.
func (s *selection) reach(l *lines, i int) {
	from := s.at
	for k := range l.len() {
		if l.id(k) == s.anchor {
			from = k
			break
		}
	}
	if from < 0 {
		from = i
		s.anchor = l.id(i)
	}
	s.picked = map[id]struct{}{}
	for k := min(from, i); k <= max(from, i); k++ {
		s.picked[l.id(k)] = struct{}{}
	}
	s.cursor, s.at = l.id(i), i
}

// all selects every row of a list.
func (s *selection) all(l *lines) {
	s.picked = make(map[id]struct{}, l.len())
	for i := range l.len() {
		s.picked[l.id(i)] = struct{}{}
	}
	if s.at < 0 && l.len() > 0 {
		s.at = 0
		s.cursor = l.id(0)
		s.anchor = s.cursor
	}
}

// settle goes with the rows to another list. What is not in it is not selected any more: nothing is done to a row that
// one cannot see. When nothing is left, the row in the cursor's place is selected, so that Delete pressed again and
// again clears the list from there; but not when the row is still in the queue and only fits the filter no more: it went
// by itself, and a key that was meant for it must not hit its neighbour.
func (s *selection) settle(l *lines) {
	if s.at < 0 {
		return
	}
	kept, at := make(map[id]struct{}, min(len(s.picked), l.len())), -1
	for i := range l.len() {
		d := l.id(i)
		if s.has(d) {
			kept[d] = struct{}{}
		}
		if d == s.cursor {
			at = i
		}
	}
	had := len(s.picked) > 0
	s.picked = kept
	if at < 0 && len(kept) == 0 && l.queued(s.cursor) {
		s.at = -1
		return
	}
	if at < 0 {
		if at = min(s.at, l.len()-1); at >= 0 {
			s.cursor = l.id(at)
			s.anchor = s.cursor
		}
	}
	s.at = at
	if had && len(kept) == 0 && at >= 0 {
		s.only(at, s.cursor)
	}
}

// target is what a verb for the selection acts on: the selected entries in their order, and the selected files of the
// others.
func (s *selection) target(l *lines) uploader.Target {
	var t uploader.Target
	for i := range l.len() {
		d := l.id(i)
		switch {
		case !s.has(d):
		case d.job == "":
			t.Entries = append(t.Entries, d.entry)
		case !s.has(id{entry: d.entry}):
			t.Jobs = append(t.Jobs, d.job)
		}
	}
	return t
}

// choose selects row i the way the pressed keys say: alone, from the anchor on (Shift), or beside the others (Ctrl, or
// Command on a Mac).
func (l *List) choose(i int) {
	n := l.now.len()
	if n == 0 {
		return
	}
	i = min(max(i, 0), n-1)
	switch mod := l.modifiers(); {
	case mod&fyne.KeyModifierShift != 0:
		l.sel.reach(l.now, i)
	case mod&fyne.KeyModifierShortcutDefault != 0:
		l.sel.toggle(i, l.now.id(i))
	default:
		l.sel.only(i, l.now.id(i))
	}
	l.reveal(i)
	l.touch()
	l.changed()
}

// SelectAll selects every row that the filter lets through.
func (l *List) SelectAll() {
	l.sel.all(l.now)
	l.touch()
	l.changed()
}

// Clear selects nothing; the cursor stays.
func (l *List) Clear() {
	l.sel.picked = nil
	l.touch()
	l.changed()
}

// Toggle takes the row under the cursor into the selection, or out of it.
func (l *List) Toggle() {
	if l.sel.at >= 0 {
		l.sel.toggle(l.sel.at, l.sel.cursor)
		l.touch()
		l.changed()
	}
}

// many tells whether several rows are selected, so that what is done is done to all of them.
func (l *List) many() bool { return len(l.sel.picked) > 1 }
