package ui

import (
	"context"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"

	"longshore/ui/connect"
	"longshore/ui/place"
	"longshore/ui/settings"
	"longshore/ui/words"
	"longshore/uploader"
)

// Behaviour is what the user wants of the program beside uploading.
type Behaviour = settings.Behaviour

// Desktop is the system around the window. Methods with a context may take long and are called off the UI goroutine.
type Desktop interface {
	// HasTray tells whether an icon beside the clock, and notifications, may be tried. It does not block.
	HasTray() bool
	// Raises brings the paths that other starts of the program give to this window; an empty list only raises it.
	Raises() <-chan []string
	Behaviour(ctx context.Context) (Behaviour, error)
	SetBehaviour(ctx context.Context, b Behaviour) error
	// AtLogin tells whether the program starts at login; SetAtLogin changes it.
	AtLogin(ctx context.Context) (bool, error)
	SetAtLogin(ctx context.Context, on bool) error
	// IsConnection tells a connection file by its name; ReadConnection reads one.
	IsConnection(path string) bool
	ReadConnection(ctx context.Context, path string) (connect.Invitation, error)
	// ShowInFolder shows a file where it lies.
	ShowInFolder(ctx context.Context, path string) error
	// SupportName is what a support bundle may be called; SaveSupport makes one.
	SupportName() string
	SaveSupport(ctx context.Context, path string) error
}

// raise shows the window, in front.
func (w *window) raise() {
	hidden := w.away
	w.away = false
	w.win.Show()
	if hidden {
		w.takePlace()
	}
	w.bridge.SetVisible(true)
	w.win.RequestFocus()
}

// hide takes the window off the screen; the program goes on.
func (w *window) hide() {
	w.remember()
	w.away = true
	w.bridge.SetVisible(false)
	w.win.Hide()
}

// heed carries out what other starts of the program ask for, until the window ends.
func (w *window) heed(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case paths := <-w.desktop.Raises():
			w.bridge.Post(func() {
				w.raise()
				w.add(paths)
			})
		}
	}
}

// The preferences that hold the window's size and place: a matter of looks (FYNE §4.7).
const (
	preferredWidth  = "window.width"
	preferredHeight = "window.height"
	preferredX      = "window.x"
	preferredY      = "window.y"
)

// nowhere is no place: the system chooses one.
const nowhere = -1 << 20

// The window's size at first, and at least.
const (
	firstWidth, firstHeight float64 = 1000, 680
	leastWidth, leastHeight float64 = 480, 360
)

// remembered is the size the window had when it was last closed.
func remembered(a fyne.App) fyne.Size {
	width := a.Preferences().FloatWithFallback(preferredWidth, firstWidth)
	height := a.Preferences().FloatWithFallback(preferredHeight, firstHeight)
	return fyne.NewSize(float32(max(width, leastWidth)), float32(max(height, leastHeight)))
}

func (w *window) remember() {
	size := w.win.Canvas().Size()
	w.app.Preferences().SetFloat(preferredWidth, float64(size.Width))
	w.app.Preferences().SetFloat(preferredHeight, float64(size.Height))
	if p, ok := place.Of(w.win); ok {
		w.app.Preferences().SetInt(preferredX, p.X)
		w.app.Preferences().SetInt(preferredY, p.Y)
	}
}

// takePlace puts the shown window where it stood when it was last closed.
func (w *window) takePlace() {
	p := place.Point{X: w.app.Preferences().IntWithFallback(preferredX, nowhere), Y: w.app.Preferences().IntWithFallback(preferredY, nowhere)}
	if p.X != nowhere && p.Y != nowhere {
		place.Move(w.win, p)
	}
}

// ShowInFolder shows an entry where it lies.
func (w *window) ShowInFolder(e *uploader.EntryRow) {
	path := e.Path
	w.work.alone(func(ctx context.Context) {
		if err := w.desktop.ShowInFolder(ctx, path); err != nil && ctx.Err() == nil {
			w.bridge.Post(func() { w.tell(words.Saying(words.NoFolder)) })
		}
	})
}

// offerSupport tells of a crash of the last run, once, and offers a bundle.
func (w *window) offerSupport() {
	w.once(askCrash, func(closed func()) {
		w.confirm(w.book.Say(words.CrashTitle), w.book.Say(words.CrashText), w.book.Say(words.SupportSave), w.book.Say(words.SupportNo),
			closed, w.SaveSupport)
	})
}

// SaveSupport lets the user choose where, and saves a support bundle there.
func (w *window) SaveSupport() {
	title, name := w.book.Say(words.SupportPlace), w.desktop.SupportName()
	if w.picker == nil {
		w.tell(words.Saying(words.NoPicker))
		return
	}
	w.browse(title, func(p Picker, ctx context.Context, title string) ([]string, error) {
		path, err := p.Save(ctx, title, name)
		if path == "" {
			return nil, err
		}
		return []string{path}, err
	}, func(chosen func([]string)) { w.ownSave(name, chosen) }, func(paths []string) { w.saveSupport(paths[0]) })
}

// ownSave asks with the toolkit's own file window. It makes the file; the bundle replaces it.
func (w *window) ownSave(name string, chosen func([]string)) {
	d := dialog.NewFileSave(func(f fyne.URIWriteCloser, err error) {
		if err != nil || f == nil {
			return
		}
		path := f.URI().Path()
		_ = f.Close() // it was opened only to be named
		chosen([]string{path})
	}, w.win)
	d.SetFileName(name)
	w.open(d)
	d.Resize(w.dialogSize())
}

func (w *window) saveSupport(path string) {
	if !strings.HasSuffix(strings.ToLower(path), ".zip") {
		path += ".zip"
	}
	w.work.alone(func(ctx context.Context) {
		ctx, cancel := context.WithTimeout(ctx, supportWait)
		defer cancel()
		err := w.desktop.SaveSupport(ctx, path)
		w.bridge.Post(func() {
			text := w.book.Say(words.SupportSaved, "name", words.Name(path))
			if err != nil {
				text = w.book.Say(words.SupportFailed)
			}
			dialog.ShowInformation(words.Program, text, w.win)
		})
	})
}

// supportWait bounds the making of a bundle: it asks every vault whether it answers.
const supportWait = time.Minute
