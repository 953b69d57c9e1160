package ui

import (
	"context"
	"sync"
	"time"
)

// work does off the UI goroutine what may take time, and owns the goroutines that do it. Orders to the queue are
// carried out one after another, as the user gave them.
type work struct {
	ctx     context.Context
	cancel  context.CancelFunc
	ordered context.Context // of the orders: it outlives ctx by lastOrders at the most
	cut     context.CancelFunc
	orders  chan func(context.Context)
	all     sync.WaitGroup
}

// lastOrders is how long what was ordered before the window closed may take. A drop that is followed by Quit must get
// into the journal; a disk that hangs must not keep the program.
const lastOrders = 5 * time.Second

// mostOrders is how many orders may wait. A person does not get there unless the disk hangs.
const mostOrders = 64

func newWork() *work {
	ctx, cancel := context.WithCancel(context.Background())
	ordered, cut := context.WithCancel(context.Background())
	w := &work{ctx: ctx, cancel: cancel, ordered: ordered, cut: cut, orders: make(chan func(context.Context), mostOrders)}
	w.all.Go(w.run)
	return w
}

func (w *work) run() {
	for {
		select {
		case f := <-w.orders:
			f(w.ordered)
		case <-w.ctx.Done():
			w.drain()
			return
		}
	}
}

// drain carries out what was ordered before the window closed.
func (w *work) drain() {
	for {
		select {
		case f := <-w.orders:
			f(w.ordered)
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

// stop ends the context and waits for all that was started; orders have lastOrders to become durable.
func (w *work) stop() {
	w.cancel()
	defer w.cut()
	defer time.AfterFunc(lastOrders, w.cut).Stop()
	w.all.Wait()
}
