package queue

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"longshore/ui/words"
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

// Binding is what some keys do. The page of shortcuts lists the same bindings that are bound.
type Binding struct {
	Keys []fyne.KeyName
	Mod  fyne.KeyModifier
	Says words.Key
	Do   func()
}

// Bindings are the keys that the list takes while it has the keyboard.
func (l *List) Bindings() []Binding {
	page := max(int(l.Size().Height/rowHeight)-1, 1)
	step := func(key fyne.KeyName, says words.Key, to func() int) Binding {
		return Binding{Keys: []fyne.KeyName{key}, Says: says, Do: func() { l.choose(to()) }}
	}
	on := func(says words.Key, do func(*uploader.EntryRow), keys ...fyne.KeyName) Binding {
		return Binding{Keys: keys, Says: says, Do: func() {
			if e := l.Selected(); e != nil {
				do(e)
			}
		}}
	}
	return []Binding{
		step(fyne.KeyDown, words.KeysDown, func() int { return l.sel.at + 1 }),
		step(fyne.KeyUp, words.KeysUp, func() int { return l.sel.at - 1 }),
		step(fyne.KeyPageDown, words.KeysPageDown, func() int { return l.sel.at + page }),
		step(fyne.KeyPageUp, words.KeysPageUp, func() int { return l.sel.at - page }),
		step(fyne.KeyHome, words.KeysHome, func() int { return 0 }),
		step(fyne.KeyEnd, words.KeysEnd, func() int { return l.now.len() - 1 }),
		on(words.KeysMain, func(*uploader.EntryRow) {
			if v := l.view(l.sel.at); v.main != none {
				l.do(v.main.verb())
			}
		}, fyne.KeySpace),
		on(words.Details, func(e *uploader.EntryRow) { l.actions.Details(e) }, fyne.KeyReturn, fyne.KeyEnter),
		on(words.Remove, func(*uploader.EntryRow) { l.Remove() }, fyne.KeyDelete, fyne.KeyBackspace),
		on(words.Open, func(e *uploader.EntryRow) {
			if l.view(l.sel.at).fold == foldClosed {
				l.open(e, true)
			}
		}, fyne.KeyRight),
		on(words.Fold, func(*uploader.EntryRow) { l.leave() }, fyne.KeyLeft),
		on(words.KeysClear, func(*uploader.EntryRow) { l.Clear() }, fyne.KeyEscape),
		on(words.KeysMenu, func(*uploader.EntryRow) { l.menuHere() }, desktop.KeyMenu),
		{Keys: []fyne.KeyName{fyne.KeyF10}, Mod: fyne.KeyModifierShift, Says: words.KeysMenu, Do: l.menuHere},
		{Keys: []fyne.KeyName{fyne.KeyF1}, Says: words.KeysTitle, Do: l.actions.Shortcuts},
	}
}

// TypedKey does what a key is bound to. Shift and Ctrl, held with a key that moves, select as they do with a click.
func (l *List) TypedKey(ev *fyne.KeyEvent) {
	if l.drag.on {
		if ev.Name == fyne.KeyEscape {
			l.drag.cancel()
		}
		return // nothing else while rows are in the hand
	}
	for _, b := range l.Bindings() {
		if slices.Contains(b.Keys, ev.Name) && (b.Mod == 0 || l.modifiers() == b.Mod) {
			b.Do()
			return
		}
	}
}

// menuHere opens the menu of the row under the cursor, at the row.
func (l *List) menuHere() {
	if l.Selected() == nil {
		return
	}
	l.reveal(l.sel.at)
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject(l)
	if r, ok := l.shown[l.sel.at]; ok {
		at = fyne.CurrentApp().Driver().AbsolutePositionForObject(r).AddXY(textLeft, rowHeight/2)
	}
	l.menu(l.view(l.sel.at), at)
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
	l.open(l.now.row(l.sel.at), false)
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

// CopyReceipt copies the receipts of what is selected.
func (l *List) CopyReceipt() { l.actions.CopyReceipt(l.target()) }

// ToTop moves what is selected to the head of the queue.
func (l *List) ToTop() { l.move(uploader.MoveToTop) }

// Up and Down move what is selected by one place, as a block. Where rows are hidden by a filter or a search, a place
// would not be the one that the user sees, so nothing moves.
func (l *List) Up() { l.move(uploader.MoveUp) }

// Down is the other way.
func (l *List) Down() { l.move(uploader.MoveDown) }

func (l *List) move(verb uploader.Verb) { l.moveAll(verb, l.target()) }

func (l *List) moveAll(verb uploader.Verb, t uploader.Target) {
	if verb != uploader.MoveToTop && !l.steps() {
		return
	}
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
func (l *List) turn(v view) {
	if i := l.rowOf(v.id); i >= 0 {
		l.open(l.now.row(i), v.fold == foldClosed)
	}
}

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

// only is a target of one row.
func (d id) only() uploader.Target {
	if d.job != "" {
		return uploader.Target{Jobs: []uploader.JobID{d.job}}
	}
	return uploader.Target{Entries: []uploader.EntryID{d.entry}}
}
