package uploader

import "math"

// regrets tells whether what a try had brought is missed now that it is taken back.
func (k *controller) regrets(w *window) bool {
	n, rate := k.tried, k.triedAt
	k.tried = 0
	if n <= k.target || n > k.most() || w.limited || w.trips.full() || k.slow(w.rate()) {
		return false
	}
	return math.Log(rate/w.rate())/math.Log(float64(n)/float64(k.target)) >= (trips{}).bars().grow
}

// baseline takes a window in which nothing was tried.
func (k *controller) baseline(w *window) {
	rate := w.rate()
	if n := k.tried; k.regrets(w) {
		k.to(n)
		k.base, k.pause, k.wait, k.down = 0, pauseLeast, pauseLeast, false
		return
	}
	if k.base <= 0 || k.odd {
		k.baseOff = w.doubt()
	} else {
		k.baseOff = math.Hypot(k.baseOff, w.doubt()) / 2
	}
	switch {
	case k.base > 0 && (rate > 4*k.base/3 || rate < 3*k.base/4) && !w.limited && !k.odd:
		k.odd = true
		return
	case k.odd:
		k.pause, k.wait, k.down = pauseLeast, min(k.wait, pauseLeast), rate > k.base
		k.base, k.peak, k.peakAt, k.odd = rate, rate, k.target, false
	case k.base > 0:
		k.base = (k.base + rate) / 2
	default:
		k.base = rate
	}
	if k.peak *= 1 - w.span.Seconds()/2000; k.base >= k.peak {
		k.peak, k.peakAt = k.base, k.target
	}
	if k.base < sags*k.peak && k.peakAt > k.target && !k.ramp && !w.trips.full() {
		k.wait, k.down = 0, false // fewer do carry less
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
		switch {
		case !k.slow(k.base) || k.held(w):
		case w.trips.full():
			step = 1
		case k.target <= startParts || k.baseOff < steady:
			step = 1.5 // rule 9
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
	k.from, k.fromRate, k.fromOff, k.back = k.target, rate, k.baseOff, k.target
	if n > k.target {
		k.from = max(k.target, min(k.busy, n-1))
	}
	k.to(n)
}

// judgeMore takes a try with more parts.
func (k *controller) judgeMore(e, off float64, w *window) {
	k.window = *w
	bars, lean := k.bars(), k.lean(off)
	k.window = window{}
	k.tried, k.triedAt = k.target, w.rate()
	switch {
	case w.limited:
		k.to(k.back)
		k.end(true)
	case !k.ramp && !w.trips.full() && k.target <= k.peakAt && k.fromRate < sags*k.peak && w.rate() >= bars.keeps*k.peak:
		k.from, k.base, k.baseOff, k.wait, k.down = 0, w.rate(), w.doubt(), k.pause, true
	case e+lean >= bars.grow:
		k.paid, k.tried = true, 0
		if k.from, k.base, k.baseOff, k.failed = 0, w.rate(), w.doubt(), 0; !k.ramp && (e < surely || w.trips.full()) {
			k.wait, k.down, k.pause = 0, false, pauseLeast
			return
		}
		k.ramp = true
		k.next(w)
	case k.ramp && k.failed == 0 && (!k.slow(w.rate()) || k.held(w) || e > (trips{}).bars().shrink && off > 0.1):
		k.failed++
		k.to(k.useful(e, w))
		k.from, k.base = 0, 0
	case k.ramp:
		k.failed++
		if k.slow(w.rate()) {
			k.to(k.useful(e, w))
		} else {
			k.to(k.back)
		}
		k.end(true)
		k.down = !k.held(w) || w.rate() < 1.05*k.fromRate
	case e >= bars.nearly && !k.slow(w.rate()) && !k.promised:
		k.to(k.back)
		k.end(true)
		k.promised, k.down, k.wait = true, false, 0
	case e >= bars.nearly && !k.slow(w.rate()):
		k.from, k.base, k.baseOff = 0, w.rate(), w.doubt()
		k.wait, k.down, k.pause, k.promised = k.pause, false, pauseLeast, false
	default:
		k.promised = false
		k.to(k.back)
		k.end(false)
	}
}

// useful is what of a doubling that brought too little is kept (rule 1): all of it, or what it brought; and on a slow line
// half of what there was at the start if that brought nothing at all.
func (k *controller) useful(e float64, w *window) int {
	gain := w.rate() / k.fromRate
	switch {
	case gain > 1.05 && k.held(w) && k.failed < 2 && w.doubt() > steady:
		return k.target
	case gain > 1.05 && (e >= (trips{}).bars().nearly || e < (trips{}).bars().shrink || k.paid) && !k.slow(w.rate()):
		return k.target
	case gain > 1.05:
		return min(k.target, int(math.Ceil(float64(k.from)*gain)))
	case k.slow(w.rate()):
		if k.from > startParts || w.doubt() > unsteady {
			return k.from
		}
		return max(min(leastParts, k.bound), k.from/2)
	}
	return k.from
}

// slow tells whether parts take long at this throughput.
func (k *controller) slow(rate float64) bool {
	return rate*slowPart.Seconds() < float64(k.target)*k.part
}

// judgeFewer takes a try with fewer parts.
func (k *controller) judgeFewer(e, off float64, w *window) {
	bars := w.trips.bars()
	if e > bars.shrink || off > undecided || w.rate() < bars.keeps*k.peak {
		k.to(k.back)
		k.end(false)
		return
	}
	k.from, k.base, k.baseOff = 0, w.rate(), w.doubt()
	k.wait, k.down, k.pause = 0, true, pauseLeast
}
