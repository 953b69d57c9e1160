package signer

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"
)

// DefaultCheckEvery is how often an idle signer asks whether its storage is
// still there.
const DefaultCheckEvery = 15 * time.Second

const (
	checkTimeout = 10 * time.Second
	checkAgain   = 2 * time.Second // after a failure
	checkFails   = 2               // failures in a row that count: one lost packet must not move a load balancer
	drainMemory  = 30 * time.Second
)

// reach is what is known of the storage's reachability, for /readyz: the result
// of a background check, never a question per request. Any call that the
// storage answers counts as well.
type reach struct {
	last  atomic.Int64 // Unix nanoseconds of the last answer
	ends  atomic.Int64 // Unix seconds of the signing credentials' end; 0: they do not
	mu    sync.Mutex
	fails int
	why   string
}

// answered notes an answer of the storage.
func (r *reach) answered() {
	r.last.Store(time.Now().UnixNano())
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fails, r.why = 0, ""
}

// failed notes a check without an answer, and tells how many there were in a row.
func (r *reach) failed(why string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fails++
	r.why = why
	return r.fails
}

// trouble says in words why the storage cannot be used; empty if it can.
func (r *reach) trouble() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fails < checkFails {
		return ""
	}
	return r.why
}

func (r *reach) credentialsEnd() int64 { return r.ends.Load() }

// watchStorage asks the storage now and then, when nothing else did.
func (s *Signer) watchStorage() {
	if s.cfg.CheckEvery < 0 {
		return
	}
	ctx, every := s.waiting, s.cfg.CheckEvery
	for delay := every; pause(ctx, delay/2+rand.N(delay)); {
		delay = every
		if s.reach.trouble() == "" && time.Since(time.Unix(0, s.reach.last.Load())) < every {
			if err := s.guarded(func() error { return s.noteCredentials(ctx) })(); err != nil && ctx.Err() == nil {
				s.cfg.Logger.Warn("the signer's credentials cannot be had", "reason", err.Error())
			}
			continue
		}
		err := s.guarded(func() error { return s.checkStorage(ctx) })()
		if err == nil {
			s.reach.answered()
			continue
		}
		if ctx.Err() != nil {
			return
		}
		if n := s.reach.failed(err.Error()); n == checkFails {
			s.cfg.Logger.Warn("storage not reachable", "reason", err.Error())
		}
		delay = min(checkAgain, every)
	}
}

// checkStorage looks at an object that is not there: the cheapest question that
// needs network, credentials, permission and bucket.
func (s *Signer) checkStorage(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	if err := s.noteCredentials(ctx); err != nil {
		return err
	}
	key, err := s.probeKey()
	if err != nil {
		return err
	}
	if _, err = s.storage.Stat(ctx, key); isFailure(err, FailNotFound) {
		return nil
	}
	return err
}

// noteCredentials signs for a URL as long as one may live, which shows when the
// credentials end, and has them refreshed ahead of the next batch.
func (s *Signer) noteCredentials(ctx context.Context) error {
	signed, err := s.cfg.Storage.PresignPart(ctx, PartInput{
		UploadKey: UploadKey{Key: "probe", UploadID: "probe"}, PartNumber: 1, Lifetime: maxURLLifetime,
	})
	if err != nil {
		return err
	}
	ends := int64(0)
	if signed.ExpiresIn < maxURLLifetime {
		ends = time.Now().Add(signed.ExpiresIn).Unix()
	}
	s.reach.ends.Store(ends)
	return nil
}

// probeKey is a key of the signer's own, where no object is.
func (s *Signer) probeKey() (string, error) {
	return s.policy().defaults.template.render(keyParts{principal: probePrincipal, ref: newRef(), path: "probe", name: "probe"})
}

// Drain makes /readyz answer 503, so that a load balancer sends its calls
// elsewhere, and ends kept-alive connections with their next answer. All calls
// go on being served. watched tells whether somebody asked /readyz lately: if
// not, there is nobody to wait for.
func (s *Signer) Drain() (watched bool) {
	s.draining.Store(true)
	return time.Since(time.Unix(0, s.asked.Load())) < drainMemory
}
