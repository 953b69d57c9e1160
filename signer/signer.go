package signer

import (
	"context"
	"fmt"
	"net/http"

	"longshore/signer/api"
)

// Signer serves one vault. Make it with New, end it with Shutdown.
type Signer struct {
	cfg       Config
	storage   Storage
	seals     sealer
	template  keyTemplate
	templates []keyTemplate // template, then the old ones
	rates     *rateLimits
	refs      *refMemory
	flights   *flights
	metrics   *metrics
	probe     *prober
	routes    map[string]route
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
		cfg: cfg, storage: cfg.Storage, seals: sealer{keys: cfg.SealKeys},
		rates: newRateLimits(cfg.Rate, cfg.Burst), refs: newRefMemory(), metrics: newMetrics(),
	}
	for _, text := range append([]string{cfg.KeyTemplate}, cfg.OldKeyTemplates...) {
		t, err := parseTemplate(text)
		if err != nil {
			return nil, fmt.Errorf("signer: %w", err)
		}
		s.templates = append(s.templates, t)
	}
	s.template = s.templates[0]
	s.routes = s.routeTable()
	s.flights = newFlights()
	s.probe = newProber(s.probeOnce, cfg.Logger)
	return s, nil
}

// MetricsHandler serves Prometheus text; meant for a listener of its own.
func (s *Signer) MetricsHandler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		_, ready := s.probe.result()
		s.metrics.write(w, ready, s.flights.running())
	})
}

// Ready is closed once the storage has been probed.
func (s *Signer) Ready() <-chan struct{} { return s.probe.ready }

// Shutdown waits for running Completes and the probe. When ctx ends first it
// cancels them, waits for them to stop, and returns ctx's error. Stop the HTTP
// server before. It may be called more than once.
func (s *Signer) Shutdown(ctx context.Context) error {
	s.probe.stop()
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
