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
	Buffer   float64 // of the queue, in round trips; 0: half of one; negative: none to speak of
	Shaped   bool    // the server's cap is a queue of its own for each connection
	Mute     bool    // no kernel tells of round trips here
	Unit     float64 // bytes of the model for one of the real world; 0: 1
	Seed     uint64  // of its chance: the same, the same run

	rng   *rand.Rand
	conns []*Conn
	delay float64 // that the queue adds to a round trip, smoothed, in seconds
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

// buffer is the queue's, in seconds.
func (l *Link) buffer() float64 {
	switch {
	case l.Buffer < 0:
		return 0
	case l.Buffer > 0:
		return l.Buffer * l.RTT.Seconds()
	}
	return l.RTT.Seconds() / 2
}

// RoundTrip is what a kernel would say of a connection: its round trip of late, with some jitter, and the least there was.
func (c *Conn) RoundTrip() (now, least time.Duration, ok bool) {
	l := c.link
	if l.Mute {
		return 0, 0, false
	}
	d := l.delay
	if l.Shaped && l.PerConn > 0 && c.cwnd > 1.2*l.PerConn*l.RTT.Seconds() {
		d += l.RTT.Seconds() / 2
	}
	jitter := l.rng.Float64() * (0.001 + 0.02*l.RTT.Seconds())
	return l.RTT + time.Duration((d+jitter)*float64(time.Second)), l.RTT, true
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

// Head says that something is sent, if only the head of a request: after a longer pause, as Linux does, it begins slowly
// again.
func (c *Conn) Head() {
	if c.idle > c.link.RTT+200*time.Millisecond {
		c.start()
	}
	c.idle = 0
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
	queued, left, weights := 0.0, l.Capacity, 0.0
	defer func() {
		l.delay += (queued - l.delay) * min(1, dt.Seconds()/(4*l.RTT.Seconds()+0.05))
	}()
	var open []*Conn
	for _, c := range l.conns {
		c.sent = 0
		if c.wants <= 0 {
			c.idle += dt
			continue
		}
		c.Head()
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
			flying := 0.0
			for _, c := range open {
				c.full(left*c.share/weights, dt)
				flying += c.cwnd
			}
			queued = max(0, min(flying/left-l.RTT.Seconds(), l.buffer()))
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
	if c.loses() {
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

// loses tells whether chance took a packet of what was sent, and halves the window then.
func (c *Conn) loses() bool {
	l := c.link
	if l.Loss <= 0 || l.rng.Float64() >= 1-math.Pow(1-l.Loss, c.sent/(packet*l.unit())) {
		return false
	}
	c.cwnd, c.slow = max(2*packet*l.unit(), c.cwnd/2), false
	return true
}

// full sends at the share of a full line: the window grows into the queue, and comes down to what that holds.
func (c *Conn) full(v float64, dt time.Duration) {
	c.sent = v * dt.Seconds()
	c.wants -= c.sent
	if c.loses() {
		return
	}
	c.slow = false
	c.cwnd += packet * c.link.unit() * dt.Seconds() / c.link.RTT.Seconds()
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
