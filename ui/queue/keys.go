package queue

import (
	"fyne.io/fyne/v2"

	"longshore/uploader"
)

// FocusGained shows that keys go to the row under the cursor; without one the first is selected.
func (l *List) FocusGained() {
	l.focused = true
	if l.sel.at < 0 && !l.Empty() {
		l.sel.only(0, l.now.id(0))
		l.reveal(0)
		l.changed()
	}
	l.touch()
}

// FocusLost takes it back.
func (l *List) FocusLost() {
	l.focused = false
	l.touch()
}

// TypedKey moves the cursor and does what a key stands for.
func (l *List) TypedKey(ev *fyne.KeyEvent) {
	page := max(int(l.Size().Height/rowHeight)-1, 1)
	switch ev.Name {
	case fyne.KeyDown:
		l.choose(l.sel.at + 1)
	case fyne.KeyUp:
		l.choose(l.sel.at - 1)
	case fyne.KeyPageDown:
		l.choose(l.sel.at + page)
	case fyne.KeyPageUp:
		l.choose(l.sel.at - page)
	case fyne.KeyHome:
		l.choose(0)
	case fyne.KeyEnd:
		l.choose(l.now.len() - 1)
	default:
		l.act(ev.Name)
	}
}

func (l *List) act(key fyne.KeyName) {
	e := l.Selected()
	if e == nil {
		return
	}
	switch key {
	case fyne.KeySpace:
		if v := l.view(l.sel.at); v.main != none {
			l.do(v.main.verb())
		}
	case fyne.KeyDelete, fyne.KeyBackspace:
		l.Remove()
	case fyne.KeyReturn, fyne.KeyEnter:
		l.actions.Details(e)
	case fyne.KeyRight:
		if l.view(l.sel.at).fold == foldClosed {
			l.open(e.ID, true)
		}
	case fyne.KeyLeft:
		l.leave()
	case fyne.KeyEscape:
		l.Clear()
	}
}

// leave closes the folder under the cursor, or goes from one of its files to the folder.
func (l *List) leave() {
	v := l.view(l.sel.at)
	if v.below {
		for i := l.sel.at; i >= 0; i-- {
			if l.now.id(i) == (id{entry: v.id.entry}) {
				l.sel.only(i, l.now.id(i))
				l.reveal(i)
				l.touch()
				l.changed()
				return
			}
		}
	}
	l.open(v.id.entry, false)
}

// do hands a verb for all that is selected on; without a selection, for the row under the cursor.
func (l *List) do(verb uploader.Verb) {
	t := l.target()
	if len(t.Entries)+len(t.Jobs) > 0 {
		l.actions.Do(verb, t)
	}
}

func (l *List) target() uploader.Target {
	if len(l.sel.picked) == 0 && l.sel.at >= 0 {
		return l.sel.cursor.only()
	}
	return l.sel.target(l.now)
}

// Remove takes the selected entries off the list; without a selection, the one under the cursor.
func (l *List) Remove() {
	rows := l.sel.entries(l.now)
	if len(l.sel.picked) == 0 && l.sel.at >= 0 && l.sel.cursor.job == "" {
		rows = append(rows, l.Selected())
	}
	if len(rows) > 0 {
		l.actions.Remove(rows)
	}
}

// ToTop moves what is selected to the head of the queue.
func (l *List) ToTop() { l.move(uploader.MoveToTop) }

// Up and Down move what is selected by one place, as a block. Where rows are hidden by a filter or a search, a place
// would not be the one that the user sees, so nothing moves.
func (l *List) Up() { l.move(uploader.MoveUp) }

// Down is the other way.
func (l *List) Down() { l.move(uploader.MoveDown) }

func (l *List) move(verb uploader.Verb) {
	if verb != uploader.MoveToTop && !l.steps() {
		return
	}
	t := l.target()
	if t.Jobs = nil; len(t.Entries) > 0 {
		l.actions.Do(verb, t)
	}
}

// steps tells whether a place in the list is a place in the queue.
func (l *List) steps() bool { return l.now.wish.everything() }

func (l *List) main(v view) {
	if v.main != none {
		l.actions.Do(v.main.verb(), v.id.only())
	}
}

// second is the row's second button: details where there is something to explain, else to the top.
func (l *List) second(v view) {
	switch {
	case v.details:
		l.details(v.id)
	case v.toTop:
		l.actions.Do(uploader.MoveToTop, v.id.only())
	}
}

// turn opens or closes a folder.
func (l *List) turn(v view) { l.open(v.id.entry, v.fold == foldClosed) }

func (l *List) details(d id) {
	if i := l.rowOf(d); i >= 0 {
		l.actions.Details(l.now.row(i))
	}
}

func (l *List) show(d id) {
	if i := l.rowOf(d); i >= 0 {
		l.actions.ShowInFolder(l.now.row(i))
	}
}

func (l *List) remove(d id) {
	if i := l.rowOf(d); i >= 0 && d.job == "" {
		l.actions.Remove([]*uploader.EntryRow{l.now.row(i)})
	}
}

// only is a target of one row.
func (d id) only() uploader.Target {
	if d.job != "" {
		return uploader.Target{Jobs: []uploader.JobID{d.job}}
	}
	return uploader.Target{Entries: []uploader.EntryID{d.entry}}
}
