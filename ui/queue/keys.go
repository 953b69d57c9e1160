package queue

import (
	"fyne.io/fyne/v2"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"longshore/ui/words"
	"longshore/uploader"
)

// FocusGained shows that keys go to the selected row; without one the first is selected.
func (l *List) FocusGained() {
	l.focused = true
	if l.at < 0 {
		l.selectAt(0)
	}
	l.touch()
}

// FocusLost takes it back.
func (l *List) FocusLost() {
	l.focused = false
	l.touch()
}

// TypedKey moves the selection and does what a key stands for.
func (l *List) TypedKey(ev *fyne.KeyEvent) {
	page := max(int(l.Size().Height/rowHeight)-1, 1)
	switch ev.Name {
	case fyne.KeyDown:
		l.selectAt(l.at + 1)
	case fyne.KeyUp:
		l.selectAt(l.at - 1)
	case fyne.KeyPageDown:
		l.selectAt(l.at + page)
	case fyne.KeyPageUp:
		l.selectAt(l.at - page)
	case fyne.KeyHome:
		l.selectAt(0)
	case fyne.KeyEnd:
		l.selectAt(l.rows.Len() - 1)
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
		l.main(viewOf(e, l.book))
	case fyne.KeyDelete, fyne.KeyBackspace:
		l.actions.Remove(e)
	case fyne.KeyReturn, fyne.KeyEnter:
		l.actions.Details(e)
	}
}

// MoveSelectedToTop is for the window's Ctrl+T.
func (l *List) MoveSelectedToTop() {
	if e := l.Selected(); e != nil {
		l.toTop(viewOf(e, l.book))
	}
}

func (l *List) main(v view) {
	if v.main != none {
		l.actions.Do(v.main.verb(), only(v.id))
	}
}

func (l *List) toTop(v view) {
	if v.toTop {
		l.actions.Do(uploader.MoveToTop, only(v.id))
	}
}

// second is the row's second button: details where there is something to explain, else to the top.
func (l *List) second(v view) {
	if !v.details {
		l.toTop(v)
		return
	}
	l.details(v.id)
}

func (l *List) details(id uploader.EntryID) {
	if e := l.entry(id); e != nil {
		l.actions.Details(e)
	}
}

func (l *List) remove(id uploader.EntryID) {
	if e := l.entry(id); e != nil {
		l.actions.Remove(e)
	}
}

func only(id uploader.EntryID) uploader.Target {
	return uploader.Target{Entries: []uploader.EntryID{id}}
}

// menu offers in words what the row's buttons show as icons.
func (l *List) menu(v view, at fyne.Position) {
	c := fyne.CurrentApp().Driver().CanvasForObject(l)
	if c == nil {
		return
	}
	widget.ShowPopUpMenuAtPosition(fyne.NewMenu("", l.menuItems(v)...), c, at)
}

func (l *List) menuItems(v view) []*fyne.MenuItem {
	item := func(label string, icon fyne.Resource, do func()) *fyne.MenuItem {
		return &fyne.MenuItem{Label: label, Icon: icon, Action: do}
	}
	var items []*fyne.MenuItem
	if v.main != none {
		items = append(items, item(l.book.Say(v.main.label()), l.icons.main(v.main), func() { l.main(v) }))
	}
	if v.toTop {
		items = append(items, item(l.book.Say(words.MoveToTop), l.icons.top, func() { l.toTop(v) }),
			item(l.book.Say(words.Stop), base.MediaStopIcon(), func() { l.actions.Do(uploader.Cancel, only(v.id)) }))
	}
	return append(items,
		item(l.book.Say(words.Details), l.icons.info, func() { l.details(v.id) }),
		fyne.NewMenuItemSeparator(),
		item(l.book.Say(words.Remove), l.icons.remove, func() { l.remove(v.id) }))
}
