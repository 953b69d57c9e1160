package signer

import (
	"math"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// maxLimiters bounds how many principals are remembered at once.
const maxLimiters = 10_000

// finiteRate tells a rate that limits, or that says plainly that it does not:
// against what is not a number every comparison is false, and all would pass.
func finiteRate(r float64) bool { return r != 0 && !math.IsNaN(r) && !math.IsInf(r, 0) }

// rateLimits holds a token bucket per principal.
type rateLimits struct {
	mu       sync.Mutex
	limiters *generations[Principal, *rate.Limiter]
}

func newRateLimits() *rateLimits {
	return &rateLimits{limiters: newGenerations[Principal, *rate.Limiter](maxLimiters)}
}

// allow takes one call from p's bucket, which the rules fill, or tells how long
// to wait for one.
func (l *rateLimits) allow(p Principal, by *rules) (wait time.Duration, ok bool) {
	if by.rate < 0 {
		return 0, true
	}
	l.mu.Lock()
	lim, known := l.limiters.get(p)
	switch {
	case !known:
		lim = rate.NewLimiter(rate.Limit(by.rate), by.burst)
		l.limiters.put(p, lim)
	case lim.Limit() != rate.Limit(by.rate) || lim.Burst() != by.burst: // another group, or another policy
		lim.SetLimit(rate.Limit(by.rate))
		lim.SetBurst(by.burst)
	}
	l.mu.Unlock()
	r := lim.Reserve()
	if d := r.Delay(); d > 0 {
		r.Cancel()
		return d, false
	}
	return 0, true
}
