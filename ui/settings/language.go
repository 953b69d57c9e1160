package settings

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"longshore/ui/connect"
	"longshore/ui/words"
)

// language is the choice of the window's language, with its line of explanation.
func language(s Services, book *words.Book) fyne.CanvasObject {
	choice := container.NewHBox(connect.NewLanguage(s, book))
	return container.New(layout.NewCustomPaddedVBoxLayout(-4), row(book.Say(words.SettingsLanguage), choice), newNote(book.Say(words.SettingsLanguageEx)).box)
}
