package ui

import (
	"fyne.io/fyne/v2"

	"longshore/ui/words"
)

// preferredLanguage is the preference's name. A language is a matter of looks: losing it costs a click (FYNE §4.7), and
// a window that cannot open the journal must know it, too.
const preferredLanguage = "language"

// chosenLanguage is the one the user has chosen, words.System before.
func chosenLanguage(a fyne.App) words.Language {
	return words.Language(a.Preferences().String(preferredLanguage))
}
