package app

import (
	"context"
	"time"

	"longshore/uploader"
)

// A queue that has become so much longer or shorter has left that much garbage behind: the records of the journal that it
// was opened from, or the walk and the groups of a drop, are larger than what is kept of them.
const manyFiles = 10_000

// shownAfter is how long nothing is given back after that: whoever opened the queue, or dropped the files, is to see
// them first.
const shownAfter = 2 * time.Second

// changing is a queue that tells when it changes.
type changing interface {
	Snapshot() *uploader.Snapshot
	Subscribe() (<-chan struct{}, func())
}

// shrink gives back to the system what opening a long queue, a large drop, or taking many files off the list has left
// behind, once it is through.
func shrink(ctx context.Context, q changing, free func()) {
	changed, cancel := q.Subscribe()
	defer cancel()
	for settled := 0; ; {
		s := q.Snapshot()
		if n := s.Jobs.Len(); !s.Totals.Scanning && max(n, settled)-min(n, settled) >= manyFiles {
			if wait(ctx, shownAfter) != nil {
				return
			}
			free()
			settled = n
			continue // it may have changed meanwhile
		}
		select {
		case <-ctx.Done():
			return
		case <-changed:
		}
	}
}
