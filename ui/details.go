package ui

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"longshore/ui/words"
	"longshore/uploader"
)

// Details shows all that is known of an entry; what an administrator needs can be copied.
func (w *window) Details(e *uploader.EntryRow) {
	w.once(askDetails, func(closed func()) {
		facts := w.facts(e)
		d := dialog.NewCustomWithoutButtons(w.book.Say(words.Details), container.NewVScroll(factGrid(facts)), w.win)
		copyText := widget.NewButton(w.book.Say(words.CopyDetails), func() { w.app.Clipboard().SetContent(plain(facts)) })
		done := widget.NewButton(w.book.Say(words.Close), d.Hide)
		done.Importance = widget.HighImportance
		show := widget.NewButton(w.book.Say(words.ShowInFolder), func() { w.ShowInFolder(e) })
		buttons := []fyne.CanvasObject{show, copyText, done}
		if e.State == uploader.Done {
			batch := e.Batch
			buttons = append([]fyne.CanvasObject{widget.NewButton(w.book.Say(words.ReceiptDrop), func() { w.saveDropReceipt(batch) })}, buttons...)
		}
		d.SetButtons(buttons)
		d.SetOnClosed(closed)
		size := w.win.Canvas().Size()
		d.Resize(fyne.NewSize(min(640, size.Width-40), min(420, size.Height-40)))
		w.open(d)
	})
}

// factGrid lines up names and what they are; the latter can be selected.
func factGrid(facts [][2]string) fyne.CanvasObject {
	grid := container.New(layout.NewFormLayout())
	for _, f := range facts {
		name, value := widget.NewLabel(f[0]), widget.NewLabel(f[1])
		name.TextStyle.Bold = true
		value.Selectable = true
		value.Wrapping = fyne.TextWrapBreak // a path has no spaces to break at
		if strings.Contains(f[1], " ") {
			value.Wrapping = fyne.TextWrapWord
		}
		grid.Add(name)
		grid.Add(value)
	}
	return grid
}

func (w *window) facts(e *uploader.EntryRow) [][2]string {
	vault := w.book.Say(words.UnknownVault)
	if v, ok := w.vault(e.Vault); ok {
		vault = words.Name(v.Name)
	}
	size := w.book.Of(e.BytesSent, e.Bytes)
	if e.Dir {
		size = w.book.Files(e.Files) + ", " + size
	}
	facts := [][2]string{
		{w.book.Say(words.DetailName), words.Name(e.Name)}, {w.book.Say(words.DetailPath), words.Name(e.Path)},
		{w.book.Say(words.DetailSize), size}, {w.book.Say(words.DetailVault), vault}, {w.book.Say(words.DetailState), w.book.State(e)},
	}
	if e.Code != "" {
		facts = append(facts, [2]string{w.book.Say(words.DetailCode), string(e.Code)})
	}
	if e.Detail != "" {
		facts = append(facts, [2]string{w.book.Say(words.DetailTech), words.Name(e.Detail)})
	}
	if says := w.book.Manifest(e); says != "" {
		facts = append(facts, [2]string{w.book.Say(words.DetailManifest), says})
	}
	return facts
}

func plain(facts [][2]string) string {
	var b strings.Builder
	for _, f := range facts {
		b.WriteString(f[0] + ": " + f[1] + "\n")
	}
	return b.String()
}
