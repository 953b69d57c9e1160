package signer

import (
	"context"
	"net/http"
)

// Signer serves one vault. Make it with New, end it with Shutdown.
type Signer struct {
	cfg Config
}

// New checks cfg, and starts probing the storage in the background: until the
// probe succeeds, Ready is open and calls are answered not_ready. Errors name
// what is wrong with cfg.
func New(cfg Config) (*Signer, error) {
	c, err := cfg.withDefaults()
	return &Signer{cfg: c}, err
}

// Handler serves the routes of PROTOCOL. It may be mounted at the root only.
func (s *Signer) Handler() http.Handler { return http.NotFoundHandler() }

// MetricsHandler serves Prometheus text; meant for a listener of its own.
func (s *Signer) MetricsHandler() http.Handler { return http.NotFoundHandler() }

// Ready is closed once the storage has been probed.
func (s *Signer) Ready() <-chan struct{} { return nil }

// Shutdown waits for running Completes and the probe. When ctx ends first it
// cancels them, waits for them to stop, and returns ctx's error. Stop the HTTP
// server before. It may be called more than once.
func (s *Signer) Shutdown(ctx context.Context) error { return nil }
