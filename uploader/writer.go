package uploader

import (
	"context"
	"slices"
	"time"
)

// The group commit of DESIGN §4: a group goes to the journal when it has this many records, when its first record is
// this old, or at once when somebody waits for it (a barrier) or nothing is under way that could add to it.
// A group is at most groupMost records and what was written with the last of them: bbolt holds a transaction in memory,
// and a drop of 100,000 files in one took 100 MB.
const (
	groupSize   = 128
	groupMost   = 4096
	groupWindow = 25 * time.Millisecond
	retryWrite  = 2 * time.Second // after a full disk
)

// writer gathers records and hands them to the journal in groups. While one group is on its way the next one gathers,
// so that a slow disk makes larger groups, not longer queues. Its fields belong to the owner; the journal's goroutine
// sees only the channels.
type writer struct {
	groups  chan []Record
	results chan error

	pending []Record
	calls   []written // what pending is made of
	hurry   bool      // a barrier stands in pending
	window  *later    // ends the wait of the first pending record

	flying      []Record // handed over, or to be handed over again after trouble
	flyingCalls []written
	busy        bool
	trouble     Code // why the journal does not take records now, "" if it does
	retry       *later
	waiters     []*waiter // users who wait for durability: told of trouble too
}

// written is one call of write: its records hold together or not at all.
type written struct {
	records int
	weight  int    // of them, a batch's entries counted
	then    func() // nil for nothing
}

// write journals records; then runs on the owner when they are durable.
func (c *core) write(then func(), records ...Record) {
	w := &c.writer
	w.pending = append(w.pending, records...)
	weight := len(records)
	for _, r := range records {
		if b, ok := r.(AddBatch); ok {
			weight += len(b.Entries)
		}
	}
	w.calls = append(w.calls, written{len(records), weight, then})
	if w.window == nil {
		w.window = c.timers.after(groupWindow, false, func() { w.hurry = true })
	}
}

// barrier is write for records that something waits for: the group goes out as soon as the journal is free.
func (c *core) barrier(then func(), records ...Record) {
	c.write(then, records...)
	c.writer.hurry = true
}

// waiter is a user who wants to know that a change is durable.
type waiter struct {
	answer func(error)
	told   bool
}

func (w *waiter) tell(err error) {
	if !w.told {
		w.told = true
		w.answer(err)
	}
}

// durable calls answer when everything written so far is durable, or with the trouble that keeps it from being so. The
// snapshot shows the change by then.
func (c *core) durable(tell func(error)) {
	w := &c.writer
	answer := func(err error) {
		if c.pub.dirty {
			c.publish()
		}
		tell(err)
	}
	if w.trouble != "" {
		answer(E("journal", w.trouble, nil))
		return
	}
	user := &waiter{answer: answer}
	w.waiters = append(w.waiters, user)
	c.barrier(func() { user.tell(nil) })
}

// flushWrites hands a group over if one is due. It tells whether it was a barrier with nothing before it: then what
// waited for it has run, and may have made more work possible.
func (c *core) flushWrites() (passed bool) {
	w := &c.writer
	due := w.hurry || len(w.pending) >= groupSize || len(w.pending) > 0 && c.idle()
	if w.busy || w.retry != nil || !due {
		return false
	}
	c.timers.stop(w.window)
	w.window = nil
	w.take()
	w.hurry = len(w.calls) > 0 // what did not fit has waited as long
	if len(w.flying) == 0 {
		c.committed(nil)
		return true
	}
	c.launch()
	return false
}

// take makes the next group of what is pending.
func (w *writer) take() {
	records, weight, calls := 0, 0, 0
	for calls < len(w.calls) && (weight < groupMost || w.calls[calls].weight == 0) {
		records += w.calls[calls].records
		weight += w.calls[calls].weight
		calls++
	}
	w.flying, w.pending = w.pending[:records:records], w.pending[records:]
	w.flyingCalls, w.calls = w.calls[:calls:calls], w.calls[calls:]
	if len(w.calls) == 0 { // else the old ones would stay in memory before the new ones
		w.pending, w.calls = nil, nil
	}
}

// idle tells whether no worker has anything to do. At the end of a file and of a drop this spares the window's wait, four
// or five times in a row.
func (c *core) idle() bool {
	for _, p := range c.pools() {
		if p.busy > 0 || len(p.queue) > 0 {
			return false
		}
	}
	return true
}

func (c *core) launch() {
	w := &c.writer
	w.busy = true
	w.groups <- w.flying
}

// committed takes the journal's answer for the group that was on its way.
func (c *core) committed(err error) {
	w := &c.writer
	w.busy = false
	switch code := CodeOf(err); code {
	case "":
		if w.trouble != "" {
			w.trouble = ""
			c.changed()
		}
		calls := w.flyingCalls
		w.flying, w.flyingCalls = nil, nil
		for _, call := range calls {
			if call.then != nil {
				call.then()
			}
		}
		w.waiters = slices.DeleteFunc(w.waiters, func(u *waiter) bool { return u.told })
	case CodeDiskFull, CodeReadOnly:
		w.trouble = code
		c.changed()
		for _, user := range w.waiters {
			user.tell(err)
		}
		w.waiters = nil
		w.retry = c.timers.after(retryWrite, true, func() {
			w.retry = nil
			c.launch()
		})
	default:
		c.fatal = err
	}
}

// journalLoop is the one goroutine that calls Journal.Apply. It ends when groups is closed. The context is not the
// engine's: what has happened is recorded also while the engine stops.
func (w *writer) journalLoop(ctx context.Context, journal Journal) {
	for group := range w.groups {
		w.results <- journal.Apply(context.WithoutCancel(ctx), group)
	}
}
