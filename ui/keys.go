package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
)

// keys makes the window work from the keyboard alone. Keys that no field has taken go to the list.
func (w *window) keys() {
	c := w.win.Canvas()
	on := func(key fyne.KeyName, mod fyne.KeyModifier, do func()) {
		c.AddShortcut(&desktop.CustomShortcut{KeyName: key, Modifier: mod}, func(fyne.Shortcut) {
			if w.connect == nil && c.Overlays().Top() == nil {
				do()
			}
		})
	}
	ctrl := fyne.KeyModifierShortcutDefault
	on(fyne.KeyO, ctrl, w.BrowseFiles)
	on(fyne.KeyO, ctrl|fyne.KeyModifierShift, w.BrowseFolder)
	queued := func(key fyne.KeyName, mod fyne.KeyModifier, do func()) { // means the list, and nothing while the history is shown
		on(key, mod, func() {
			if w.past == nil {
				do()
			}
		})
	}
	queued(fyne.KeyT, ctrl, func() { w.page.List().ToTop() })
	queued(fyne.KeyUp, fyne.KeyModifierAlt, func() { w.page.List().Up() })
	queued(fyne.KeyDown, fyne.KeyModifierAlt, func() { w.page.List().Down() })
	queued(fyne.KeySpace, ctrl, func() { w.page.List().Toggle() })
	on(fyne.KeyF, ctrl, func() {
		if w.past != nil {
			c.Focus(w.past.First())
			return
		}
		w.page.Search()
	})
	c.AddShortcut(&fyne.ShortcutSelectAll{}, func(fyne.Shortcut) {
		if w.connect == nil && w.past == nil && c.Overlays().Top() == nil {
			w.page.List().SelectAll()
		}
	})
	on(fyne.KeyComma, ctrl, w.Settings)
	on(fyne.KeyH, ctrl, func() {
		if w.past != nil {
			w.LeaveHistory()
			return
		}
		w.History()
	})
	c.SetOnTypedKey(w.typed)
}

// typed gets the keys that no field and no button has taken.
func (w *window) typed(ev *fyne.KeyEvent) {
	c := w.win.Canvas()
	if c.Overlays().Top() != nil {
		if ev.Name == fyne.KeyEscape && w.dialog != nil {
			w.dialog.Hide()
		}
		return
	}
	if w.past != nil {
		if ev.Name == fyne.KeyEscape {
			w.LeaveHistory()
		}
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
