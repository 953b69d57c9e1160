package queue

import (
	"fyne.io/fyne/v2"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"longshore/ui/words"
	"longshore/uploader"
)

// menu offers in words what can be done: to the row, or to all that is selected if it is one of several.
func (l *List) menu(v view, at fyne.Position) {
	c := fyne.CurrentApp().Driver().CanvasForObject(l)
	if c == nil {
		return
	}
	items := l.menuItems(v)
	if l.many() && l.sel.has(v.id) {
		items = l.manyItems()
	}
	widget.ShowPopUpMenuAtPosition(fyne.NewMenu("", items...), c, at)
}

func (l *List) item(label words.Key, icon fyne.Resource, do func()) *fyne.MenuItem {
	return &fyne.MenuItem{Label: l.book.Say(label), Icon: icon, Action: do}
}

func (l *List) menuItems(v view) []*fyne.MenuItem {
	var items []*fyne.MenuItem
	switch v.fold {
	case foldClosed:
		items = append(items, l.item(words.Open, l.icons.closed, func() { l.turn(v) }))
	case foldOpen:
		items = append(items, l.item(words.Fold, l.icons.opened, func() { l.turn(v) }))
	}
	if v.main != none {
		items = append(items, l.item(v.main.label(), l.icons.main(v.main), func() { l.main(v) }))
	}
	if v.choice {
		items = append(items,
			l.item(words.ChangedSend, l.icons.retry, func() { l.actions.Do(uploader.RetryJobs, v.id.only()) }),
			l.item(words.ChangedLeave, base.MediaStopIcon(), func() { l.actions.Do(uploader.Cancel, v.id.only()) }))
	}
	if v.asks {
		items = append(items,
			l.item(words.LeaveOut, base.MediaStopIcon(), func() { l.actions.Do(uploader.LeaveOut, v.id.only()) }),
			l.item(words.SendAgain, l.icons.retry, func() { l.actions.Do(uploader.SendAgain, v.id.only()) }))
	}
	if v.toTop {
		items = append(items, l.places(v.id.only())...)
	}
	if v.toTop || v.below && v.mood != stored && v.mood != stopped {
		items = append(items, l.item(words.Stop, base.MediaStopIcon(), func() { l.actions.Do(uploader.Cancel, v.id.only()) }))
	}
	if v.receipt {
		items = append(items, l.item(words.ReceiptCopy, base.ContentCopyIcon(), func() { l.actions.CopyReceipt(v.id.only()) }))
	}
	items = append(items, l.item(words.Details, l.icons.info, func() { l.details(v.id) }),
		l.item(words.ShowInFolder, base.FolderOpenIcon(), func() { l.show(v.id) }))
	if !v.below || v.mood != stored {
		items = append(items, fyne.NewMenuItemSeparator(), l.item(words.Remove, l.icons.remove, func() { l.remove(v.id) }))
	}
	return items
}

// places are the lines that move what they are for.
func (l *List) places(t uploader.Target) []*fyne.MenuItem {
	move := func(label words.Key, icon fyne.Resource, verb uploader.Verb) *fyne.MenuItem {
		return l.item(label, icon, func() { l.moveAll(verb, t) })
	}
	items := []*fyne.MenuItem{move(words.MoveToTop, l.icons.top, uploader.MoveToTop)}
	if l.steps() {
		items = append(items, move(words.MoveUp, l.icons.up, uploader.MoveUp), move(words.MoveDown, l.icons.down, uploader.MoveDown))
	}
	return items
}

// manyItems are for what is selected when the menu opens: what is selected when a line is chosen may be something else,
// since rows leave a filter by themselves.
func (l *List) manyItems() []*fyne.MenuItem {
	t := l.target()
	verb := func(label words.Key, icon fyne.Resource, v uploader.Verb) *fyne.MenuItem {
		return l.item(label, icon, func() { l.actions.Do(v, t) })
	}
	items := []*fyne.MenuItem{
		verb(words.Pause, l.icons.pause, uploader.Pause), verb(words.Resume, l.icons.resume, uploader.Resume),
		verb(words.Retry, l.icons.retry, uploader.RetryJobs), verb(words.Stop, base.MediaStopIcon(), uploader.Cancel),
		fyne.NewMenuItemSeparator(),
	}
	items = append(items, l.places(t)...)
	items = append(items, l.item(words.ReceiptCopy, base.ContentCopyIcon(), func() { l.actions.CopyReceipt(t) }))
	return append(items, fyne.NewMenuItemSeparator(), l.item(words.Remove, l.icons.remove, func() { l.removeAll(t) }))
}
