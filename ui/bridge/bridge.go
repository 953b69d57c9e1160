// Package bridge carries the engine's snapshots, and the answers of slow calls, into the window: the one door between
// the engine's goroutines and the toolkit's.
//
// It must not know the toolkit (how a closure gets onto the UI goroutine is handed to it) nor what a snapshot is drawn
// like. It keeps three promises (DESIGN §6): at most one of its closures waits in the toolkit, the queue is repainted
// at most twice a second unless the user acted, and not at all while the window is hidden.
package bridge

import (
	"slices"
	"sync"
	"time"

	"longshore/uploader"
)

// Interval is the least time between two repaints that no user's action asked for.
const Interval = 500 * time.Millisecond

// Source is the queue, as far as the bridge needs it.
type Source interface {
	// Snapshot is the queue as it is now. It is called on the UI goroutine too, so it must not block.
	Snapshot() *uploader.Snapshot
	// Subscribe returns a channel that gets a signal after every change, and what ends it.
	Subscribe() (changed <-chan struct{}, cancel func())
}

// Bridge is the door. Make it with Start, end it with Close.
type Bridge struct {
	source   Source
	dispatch func(func())
	show     func(*uploader.Snapshot)

	asks   chan struct{} // capacity 1: something in wish changed
	ran    chan struct{} // capacity 1: the closure ran
	closed chan struct{}
	done   chan struct{} // the goroutine has ended
	paint  bool          // the closure that waits is to repaint; set before it is sent

	mu   sync.Mutex
	wish wish
}

// wish is what the other goroutines want of the bridge's own.
type wish struct {
	now    bool // repaint at once: the user acted
	hidden bool
	mail   []func() // to run on the UI goroutine, in order
	quiet  []func() // the same, without a repaint
	closed bool
}

// Start begins to carry. dispatch puts a closure onto the UI goroutine and returns at once; show draws a snapshot
// there. The window counts as visible until SetVisible says otherwise; the first snapshot is sent at once.
func Start(source Source, dispatch func(func()), show func(*uploader.Snapshot)) *Bridge {
	b := &Bridge{
		source: source, dispatch: dispatch, show: show,
		asks: make(chan struct{}, 1), ran: make(chan struct{}, 1),
		closed: make(chan struct{}), done: make(chan struct{}),
	}
	changed, cancel := source.Subscribe()
	go func() {
		defer close(b.done)
		defer cancel()
		b.run(changed)
	}()
	return b
}

// Now asks for a repaint at once, because the user did something whose effect is in the snapshot.
func (b *Bridge) Now() { b.ask(func(w *wish) { w.now = true }) }

// SetVisible tells whether anybody can see the window. Nothing is repainted while nobody can; what was missed is shown
// at once when the window comes back.
func (b *Bridge) SetVisible(v bool) { b.ask(func(w *wish) { w.hidden = !v; w.now = w.now || v }) }

// Post runs f on the UI goroutine, soon, also while the window is hidden, and repaints the queue after it. Calls keep
// their order. After Close f is dropped.
func (b *Bridge) Post(f func()) { b.ask(func(w *wish) { w.mail = append(w.mail, f); w.now = true }) }

// Run runs f on the UI goroutine, soon, without a repaint of the queue: what it shows, it draws itself. Calls keep their
// order. After Close f is dropped.
func (b *Bridge) Run(f func()) { b.ask(func(w *wish) { w.quiet = append(w.quiet, f) }) }

func (b *Bridge) ask(change func(*wish)) {
	b.mu.Lock()
	change(&b.wish)
	b.mu.Unlock()
	signal(b.asks)
}

// Close ends the bridge and waits for its goroutine. A closure that still waits in the toolkit does nothing when it
// runs. Call it once, after the toolkit's main loop has returned and before the engine stops.
func (b *Bridge) Close() {
	b.mu.Lock()
	b.wish = wish{closed: true}
	b.mu.Unlock()
	close(b.closed)
	<-b.done
}

// run owns the timing. pending says that a closure waits in the toolkit; due that something has changed since the last
// one was sent; next is the earliest moment for a repaint nobody asked for.
func (b *Bridge) run(changed <-chan struct{}) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	<-timer.C
	var next time.Time
	pending, due := false, true
	for {
		w := b.peek()
		wait := time.Until(next)
		switch {
		case pending:
		case len(w.mail) > 0, !w.hidden && w.now, !w.hidden && due && wait <= 0:
			pending, due, next = true, false, time.Now().Add(Interval)
			b.paint = true
			b.dispatch(b.deliver)
			continue
		case len(w.quiet) > 0:
			pending, b.paint = true, false
			b.dispatch(b.deliver)
			continue
		case !w.hidden && due:
			timer.Reset(wait)
		}
		select {
		case <-b.closed:
			return
		case <-changed:
			due = true
		case <-b.asks:
		case <-b.ran:
			pending = false
		case <-timer.C:
		}
	}
}

// peek copies the wishes without taking them: deliver takes them when the closure runs, so that what was wished while
// it waited goes with it.
func (b *Bridge) peek() wish {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.wish
}

// deliver is the one closure, run on the UI goroutine.
func (b *Bridge) deliver() {
	b.mu.Lock()
	w := b.wish
	b.wish.mail, b.wish.quiet, b.wish.now = nil, nil, false
	b.mu.Unlock()
	if w.closed {
		return
	}
	for _, f := range slices.Concat(w.quiet, w.mail) {
		f()
	}
	if !w.hidden && (b.paint || w.now) {
		b.show(b.source.Snapshot())
	}
	signal(b.ran)
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
