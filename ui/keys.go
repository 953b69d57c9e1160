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
	on(fyne.KeyT, ctrl, w.page.List().MoveSelectedToTop)
	on(fyne.KeyComma, ctrl, w.Settings)
	c.SetOnTypedKey(func(ev *fyne.KeyEvent) {
		if w.connect == nil && c.Overlays().Top() == nil {
			w.page.List().TypedKey(ev)
		}
	})
}
