package uploader

import "time"

const (
	backoffBase     = 500 * time.Millisecond
	backoffCap      = time.Minute
	retryAfterLimit = 10 * time.Minute // a server that asks for more is looked at again after this
)

// maxTries bounds how often one call or part is tried again when the other side answers with faults of its own; after
// that the job fails and keeps what it has.
const maxTries = 10

// tries counts what came to nothing on one call or part. Being asked to wait is no fault and never ends a job.
type tries struct{ faults, waits int }

// again counts one more. It tells how many of its kind there were, for the backoff, and whether there may be another.
func (t *tries) again(code Code) (n int, may bool) {
	if code == CodeThrottled {
		t.waits++
		return t.waits, true
	}
	t.faults++
	return t.faults, t.faults < maxTries
}

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
