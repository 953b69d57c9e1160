package signer

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// maxLimiters bounds how many principals are remembered at once.
const maxLimiters = 10_000

// rateLimits holds a token bucket per principal.
type rateLimits struct {
	rate  float64
	burst int

	mu       sync.Mutex
	limiters *generations[Principal, *rate.Limiter]
}

// newRateLimits allows r calls a second and burst at once; a negative r
// allows everything.
func newRateLimits(r float64, burst int) *rateLimits {
	return &rateLimits{rate: r, burst: burst, limiters: newGenerations[Principal, *rate.Limiter](maxLimiters)}
}

// allow takes one call from p's bucket, or tells how long to wait for one.
func (l *rateLimits) allow(p Principal) (wait time.Duration, ok bool) {
	if l.rate < 0 {
		return 0, true
	}
	l.mu.Lock()
	lim, known := l.limiters.get(p)
	if !known {
		lim = rate.NewLimiter(rate.Limit(l.rate), l.burst)
		l.limiters.put(p, lim)
	}
	l.mu.Unlock()
	r := lim.Reserve()
	if d := r.Delay(); d > 0 {
		r.Cancel()
		return d, false
	}
	return 0, true
}
