package ui

import (
	"fyne.io/fyne/v2"

	"longshore/ui/connect"
	"longshore/ui/queue"
	"longshore/ui/words"
	"longshore/uploader"
)

// preferredLanguage is the preference's name. A language is a matter of looks: losing it costs a click (FYNE §4.7), and
// a window that cannot open the journal must know it, too.
const preferredLanguage = "language"

// chosenLanguage is the one the user has chosen, words.System before.
func chosenLanguage(a fyne.App) words.Language {
	return words.Language(a.Preferences().String(preferredLanguage))
}

// Language is what the user has chosen (connect.Languages).
func (w *window) Language() words.Language { return chosenLanguage(w.app) }

// SystemLanguage is the language for who has chosen none.
func (w *window) SystemLanguage() words.Language { return words.New(words.System, w.locale).Language() }

// SetLanguage draws the window anew in a language, when the toolkit is done with the tap that asked for it.
func (w *window) SetLanguage(l words.Language) {
	if l == w.Language() {
		return
	}
	w.app.Preferences().SetString(preferredLanguage, string(l))
	w.bridge.Post(func() { w.speak(words.New(l, w.locale)) })
}

// speak makes the pages anew, with the same in them. Open settings are opened again.
func (w *window) speak(b *words.Book) {
	w.book = b
	_ = teach(b) // the toolkit's own menus stay as they were then
	settings, at := w.asking[askSettings], fyne.Position{}
	if settings {
		if w.long != nil {
			at = w.long.Offset
		}
		w.settings.Hide()
	}
	old, notices := w.page, w.page.Notices()
	w.page = queue.NewPage(w, b)
	w.page.Follow(old)
	for _, n := range notices {
		w.page.Tell(n)
	}
	if v, ok := w.vault(w.missing); ok {
		w.page.Missing(v)
	}
	if w.last != nil {
		w.page.Update(w.last)
		w.win.SetTitle(b.WindowTitle(w.last.Totals))
		if w.tray != nil && w.tray.say(b, w.last.Totals) {
			w.tray.menu.Refresh()
		}
	}
	if w.connect != nil {
		w.connect.Flow.Stop()
		known := w.connect.Flow.Entered()
		w.connect = connect.NewPage(w, b, known, func(uploader.Vault) {})
		w.connect.Keep(len(w.kept))
	}
	if w.past != nil {
		w.past.Stop()
		w.past = nil
		w.History()
	}
	w.choose()
	if settings {
		w.Settings()
		w.reach(at.Y)
	}
}
