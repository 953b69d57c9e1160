package ui

import (
	"os"
	"slices"
	"strconv"

	"fyne.io/fyne/v2"

	"longshore/ui/settings"
	"longshore/ui/theme"
)

// preferredTextSize is the preference's name, in percent.
const preferredTextSize = "text.size"

// scaleVariable is where the toolkit looks for a factor for all that it draws, each time it works out a window's scale.
// Text grows with everything around it, so that nothing is cut off; the toolkit has no other way to say so.
const scaleVariable = "FYNE_SCALE"

// ownScale is the factor the person, or the system, has set for the toolkit's programs, before ours is applied.
func ownScale(a fyne.App) float64 {
	if own, err := strconv.ParseFloat(os.Getenv(scaleVariable), 64); err == nil && own > 0 {
		return own
	}
	if own := float64(a.Settings().Scale()); own > 0 {
		return own
	}
	return 1
}

// chosenTextSize is the one the user has chosen, 100 before.
func chosenTextSize(a fyne.App) int {
	if p := a.Preferences().IntWithFallback(preferredTextSize, 100); slices.Contains(settings.TextSizes(), p) {
		return p
	}
	return 100
}

// scaleTo makes the toolkit draw at a size from the next time it looks. At the usual size its own reckoning is left alone.
func scaleTo(own float64, percent int) {
	if percent == 100 && own == 1 {
		_ = os.Unsetenv(scaleVariable) // it fails for names only that are none
		return
	}
	_ = os.Setenv(scaleVariable, strconv.FormatFloat(own*float64(percent)/100, 'f', -1, 64))
}

// TextSize is what the user has chosen (settings.Looks).
func (w *window) TextSize() int { return chosenTextSize(w.app) }

// SetTextSize draws everything at another size, when the toolkit is done with the tap that asked for it. The window stays
// as large as it is on the screen, and holds less or more.
func (w *window) SetTextSize(percent int) {
	before := w.TextSize()
	if percent == before {
		return
	}
	w.app.Preferences().SetInt(preferredTextSize, percent)
	w.bridge.Post(func() {
		size := w.win.Canvas().Size()
		scaleTo(w.ownScale, percent)
		w.app.Settings().SetTheme(theme.New(w.Look())) // makes the toolkit look
		by := float32(before) / float32(percent)
		w.win.Resize(fyne.NewSize(size.Width*by, size.Height*by))
	})
}
