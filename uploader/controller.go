package uploader

import (
	"math"
	"time"
)

// controller chooses how many parts may be in flight. It is fed with samples of what happened on the wire and gives a
// target; it knows no clock, no network and no engine.
//
// Its one question is what another part would bring: the elasticity, by how many per cent throughput changes when the
// number of parts changes by one per cent. It is 1 while every connection is held back by itself (its window, loss, a
// server's cap for each connection), 0 where the line, the disk or our own limit is full, and 1 minus our share of the
// line where it is full and others use it too. From that follow the rules:
//
//  1. It begins with 4 and doubles as long as a doubling brings 60 % of its share or more (2^0.6). Of the first one that
//     brings less so many parts stay as it brought, or all of them if the doubling before paid (the line ends somewhere
//     between), if this one nearly paid (45 %), or if it brought less than 30 % (then the line is nearly ours anyway, and
//     rule 2 takes back what is too many). The second one in a row is taken back.
//  2. From then on it tries, in turn, a quarter fewer and a half more. More stay if they bring 60 % of their share; if
//     they bring 45, they are tried once more and stay if they do so again. Fewer stay if they cost less than 30 % of
//     theirs and still carry 97 % of the best of late: a full line is left with as few parts as fill it. Anything between
//     changes nothing. So beside somebody else on a full line it grows below half of the line and shrinks above 70 %.
//     More that were taken back come again if what is left carries so much less that they had paid after all.
//  3. Tries that change nothing come less and less often: after 5 s, then at double the distance, up to a minute. When
//     throughput changes by itself by a third, twice in a row, they come soon again. That it sagged is by itself no
//     reason for more: a neighbour may have come, and two that answer each other so would only pile up parts.
//  4. Nothing is judged before it shows. New connections have twice the time that the slowest of the last requests
//     needed to get going, and parts that are too many are waited for, ten seconds at most. A window of measuring begins
//     and ends where parts end, and lasts until they went around once or, later, three times, and until chance cannot
//     have decided: how much stretches of it differ says how far off it may be. At first, a window that still drifts
//     loses its older half and goes on.
//  5. What cannot be is not believed. More that bring more than their share are fresh connections that have not lost
//     anything yet, and measured on; more that bring less than before, or fewer that cost more than theirs, mean that
//     what they are compared with was wrong, and that is measured again, twice at most.
//  6. A window in which slots stayed empty for want of work says nothing. One in which our own bandwidth limit bound
//     never says that more are better.
//  7. Storage that asks to slow down (503, 429) takes off three tenths at once, once for all answers of one moment. What
//     was too much is not tried again for a minute, and longer each time.
//  8. A request that stalls or is cut halves the parts. After a sleep, an outage or a minute of rest it begins anew.
//  9. On a slow line a part takes more than 16 s, and what is begun lasts. There the first step is by a half only, and so
//     are later ones while throughput is so steady that the line must be full; if the first brings nothing, half of the
//     parts are taken back. Where it swings, connections lose packets and are held back each by itself: that wants many
//     parts, so there half of the doubt counts in favour of more.
//  10. Where the system's TCP tells of round trips (docs/adr/0010), a queue on the way says that the line is full, whoever
//     fills it, and none that it is not. The fuller it was, the more another part must bring to stay, and the more
//     fewer parts may cost: two uploaders do not pile up parts against each other. A slow line that is full at the
//     start gets no more than the first four. Where no queue stands and throughput swings, packets are lost: there
//     windows are short at first, 35 % of a share are enough to go on doubling, and most of the doubt counts in favour
//     of more. Only what a try has to show is moved by that; what it has brought still decides, so that readings that
//     tell nothing, or the wrong thing, cost little.
//  11. Where throughput comes in lumps and chance may have decided, fewer parts do not stay.
//
// The target is never above the bound, and not below two unless the bound or rule 7 says so: the gaps of one part are
// filled by the other.
type controller struct {
	bound  int
	part   float64 // bytes of a usual part: what "slow" is is told from throughput
	target int

	ramp     bool    // rule 1 holds
	from     int     // parts before the try that is under way; 0: none is, and a baseline is measured
	back     int     // the target before it
	busy     int     // parts on the wire, lately
	fromRate float64 // bytes per second then
	fromOff  float64 // how far that may be off, as a share
	base     float64 // of the last baselines, 0 for none
	baseOff  float64
	peak     float64 // the best of late, 0 for none
	peakAt   int     // with so many parts
	failed   int     // doublings in a row that brought too little
	paid     bool    // the doubling before brought its share
	absurd   int     // results in a row that cannot be
	promised bool    // the last try with more brought nearly its share
	tried    int     // so many parts were taken back lately
	triedAt  float64 // what they had carried
	odd      bool    // the last baseline was far off the ones before

	settling time.Duration // since the target changed; negative: it has settled
	window   window
	early    time.Duration // waited for the window's begin
	again    int           // how often this window was measured again
	lead     time.Duration

	down  bool          // the next try is one with fewer
	wait  time.Duration // until the next try
	pause time.Duration // between two

	ceiling int           // more than this was too much for the server; 0: unknown
	penance time.Duration // how long the ceiling holds
	sinned  time.Duration // since it was set
	deaf    time.Duration // refusals in this time were earned before
}

// sample is what happened in an interval.
type sample struct {
	span    time.Duration
	bytes   int64         // handed to the network
	done    int           // parts that were through
	busy    int           // parts on the wire at its end
	short   bool          // slots were empty then, for want of something to send
	limited bool          // our own bandwidth limit held it up
	refused bool          // storage asked to slow down
	stalled bool          // a request was cut or moved no bytes
	lead    time.Duration // from a request to the first byte of its body, the longest; 0: none began
	trips   trips         // what the system says of the connections' round trips
}

const (
	startParts   = 4
	leastParts   = 2
	tooGood      = 1.3  // more than their share: cannot be
	tooBad       = -0.3 // less than nothing: neither
	sags         = 0.9  // of the best of late: below it, it is time for more
	surely       = 0.85 // so clear a gain need not be measured to the end
	pauseLeast   = 5 * time.Second
	pauseMost    = time.Minute
	penanceLeast = time.Minute
	penanceMost  = 10 * time.Minute
	forgetAfter  = time.Minute
	slowPart     = 16 * time.Second
	unsteady     = 0.2  // of one that comes in lumps: nothing was measured
	undecided    = 0.8  // doubt of an elasticity that says nothing
	steady       = 0.03 // doubt of a throughput that does not swing
	certain      = 0.05 // doubt that is good enough to compare with
	earlyMost    = time.Second
	drainMost    = 10 * time.Second // then those too many are what is measured
)

func newController(bound int, part int64) *controller {
	k := &controller{bound: bound, part: float64(part)}
	k.reset()
	return k
}

// reset begins anew: nothing that was learned holds.
func (k *controller) reset() {
	*k = controller{bound: k.bound, part: k.part, target: min(startParts, k.bound), ramp: true, pause: pauseLeast, down: true}
}

// disturbed keeps the target, but looks for a better one as at the start: the line or our limit has changed.
func (k *controller) disturbed() {
	k.ramp, k.from, k.base, k.peak, k.failed, k.paid, k.tried, k.pause = true, 0, 0, 0, 0, false, 0, pauseLeast
	k.settle()
}

// setBound changes the most that may be in flight.
func (k *controller) setBound(n int) {
	grown := n > k.bound && k.target == k.bound
	k.bound = n
	switch {
	case k.target > n:
		k.target, k.from = n, 0
		k.settle()
	case grown:
		k.disturbed()
	}
}

// feed takes a sample and returns the target.
func (k *controller) feed(s sample) int {
	if s.span > forgetAfter {
		k.reset()
		return k.target
	}
	k.wait -= s.span
	k.deaf -= s.span
	k.sinned += s.span
	k.lead = max(s.lead, k.lead-k.lead/50)
	k.busy = s.busy
	switch {
	case s.refused && k.deaf <= 0:
		k.refused()
	case s.stalled && k.deaf <= 0:
		k.deaf = time.Second + k.lead
		k.to(max(min(leastParts, k.bound), k.target/2))
		k.end(true)
	case k.settling >= 0:
		k.settling += s.span
		if k.settledBy(s) {
			k.settling = -1
		}
	case k.window.count == 0 && s.done == 0 && k.early < earlyMost:
		k.early += s.span // a window begins where a part ends: what a round of parts brings is what is measured
	case k.window.count == 0 && k.early < earlyMost:
		k.early = earlyMost
	default:
		k.window.add(s)
		k.measure()
	}
	return k.target
}

// refused takes rule 7.
func (k *controller) refused() {
	k.deaf = time.Second + k.lead
	if k.sinned > 2*k.penance {
		k.penance = 0 // long ago
	}
	k.penance = min(max(2*k.penance, penanceLeast), penanceMost)
	k.ceiling, k.sinned = max(1, k.target-1), 0
	k.to(max(1, k.target*7/10))
	k.end(true)
	k.down = false // it may have been too much
}

// to changes the target and waits for it to show.
func (k *controller) to(n int) {
	k.target = max(1, min(n, k.bound))
	k.settle()
}

func (k *controller) settle() {
	k.settling, k.window, k.early, k.again = 0, window{}, 0, 0
}

// end closes a try. news: what it has taught makes the next one worth while soon.
func (k *controller) end(news bool) {
	k.from, k.base, k.ramp = 0, 0, false
	k.pause = min(2*k.pause, pauseMost)
	if news {
		k.pause = pauseLeast
	}
	k.wait = k.pause
}

// settledBy tells whether the target shows on the wire: the new connections run, those too many are through.
func (k *controller) settledBy(s sample) bool {
	warm := min(max(2*k.lead, 100*time.Millisecond), 4*time.Second)
	if k.settling < warm {
		return false
	}
	if k.from > 0 && k.from < k.target {
		return s.busy >= k.target || k.settling > warm+2*time.Second
	}
	return s.busy <= k.target || k.settling > drainMost && k.from == 0
}

// full tells whether a window is long enough: the parts went around and chance cannot have decided it, or it lasts as
// long as it may.
func (k *controller) full() bool {
	w := &k.window
	slow := k.slow(w.rate())
	least, most, rounds := 2*time.Second, 10*time.Second, 3
	if k.ramp {
		least, most, rounds = 500*time.Millisecond, 8*time.Second, 1
	}
	if k.ramp && w.span >= 2*time.Second && k.held(w) && (slow || w.done >= k.target) {
		return k.failed == 0 || w.span >= 4*time.Second // doubt counts in favour of more
	}
	if slow { // what is begun for nothing lasts long there
		least, most, rounds = 4*time.Second, 4*time.Second, 1
		if !k.ramp {
			most = 30 * time.Second
		}
	}
	if w.span < least {
		return false
	}
	if k.sure() {
		return w.span >= most || w.done >= rounds*k.target
	}
	if k.ramp {
		return w.span >= 10*time.Second
	}
	return w.span >= 2*most
}

// sure tells whether the window so far tells enough.
func (k *controller) sure() bool {
	if k.from == 0 {
		return k.window.doubt() < certain
	}
	e, off := k.elasticity()
	if k.target > k.from {
		return math.Abs(e-k.bars().grow) > off
	}
	return math.Abs(e-k.bars().shrink) > off
}

// lean is what a try on a slow line gets on credit at the start: half of its doubt.
func (k *controller) lean(off float64) float64 {
	switch {
	case k.ramp && k.held(&k.window):
		return min(off, 0.3)
	case k.ramp && k.slow(k.window.rate()):
		return off / 2
	}
	return 0
}

// measure looks at the window so far.
func (k *controller) measure() {
	w := &k.window
	if k.ramp && k.from > 0 && w.span >= 800*time.Millisecond && !k.slow(w.rate()) && !w.idle() {
		if e, off := k.elasticity(); e >= surely && e-off >= k.bars().grow && (e < tooGood || w.rising()) {
			k.judge()
			return
		}
	}
	if !k.full() {
		return
	}
	e, off := k.elasticity()
	ahead := k.from > 0 && e > tooGood && e-off > 1 && !w.rising()
	drifts := k.ramp && (w.drifts() && k.again == 0 || w.rising() && !k.slow(w.rate()))
	if (ahead || drifts) && k.again < 3 {
		w.trim()
		k.again++
		return
	}
	k.judge()
}

// elasticity is what the try under way has shown, and how far that may be off.
func (k *controller) elasticity() (e, off float64) {
	if k.fromRate <= 0 || k.window.bytes <= 0 {
		return 0, 1
	}
	step := math.Log(float64(k.target) / float64(k.from))
	return math.Log(k.window.rate()/k.fromRate) / step, math.Hypot(k.window.doubt(), k.fromOff) / math.Abs(step)
}

// judge takes a full window.
func (k *controller) judge() {
	w := k.window
	k.window, k.again = window{}, 0
	switch {
	case w.idle():
		if k.from > 0 {
			k.to(k.back)
			k.end(true)
		}
		k.base = 0
	case k.from == 0:
		k.baseline(&w)
	default:
		k.window = w
		e, off := k.elasticity()
		k.window = window{}
		worse := k.target > k.from && e < tooBad && e+off < 0
		if (worse || k.target < k.from && e > tooGood && e-off > 1) && k.absurd < 2 { // rule 5
			k.absurd++
			k.to(k.back)
			k.from, k.base, k.peak = 0, 0, 0
			return
		}
		k.absurd = 0
		if k.target > k.from {
			k.judgeMore(e, off, &w)
			return
		}
		k.judgeFewer(e, off, &w)
	}
}
