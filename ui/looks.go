package ui

import (
	"fyne.io/fyne/v2"

	"longshore/ui/theme"
)

// preferredLook is the preference's name.
const preferredLook = "look"

// chosenLook is the one the user has chosen, theme.System before.
func chosenLook(a fyne.App) theme.Look { return theme.Look(a.Preferences().String(preferredLook)) }

// Look is what the user has chosen (settings.Looks).
func (w *window) Look() theme.Look { return chosenLook(w.app) }

// SetLook draws the window in other colours, when the toolkit is done with the tap that asked for it.
func (w *window) SetLook(l theme.Look) {
	if l == w.Look() {
		return
	}
	w.app.Preferences().SetString(preferredLook, string(l))
	w.bridge.Post(func() { w.app.Settings().SetTheme(theme.New(l)) })
}
