package ui

import (
	"context"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/systray"

	"longshore/ui/words"
	"longshore/uploader"
)

// trayEvery is how often the tray's menu may change: each change builds it anew in the system (FYNE §4.5).
const trayEvery = 2 * time.Second

// tray is the icon beside the clock and its menu. It belongs to the UI goroutine.
type tray struct {
	menu                      *fyne.Menu
	status, open, pause, quit *fyne.MenuItem
	paused                    bool // nothing is going on that could be paused
	shown                     [2]string
}

// newTray makes the menu; the toolkit takes it only before its main loop begins.
func newTray(w *window) *tray {
	t := &tray{status: fyne.NewMenuItem("", nil), open: fyne.NewMenuItem("", w.raise), quit: fyne.NewMenuItem("", w.quit)}
	t.status.Disabled = true
	t.pause = fyne.NewMenuItem("", func() {
		verb := uploader.Pause
		if t.paused {
			verb = uploader.Resume
		}
		w.Do(verb, uploader.Target{All: true})
	})
	t.quit.IsQuit = true
	t.menu = fyne.NewMenu(words.Program, t.status, fyne.NewMenuItemSeparator(), t.open, t.pause, fyne.NewMenuItemSeparator(), t.quit)
	t.say(w.book, w.queue.Snapshot().Totals)
	return t
}

// say brings the texts up to date and tells whether that changed one.
func (t *tray) say(book *words.Book, totals uploader.Totals) (changed bool) {
	status := book.Headline(totals)
	if totals.Files > totals.FilesDone+totals.FilesFailed {
		status += " · " + book.Progress(totals)
	}
	t.paused = totals.FilesPaused > totals.FilesAsked && totals.FilesActive+totals.FilesWaiting == 0
	pause := book.Say(words.PauseAll)
	if t.paused {
		pause = book.Say(words.ResumeAll)
	}
	now := [2]string{status, pause}
	if now == t.shown {
		return false
	}
	t.shown = now
	t.status.Label, t.pause.Label = status, pause
	t.open.Label, t.quit.Label = book.Say(words.TrayOpen), book.Say(words.TrayQuit)
	return true
}

// setTray shows the icon, where the system has a place for it.
func (w *window) setTray() {
	a, ok := w.app.(desktop.App)
	if !ok || !w.desktop.HasTray() {
		return
	}
	w.tray = newTray(w)
	a.SetSystemTrayMenu(w.tray.menu)
	// Not SetSystemTrayWindow: a click would show the window behind our back, with what was on it when it was hidden.
	systray.SetOnTapped(func() { fyne.Do(w.raise) })
}

// attend keeps tray and notifications up to date, also while the window is hidden, until it ends.
func (w *window) attend(ctx context.Context) {
	changed, cancel := w.queue.Subscribe()
	defer cancel()
	timer := time.NewTimer(trayEvery)
	defer timer.Stop()
	d := newDrops(w.queue.Snapshot())
	for {
		now := w.queue.Snapshot()
		news := d.look(now)
		w.bridge.Post(func() {
			w.notify(news)
			if w.tray != nil && w.tray.say(w.book, now.Totals) {
				w.tray.menu.Refresh()
			}
		})
		timer.Reset(trayEvery)
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		select {
		case <-ctx.Done():
			return
		case <-changed:
		}
	}
}
