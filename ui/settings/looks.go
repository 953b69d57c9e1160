package settings

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"longshore/ui/theme"
	"longshore/ui/widgets"
	"longshore/ui/words"
)

// Looks is the part of Services that concerns how the window looks. Every method returns at once.
type Looks interface {
	// Look is what the user has chosen.
	Look() theme.Look
	// SetLook changes it at once, and remembers it.
	SetLook(theme.Look)
}

var lookNames = map[theme.Look]words.Key{
	theme.System: words.LookSystem, theme.Light: words.LookLight, theme.Dark: words.LookDark, theme.Contrast: words.LookContrast,
}

// looks is the choice of the window's colours.
func looks(s Services, book *words.Book) fyne.CanvasObject {
	all := theme.Looks()
	names := make([]string, len(all))
	for i, l := range all {
		names[i] = book.Say(lookNames[l])
	}
	pick := widget.NewSelect(names, nil)
	pick.SetSelectedIndex(max(slices.Index(all, s.Look()), 0))
	pick.OnChanged = func(string) { s.SetLook(all[pick.SelectedIndex()]) }
	return chosen(words.SettingsLook, words.SettingsLookEx, pick, book)
}

// chosen is a choice with its name before it and its explanation below.
func chosen(name, explains words.Key, pick fyne.CanvasObject, book *words.Book) fyne.CanvasObject {
	line := widgets.NewLine(book.Say(name), theme.TextBody, base.ColorNameForeground, fyne.TextStyle{Bold: true}).Fitting()
	return explained(book.Say(explains), container.NewBorder(nil, nil, container.NewCenter(line), nil, pick))
}
