package ui

import (
	"context"
	"sync/atomic"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"

	"longshore/ui/bridge"
	"longshore/ui/connect"
	"longshore/ui/history"
	"longshore/ui/queue"
	"longshore/ui/words"
	"longshore/uploader"
)

// window is the program's one window. Its fields belong to the UI goroutine, but for work and bridge, which anyone may
// use.
type window struct {
	app     fyne.App
	win     fyne.Window
	queue   Queue
	picker  Picker
	options Options
	bridge  *bridge.Bridge
	locale  string // the system's
	book    *words.Book
	work    *work
	desktop Desktop

	ownScale float64 // the toolkit's, without the user's choice of a text size

	tray      *tray // nil where there is none
	behaviour Behaviour
	away      bool // the window is hidden
	focused   bool // the toolkit said last that the window has the keyboard, which it may say of a hidden one

	page        *queue.Page
	past        *history.Page             // nil unless it is shown
	connect     *connect.Page             // nil once there is a vault
	vaults      []uploader.Vault          // as last seen
	current     uploader.VaultID          // where new files go
	kept        []string                  // dropped before there was a vault
	connecting  bool                      // the vault of the command line is being contacted; what is dropped waits for it
	signedOut   map[uploader.VaultID]bool // vaults that nobody is signed in to, as last asked
	missing     uploader.VaultID          // the one that the page shows
	proxyHolds  bool                      // the page shows that a proxy holds up the queue
	askingNeeds bool                      // it is asked whether it still does
	names       namesWatch
	askingWho   bool // it is being asked
	last        *uploader.Snapshot
	asking      map[question]bool // dialogs that are open: each is asked once
	dialog      dialog.Dialog     // the one opened last, which Escape closes; nil before the first
	long        *container.Scroll // what of it scrolls by the keyboard; nil for nothing
	goal        goal              // where it is to be scrolled to
	settings    dialog.Dialog     // the settings as opened last; nil before
	picking     atomic.Bool       // a file window of the system is open
}

func newWindow(a fyne.App, o Options, locale string) *window {
	w := &window{app: a, locale: locale, book: words.New(chosenLanguage(a), locale), win: a.NewWindow(words.Program), queue: o.Queue, picker: o.Picker, options: o, desktop: o.Desktop,
		work: newWork(), ownScale: 1, asking: map[question]bool{}, signedOut: map[uploader.VaultID]bool{}}
	w.page = queue.NewPage(w, w.book)
	w.win.SetMaster()
	w.win.SetPadded(false)
	w.win.Resize(remembered(a))
	w.win.SetOnDropped(func(_ fyne.Position, dropped []fyne.URI) { w.add(droppedPaths(dropped)) })
	w.connecting = o.Connect != nil
	vaults, err := o.Queue.Vaults(context.Background()) // from the journal, no network
	w.vaults = vaults
	w.choose()
	w.fail(err)
	for _, n := range o.Queue.Notices() {
		w.tell(func(b *words.Book) string { return b.Explain(n...) })
	}
	w.show(o.Queue.Snapshot()) // the queue is there in the first frame, before anything is asked of the network
	w.keys()
	w.behaviour, err = o.Desktop.Behaviour(context.Background()) // from the journal, too
	w.fail(err)
	w.setTray()
	w.win.SetCloseIntercept(w.close)
	return w
}

// start opens the door to the engine's goroutines and begins what the command line asked for.
func (w *window) start(dispatch func(func())) {
	w.bridge = bridge.Start(w.queue, dispatch, w.show)
	w.app.Lifecycle().SetOnEnteredForeground(func() {
		w.focused = true
		w.bridge.SetVisible(!w.away)
	})
	w.app.Lifecycle().SetOnExitedForeground(func() { w.focused = false })
	if w.away = w.options.Hidden; w.away {
		w.bridge.SetVisible(false)
	}
	w.work.alone(w.heed)
	w.work.alone(w.attend)
	w.work.alone(func(ctx context.Context) {
		select {
		case <-w.queue.Ended():
			w.bridge.Post(func() { w.fail(w.queue.Err()) })
		case <-ctx.Done():
		}
	})
	w.askWho()
	if w.options.Connect != nil {
		w.connectTo(*w.options.Connect)
	}
	if len(w.options.Paths) > 0 {
		w.add(w.options.Paths)
	}
	if w.options.Crashed {
		w.offerSupport()
	}
}

// stop ends everything the window started and waits for it. The main loop has returned.
func (w *window) stop() {
	w.bridge.Close()
	w.work.stop()
}

// show draws a snapshot. It is the bridge's, on the UI goroutine.
func (w *window) show(s *uploader.Snapshot) {
	if w.last != nil && w.last.Version == s.Version && w.last.Version != 0 {
		return
	}
	w.last = s
	w.page.Update(s)
	w.showMissing(true)
	w.showProxy()
	if w.bridge == nil { // the first frame: what it shows was warned of when it was dropped
		w.names.fresh(s.Entries)
	} else {
		w.watchNames(s)
	}
	if title := w.book.WindowTitle(s.Totals); title != w.win.Title() {
		w.win.SetTitle(title)
	}
}

// choose shows the queue, or the first-start page while there is no vault and none is on its way.
func (w *window) choose() {
	if len(w.vaults) == 0 && !w.connecting {
		if w.connect == nil {
			known := Address{}
			if w.options.Connect != nil {
				known = *w.options.Connect
			}
			w.connect = connect.NewPage(w, w.book, known, func(uploader.Vault) {})
		}
		w.win.SetContent(w.connect)
		w.win.Canvas().Focus(w.connect.Flow.First())
		return
	}
	if len(w.vaults) > 0 && !w.has(w.current) {
		w.current = w.usual()
	}
	w.page.Vaults(w.vaults, w.current)
	w.showMissing(false)
	if w.past == nil && w.win.Content() != fyne.CanvasObject(w.page) {
		w.connect = nil
		w.win.SetContent(w.page)
	}
}

func (w *window) has(id uploader.VaultID) bool {
	_, ok := w.vault(id)
	return ok
}

func (w *window) vault(id uploader.VaultID) (uploader.Vault, bool) {
	for _, v := range w.vaults {
		if v.ID == id {
			return v, true
		}
	}
	return uploader.Vault{}, false
}

// fail tells in a sentence what went wrong; nil and the user's own going away are nothing to tell.
func (w *window) fail(err error) {
	if code := uploader.CodeOf(err); code != "" && code != uploader.CodeCancelled {
		p := w.queue.Explain(err)
		w.tell(func(b *words.Book) string { return b.Explain(p) })
	}
}

// tell shows a sentence, on the first-start page in a dialog, since there is no strip for it.
func (w *window) tell(sentence words.Sentence) {
	if w.connect != nil {
		dialog.ShowInformation(words.Program, sentence(w.book), w.win)
		return
	}
	if w.past != nil {
		w.past.Say(sentence(w.book))
	}
	w.page.Tell(queue.Notice{Says: sentence})
}
