package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
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
	askShortcuts
	askProxy
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
	w.dialog, w.long = d, nil
	d.Show()
}

// openLong shows a dialog that may be longer than the window: the keyboard scrolls it, which the toolkit leaves to the
// pointer.
func (w *window) openLong(d dialog.Dialog, long *container.Scroll) {
	w.open(d)
	w.long = long
	w.follow(long)
}

// scroll moves what is open by a key.
func (w *window) scroll(key fyne.KeyName) {
	const line float32 = 40
	page := w.long.Size().Height
	by := map[fyne.KeyName]float32{
		fyne.KeyDown: line, fyne.KeyUp: -line, fyne.KeyPageDown: page, fyne.KeyPageUp: -page,
		fyne.KeyHome: -w.long.Content.Size().Height, fyne.KeyEnd: w.long.Content.Size().Height,
	}[key]
	if by != 0 {
		most := max(w.long.Content.Size().Height-page, 0)
		w.long.ScrollToOffset(fyne.NewPos(0, min(max(w.long.Offset.Y+by, 0), most)))
	}
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
