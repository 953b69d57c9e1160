package signer

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"longshore/signer/api"
)

// Signer serves one vault. Make it with New, end it with Shutdown.
type Signer struct {
	cfg       Config
	storage   Storage
	seals     sealer
	sessions  sessionSealer
	base      *policy // of cfg alone
	manifests manifestTemplate
	rates     *rateLimits
	refs      *refMemory
	flights   *flights
	metrics   *metrics
	probe     *prober
	reach     *reach
	routes    map[string]route

	admission *admission
	bodies    *bodies
	looking   chan struct{} // a place for each look at an object
	reading   chan struct{} // a place for each body that is decoded before its call has a place
	texts     *buffers      // of bodies, and for what is as small
	answers   *buffers
	draining  atomic.Bool
	asked     atomic.Int64 // Unix nanoseconds of the last question for /readyz

	ready       chan struct{}
	waiting     context.Context // of waitReady
	stopWaiting context.CancelFunc
	waiter      sync.WaitGroup
}

// New checks cfg, and starts probing the storage in the background: until the
// probe succeeds, Ready is open and calls are answered not_ready. Errors name
// what is wrong with cfg.
func New(cfg Config) (*Signer, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	s := &Signer{
		cfg: cfg, seals: sealer{keys: cfg.SealKeys},
		rates: newRateLimits(), refs: newRefMemory(), metrics: newMetrics(), reach: new(reach), admission: newAdmission(cfg.Limits),
		bodies: newBodies(cfg.Limits.BodyBytes), looking: make(chan struct{}, maxLooksOfAll),
		reading: make(chan struct{}, cfg.Limits.Signing), texts: newBuffers(largestBody), answers: newBuffers(largestAnswer),
	}
	s.storage = measured{Storage: cfg.Storage, m: s.metrics, reach: s.reach}
	if s.sessions, err = newSessionSealer(cfg.SealKeys); err != nil {
		return nil, err
	}
	if s.base, err = basePolicy(cfg); err != nil {
		return nil, err
	}
	if cfg.Policy != nil {
		if err := cfg.Policy.attach(s.base, !cfg.NoKMS); err != nil {
			return nil, err
		}
	}
	if s.manifests, err = parseManifestTemplate(cfg.ManifestTemplate, s.policy().templates); err != nil {
		return nil, fmt.Errorf("signer: %w", err)
	}
	s.routes = s.routeTable()
	s.flights = newFlights(cfg.Limits.Completes)
	s.probe = newProber(s.probeOnce, cfg.Logger)
	s.ready = make(chan struct{})
	s.waiting, s.stopWaiting = context.WithCancel(context.Background())
	s.ownGauges()
	s.waiter.Go(s.waitReady)
	return s, nil
}

// Ready is closed once the storage has been probed and callers can be told
// apart.
func (s *Signer) Ready() <-chan struct{} { return s.ready }

// waitReady closes ready, watches the storage from then on, and ends with
// Shutdown.
func (s *Signer) waitReady() {
	for _, part := range []<-chan struct{}{s.probe.ready, s.cfg.Auth.Ready()} {
		select {
		case <-part:
		case <-s.waiting.Done():
			return
		}
	}
	close(s.ready)
	s.watchStorage()
}

// notReady says in words what is missing; empty if nothing is.
func (s *Signer) notReady() string {
	if s.draining.Load() {
		return "the signer is about to stop"
	}
	select {
	case <-s.ready:
		return s.reach.trouble()
	default:
	}
	if _, ok := s.probe.result(); !ok {
		return s.probe.reason()
	}
	return s.cfg.Auth.NotReady()
}

// Shutdown waits for running Completes and the probe. When ctx ends first it
// cancels them, waits for them to stop, and returns ctx's error. Stop the HTTP
// server before. It may be called more than once.
func (s *Signer) Shutdown(ctx context.Context) error {
	s.probe.stop()
	s.stopWaiting()
	s.waiter.Wait()
	return s.flights.shutdown(ctx)
}

// mode is the vault's checksum mode, or not_ready before the probe.
func (s *Signer) mode() (string, error) {
	mode, ok := s.probe.result()
	if !ok {
		return "", fail(api.CodeNotReady, "")
	}
	return mode, nil
}

// encryptionMode is the configured mode.
func (s *Signer) encryptionMode() string {
	if s.cfg.NoKMS {
		return api.EncryptionNone
	}
	return api.EncryptionKMS
}
