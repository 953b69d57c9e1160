package uploader

import (
	"sync/atomic"
	"time"
)

// adaptation is how the owner uses the controller: it takes samples of the pool of parts while parts are sent, and sets
// its size. Small objects have a fixed budget, which is halved when storage asks to slow down and comes back by itself.
type adaptation struct {
	controller *controller
	sent       atomic.Int64 // bytes of parts handed to the network
	lead       atomic.Int64 // the longest time.Duration to a body's first byte since the last sample
	wires      wires
	counted    int64     // of sent
	since      time.Time // when the last sample was taken
	next       sample    // what has happened since
	tick       *later

	small     int       // the budget of small objects at the moment; 0: all of it
	smallDeaf time.Time // refusals before it were earned before
	smallBack *later
}

// How often a sample is taken: at first, and once a good target is found.
const (
	controlFirst = 100 * time.Millisecond
	controlEvery = 250 * time.Millisecond
)

// What a part and a small object should get of a bandwidth limit at the least, in bytes per second: storage gives up on
// a connection that hardly moves.
const (
	partShare  = 128e3
	smallShare = 32e3
)

// bound applies the user's bounds and the bandwidth limit to the pools.
func (c *core) bound() {
	a, parts, smalls := &c.adapt, c.limits.Parts, c.limits.Small
	if s := c.allow.now; s > 0 {
		parts = max(1, min(parts, int(s/partShare)))
		smalls = max(1, min(smalls, int(s/smallShare)))
	}
	if a.small > 0 {
		smalls = min(smalls, a.small)
	}
	a.controller.setBound(parts)
	c.sends.limit, c.smalls.limit = a.controller.target, smalls
}

// anew forgets what was learned of the line: the machine slept, or the network was away.
func (c *core) anew() {
	c.adapt.controller.reset()
	c.bound()
}

// perFile is how many parts of one file may be in flight, and how many wait ready behind them.
func (c *core) perFile() int { return min(c.limits.PartsPerFile, c.sends.limit) }

// startControl takes samples while parts are sent.
func (c *core) startControl() {
	a := &c.adapt
	if a.tick != nil || c.sends.busy == 0 {
		return
	}
	if time.Since(a.since) > forgetAfter {
		a.controller.reset()
		c.bound()
	}
	a.since = time.Now()
	every := controlEvery
	if a.controller.ramp {
		every = controlFirst
	}
	a.tick = c.timers.after(every, false, c.takeSample)
}

func (c *core) takeSample() {
	a := &c.adapt
	s, sent := a.next, a.sent.Load()
	s.span, s.bytes = time.Since(a.since), sent-a.counted
	s.lead = time.Duration(a.lead.Swap(0))
	s.busy, s.short = c.sends.busy, c.sends.busy < c.sends.limit
	s.limited = c.allow.pacer.binds()
	s.trips = a.wires.trips()
	a.tick, a.next, a.counted = nil, sample{}, sent
	a.controller.feed(s)
	c.sends.limit = a.controller.target
}

// noteBegun takes how long a part needed to its first byte. It may be called from any goroutine.
func (a *adaptation) noteBegun(took time.Duration) {
	for {
		was := a.lead.Load()
		if int64(took) <= was || a.lead.CompareAndSwap(was, int64(took)) {
			return
		}
	}
}

// notePut takes how a PUT has ended.
func (c *core) notePut(p *pool, err error) {
	code := CodeOf(err)
	if p == c.smalls {
		if code == CodeThrottled {
			c.slowSmall()
		}
		return
	}
	switch code {
	case "":
		c.adapt.next.done++
	case CodeThrottled:
		c.adapt.next.refused = true
	case CodeNetwork, CodeUnknown:
		c.adapt.next.stalled = true
	}
}

// slowSmall halves the budget of small objects, once for all refusals of one moment.
func (c *core) slowSmall() {
	a := &c.adapt
	if time.Now().Before(a.smallDeaf) {
		return
	}
	a.smallDeaf = time.Now().Add(time.Second)
	a.small = max(1, c.smalls.limit/2)
	c.bound()
	c.timers.stop(a.smallBack)
	a.smallBack = c.timers.after(10*time.Second, false, c.growSmall)
}

// growSmall gives back a quarter at a time.
func (c *core) growSmall() {
	a := &c.adapt
	a.small += max(1, a.small/4)
	if a.small >= c.limits.Small {
		a.small = 0
	} else {
		a.smallBack = c.timers.after(5*time.Second, false, c.growSmall)
	}
	c.bound()
}
