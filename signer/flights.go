package signer

import (
	"context"
	"crypto/sha256"
	"errors"
	"sync"
	"time"

	"longshore/signer/api"
)

// maxFlight ends a call to the storage that hangs. S3 may take minutes to
// complete an upload of many parts (AWS docs, CompleteMultipartUpload).
const maxFlight = 15 * time.Minute

// flights runs Completes and Aborts apart from the requests that asked for
// them, one at a time for each upload.
type flights struct {
	ctx    context.Context // of all flights; ends when Shutdown loses patience
	cancel context.CancelFunc

	most int // that may run; calls that ask for them may be long gone

	mu     sync.Mutex
	closed bool
	byID   map[UploadKey]*flight
	of     map[Principal]int // how many run
	wg     sync.WaitGroup
}

// asker is for whom a flight is, and how many of theirs may run.
type asker struct {
	principal Principal
	most      int
}

type flight struct {
	digest [sha256.Size]byte // of what was asked
	done   chan struct{}
	object api.Object // valid, as err, once done is closed
	err    error
}

func newFlights(most int) *flights {
	ctx, cancel := context.WithCancel(context.Background())
	return &flights{ctx: ctx, cancel: cancel, most: most, byID: make(map[UploadKey]*flight), of: make(map[Principal]int)}
}

// join starts fn for id, or joins it if the same was asked and still runs. A
// different question about the same upload waits its turn. ctx only bounds
// that wait. Errors are ctx's, not_ready after shutdown, and throttled or busy
// where too many run.
func (f *flights) join(ctx context.Context, by asker, id UploadKey, digest [sha256.Size]byte,
	fn func(context.Context) (api.Object, error)) (fl *flight, started bool, err error) {
	for {
		f.mu.Lock()
		running, busy := f.byID[id]
		if !busy {
			defer f.mu.Unlock()
			fl, err = f.startLocked(by, id, digest, fn)
			return fl, err == nil, err
		}
		f.mu.Unlock()
		if running.digest == digest {
			return running, false, nil
		}
		select {
		case <-running.done:
		case <-ctx.Done():
			return nil, false, ctx.Err()
		}
	}
}

func (f *flights) startLocked(by asker, id UploadKey, digest [sha256.Size]byte,
	fn func(context.Context) (api.Object, error)) (*flight, error) {
	switch {
	case f.closed:
		return nil, fail(api.CodeNotReady, "The signer is stopping; try again in a while.")
	case f.of[by.principal] >= by.most:
		return nil, throttled()
	case len(f.byID) >= f.most:
		return nil, busy()
	}
	fl := &flight{digest: digest, done: make(chan struct{})}
	f.byID[id] = fl
	f.of[by.principal]++
	f.wg.Go(func() {
		ctx, cancel := context.WithTimeout(f.ctx, maxFlight)
		defer cancel()
		defer func() {
			if recover() != nil { // its value may hold names; and one bad call must not end the Completes of others
				fl.err = failBecause(api.CodeInternal, errors.New("panic, at "+panicSite()))
			}
			f.mu.Lock()
			delete(f.byID, id)
			if f.of[by.principal]--; f.of[by.principal] == 0 {
				delete(f.of, by.principal)
			}
			f.mu.Unlock()
			close(fl.done)
		}()
		fl.object, fl.err = fn(ctx)
	})
	return fl, nil
}

// apart runs work for a call apart from it, or joins it. The call's body counts
// as held for as long as it runs.
func (s *Signer) apart(ctx context.Context, c *call, id UploadKey, digest [sha256.Size]byte,
	work func(context.Context) (api.Object, error)) (*flight, error) {
	c.body.keep()
	run := s.outcome(c, work)
	fl, started, err := s.flights.join(ctx, asker{c.principal, s.places(c)}, id, digest, func(ctx context.Context) (api.Object, error) {
		defer c.body.letGo()
		return run(ctx)
	})
	if !started {
		c.body.letGo()
	}
	if ce, ok := errors.AsType[*callError](err); ok && ce.code == api.CodeThrottled {
		c.reason = refusedConcurrency
	}
	return fl, err
}

func (f *flights) running() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.byID)
}

// shutdown takes no new flights and waits for those that run; when ctx ends it
// cancels them and waits on.
func (f *flights) shutdown(ctx context.Context) error {
	f.mu.Lock()
	f.closed = true
	f.mu.Unlock()
	defer f.cancel()
	done := make(chan struct{})
	go func() {
		f.wg.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		f.cancel()
		<-done
		return ctx.Err()
	}
}
