package uploader

import (
	"context"
	"time"
)

// clockLook is how often the timetable is compared with the clock at the least: somebody may set the clock, and a timer
// knows nothing of that.
const clockLook = 10 * time.Second

// allowance is what the user allows all uploads together to use of the line, and what of it holds now.
type allowance struct {
	Bandwidth
	pacer *pacer
	now   Speed     // holds at this moment
	until time.Time // the timetable's next change; zero if there is none
	tick  *later
	// moving ends when nothing may be sent any more: what is on the wire is cut. It is made anew when sending goes on.
	moving context.Context
	cut    context.CancelFunc
}

// halted tells whether nothing may be sent now.
func (a *allowance) halted() bool { return a.now == Halt }

// setBandwidth changes what the user allows.
func (c *core) setBandwidth(b Bandwidth) {
	c.allow.Bandwidth = b
	c.lookAtClock()
}

// lookAtClock makes hold what the timetable says now, and comes back when it may say something else.
func (c *core) lookAtClock() {
	a := &c.allow
	now := c.cfg.Now()
	c.timers.stop(a.tick)
	a.tick = nil
	speed, until := a.At(now), a.Until(now)
	if speed != a.now || !until.Equal(a.until) {
		c.changed()
	}
	a.until = until
	if speed != a.now {
		c.allowNow(speed)
	}
	if !until.IsZero() {
		a.tick = c.timers.after(max(time.Millisecond, min(until.Sub(now), clockLook)), true, c.lookAtClock)
	}
}

// allowNow changes the speed that holds.
func (c *core) allowNow(speed Speed) {
	a := &c.allow
	was := a.now
	a.now = speed
	a.pacer.set(speed)
	c.adapt.controller.disturbed()
	c.bound()
	switch {
	case speed == Halt:
		a.cut()
	case was == Halt:
		a.moving, a.cut = context.WithCancel(c.ctx)
	}
	for r := range c.runs {
		c.touch(r.j)
	}
}

// limited tells whether the limit is what holds up the queue.
func (c *core) limited(t *Totals) bool {
	switch s := c.allow.now; s {
	case Halt:
		return t.FilesWaiting > 0
	case NoLimit:
		return false
	default:
		return t.Rate >= bindsAt*float64(s)
	}
}

// bindsAt is the share of the limit from which on it is the limit that binds, and not the line.
const bindsAt = 0.8
