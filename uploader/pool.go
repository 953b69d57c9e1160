package uploader

import (
	"context"
	"sync"
	"sync/atomic"
)

// maxWorkers bounds every pool: the 192 small objects of DESIGN §4 and room for the rest.
const maxWorkers = 256

// task is work for a worker: it may block, must heed ctx, touches no engine state, and returns what the owner is to do
// with its outcome.
type task struct {
	ctx  context.Context
	work func(ctx context.Context) (then func())
	ask  *question // nil if it asks no drive

	// held while a worker works on it. Who takes it back, the worker when it is through or the owner who gives up on it,
	// decides which of the two it was.
	held atomic.Bool
}

// pool is a bounded, resizable set of workers that live as long as they are wanted. Only the owner calls its methods;
// it never blocks on them: tasks is as large as the most workers there can be, and a task is handed over only when a
// worker is free.
type pool struct {
	limit int // workers wanted
	alive int
	busy  int
	tasks chan *task
	queue []*task // waiting for a worker
}

func newPool(limit int) *pool {
	return &pool{limit: limit, tasks: make(chan *task, maxWorkers)}
}

// free is how many more tasks would start at once.
func (p *pool) free() int { return p.limit - p.busy - len(p.queue) }

// submit queues a task; pump starts it.
func (p *pool) submit(t *task) { p.queue = append(p.queue, t) }

// staff is what all workers of an engine share.
type staff struct {
	done chan<- func()   // carries outcomes to the owner
	over <-chan struct{} // closed when nobody takes outcomes any more
	wg   sync.WaitGroup  // of workers that do not hang
}

// pump hands waiting tasks to workers, starting workers up to the limit.
func (p *pool) pump(s *staff) {
	for p.alive > p.limit && p.alive > p.busy {
		p.alive--
		p.tasks <- nil
	}
	for len(p.queue) > 0 && p.busy < p.limit {
		if p.alive <= p.busy {
			p.alive++
			s.wg.Add(1)
			go s.run(p)
		}
		t := p.queue[0]
		p.queue[0] = nil
		p.queue = p.queue[1:]
		p.busy++
		p.tasks <- t
	}
	if len(p.queue) == 0 {
		p.queue = nil
	}
}

// abandon gives up on a task whose worker hangs in the operating system, where nothing can reach it: another one may
// take its place. If it ever comes back it hands over its outcome and ends. False: it has just come back.
func (p *pool) abandon(s *staff, t *task) bool {
	if !t.held.CompareAndSwap(true, false) {
		return false
	}
	p.busy--
	p.alive--
	s.wg.Done()
	return true
}

// close ends all workers once they are idle.
func (p *pool) close() { close(p.tasks) }

// run is one worker's life.
func (s *staff) run(p *pool) {
	defer Nameless()
	for t := range p.tasks {
		if t == nil {
			break
		}
		t.held.Store(true)
		then := t.work(t.ctx)
		mine := t.held.CompareAndSwap(true, false)
		back := func() {
			if mine {
				p.busy--
			}
			then()
		}
		select {
		case s.done <- back:
		case <-s.over:
		}
		if !mine { // another one has the place
			return
		}
	}
	s.wg.Done()
}
