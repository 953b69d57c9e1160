package signer

import (
	"context"
	"crypto/sha256"
	"errors"
	"runtime"
	"strconv"
	"strings"
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

	mu     sync.Mutex
	closed bool
	byID   map[UploadKey]*flight
	wg     sync.WaitGroup
}

type flight struct {
	digest [sha256.Size]byte // of what was asked
	done   chan struct{}
	object api.Object // valid, as err, once done is closed
	err    error
}

func newFlights() *flights {
	ctx, cancel := context.WithCancel(context.Background())
	return &flights{ctx: ctx, cancel: cancel, byID: make(map[UploadKey]*flight)}
}

// join starts fn for id, or joins it if the same was asked and still runs. A
// different question about the same upload waits its turn. ctx only bounds
// that wait. Errors are ctx's, and not_ready after shutdown.
func (f *flights) join(ctx context.Context, id UploadKey, digest [sha256.Size]byte,
	fn func(context.Context) (api.Object, error)) (*flight, error) {
	for {
		f.mu.Lock()
		running, busy := f.byID[id]
		if !busy {
			defer f.mu.Unlock()
			return f.startLocked(id, digest, fn)
		}
		f.mu.Unlock()
		if running.digest == digest {
			return running, nil
		}
		select {
		case <-running.done:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (f *flights) startLocked(id UploadKey, digest [sha256.Size]byte,
	fn func(context.Context) (api.Object, error)) (*flight, error) {
	if f.closed {
		return nil, fail(api.CodeNotReady, "The signer is stopping; try again in a while.")
	}
	fl := &flight{digest: digest, done: make(chan struct{})}
	f.byID[id] = fl
	f.wg.Go(func() {
		ctx, cancel := context.WithTimeout(f.ctx, maxFlight)
		defer cancel()
		defer func() {
			if recover() != nil { // its value may hold names; and one bad call must not end the Completes of others
				fl.err = failBecause(api.CodeInternal, errors.New("panic, at "+panicSite()))
			}
			f.mu.Lock()
			delete(f.byID, id)
			f.mu.Unlock()
			close(fl.done)
		}()
		fl.object, fl.err = fn(ctx)
	})
	return fl, nil
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

// panicSite is the line that panicked, for a deferred function that has recovered: the first frame below the
// runtime's.
func panicSite() string {
	var pcs [32]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	panicking := false
	for {
		f, more := frames.Next()
		own := strings.HasPrefix(f.Function, "runtime.")
		if panicking && !own {
			return f.Function + ":" + strconv.Itoa(f.Line)
		}
		if panicking = panicking || own; !more {
			return "an unknown line"
		}
	}
}
