package uploader

import (
	"context"
	"sync"
)

// maxWorkers bounds every pool: the 192 small objects of DESIGN §4 and room for the rest.
const maxWorkers = 256

// task is work for a worker: it may block, must heed ctx, touches no engine state, and returns what the owner is to do
// with its outcome.
type task struct {
	ctx  context.Context
	work func(ctx context.Context) (then func())
}

// pool is a bounded, resizable set of workers that live as long as they are wanted. Only the owner calls its methods;
// it never blocks on them: tasks is as large as the most workers there can be, and a task is handed over only when a
// worker is free.
type pool struct {
	limit int // workers wanted
	alive int
	busy  int
	tasks chan task
	queue []task // waiting for a worker
}

func newPool(limit int) *pool {
	return &pool{limit: limit, tasks: make(chan task, maxWorkers)}
}

// free is how many more tasks would start at once.
func (p *pool) free() int { return p.limit - p.busy - len(p.queue) }

// submit queues a task; pump starts it.
func (p *pool) submit(t task) { p.queue = append(p.queue, t) }

// pump hands waiting tasks to workers, starting workers up to the limit. done carries outcomes to the owner; wg is
// told of every worker.
func (p *pool) pump(done chan<- func(), wg *sync.WaitGroup) {
	for p.alive > p.limit && p.alive > p.busy {
		p.alive--
		p.tasks <- task{}
	}
	for len(p.queue) > 0 && p.busy < p.limit {
		if p.alive <= p.busy {
			p.alive++
			wg.Go(func() { p.work(done) })
		}
		t := p.queue[0]
		p.queue[0] = task{}
		p.queue = p.queue[1:]
		p.busy++
		p.tasks <- t
	}
	if len(p.queue) == 0 {
		p.queue = nil
	}
}

func (p *pool) work(done chan<- func()) {
	for t := range p.tasks {
		if t.work == nil {
			return
		}
		then := t.work(t.ctx)
		done <- func() {
			p.busy--
			then()
		}
	}
}

// close ends all workers once they are idle.
func (p *pool) close() { close(p.tasks) }
