package uploader

import (
	"math/rand/v2"
	"net"
	"net/http/httptrace"
	"testing"
	"time"
)

// What round trips say of the line: a queue, none, or nothing.
func TestRoundTripsTellAFullLine(t *testing.T) {
	const ms = time.Millisecond
	for _, c := range []struct {
		name       string
		now, least time.Duration
		full, open bool
	}{
		{"a queue", 60 * ms, 40 * ms, true, false},
		{"none", 41 * ms, 40 * ms, false, true},
		{"a little", 46 * ms, 40 * ms, false, false},
		{"a short way", ms, ms, false, false},
		{"a queue on a short way", 9 * ms, ms, true, false},
	} {
		var all trips
		for range 20 {
			var one trips
			one.add(c.now, c.least)
			all.merge(one)
		}
		if all.full() != c.full || all.open() != c.open {
			t.Errorf("%s: full %v, open %v", c.name, all.full(), all.open())
		}
	}
	if s := (trips{}).share(); s != 0.5 {
		t.Errorf("nobody told: %v", s)
	}
}

// Where parts last minutes and are counted in lumps, chance decides what a try shows: nothing is taken back for that.
func TestControllerKeepsItsPartsWhereChanceDecides(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	k := newController(4, 1000)
	var lanes []time.Duration // until each connection's next lump
	sum, n := 0, 0
	for now := time.Duration(0); now < 2*time.Hour; now += controlEvery {
		s := sample{span: controlEvery}
		for len(lanes) < k.target {
			lanes = append(lanes, time.Duration(rng.Int64N(int64(100*time.Second))))
		}
		left := lanes[:0]
		for _, lane := range lanes {
			if lane -= controlEvery; lane <= 0 {
				s.bytes, s.done, lane = s.bytes+1000, s.done+1, 100*time.Second
				if len(lanes) > k.target && len(left) >= k.target {
					continue
				}
			}
			left = append(left, lane)
		}
		lanes = left
		s.busy = len(lanes)
		k.feed(s)
		sum, n = sum+k.target, n+1
	}
	if mean := float64(sum) / float64(n); mean < 3.4 {
		t.Errorf("%.1f of 4 parts on connections that are slow by themselves", mean)
	}
}

// A line that loses packets is filled within the goal of 20 s where the system tells of round trips, whatever chance does.
func TestControllerFillsALineThatLosesPacketsSoon(t *testing.T) {
	for _, link := range []Link{
		{Capacity: 100 * mbit, RTT: 100 * time.Millisecond, Loss: 1e-3, Noise: 0.2},
		{Capacity: 30 * mbit, RTT: 150 * time.Millisecond, Loss: 5e-3, Noise: 0.2},
	} {
		for seed := range uint64(4) {
			l := link
			l.Seed = seed
			p := newParty(&l, 64)
			play(40*time.Second, p)
			if at := p.reach(0.9 * l.Capacity); at < 0 || at > 20*time.Second {
				t.Errorf("%v, %.1f %% lost, seed %d: 90 %% after %v", l.RTT, 100*l.Loss, seed, at)
			}
		}
	}
}

// known is a connection whose round trips are known.
type known struct {
	net.Conn
	now, least time.Duration
}

func (k known) RoundTrip() (now, least time.Duration, ok bool) { return k.now, k.least, true }

// wrapped is what TLS makes of a connection.
type wrapped struct{ net.Conn }

func (w wrapped) NetConn() net.Conn { return w.Conn }

// Connections count from the first byte of their bodies to the end of the request; one that was made while a queue stood
// is measured by what others know of the way.
func TestWiresAreAskedWhileBodiesGo(t *testing.T) {
	const ms = time.Millisecond
	var s wires
	begin := func(c net.Conn) *wire {
		w := &wire{}
		trace := httptrace.ContextClientTrace(s.follow(t.Context(), w))
		trace.GotConn(httptrace.GotConnInfo{Conn: c})
		return w
	}
	first, second, mute := begin(wrapped{known{now: 60 * ms, least: 58 * ms}}), begin(known{now: 62 * ms, least: 40 * ms}), begin(&movingConn{})
	if got := s.trips(); got.asked != 0 {
		t.Errorf("asked before a byte went: %+v", got)
	}
	for _, w := range []*wire{first, second, mute, first} {
		s.begin(w)
	}
	if got := s.trips(); got.asked != 2 || got.queued != 2 {
		t.Errorf("%+v", got)
	}
	s.drop(second)
	if got := s.trips(); got.asked != 1 || got.queued > 0.5 {
		t.Errorf("alone: %+v", got)
	}
	s.drop(first)
	s.drop(mute)
	if len(s.live) > 0 {
		t.Errorf("%d left", len(s.live))
	}
}
