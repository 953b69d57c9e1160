package settings

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
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
	// TextSize is what the user has chosen, in percent of the usual.
	TextSize() int
	// SetTextSize changes it at once, and remembers it.
	SetTextSize(percent int)
}

// TextSizes are the sizes one chooses from, in percent. The toolkit rounds to tenths. At more
// than 160 the header's buttons do not fit a small laptop's screen in every language.
func TextSizes() []int { return []int{90, 100, 110, 120, 130, 150, 160} }

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

// textSize is the choice of how large everything is.
func textSize(s Services, book *words.Book) fyne.CanvasObject {
	all := TextSizes()
	names := make([]string, len(all))
	for i, p := range all {
		names[i] = book.Percents(p)
	}
	pick := widget.NewSelect(names, nil)
	pick.SetSelectedIndex(max(slices.Index(all, s.TextSize()), 0))
	pick.OnChanged = func(string) { s.SetTextSize(all[pick.SelectedIndex()]) }
	return chosen(words.SettingsTextSize, words.SettingsTextSizeEx, pick, book)
}

// chosen is a choice with its name before it and its explanation below.
func chosen(name, explains words.Key, pick *widget.Select, book *words.Book) fyne.CanvasObject {
	return container.New(layout.NewCustomPaddedVBoxLayout(-4), row(book.Say(name), widgets.Framed(pick)), newNote(book.Say(explains)).box)
}
