package app

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"longshore/uploader"
)

// files is a queue of so many files.
func files(n int, scanning bool) *uploader.Snapshot {
	return &uploader.Snapshot{Jobs: uploader.PagesOf(make([]uploader.JobRow, n)), Totals: uploader.Totals{Scanning: scanning}}
}

// lengthy is a queue that a test makes longer and shorter.
type lengthy struct {
	now     atomic.Pointer[uploader.Snapshot]
	changed chan struct{}
}

func (q *lengthy) Snapshot() *uploader.Snapshot         { return q.now.Load() }
func (q *lengthy) Subscribe() (<-chan struct{}, func()) { return q.changed, func() {} }

func TestMemoryIsGivenBackOnceAQueueHasSettled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := &lengthy{changed: make(chan struct{}, 1)}
		q.now.Store(files(100_000, false))
		ctx, cancel := context.WithCancel(t.Context())
		var freed atomic.Int32
		go shrink(ctx, q, func() { freed.Add(1) })
		for _, c := range []struct {
			name string
			to   *uploader.Snapshot
			want int32
		}{
			{"opened", q.now.Load(), 1},
			{"a few more", files(100_500, false), 1},
			{"a large drop under way", files(150_000, true), 1},
			{"it is through", files(200_000, false), 2},
			{"and nothing more", files(200_000, false), 2},
			{"all are taken off", files(0, false), 3},
		} {
			q.now.Store(c.to)
			select {
			case q.changed <- struct{}{}:
			default:
			}
			time.Sleep(time.Minute)
			synctest.Wait()
			if freed := freed.Load(); freed != c.want {
				t.Errorf("%s: given back %d times, want %d", c.name, freed, c.want)
			}
		}
		cancel()
	})
}
