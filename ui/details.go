package ui

import (
	"strings"
	"time"

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
		scroll := container.NewVScroll(factGrid(facts))
		d := dialog.NewCustomWithoutButtons(w.book.Say(words.Details), scroll, w.win)
		copyText := widget.NewButton(w.book.Say(words.CopyDetails), func() { w.app.Clipboard().SetContent(plain(w.forOthers(facts))) })
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
		w.openLong(d, scroll)
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
	add := func(key words.Key, value string) {
		if value != "" {
			facts = append(facts, [2]string{w.book.Say(key), value})
		}
	}
	if e.Dir {
		add(words.DetailFound, w.book.Found(e, w.wrong(e)))
	}
	add(words.DetailStudy, w.book.Study(e.Study))
	add(words.DetailCode, string(e.Code))
	add(words.DetailTech, words.Name(e.Detail))
	if j := w.fileOf(e); j != nil {
		if j.Ended != 0 {
			add(words.DetailTime, w.book.When(time.Unix(j.Ended, 0)))
		}
		add(words.DetailNumber, string(j.ID))
	}
	add(words.DetailManifest, w.book.Manifest(e))
	return facts
}

// wrong counts the files of a folder that failed, by why.
func (w *window) wrong(e *uploader.EntryRow) map[uploader.Code]int {
	n := map[uploader.Code]int{}
	if w.last == nil || e.FilesFailed == 0 {
		return n
	}
	for _, j := range w.last.Jobs.All() {
		if j.Entry == e.ID && j.State == uploader.Failed {
			n[j.Code]++
		}
	}
	return n
}

// forOthers is what of the facts is copied for an administrator: not what names the file and may name a person, nor the
// day of somebody's study; and which program it is. What Longshore keeps secret is in no fact.
func (w *window) forOthers(facts [][2]string) [][2]string {
	said := [][2]string{{words.Program, w.options.Version}}
	for _, f := range facts {
		switch f[0] {
		case w.book.Say(words.DetailName), w.book.Say(words.DetailPath), w.book.Say(words.DetailStudy):
		default:
			said = append(said, f)
		}
	}
	return said
}

// fileOf is the file that the details tell of: the only one, or the first of a folder that is why the folder stands as
// it does. nil if there is none.
func (w *window) fileOf(e *uploader.EntryRow) *uploader.JobRow {
	if w.last == nil {
		return nil
	}
	for _, j := range w.last.Jobs.All() {
		if j.Entry == e.ID && (j.Path == e.Path || e.Dir && e.Code != "" && j.State == e.State && j.Code == e.Code) {
			return j
		}
	}
	return nil
}

func plain(facts [][2]string) string {
	var b strings.Builder
	for _, f := range facts {
		b.WriteString(f[0] + ": " + f[1] + "\n")
	}
	return b.String()
}
