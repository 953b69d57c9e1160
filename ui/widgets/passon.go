package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
)

// PassOn gives a shortcut that a field has got, and that the toolkit would give to it alone, to the window if that made
// it, else to the field.
func PassOn(field fyne.CanvasObject, own fyne.Shortcutable, shortcut fyne.Shortcut) {
	made, ok := shortcut.(*desktop.CustomShortcut)
	if !ok {
		own.TypedShortcut(shortcut)
		return
	}
	c := fyne.CurrentApp().Driver().CanvasForObject(field)
	if window, ok := c.(fyne.Shortcutable); ok {
		window.TypedShortcut(made)
	}
}
