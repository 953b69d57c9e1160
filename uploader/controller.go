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
//  1. It begins with 4 and doubles as long as a doubling brings 60 % of its share or more (2^0.6). One that brings less
//     is kept if it brought anything at all, for parts are cheap on a quick line; after the second one in a row it is
//     good enough.
//  2. From then on it tries, in turn, a quarter fewer and a half more. More stay if they bring 60 % of their share, or
//     if throughput had sagged by a tenth below the best of late and they bring it back. Fewer stay if they cost less
//     than 30 % of theirs and still carry 95 % of the best of late: a full line is left with as few parts as fill it.
//     Anything between changes nothing. So beside somebody else on a full line it grows below 40 % of the line and
//     shrinks above 70 %.
//  3. Tries that change nothing come less and less often: after 5 s, then at double the distance, up to a minute. When
//     throughput changes by itself by a third, twice in a row, they come soon again.
//  4. Nothing is judged before it shows. New connections have twice the time that the slowest of the last requests
//     needed to get going, and parts that are too many are waited for, ten seconds at most. A window of measuring begins
//     and ends where parts end, and lasts until they went around once (0.5 to 2.5 s) or, later, three times (2 to 10 s).
//     At first, a window that is still rising is measured again.
//  5. A window in which slots stayed empty for want of work says nothing. One in which our own bandwidth limit bound
//     never says that more are better.
//  6. Storage that asks to slow down (503, 429) takes off three tenths at once, once for all answers of one moment. What
//     was too much is not tried again for a minute, and longer each time.
//  7. A request that stalls or is cut halves the parts. After a sleep, an outage or a minute of rest it begins anew.
//  8. On a slow line a part takes more than 16 s, and what is begun lasts. There the first step is by a half only, is
//     measured for 4 s, must bring 80 %, and if it brings nothing, half of the parts are taken back.
//
// The target is never above the bound, and not below two unless the bound or rule 6 says so: the gaps of one part are
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
	base     float64 // of the last baselines, 0 for none
	peak     float64 // the best of late, 0 for none
	peakAt   int     // with so many parts
	failed   int     // doublings in a row that brought too little
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
}

const (
	startParts   = 4
	leastParts   = 2
	growAt       = 0.6
	growSlowAt   = 0.8
	shrinkAt     = 0.3
	keeps        = 0.95 // of the best of late, fewer parts must still carry
	sags         = 0.9  // of the best of late: below it, it is time for more
	surely       = 0.85 // so clear a gain need not be measured to the end
	pauseLeast   = 5 * time.Second
	pauseMost    = time.Minute
	penanceLeast = time.Minute
	penanceMost  = 10 * time.Minute
	forgetAfter  = time.Minute
	slowPart     = 16 * time.Second
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
	k.ramp, k.from, k.base, k.peak, k.failed, k.pause = true, 0, 0, 0, 0, pauseLeast
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

// refused takes rule 6.
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

// full tells whether a window is long enough: the parts went around, or it lasts as long as it may.
func (k *controller) full() bool {
	least, most, rounds := 2*time.Second, 10*time.Second, 3
	if k.ramp {
		least, most, rounds = 500*time.Millisecond, 2500*time.Millisecond, 1
	}
	switch slow := k.slow(k.window.rate()); { // what is begun for nothing lasts long there
	case slow && k.ramp:
		least, most = 4*time.Second, 4*time.Second
	case slow:
		most = 30 * time.Second
	}
	w := &k.window
	return w.span >= most || w.span >= least && w.done >= rounds*k.target
}

// measure looks at the window so far.
func (k *controller) measure() {
	w := &k.window
	if k.ramp && k.from > 0 && w.span >= 500*time.Millisecond && !k.slow(w.rate()) && !w.idle() && k.elasticity() >= surely {
		k.judge()
		return
	}
	if !k.full() {
		return
	}
	if k.ramp && (w.drifts() && k.again == 0 || w.rising() && k.again < 3 && !k.slow(w.rate())) {
		again := k.again + 1
		k.window, k.again = window{}, again
		return
	}
	k.judge()
}

// elasticity is what the try under way has shown.
func (k *controller) elasticity() float64 {
	if k.fromRate <= 0 || k.window.bytes <= 0 {
		return 0
	}
	return math.Log(k.window.rate()/k.fromRate) / math.Log(float64(k.target)/float64(k.from))
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
		e := k.elasticity()
		k.window = window{}
		if k.target > k.from {
			k.judgeMore(e, &w)
			return
		}
		k.judgeFewer(e, &w)
	}
}

// baseline takes a window in which nothing was tried.
func (k *controller) baseline(w *window) {
	rate := w.rate()
	switch {
	case k.base > 0 && (rate > 4*k.base/3 || rate < 3*k.base/4) && !w.limited && !k.odd:
		k.odd = true
		return
	case k.odd:
		k.pause, k.wait = pauseLeast, min(k.wait, pauseLeast)
		k.base, k.peak, k.peakAt, k.odd = rate, rate, k.target, false
	case k.base > 0:
		k.base = (k.base + rate) / 2
	default:
		k.base = rate
	}
	if k.peak *= 1 - w.span.Seconds()/600; k.base >= k.peak {
		k.peak, k.peakAt = k.base, k.target
	}
	if k.base < sags*k.peak && !k.ramp {
		k.wait, k.down = 0, false
	}
	if k.ramp || k.wait <= 0 {
		k.next(w)
	}
}

// next begins the next try, if there is one to make.
func (k *controller) next(w *window) {
	more, fewer := k.most(), k.target-max(1, k.target/4)
	if w.limited {
		more = k.target
	}
	if k.ramp {
		step := 2.0
		if k.target <= startParts && k.slow(k.base) {
			step = 1.5 // rule 8
		}
		more = min(more, int(step*float64(k.target)))
		if more <= k.target {
			k.end(true)
			return
		}
		k.try(more, k.base)
		return
	}
	more = min(more, k.target+max(1, k.target/2))
	down := k.down
	k.down = !k.down
	switch {
	case down && fewer >= min(leastParts, k.bound):
		k.try(fewer, k.base)
	case !down && more > k.target:
		k.try(more, k.base)
	default:
		k.wait = k.pause
	}
}

// most is the highest target there may be now.
func (k *controller) most() int {
	if k.ceiling > 0 && k.sinned < k.penance {
		return min(k.bound, k.ceiling)
	}
	return k.bound
}

func (k *controller) try(n int, rate float64) {
	k.from, k.fromRate, k.back = k.target, rate, k.target
	if n > k.target {
		k.from = max(k.target, min(k.busy, n-1))
	}
	k.to(n)
}

// judgeMore takes a try with more parts.
func (k *controller) judgeMore(e float64, w *window) {
	switch {
	case w.limited:
		k.to(k.back)
		k.end(true)
	case !k.ramp && k.target <= k.peakAt && k.fromRate < sags*k.peak && w.rate() >= keeps*k.peak:
		k.from, k.base, k.wait, k.down = 0, w.rate(), k.pause, true
	case e >= growAt && !k.slow(w.rate()), e >= growSlowAt:
		if k.from, k.base, k.failed = 0, w.rate(), 0; !k.ramp && e < surely {
			k.wait, k.down, k.pause = 0, false, pauseLeast
			return
		}
		k.ramp = true
		k.next(w)
	case k.ramp && k.failed == 0 && !k.slow(w.rate()):
		k.failed++
		k.to(k.useful(w))
		k.from, k.base = 0, 0
	case k.ramp:
		if k.slow(w.rate()) {
			k.to(k.useful(w))
		} else {
			k.to(k.back)
		}
		k.end(true)
		k.down = true
	default:
		k.to(k.back)
		k.end(false)
	}
}

// useful is what of a doubling that brought too little is kept: all of it if it brought anything and parts are quick, so
// that they cost little; what it took if they are slow, and half of what there was if that brought nothing at all.
func (k *controller) useful(w *window) int {
	gain := w.rate() / k.fromRate
	switch {
	case gain > 1.05 && !k.slow(w.rate()):
		return k.target
	case gain > 1.05:
		return min(k.target, int(math.Ceil(float64(k.from)*gain)))
	case k.slow(w.rate()):
		return max(min(leastParts, k.bound), k.from/2)
	}
	return k.from
}

// slow tells whether parts take long at this throughput.
func (k *controller) slow(rate float64) bool {
	return rate*slowPart.Seconds() < float64(k.target)*k.part
}

// judgeFewer takes a try with fewer parts.
func (k *controller) judgeFewer(e float64, w *window) {
	if e > shrinkAt || w.rate() < keeps*k.peak {
		k.to(k.back)
		k.end(false)
		return
	}
	k.from, k.base = 0, w.rate()
	k.wait, k.down, k.pause = 0, true, pauseLeast
}
