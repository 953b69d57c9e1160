package queue

import (
	"math"
	"time"
)

// pace makes a time left that does not jump. The rule:
//
//   - The rate is smoothed over rateCalm, so that a breath of the network does not count as a new speed.
//   - What is shown runs down with the clock and glides towards the new estimate over leftCalm, instead of taking it over.
//   - It does not step up by less than an eighth, so that it does not flicker around a boundary.
//   - In its first moments it takes over what it hears: a first rate, of a few small files or of half a second, says little
//     of those to come, and would stay in what is shown for minutes.
//   - It begins anew when the work itself changed (files came or went) or nothing was heard for a while: then a jump is true.
//
// The zero value is ready.
type pace struct {
	began, at time.Time
	rate      float64 // bytes per second
	left      float64 // seconds
	shown     float64 // seconds
	remaining int64
}

const (
	rateCalm  = 20 * time.Second
	leftCalm  = 8 * time.Second
	paceGap   = 15 * time.Second
	paceYoung = 5 * time.Second
	upStep    = 1.125
)

// next is the time left at now, with so many bytes remaining and the rate of the last seconds; 0 when it is unknown.
func (p *pace) next(now time.Time, remaining int64, rate float64) time.Duration {
	if remaining <= 0 || !(rate > 0) {
		*p = pace{}
		return 0
	}
	gone := now.Sub(p.at)
	sent := p.rate * gone.Seconds()
	unlike := math.Abs(float64(p.remaining-remaining)-sent) > max(3*sent, float64(remaining)/20)
	if p.rate == 0 || gone <= 0 || gone > paceGap || unlike {
		p.began = now
	}
	if now.Sub(p.began) < paceYoung {
		left := float64(remaining) / rate
		*p = pace{began: p.began, at: now, rate: rate, left: left, shown: left, remaining: remaining}
		return seconds(left)
	}
	p.at, p.remaining = now, remaining
	p.rate += (rate - p.rate) * share(gone, rateCalm)
	p.left = max(0, p.left-gone.Seconds())
	p.left += (float64(remaining)/p.rate - p.left) * share(gone, leftCalm)
	if p.left < p.shown || p.left > p.shown*upStep {
		p.shown = p.left
	}
	return seconds(p.shown)
}

// share is how much of a difference is made good in a time.
func share(gone, calm time.Duration) float64 { return 1 - math.Exp(-gone.Seconds()/calm.Seconds()) }

// longest is how far ahead a time left still means something.
const longest = 100 * 24 * time.Hour

func seconds(s float64) time.Duration {
	if s > longest.Seconds() {
		return 0
	}
	return max(time.Second, time.Duration(s*float64(time.Second)))
}
