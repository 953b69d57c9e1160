package app

import (
	"context"
	"time"
)

const (
	tickEvery = 5 * time.Second
	lateBy    = 30 * time.Second // DESIGN §4: a tick so late on either clock means that the machine slept
)

// watchSleep calls wake after the machine slept: as soon as the system says so (woke), else at the next tick. Ticks come
// every tickEvery; now reads both clocks, because some systems stop the monotonic one while they sleep and others do
// not. One sleep is told once: the tick after woke compares with the moment of woke.
func watchSleep(ctx context.Context, ticks <-chan time.Time, woke <-chan struct{}, now func() time.Time, wake func(context.Context)) {
	last := now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-woke:
			wake(ctx)
			last = now()
			continue
		case <-ticks:
		}
		this := now()
		if slept(last, this) {
			wake(ctx)
		}
		last = this
	}
}

func slept(last, this time.Time) bool {
	monotonic := this.Sub(last)
	wall := this.Round(0).Sub(last.Round(0))
	return max(monotonic, wall) > tickEvery+lateBy
}
