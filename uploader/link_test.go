package uploader

import (
	"math"
	"math/rand/v2"
	"time"
)

// Link is a modelled line with TCP-like connections, in steps of time: what tests of the concurrency run against. It
// knows slow start, windows, a cap for each connection as S3 has one, random loss with its halved windows, and fair
// sharing of a full line. What it does not know: queues that lengthen the round trip, and losses that come in bursts.
type Link struct {
	Capacity float64 // bytes per second
	RTT      time.Duration
	PerConn  float64 // bytes per second that the server takes from one connection; 0: no cap
	Window   float64 // bytes in flight that one connection may have; 0: no cap
	Loss     float64 // of packets
	Noise    float64 // how far shares differ from even ones, 0 to 1
	Unit     float64 // bytes of the model for one of the real world; 0: 1
	Seed     uint64  // of its chance: the same, the same run

	rng   *rand.Rand
	conns []*Conn
}

// Conn is one connection of a Link.
type Conn struct {
	link     *Link
	wants    float64 // bytes that wait to be sent
	sent     float64 // in the last step
	cwnd     float64
	slow     bool // slow start
	idle     time.Duration
	share    float64 // drifts around 1
	shareFor time.Duration
}

func (l *Link) unit() float64 {
	if l.Unit > 0 {
		return l.Unit
	}
	return 1
}

const packet = 1460

// Open makes a connection. The time of its handshakes is the caller's.
func (l *Link) Open() *Conn {
	if l.rng == nil {
		l.rng = rand.New(rand.NewPCG(1, 2+l.Seed))
	}
	c := &Conn{link: l, share: 1}
	c.start()
	l.conns = append(l.conns, c)
	return c
}

func (c *Conn) start() { c.cwnd, c.slow = 10*packet*c.link.unit(), true }

// wish is what a connection would send now, in bytes per second.
func (c *Conn) wish(dt time.Duration) float64 {
	l := c.link
	w := c.cwnd
	if l.Window > 0 {
		w = min(w, l.Window*l.unit())
	}
	v := w / l.RTT.Seconds()
	if l.PerConn > 0 {
		v = min(v, l.PerConn)
	}
	return min(v, c.wants/dt.Seconds())
}

// Step lets a time pass, short against a second.
func (l *Link) Step(dt time.Duration) {
	left, weights := l.Capacity, 0.0
	var open []*Conn
	for _, c := range l.conns {
		c.sent = 0
		if c.wants <= 0 {
			c.idle += dt
			continue
		}
		if c.idle > l.RTT+200*time.Millisecond { // as Linux does after a pause
			c.start()
		}
		c.idle = 0
		c.drift(dt)
		open = append(open, c)
		weights += c.share
	}
	for len(open) > 0 { // whoever wants less than an even share gets it all; the others share the rest
		rest := open[:0:0]
		spent := 0.0
		for _, c := range open {
			even := left * c.share / weights
			if wish := c.wish(dt); wish <= even {
				c.take(wish, dt)
				spent += wish
			} else {
				rest = append(rest, c)
			}
		}
		if len(rest) == len(open) {
			for _, c := range open {
				c.full(left*c.share/weights, dt)
			}
			break
		}
		left -= spent
		weights = 0
		for _, c := range rest {
			weights += c.share
		}
		open = rest
	}
}

func (c *Conn) drift(dt time.Duration) {
	if c.shareFor -= dt; c.shareFor <= 0 {
		c.share = 1 + c.link.Noise*(2*c.link.rng.Float64()-1)
		c.shareFor = time.Duration(float64(2*time.Second) * c.link.rng.Float64())
	}
}

// take sends at a speed that the line has room for.
func (c *Conn) take(v float64, dt time.Duration) {
	l := c.link
	c.sent = v * dt.Seconds()
	c.wants -= c.sent
	rounds := dt.Seconds() / l.RTT.Seconds()
	if l.Loss > 0 && l.rng.Float64() < 1-math.Pow(1-l.Loss, c.sent/(packet*l.unit())) {
		c.cwnd, c.slow = max(2*packet*l.unit(), c.cwnd/2), false
		return
	}
	switch {
	case v < c.cwnd/l.RTT.Seconds()*0.99: // it is not the window that holds it back
	case c.slow:
		c.cwnd *= math.Pow(2, min(rounds, 20))
	default:
		c.cwnd += packet * l.unit() * rounds
	}
	c.cwnd = min(c.cwnd, 1e9*l.unit())
}

// full sends at the share of a full line: the window comes down to what that takes.
func (c *Conn) full(v float64, dt time.Duration) {
	c.sent = v * dt.Seconds()
	c.wants -= c.sent
	c.slow = false
	c.cwnd = max(2*packet*c.link.unit(), min(c.cwnd, 1.5*v*c.link.RTT.Seconds()))
}

// Want says how many bytes wait to be sent.
func (c *Conn) Want(n float64) { c.wants = n }

// Wants is how many bytes still wait.
func (c *Conn) Wants() float64 {
	if c.wants < 0.5 {
		return 0
	}
	return c.wants
}

// Sent is how many bytes went in the last step.
func (c *Conn) Sent() float64 { return c.sent }
