package signer

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"longshore/signer/api"
)

// prober finds the vault's checksum mode, again and again until the storage
// gives a clear answer, which it keeps.
type prober struct {
	ready  chan struct{} // closed once mode is set
	cancel context.CancelFunc
	wg     sync.WaitGroup

	mu   sync.Mutex
	mode string
	why  string // what the last attempt failed with
}

const (
	probeTimeout  = 30 * time.Second
	probeMaxDelay = 30 * time.Second
)

func newProber(once func(context.Context) (string, error), log *slog.Logger) *prober {
	ctx, cancel := context.WithCancel(context.Background())
	p := &prober{ready: make(chan struct{}), cancel: cancel, why: "the storage has not answered yet"}
	p.wg.Go(func() { p.run(ctx, once, log) })
	return p
}

func (p *prober) run(ctx context.Context, once func(context.Context) (string, error), log *slog.Logger) {
	for delay := time.Second; ; delay = min(2*delay, probeMaxDelay) {
		attempt, cancel := context.WithTimeout(ctx, probeTimeout)
		mode, err := calmly(once)(attempt)
		cancel()
		if err == nil {
			p.mu.Lock()
			p.mode = mode
			p.mu.Unlock()
			close(p.ready)
			log.Info("storage probed", "checksum", mode)
			return
		}
		if ctx.Err() != nil {
			return
		}
		p.mu.Lock()
		p.why = err.Error()
		p.mu.Unlock()
		log.Warn("storage not ready", "reason", err.Error())
		if !pause(ctx, delay/2+rand.N(delay)) {
			return
		}
	}
}

// calmly makes a panic an error without its words, which may hold names: a probe must not end the signer.
func calmly(once func(context.Context) (string, error)) func(context.Context) (string, error) {
	return func(ctx context.Context) (mode string, err error) {
		defer func() {
			if recover() != nil {
				mode, err = "", errors.New("panic, at "+panicSite())
			}
		}()
		return once(ctx)
	}
}

// result is the mode found; ok is false before that.
func (p *prober) result() (mode string, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.mode, p.mode != ""
}

// reason says why there is no result.
func (p *prober) reason() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.why
}

func (p *prober) stop() {
	p.cancel()
	p.wg.Wait()
}

// pause waits for d, or returns false when ctx ends first.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// probePrincipal owns the probe's key; it is an alias no token should have.
const probePrincipal Principal = "longshore-probe"

// probeOnce creates an upload, sends a one-byte part with a wrong checksum, and
// aborts. Some servers accept a checksum header and do not check it: only a
// success means that, and only a refusal for its digest means the opposite
// (DESIGN §4 "Servers that only look compatible"). With a configured mode the
// part is left out, and the rest still proves credentials, bucket and KMS key.
func (s *Signer) probeOnce(ctx context.Context) (mode string, err error) {
	key, err := s.probeKey()
	if err != nil {
		return "", err
	}
	up, err := s.storage.CreateUpload(ctx, CreateInput{
		Key: key, ContentType: "application/octet-stream", KMSKeyID: s.policy().defaults.kmsKeyID,
		CRC64NVME: s.cfg.Checksum != api.ChecksumMD5,
	})
	if err != nil {
		return "", err
	}
	defer func() {
		// The upload must not stay open because the attempt's time is over.
		clean, cancel := context.WithTimeout(context.WithoutCancel(ctx), probeTimeout)
		defer cancel()
		if aerr := s.abortUntilGone(clean, up.UploadKey); aerr != nil && err == nil {
			s.cfg.Logger.Warn("the probe's upload could not be aborted", "reason", aerr.Error())
		}
	}()
	if s.cfg.Checksum != ChecksumAuto {
		return s.cfg.Checksum, nil
	}
	size := int64(1)
	err = s.storage.UploadPart(ctx, PartInput{UploadKey: up.UploadKey, PartNumber: 1, Size: &size, CRC64NVME: emptyCRC}, []byte{1})
	switch {
	case err == nil:
		return api.ChecksumMD5, nil
	case isFailure(err, FailBadDigest):
		return api.ChecksumCRC64NVME, nil
	}
	return "", errors.Join(errors.New("the checksum probe got no clear answer"), err)
}
