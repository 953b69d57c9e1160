package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"longshore/ui/queue"
	"longshore/ui/words"
)

// bindings are the window's shortcuts: they are bound from here, and listed from here (shortcuts.go).
func (w *window) bindings() []queue.Binding {
	on := func(key fyne.KeyName, mod fyne.KeyModifier, says words.Key, do func()) queue.Binding {
		return queue.Binding{Keys: []fyne.KeyName{key}, Mod: mod, Says: says, Do: do}
	}
	queued := func(key fyne.KeyName, mod fyne.KeyModifier, says words.Key, do func()) queue.Binding { // means the list, and nothing while the history is shown
		return on(key, mod, says, func() {
			if w.past == nil {
				do()
			}
		})
	}
	const ctrl, alt = fyne.KeyModifierShortcutDefault, fyne.KeyModifierAlt
	return []queue.Binding{
		on(fyne.KeyO, ctrl, words.AddFiles, w.BrowseFiles),
		on(fyne.KeyO, ctrl|fyne.KeyModifierShift, words.AddFolder, w.BrowseFolder),
		on(fyne.KeyF, ctrl, words.Search, w.search),
		on(fyne.KeyH, ctrl, words.HistoryTitle, w.turnHistory),
		on(fyne.KeyComma, ctrl, words.Settings, w.Settings),
		on(fyne.KeyA, ctrl, words.KeysAll, w.selectAll),
		on(fyne.KeySpace, ctrl, words.KeysToggle, w.toggle),
		on(fyne.KeyC, ctrl, words.ReceiptCopy, w.copyReceipts),
		queued(fyne.KeyT, ctrl, words.MoveToTop, func() { w.page.List().ToTop() }),
		queued(fyne.KeyUp, alt, words.MoveUp, func() { w.page.List().Up() }),
		queued(fyne.KeyDown, alt, words.MoveDown, func() { w.page.List().Down() }),
		queued(fyne.KeyD, ctrl, words.Dismiss, func() { w.page.Dismiss() }),
		on(fyne.KeyF1, ctrl, words.KeysTitle, w.Shortcuts),
		on(fyne.KeyQ, ctrl, words.TrayQuit, w.askToQuit),
	}
}

// keys makes the window work from the keyboard alone. Keys that no field has taken go to the list.
func (w *window) keys() {
	c := w.win.Canvas()
	for _, b := range w.bindings() {
		var shortcut fyne.Shortcut = &desktop.CustomShortcut{KeyName: b.Keys[0], Modifier: b.Mod}
		switch b.Keys[0] { // the toolkit has names of its own for these
		case fyne.KeyA:
			shortcut = &fyne.ShortcutSelectAll{}
		case fyne.KeyC:
			shortcut = &fyne.ShortcutCopy{}
		}
		c.AddShortcut(shortcut, func(fyne.Shortcut) { w.pressed(b) })
	}
	c.SetOnTypedKey(w.typed)
}

// pressed does what a shortcut is bound to, unless the first page or a question is there.
func (w *window) pressed(b queue.Binding) {
	if w.connect == nil && w.win.Canvas().Overlays().Top() == nil {
		b.Do()
	}
}

// selectAll, toggle and copyReceipts mean the list that is shown.
func (w *window) selectAll() {
	if w.past != nil {
		w.past.SelectAll()
		return
	}
	w.page.List().SelectAll()
}

func (w *window) toggle() {
	if w.past != nil {
		w.past.Toggle()
		return
	}
	w.page.List().Toggle()
}

func (w *window) copyReceipts() {
	if w.past != nil {
		w.past.Copy()
		return
	}
	w.page.List().CopyReceipt()
}

// search gives the keyboard to the field that searches what is shown.
func (w *window) search() {
	if w.past != nil {
		w.win.Canvas().Focus(w.past.First())
		return
	}
	w.page.Search()
}

func (w *window) turnHistory() {
	if w.past != nil {
		w.LeaveHistory()
		return
	}
	w.History()
}

// typed gets the keys that no field and no button has taken.
func (w *window) typed(ev *fyne.KeyEvent) {
	c := w.win.Canvas()
	if c.Overlays().Top() != nil {
		switch {
		case ev.Name == fyne.KeyEscape && w.dialog != nil:
			w.dialog.Hide()
		case w.long != nil:
			w.scroll(ev.Name)
		}
		return
	}
	if ev.Name == fyne.KeyF1 {
		w.Shortcuts()
		return
	}
	if w.past != nil {
		w.past.Typed(ev)
		return
	}
	list := w.page.List()
	if w.connect != nil || list.Empty() {
		return
	}
	fresh := list.Selected() == nil
	c.Focus(list) // which selects the first row if none is
	jump := ev.Name == fyne.KeyEnd || ev.Name == fyne.KeyPageDown
	if !fresh || jump { // nothing is done to a row that was not selected when the key was pressed
		list.TypedKey(ev)
	}
}
