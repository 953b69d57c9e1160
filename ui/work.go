package ui

import (
	"context"
	"sync"
)

// work does off the UI goroutine what may take time, and owns the goroutines that do it. Orders to the queue are
// carried out one after another, as the user gave them.
type work struct {
	ctx    context.Context
	cancel context.CancelFunc
	orders chan func(context.Context)
	all    sync.WaitGroup
}

// mostOrders is how many orders may wait. A person does not get there unless the disk hangs.
const mostOrders = 64

func newWork() *work {
	ctx, cancel := context.WithCancel(context.Background())
	w := &work{ctx: ctx, cancel: cancel, orders: make(chan func(context.Context), mostOrders)}
	w.all.Go(w.run)
	return w
}

func (w *work) run() {
	for {
		select {
		case f := <-w.orders:
			f(w.ctx)
		case <-w.ctx.Done():
			w.drain()
			return
		}
	}
}

// drain carries out what was ordered before the window closed; with the context ended each order returns at once or
// has become durable.
func (w *work) drain() {
	for {
		select {
		case f := <-w.orders:
			f(w.ctx)
		default:
			return
		}
	}
}

// order queues f behind the orders before it, without waiting; false if too many wait already.
func (w *work) order(f func(context.Context)) bool {
	select {
	case w.orders <- f:
		return true
	default:
		return false
	}
}

// alone runs f beside everything else: for what waits for a person or the network.
func (w *work) alone(f func(context.Context)) {
	w.all.Go(func() { f(w.ctx) })
}

// stop ends the context and waits for all that was started.
func (w *work) stop() {
	w.cancel()
	w.all.Wait()
}
