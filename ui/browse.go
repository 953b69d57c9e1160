package ui

import (
	"context"
	"path/filepath"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"

	"longshore/ui/words"
)

// BrowseFiles lets the user choose files to add.
func (w *window) BrowseFiles() {
	w.browse(w.book.Say(words.PickFiles), Picker.Files, w.ownFile, w.add)
}

// BrowseFolder lets the user choose a folder to add.
func (w *window) BrowseFolder() {
	w.browse(w.book.Say(words.PickFolder), Picker.Folders, w.ownFolder, w.add)
}

// BrowseFile lets the user choose one file for a field.
func (w *window) BrowseFile(title string, answer func(string)) {
	w.browse(title, Picker.Files, w.ownFile, func(paths []string) { answer(paths[0]) })
}

// browse opens the system's file window off the UI goroutine, one at a time; where there is none, the toolkit's own.
func (w *window) browse(title string, pick func(Picker, context.Context, string) ([]string, error),
	own func(chosen func([]string)), chosen func([]string)) {
	if w.picker == nil {
		own(chosen)
		return
	}
	if !w.picking.CompareAndSwap(false, true) {
		return
	}
	w.work.alone(func(ctx context.Context) {
		paths, err := pick(w.picker, ctx, title)
		w.picking.Store(false)
		if ctx.Err() != nil {
			return
		}
		w.bridge.Post(func() {
			switch {
			case err != nil:
				own(chosen)
			case len(paths) > 0:
				chosen(paths)
			}
		})
	})
}

func (w *window) ownFile(chosen func([]string)) {
	d := dialog.NewFileOpen(func(r fyne.URIReadCloser, err error) {
		if err != nil {
			w.tell(words.Saying(words.NoPicker))
			return
		}
		if r == nil {
			return
		}
		path := filepath.FromSlash(r.URI().Path())
		_ = r.Close() // it was opened only to be named
		chosen([]string{path})
	}, w.win)
	w.open(d)
	d.Resize(w.dialogSize()) // before it is shown, this dialog has no size and Resize panics
}

func (w *window) ownFolder(chosen func([]string)) {
	d := dialog.NewFolderOpen(func(u fyne.ListableURI, err error) {
		if err != nil {
			w.tell(words.Saying(words.NoPicker))
			return
		}
		if u != nil {
			chosen([]string{filepath.FromSlash(u.Path())})
		}
	}, w.win)
	w.open(d)
	d.Resize(w.dialogSize()) // before it is shown, this dialog has no size and Resize panics
}

func (w *window) dialogSize() fyne.Size {
	size := w.win.Canvas().Size()
	return fyne.NewSize(min(860, size.Width-40), min(600, size.Height-40))
}
