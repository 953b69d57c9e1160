package signer

import (
	"encoding/hex"
	"log/slog"
	"net/http"
	"time"
)

// codeOK and codeGone stand where no error code fits.
const (
	codeOK   = "ok"
	codeGone = "client_gone"
)

// audit writes one line per call and counts it. It never holds URLs, tokens,
// names or keys, and of the principal only a hash (PROTOCOL "Who may call").
func (s *Signer) audit(r *http.Request, c *call, status int, err error, took time.Duration) {
	code, level := codeOK, slog.LevelInfo
	attrs := []slog.Attr{
		slog.String("requestId", c.id),
		slog.String("route", c.route),
		slog.Int("status", status),
		slog.Float64("ms", float64(took.Microseconds())/1000),
	}
	if err != nil {
		ce := asCallError(err)
		code = string(ce.code)
		if ce.cause != nil {
			attrs = append(attrs, slog.String("cause", ce.cause.Error()))
		}
		if status >= 500 {
			level = slog.LevelWarn
		}
	}
	if r.Context().Err() != nil {
		code = codeGone
	}
	attrs = append(attrs, slog.String("code", code))
	if c.principal != "" {
		attrs = append(attrs, slog.String("principal", c.principal.logID()))
	}
	if c.policy != nil && c.policy.version != (policyVersion{}) {
		attrs = append(attrs, slog.String("policy", hex.EncodeToString(c.policy.version[:])))
	}
	if c.rules != nil && c.rules.group != "" {
		attrs = append(attrs, slog.String("group", c.rules.group)) // the policy's word, not the token's
	}
	if c.ref != "" {
		attrs = append(attrs, slog.String("uploadRef", c.ref))
	}
	if c.items > 0 {
		attrs = append(attrs, slog.Int("items", c.items))
	}
	s.metrics.observe(c.route, code, took)
	if c.route == "healthz" || c.route == "readyz" {
		level = slog.LevelDebug // a balancer asks every few seconds
	}
	s.cfg.Logger.LogAttrs(r.Context(), level, "call", attrs...)
}
