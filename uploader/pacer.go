package uploader

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// How finely bytes are let go under a limit: a piece is what a fiftieth of a second may carry, and what was not used is
// kept for an eighth of a second, so that no second carries much more than its share, and a short delay of the machine
// or the network costs nothing.
const (
	piecesASecond = 50
	smallestPiece = 1 << 10
	keepsFor      = time.Second / 8
)

// pacer lets bytes go at a speed that many requests share, first come first served. Its speed can change at any moment,
// and whoever waits then waits for the new one. All methods may be called from any goroutine.
type pacer struct {
	speed atomic.Int64  // a Speed
	turn  chan struct{} // held by the one who waits for the line; the others wait for it, in order

	mu      sync.Mutex
	free    float64       // bytes that may go at once; negative: so many went ahead of their time
	at      time.Time     // when free was true
	changed chan struct{} // closed when the speed changes
}

func newPacer(s Speed) *pacer {
	p := &pacer{turn: make(chan struct{}, 1), changed: make(chan struct{}), at: time.Now()}
	p.speed.Store(int64(s))
	return p
}

// limits tells whether anybody has to wait at all.
func (p *pacer) limits() bool { return Speed(p.speed.Load()) != NoLimit }

// binds tells whether somebody waits for it right now.
func (p *pacer) binds() bool { return len(p.turn) > 0 }

// set changes the speed. Halt lets nothing through until the next change.
func (p *pacer) set(s Speed) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refill()
	p.speed.Store(int64(s))
	p.free = min(p.free, s.in(keepsFor))
	close(p.changed)
	p.changed = make(chan struct{})
}

// in is how many bytes a speed carries in d.
func (s Speed) in(d time.Duration) float64 { return max(0, float64(s)) * d.Seconds() }

// refill brings free up to now. mu is held.
func (p *pacer) refill() {
	now, s := time.Now(), Speed(p.speed.Load())
	p.free = min(p.free+s.in(now.Sub(p.at)), s.in(keepsFor))
	p.at = now
}

// piece is how many of n bytes are best read at once.
func (p *pacer) piece(n int) int {
	if s := p.speed.Load(); s != int64(NoLimit) {
		return min(n, max(smallestPiece, int(s/piecesASecond)))
	}
	return n
}

// wait returns when n bytes may go, or at once with ctx's error when ctx ends.
func (p *pacer) wait(ctx context.Context, n int) error {
	if !p.limits() {
		return nil
	}
	select {
	case p.turn <- struct{}{}:
		defer func() { <-p.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		d, changed := p.take(n)
		if changed == nil {
			return nil
		}
		timer.Reset(d)
		select {
		case <-timer.C:
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// take lets n bytes go if the line is free: then changed is nil. Else it says when to ask again.
func (p *pacer) take(n int) (again time.Duration, changed <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := Speed(p.speed.Load())
	if s == NoLimit {
		return 0, nil
	}
	p.refill()
	switch {
	case s < 0:
		return time.Hour, p.changed
	case p.free >= 0:
		p.free -= float64(n)
		return 0, nil
	}
	return time.Duration(-p.free/float64(s)*float64(time.Second)) + 1, p.changed
}
