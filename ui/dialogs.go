package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/widget"
)

// question names a dialog.
type question int

const (
	askQuit question = iota
	askRemove
	askSettings
	askDetails
	askSignIn
	askCrash
	askInvite
	askForget
	askReceipt
	askClear
)

// once opens a dialog unless one of its kind is open, and calls the answer once.
func (w *window) once(q question, open func(closed func())) {
	if w.asking[q] {
		return
	}
	w.asking[q] = true
	open(func() { delete(w.asking, q) })
}

// open shows a dialog; Escape closes it.
func (w *window) open(d dialog.Dialog) {
	w.dialog = d
	d.Show()
}

// confirm asks a question with two answers.
func (w *window) confirm(title, text, yes, no string, closed, do func()) {
	label := widget.NewLabel(text)
	label.Wrapping = fyne.TextWrapWord
	d := dialog.NewCustomConfirm(title, yes, no, label, func(ok bool) {
		closed()
		if ok {
			do()
		}
	}, w.win)
	d.Resize(fyne.NewSize(min(460, w.win.Canvas().Size().Width-40), 0))
	w.open(d)
}
