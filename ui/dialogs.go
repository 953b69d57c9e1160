package ui

import (
	"reflect"

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
	w.dialog, w.long, w.goal = d, nil, goal{}
	d.Show()
	lineUp(w.win.Canvas().Overlays().Top())
}

// dialogInset is how far the toolkit insets what a dialog holds, but not its title.
const dialogInset float32 = 16

// lineUp puts a dialog's title above what the dialog holds: the toolkit has it further to the left. The toolkit's name
// for what lies around a dialog cannot be written here. A dialog of a shape that is not known stays as it is.
func lineUp(overlay fyne.CanvasObject) {
	const title = 4
	pop := popUpIn(overlay)
	if pop == nil {
		return
	}
	if box, ok := pop.Content.(*fyne.Container); ok && len(box.Objects) == title+1 {
		if label, ok := box.Objects[title].(*widget.Label); ok {
			label.Move(fyne.NewPos(dialogInset, label.Position().Y))
		}
	}
}

// openLong shows a dialog that may be longer than the window: the keyboard scrolls it, which the toolkit leaves to the
// pointer.
func (w *window) openLong(d dialog.Dialog, long *container.Scroll) {
	w.open(d)
	w.long = long
	w.follow(long)
}

// popUpIn is what an overlay shows, nil if it is no pop-up.
func popUpIn(overlay fyne.CanvasObject) *widget.PopUp {
	around := reflect.Indirect(reflect.ValueOf(overlay))
	if around.Kind() != reflect.Struct {
		return nil
	}
	for i := range around.NumField() {
		if f := around.Field(i); f.CanInterface() {
			if pop, ok := f.Interface().(*widget.PopUp); ok {
				return pop
			}
		}
	}
	return nil
}

// goal is where a long dialog is to be scrolled to.
type goal struct {
	y     float32
	tries int // before it is enough to be near
}

// reach scrolls what is open to where it was before it was made anew. Some of it comes only when the journal has been
// asked, so it may not be long enough yet.
func (w *window) reach(y float32) {
	w.goal = goal{y, 20}
	w.approach()
}

func (w *window) approach() {
	if w.goal.tries == 0 {
		return
	}
	most := max(w.long.Content.MinSize().Height-w.long.Size().Height, 0)
	w.long.ScrollToOffset(fyne.NewPos(0, min(w.goal.y, most)))
	if w.goal.tries--; most >= w.goal.y {
		w.goal = goal{}
	}
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
