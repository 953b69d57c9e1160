package uploader

import (
	"container/heap"
	"time"
)

// timers is the owner's one clock: a heap of things to do later.
type timers struct {
	heap  timerHeap
	timer *time.Timer
}

// later is one thing to do.
type later struct {
	at    time.Time
	do    func()
	index int // in the heap, -1 when fired or stopped
	// early: a wake from sleep fires it at once (backoffs and gates; not the journal's window).
	early bool
}

type timerHeap []*later

func (h timerHeap) Len() int           { return len(h) }
func (h timerHeap) Less(i, j int) bool { return h[i].at.Before(h[j].at) }
func (h timerHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}
func (h *timerHeap) Push(x any) {
	l := x.(*later)
	l.index = len(*h)
	*h = append(*h, l)
}
func (h *timerHeap) Pop() any {
	old := *h
	l := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	l.index = -1
	return l
}

// after does f on the owner once d has passed.
func (t *timers) after(d time.Duration, early bool, f func()) *later {
	l := &later{at: time.Now().Add(d), do: f, early: early}
	heap.Push(&t.heap, l)
	return l
}

// stop takes a timer back; nil and fired ones are fine.
func (t *timers) stop(l *later) {
	if l != nil && l.index >= 0 {
		heap.Remove(&t.heap, l.index)
	}
}

// fire does what is due.
func (t *timers) fire() {
	now := time.Now()
	for len(t.heap) > 0 && !t.heap[0].at.After(now) {
		heap.Pop(&t.heap).(*later).do()
	}
}

// fireEarly does at once all that a wake from sleep must not wait for.
func (t *timers) fireEarly() {
	var due []*later
	for _, l := range t.heap {
		if l.early {
			due = append(due, l)
		}
	}
	for _, l := range due {
		if l.index >= 0 {
			heap.Remove(&t.heap, l.index)
			l.do()
		}
	}
}

// channel returns one that is readable when the next timer is due.
func (t *timers) channel() <-chan time.Time {
	if len(t.heap) == 0 {
		if t.timer != nil {
			t.timer.Stop()
		}
		return nil
	}
	d := max(time.Until(t.heap[0].at), 0)
	if t.timer == nil {
		t.timer = time.NewTimer(d)
	} else {
		t.timer.Reset(d)
	}
	return t.timer.C
}
