package sim

import (
	"fmt"
	"strings"
	"sync"
	"time"
)

// trace is what happened in a run, with virtual times. It is written out only when it is wanted.
type trace struct {
	mu     sync.Mutex
	began  time.Time
	events []event
	broken []string // what must hold and did not
}

type event struct {
	at     time.Duration
	format string
	args   []any
}

// add notes what happens; args must not change afterwards.
func (t *trace) add(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.events = append(t.events, event{time.Since(t.began), format, args})
}

// violate notes that something that must hold does not.
func (t *trace) violate(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.broken = append(t.broken, text)
	t.events = append(t.events, event{time.Since(t.began), "BROKEN: %s", []any{text}})
}

// holds tells whether nothing is broken yet.
func (t *trace) holds() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.broken) == 0
}

func (t *trace) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var b strings.Builder
	for _, e := range t.events {
		fmt.Fprintf(&b, "%14s  %s\n", e.at.Truncate(time.Millisecond), fmt.Sprintf(e.format, e.args...))
	}
	return b.String()
}
