package uploader

import "time"

// trips counts what the system's TCP says of the connections that parts are on: does a queue lengthen their round trips?
type trips struct {
	asked  int     // connections that told
	queued float64 // of these: 1 for a round trip that is clearly longer than the least, 1/2 for one in between
}

// telling is the least round trip of which too little of a queue says something: on shorter ways a full one does not last
// longer than chance.
const telling = 5 * time.Millisecond

// add takes a connection's round trip of late and the least of it.
func (t *trips) add(now, least time.Duration) {
	t.asked++
	switch {
	case now > least+least/4+3*time.Millisecond:
		t.queued++
	case least < telling || now > least+least/50+3*time.Millisecond/2:
		t.queued += 0.5
	}
}

func (t *trips) merge(o trips) {
	t.asked += o.asked
	t.queued += o.queued
}

// share is how full the line was: 0 not at all, 1 all the time; a half when nobody told.
func (t trips) share() float64 {
	if t.asked == 0 {
		return 0.5
	}
	return t.queued / float64(t.asked)
}

// open tells whether the line was not full: what held connections back was not each other.
func (t trips) open() bool { return t.share() < 0.12 }

// full tells whether it was, whoever filled it.
func (t trips) full() bool { return t.share() > 0.88 }

// bars are what a try has to reach.
type bars struct {
	grow   float64 // the elasticity from which on more parts stay
	nearly float64 // nearly that: worth a second look
	shrink float64 // below it, fewer parts stay
	keeps  float64 // of the best of late, fewer parts must still carry
}

// bars are higher the fuller the line was.
func (t trips) bars() bars {
	if t.asked == 0 {
		return bars{grow: 0.6, nearly: 0.45, shrink: 0.3, keeps: 0.97}
	}
	s := t.share()
	return bars{grow: 0.55 + 0.1*s, nearly: 0.45 + 0.1*s, shrink: 0.15 + 0.35*s, keeps: 0.97 - 0.28*max(0, s-0.5)}
}

// bars are what the try under way has to reach.
func (k *controller) bars() bars {
	b := k.window.trips.bars()
	if k.ramp && k.held(&k.window) {
		b.grow, b.nearly = 0.35, 0.25
	}
	return b
}

// held tells whether something holds connections back each by itself: no queue stands, and throughput swings as it does
// where packets are lost. On a slow line that is full without a queue (some limit so) it is steady.
func (k *controller) held(w *window) bool {
	return w.trips.open() && (!k.slow(w.rate()) || w.doubt() > 0.012)
}
