package ui

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"fyne.io/fyne/v2"
)

// unhooked takes from the toolkit what it runs when its loop ends, and returns it to be run after the loop.
//
// Fyne 2.8.1 queues that hook and waits for it, but a hook that arrives between the last look at its queue and the
// moment it counts as drained is never run: the window is gone and the process stays for ever, holding the queue's
// lock. On a busy machine one end in thirty hung so. Without a hook there is nothing to wait for. The hook saves the
// preferences, so it must not be lost.
func unhooked(a fyne.App) (hook func()) {
	l, ok := a.Lifecycle().(interface {
		OnStopped() func()
		SetOnStoppedHookExecuted(f func())
	})
	if !ok {
		return func() {}
	}
	if hook = l.OnStopped(); hook == nil {
		return func() {}
	}
	l.SetOnStoppedHookExecuted(nil)
	return hook
}

// obey ends the program when the system asks for it (a log-out, a shutdown, Ctrl-C), until ctx ends. The toolkit hears
// the signal too, but not from the beginning, and it knows neither of the size to remember nor of what is drawn meanwhile.
func (w *window) obey(ctx context.Context) {
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(asked)
	select {
	case <-asked:
		w.bridge.SetVisible(false)
		fyne.Do(func() { // if the toolkit's loop has ended by now this runs here, so nothing in it may draw
			w.remember()
			w.app.Driver().Quit()
		})
	case <-ctx.Done():
	}
}
