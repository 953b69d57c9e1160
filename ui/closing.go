package ui

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/widget"

	"longshore/ui/settings"
	"longshore/ui/words"
)

// sending tells whether closing the program stops something.
func (w *window) sending() bool {
	return w.last != nil && (w.last.Totals.FilesActive > 0 || w.last.Totals.Scanning)
}

// close is the window's cross: what the user wants of it, after a question the first time that it stops something.
func (w *window) close() {
	switch {
	case w.behaviour.OnClose == settings.CloseHides && w.tray != nil:
		w.hide()
	case w.behaviour.OnClose == settings.CloseEnds || !w.sending():
		w.quit()
	case w.tray == nil:
		w.askToQuit()
	default:
		w.askHowToClose()
	}
}

// askToQuit ends the program, after a question if that stops something.
func (w *window) askToQuit() {
	if !w.sending() {
		w.quit()
		return
	}
	w.once(askQuit, func(closed func()) {
		w.confirm(w.book.Say(words.QuitTitle), w.book.Say(words.QuitText), w.book.Say(words.QuitYes), w.book.Say(words.QuitNo), closed, w.quit)
	})
}

// askHowToClose asks once; the answer is what closing the window means from then on.
func (w *window) askHowToClose() {
	w.once(askQuit, func(closed func()) {
		text := widget.NewLabel(w.book.Say(words.CloseText))
		text.Wrapping = fyne.TextWrapWord
		d := dialog.NewCustomWithoutButtons(w.book.Say(words.CloseAsk), text, w.win)
		answer := func(how settings.OnClose, do func()) func() {
			return func() {
				d.Hide()
				w.behaviour.OnClose = how
				w.SetBehaviour(w.behaviour)
				do()
			}
		}
		stay := widget.NewButton(w.book.Say(words.QuitNo), d.Hide)
		stop := widget.NewButton(w.book.Say(words.CloseQuit), answer(settings.CloseEnds, w.quit))
		keep := widget.NewButton(w.book.Say(words.CloseTray), answer(settings.CloseHides, w.hide))
		keep.Importance = widget.HighImportance
		d.SetButtons([]fyne.CanvasObject{stay, stop, keep})
		d.SetOnClosed(closed)
		d.Resize(fyne.NewSize(min(520, w.win.Canvas().Size().Width-40), 0))
		w.open(d)
	})
}

// quit ends the program; nothing is drawn any more, since closures would run on other goroutines once the toolkit's
// loop has ended (FYNE §4.1).
func (w *window) quit() {
	w.remember()
	w.bridge.SetVisible(false)
	w.win.Close()
	// Closing a window that is hidden does not end the program. App.Quit would, but it panics where its settings could not
	// be watched, as on a machine whose inotify instances are used up (Fyne 2.8.1, settings.stopWatching).
	w.app.Driver().Quit()
}

// Behaviour tells what the user wants of the program beside uploading.
func (w *window) Behaviour() Behaviour { return w.behaviour }

// SetBehaviour changes it, now and for the next start.
func (w *window) SetBehaviour(b Behaviour) {
	w.behaviour = b
	w.order(func(ctx context.Context) error { return w.desktop.SetBehaviour(ctx, b) })
}

// AtLogin tells whether the program starts at login.
func (w *window) AtLogin(answer func(bool)) {
	w.work.alone(func(ctx context.Context) {
		on, err := w.desktop.AtLogin(ctx)
		w.bridge.Post(func() {
			w.fail(err)
			answer(on)
		})
	})
}

// SetAtLogin changes it.
func (w *window) SetAtLogin(on bool) {
	w.order(func(ctx context.Context) error { return w.desktop.SetAtLogin(ctx, on) })
}
