package connect

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"longshore/ui/widgets"
	"longshore/ui/words"
)

// Languages is what the choice of a language needs. Every method returns at once.
type Languages interface {
	// Language is what the user has chosen, words.System if nothing.
	Language() words.Language
	// SystemLanguage is what words.System stands for on this computer.
	SystemLanguage() words.Language
	// SetLanguage draws the window anew in a language, soon, and remembers it.
	SetLanguage(words.Language)
}

// NewLanguage is the choice of the window's language. Each is called by its name in itself, so that whoever is stranded
// in a language finds their way back.
func NewLanguage(s Languages, book *words.Book) fyne.CanvasObject {
	var languages []words.Language
	var names []string
	for _, l := range words.Languages() {
		if l.Language == s.SystemLanguage() {
			languages = append([]words.Language{words.System}, languages...)
			names = append([]string{book.Say(words.SettingsLanguageSystem, "language", l.Name)}, names...)
		}
		languages, names = append(languages, l.Language), append(names, l.Name)
	}
	choice := widget.NewSelect(names, nil)
	choice.SetSelectedIndex(max(slices.Index(languages, s.Language()), 0))
	choice.OnChanged = func(string) {
		if i := choice.SelectedIndex(); i >= 0 {
			s.SetLanguage(languages[i])
		}
	}
	// A select asks for less room than its longest text needs.
	width := float32(0)
	for _, n := range names {
		width = max(width, fyne.MeasureText(n, base.TextSize(), fyne.TextStyle{}).Width)
	}
	room := width + base.IconInlineSize() + 5*base.InnerPadding()
	return container.NewGridWrap(fyne.NewSize(room, choice.MinSize().Height), widgets.Framed(choice))
}
