package signer

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"longshore/signer/api"
)

// Limits bound what is under way at once, of each principal and of all of them.
// A call beyond a limit waits a moment for a place; one that finds too many
// waiting, or waits in vain, is answered 429 (its principal has too much under
// way) or 503 (all together have), with Retry-After. Zero is the default.
type Limits struct {
	// Signing is how many calls may sign at once, that ask the storage for
	// nothing. They need a core each: more of them would not be faster, only
	// larger. Default 2 for each core.
	Signing int
	// Calls is how many other calls may be under way. Default 256.
	Calls int
	// Completes is how many calls may wait for a Complete or an Abort, which can
	// take minutes, and how many of those may run: they outlive the calls that
	// asked for them. Default 256.
	Completes int
	// PerPrincipal is how many calls one principal may have under way, from its
	// body to the end of its answer, and as many Completes and Aborts besides.
	// Default 64. A policy may say otherwise for a group.
	PerPrincipal int
	// Waiting is how many calls may wait for a place of one kind. Default 2048.
	Waiting int
	// BodyBytes is how many bytes of bodies may be held at once; a principal may
	// hold a quarter. Default 32 MiB; at least 16 MiB, so that a quarter is the
	// largest body there may be.
	BodyBytes int64
}

const minBodyBytes = bodyShare * api.MaxCompleteBody

// How long a call waits for a place.
const (
	patienceAll       = 5 * time.Second
	patiencePrincipal = 2 * time.Second
	busyRetryAfter    = 2 * time.Second
)

func (l Limits) withDefaults() Limits {
	for _, d := range []struct {
		value *int
		or    int
	}{{&l.Signing, 2 * runtime.GOMAXPROCS(0)}, {&l.Calls, 256}, {&l.Completes, 256}, {&l.PerPrincipal, 64}, {&l.Waiting, 2048}} {
		if *d.value == 0 {
			*d.value = d.or
		}
	}
	if l.BodyBytes == 0 {
		l.BodyBytes = 32 << 20
	}
	return l
}

func (l Limits) valid() bool {
	return min(l.Signing, l.Calls, l.Completes, l.PerPrincipal, l.Waiting) > 0 && l.BodyBytes >= minBodyBytes
}

// kind is what a call mostly needs: a core, the storage, or patience.
type kind int

const (
	kindSigning kind = iota
	kindCalls
	kindCompletes
	kinds
)

// kindOf sorts the routes; what is not named asks the storage.
func kindOf(route string) kind {
	switch route {
	case "get-part-url", "get-part-urls", "put-urls", "form":
		return kindSigning
	case "complete-upload", "abort-upload", "complete-batch":
		return kindCompletes
	}
	return kindCalls
}

// gate lets so many in at once, and so many wait.
type gate struct {
	places  chan struct{}
	waiting atomic.Int64
	most    int64 // that may wait
}

func newGate(places, waiting int) *gate {
	return &gate{places: make(chan struct{}, places), most: int64(waiting)}
}

// enter takes a place, or says that there is none: too many wait, or none came
// free in time. Errors are ctx's.
func (g *gate) enter(ctx context.Context, patience time.Duration) (ok bool, err error) {
	select {
	case g.places <- struct{}{}:
		return true, nil
	default:
	}
	if g.waiting.Add(1) > g.most {
		g.waiting.Add(-1)
		return false, nil
	}
	defer g.waiting.Add(-1)
	t := time.NewTimer(patience)
	defer t.Stop()
	select {
	case g.places <- struct{}{}:
		return true, nil
	case <-t.C:
		return false, nil
	case <-ctx.Done():
		return false, ctx.Err()
	}
}

func (g *gate) leave() { <-g.places }

// admission holds the gates: one for each kind of call, and one for each
// principal that has something under way.
type admission struct {
	limits Limits
	all    [kinds]*gate

	mu      sync.Mutex
	callers map[callerKind]*callerGate
}

// callerKind keeps a principal's Completes apart from its other calls: they may
// take minutes, and parts must go on being signed.
type callerKind struct {
	principal Principal
	completes bool
	places    int // by the rules of the caller's group
}

type callerGate struct {
	*gate
	users int // guarded by admission
}

func newAdmission(l Limits) *admission {
	return &admission{
		limits: l, callers: make(map[callerKind]*callerGate),
		all: [kinds]*gate{newGate(l.Signing, l.Waiting), newGate(l.Calls, l.Waiting), newGate(l.Completes, l.Waiting)},
	}
}

// caller takes a place among the calls of one principal.
func (a *admission) caller(ctx context.Context, id callerKind) (leave func(), ok bool, err error) {
	a.mu.Lock()
	g := a.callers[id]
	if g == nil {
		g = &callerGate{gate: newGate(id.places, id.places)}
		a.callers[id] = g
	}
	g.users++
	a.mu.Unlock()
	done := func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		if g.users--; g.users == 0 {
			delete(a.callers, id)
		}
	}
	if ok, err = g.enter(ctx, patiencePrincipal); !ok {
		done()
		return nil, false, err
	}
	return func() { g.leave(); done() }, true, nil
}

// places is how many calls the caller may have under way, and how many Completes.
func (s *Signer) places(c *call) int {
	if c.rules.concurrency > 0 {
		return c.rules.concurrency
	}
	return s.cfg.Limits.PerPrincipal
}

func throttled() error { return &callError{code: api.CodeThrottled, retryAfter: time.Second} }
func busy() error      { return &callError{code: api.CodeBusy, retryAfter: busyRetryAfter} }

// pass holds a caller who is known against the limits of one principal.
func (s *Signer) pass(ctx context.Context, c *call) error {
	if wait, ok := s.rates.allow(c.principal, c.rules); !ok {
		c.reason = refusedRate
		return &callError{code: api.CodeThrottled, retryAfter: wait}
	}
	return s.admitCaller(ctx, c)
}

// admitCaller takes the call a place among those of its principal, before its
// body is read. c.leave gives it back.
func (s *Signer) admitCaller(ctx context.Context, c *call) error {
	leave, ok, err := s.admission.caller(ctx, callerKind{c.principal, kindOf(c.route) == kindCompletes, s.places(c)})
	if err != nil {
		return err
	}
	if !ok {
		c.reason = refusedConcurrency
		return throttled()
	}
	c.leave = leave
	return nil
}

// admit takes the call a place among all of its kind, after its body was read:
// who sends slowly must not keep others waiting.
func (s *Signer) admit(ctx context.Context, c *call) (leave func(), err error) {
	g := s.admission.all[kindOf(c.route)]
	ok, err := g.enter(ctx, patienceAll)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, busy()
	}
	return g.leave, nil
}
