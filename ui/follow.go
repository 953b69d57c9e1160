package ui

import (
	"context"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

// followEvery is how soon what has got the keyboard is scrolled to.
const followEvery = 100 * time.Millisecond

// follow scrolls a dialog to whatever has got the keyboard in it, until it is closed. The toolkit moves the keyboard on
// without a look at what can be seen, and tells nobody; so this looks.
func (w *window) follow(long *container.Scroll) {
	ctx, cancel := context.WithCancel(w.work.ctx)
	c := w.win.Canvas()
	last, where := c.Focused(), float32(-1) // belong to the UI goroutine
	place := fyne.CurrentApp().Driver().AbsolutePositionForObject
	look := func() {
		if w.long != long || c.Overlays().Top() == nil {
			cancel()
			return
		}
		w.approach()
		now := c.Focused()
		o, ok := now.(fyne.CanvasObject)
		if !ok || !holds(long.Content, o) {
			last = now
			return
		}
		at := place(o).Y - place(long.Content).Y
		if now == last && (at == where || where < 0) {
			return
		}
		last, where = now, at // what comes later can push it away
		reveal(long, o)
	}
	w.work.alone(func(context.Context) {
		tick := time.NewTicker(followEvery)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				w.bridge.Run(look) // Post would repaint the queue ten times a second
			}
		}
	})
}

// holds tells whether something is in a container, or in one of those in it.
func holds(in, what fyne.CanvasObject) bool {
	if in == what {
		return true
	}
	c, ok := in.(*fyne.Container)
	if !ok {
		return false
	}
	for _, o := range c.Objects {
		if holds(o, what) {
			return true
		}
	}
	return false
}

// reveal scrolls as little as it takes to show something whole, with some room around it.
func reveal(long *container.Scroll, o fyne.CanvasObject) {
	const room = 12
	place := fyne.CurrentApp().Driver().AbsolutePositionForObject
	top := place(o).Y - place(long.Content).Y - room
	bottom := top + o.Size().Height + 2*room
	switch height := long.Size().Height; {
	case top < long.Offset.Y:
		long.ScrollToOffset(fyne.NewPos(0, max(top, 0)))
	case bottom > long.Offset.Y+height:
		long.ScrollToOffset(fyne.NewPos(0, bottom-height))
	}
}
