package ui

import (
	"encoding/json"
	"errors"
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"longshore/ui/words"
)

// toolkitLanguages are those the toolkit brings. It speaks the one nearest to the system's, and cannot be told another.
func toolkitLanguages() []fyne.Locale {
	return []fyne.Locale{"cs", "de", "el", "en", "es", "fr", "ja", "pl", "pt", "pt-BR", "ru", "sv", "ta", "uk", "zh-Hans"}
}

// teach makes the toolkit speak the window's language, whichever it believes to speak: dialogs and menus that it opens
// from now on have our words. It must be called on the UI goroutine.
func teach(b *words.Book) error {
	data, err := json.Marshal(b.Toolkit())
	for _, l := range toolkitLanguages() {
		err = errors.Join(err, lang.AddTranslationsForLocale(data, l))
	}
	if err != nil {
		return fmt.Errorf("toolkit's texts: %w", err)
	}
	return nil
}
