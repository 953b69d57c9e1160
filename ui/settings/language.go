package settings

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	base "fyne.io/fyne/v2/theme"

	"longshore/ui/connect"
	"longshore/ui/theme"
	"longshore/ui/widgets"
	"longshore/ui/words"
)

// language is the choice of the window's language, with its line of explanation.
func language(s Services, book *words.Book) fyne.CanvasObject {
	return container.New(layout.NewCustomPaddedVBoxLayout(3),
		container.NewBorder(nil, nil, nil, connect.NewLanguage(s, book),
			widgets.NewLine(book.Say(words.SettingsLanguage), theme.TextTitle, base.ColorNameForeground, fyne.TextStyle{Bold: true})),
		widgets.NewLine(book.Say(words.SettingsLanguageEx), theme.TextSmall, theme.ColorMuted, fyne.TextStyle{}))
}
