package app

import (
	"context"
	"sync"
	"time"

	"longshore/uploader"
)

// guests keeps what other processes have to do with this owner.
type guests struct {
	mu       sync.Mutex
	handed   map[uploader.EntryID]bool
	watching int
}

func newGuests() *guests { return &guests{handed: make(map[uploader.EntryID]bool)} }

func (g *guests) hand(a uploader.Added) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, id := range a.Entries {
		g.handed[id] = true
	}
	for _, id := range a.Resumed {
		g.handed[id] = true
	}
}

// enter counts a process that watches the queue; leave ends it.
func (g *guests) enter() (leave func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.watching++
	return func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.watching--
	}
}

func (g *guests) watched() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.watching > 0
}

// unfinished lists the handed-over entries that still go on by themselves: those that are paused or wait for a person
// do not keep their owner.
func (g *guests) unfinished(snap *uploader.Snapshot) []uploader.EntryID {
	g.mu.Lock()
	defer g.mu.Unlock()
	var ids []uploader.EntryID
	for _, e := range snap.Entries.All() {
		if g.handed[e.ID] && (e.Scanning || !e.State.Ended()) && e.State != uploader.Paused && !needsPerson(e) {
			ids = append(ids, e.ID)
		}
	}
	return ids
}

func needsPerson(e *uploader.EntryRow) bool {
	return e.State == uploader.Waiting && (e.Reason == uploader.WaitSignIn || e.Reason == uploader.WaitDrive)
}

// farewell is how long an owner waits for other processes to take leave, once nothing of theirs is left to do: they
// still ask for receipts, or are about to hand something over.
const farewell = 3 * time.Second

// ServeOthers returns when no other process needs this owner any more: nothing that was handed over goes on, and
// nobody watches, or has watched in vain for a few seconds. waiting is called once if there is something to wait for.
// For a session that is not the owner it returns at once.
func ServeOthers(ctx context.Context, s Session, waiting func(entries int)) error {
	l, ok := s.(*local)
	if !ok {
		return nil
	}
	told := false
	idle := time.Duration(0)
	for {
		n := len(l.HandedOver())
		if n > 0 && !told {
			told = true
			waiting(n)
		}
		if n > 0 {
			idle = 0
		}
		if n == 0 && (!l.guests.watched() || idle >= farewell) {
			return nil
		}
		select {
		case <-l.Ended():
			return endOf(s)
		default:
		}
		if err := wait(ctx, followEvery); err != nil {
			return err
		}
		idle += followEvery
	}
}
