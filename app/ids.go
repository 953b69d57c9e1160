package app

import (
	"crypto/rand"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"
)

// ids makes ULIDs that grow, also within a millisecond and when the clock is set back.
type ids struct {
	mu      sync.Mutex
	last    uint64 // milliseconds
	entropy *ulid.MonotonicEntropy
}

func newIDs() *ids { return &ids{entropy: ulid.Monotonic(rand.Reader, 0)} }

// next returns the next id, 26 upper-case Crockford characters.
func (i *ids) next() string {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.last = max(i.last, ulid.Timestamp(time.Now()))
	id, err := ulid.New(i.last, i.entropy)
	if err != nil { // this millisecond's numbers are used up
		i.last++
		id = ulid.MustNew(i.last, rand.Reader)
	}
	return id.String()
}
