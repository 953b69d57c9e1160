package uploader

import (
	"context"
	"slices"
	"time"
)

// The group commit of DESIGN §4: a group goes to the journal when it has this many records, when its first record is
// this old, or at once when somebody waits for it (a barrier) or nothing is under way that could add to it.
const (
	groupSize   = 128
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
	thens   []func()
	hurry   bool   // a barrier stands in pending
	window  *later // ends the wait of the first pending record

	flying      []Record // handed over, or to be handed over again after trouble
	flyingThens []func()
	busy        bool
	trouble     Code // why the journal does not take records now, "" if it does
	retry       *later
	waiters     []*waiter // users who wait for durability: told of trouble too
}

// write journals records; then runs on the owner when they are durable.
func (c *core) write(then func(), records ...Record) {
	w := &c.writer
	w.pending = append(w.pending, records...)
	if then != nil {
		w.thens = append(w.thens, then)
	}
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
	w.window, w.hurry = nil, false
	w.flying, w.pending = w.pending, nil
	w.flyingThens, w.thens = w.thens, nil
	if len(w.flying) == 0 {
		c.committed(nil)
		return true
	}
	c.launch()
	return false
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
		thens := w.flyingThens
		w.flying, w.flyingThens = nil, nil
		for _, then := range thens {
			then()
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
