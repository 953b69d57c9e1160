package uploader

import "time"

const (
	backoffBase     = 500 * time.Millisecond
	backoffCap      = time.Minute
	retryAfterLimit = 10 * time.Minute // a server that asks for more is looked at again after this
)

// backoff is how long to wait before try number try+1; try counts from 1, the one that just failed. It draws from the
// whole range 0 to min(1 min, 0.5 s·2^(try-1)) ("full jitter"), on top of what the server asked for (after; at most
// 10 min count), so that many waiting clients do not come back at once. rnd returns a number in [0, 1).
func backoff(try int, after time.Duration, rnd func() float64) time.Duration {
	spread := backoffBase
	for range try - 1 {
		if spread *= 2; spread >= backoffCap {
			spread = backoffCap
			break
		}
	}
	return min(max(after, 0), retryAfterLimit) + time.Duration(rnd()*float64(spread))
}
