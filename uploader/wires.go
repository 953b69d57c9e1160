package uploader

import (
	"context"
	"net/http/httptrace"
	"sync"
	"time"
)

// tripper is a connection that knows how long its round trips take.
type tripper interface {
	RoundTrip() (now, least time.Duration, ok bool)
}

// wires are the connections on which bodies of parts are under way: the controller is told of their round trips.
type wires struct {
	mu   sync.Mutex
	live map[*wire]struct{}
}

// wire is one PUT's connection.
type wire struct {
	conn tripper // nil: none yet, or one that knows nothing
}

// follow makes the connection that a request gets known; w counts from begin to drop.
func (s *wires) follow(ctx context.Context, w *wire) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(got httptrace.GotConnInfo) {
		conn, _ := under[tripper](got.Conn)
		s.mu.Lock()
		defer s.mu.Unlock()
		w.conn = conn
	}})
}

// begin says that the first byte of a body goes.
func (s *wires) begin(w *wire) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.live == nil {
		s.live = map[*wire]struct{}{}
	}
	s.live[w] = struct{}{}
}

// drop says that the request is over.
func (s *wires) drop(w *wire) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.live, w)
}

// trips asks them all. A connection that was made while a queue stood has never seen the way without one: the least of
// all counts, unless it leads somewhere else altogether.
func (s *wires) trips() trips {
	s.mu.Lock()
	defer s.mu.Unlock()
	type trip struct{ now, least time.Duration }
	told, best := make([]trip, 0, len(s.live)), time.Duration(0)
	for w := range s.live {
		if w.conn == nil {
			continue
		}
		if now, least, ok := w.conn.RoundTrip(); ok {
			told = append(told, trip{now, least})
			if best == 0 || least < best {
				best = least
			}
		}
	}
	var all trips
	for _, t := range told {
		if t.least < 2*best {
			t.least = best
		}
		all.add(t.now, t.least)
	}
	return all
}
