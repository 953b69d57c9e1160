package signer

import (
	"io"
	"sync"
	"sync/atomic"
)

// bodies bounds how many bytes of callers' bodies are held at once, of each
// principal and of all. Bytes count as they come, whatever a caller says of
// their number, and until nothing is made of them any more: a Complete holds its
// list of parts for as long as it runs.
type bodies struct {
	most, share int64 // bytes, of all and of one principal

	mu   sync.Mutex
	held int64
	by   map[Principal]int64
}

// bodyShare is the part of all that one principal may hold.
const bodyShare = 4

func newBodies(most int64) *bodies {
	return &bodies{most: most, share: most / bodyShare, by: make(map[Principal]int64)}
}

// take counts n bytes of p's. all tells a refusal for the sum from one for p's share.
func (b *bodies) take(p Principal, n int64) (ok, all bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.by[p]+n > b.share:
		return false, false
	case b.held+n > b.most:
		return false, true
	}
	b.held += n
	b.by[p] += n
	return true, false
}

func (b *bodies) give(p Principal, n int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.held -= n
	if b.by[p] -= n; b.by[p] == 0 {
		delete(b.by, p)
	}
}

func (b *bodies) bytes() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.held
}

// body is one caller's, as far as it was read. It is given back when the last
// who keeps it lets go.
type body struct {
	of        *bodies
	principal Principal
	bytes     int64
	keepers   atomic.Int32
}

func (b *bodies) begin(p Principal) *body {
	one := &body{of: b, principal: p}
	one.keepers.Store(1)
	return one
}

func (b *body) keep() { b.keepers.Add(1) }

func (b *body) letGo() {
	if b.keepers.Add(-1) == 0 && b.bytes > 0 {
		b.of.give(b.principal, b.bytes)
	}
}

// counted is a body that is counted as it is read.
type counted struct {
	io.ReadCloser
	body *body
	c    *call
}

func (r counted) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	if n == 0 {
		return n, err
	}
	switch ok, all := r.body.of.take(r.body.principal, int64(n)); {
	case ok:
		r.body.bytes += int64(n)
		return n, err
	case all:
		return 0, busy()
	}
	r.c.reason = refusedConcurrency
	return 0, throttled()
}
