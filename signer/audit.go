package signer

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"longshore/signer/api"
)

// What stands as code where no error code fits.
const (
	codeOK   api.Code = "ok"
	codeGone api.Code = "client_gone"
)

// maxClientID bounds what a client may call its request.
const maxClientID = 64

// clientRequestID is the client's own id of a request, if it has a form that can
// be written anywhere: letters, digits and "-". The signer's id stays the one
// that counts; a client could send any id twice.
func clientRequestID(r *http.Request) string {
	id := r.Header.Get(api.HeaderRequestID)
	if len(id) > maxClientID || strings.Trim(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") != "" {
		return ""
	}
	return id
}

// audit writes one line per call and counts it. It never holds URLs, tokens,
// names or keys, and of the principal only a hash (PROTOCOL "Who may call").
func (s *Signer) audit(r *http.Request, c *call, status int, err error, took time.Duration) {
	code, level, attrs := codeOK, slog.LevelInfo, s.subject(c)
	attrs = append(attrs, slog.Int("status", status))
	if err != nil {
		ce := asCallError(err)
		code = ce.code
		if ce.cause != nil {
			attrs = append(attrs, slog.String("cause", ce.cause.Error()))
		}
		if status >= 500 {
			level = slog.LevelWarn
		}
	}
	if errors.Is(err, context.Canceled) && r.Context().Err() != nil {
		code = codeGone // and only then: who hangs up quickly must not look like somebody else
	}
	attrs = append(attrs, slog.String("code", string(code)), milliseconds(took))
	s.metrics.observe(c, code, took)
	if c.route == "healthz" || c.route == "readyz" {
		level = slog.LevelDebug // a balancer asks every few seconds
	}
	s.cfg.Audit.LogAttrs(r.Context(), level, "call", attrs...)
}

// outcome lets work, which runs apart from its call and may outlive it, write a
// line of its own when it ends.
func (s *Signer) outcome(c *call, work func(context.Context) (api.Object, error)) func(context.Context) (api.Object, error) {
	of := *c // the call goes on, and may end first
	return func(ctx context.Context) (obj api.Object, err error) {
		began, finished := time.Now(), false
		defer func() {
			code, level, attrs := codeOK, slog.LevelInfo, s.subject(&of)
			switch {
			case !finished:
				s.metrics.panics.Inc()
				code, level = api.CodeInternal, slog.LevelWarn
			case err != nil:
				ce := asCallError(err)
				code, level = ce.code, slog.LevelWarn
				if ce.cause != nil {
					attrs = append(attrs, slog.String("cause", ce.cause.Error()))
				}
			case obj.Verified != "":
				attrs = append(attrs, slog.String("verified", obj.Verified))
			}
			attrs = append(attrs, slog.String("code", string(code)), milliseconds(time.Since(began)))
			s.cfg.Audit.LogAttrs(ctx, level, "outcome", attrs...)
		}()
		obj, err = work(ctx)
		finished = true
		return obj, err
	}
}

// subject says who called and what about.
func (s *Signer) subject(c *call) []slog.Attr {
	attrs := make([]slog.Attr, 0, 14)
	text := func(name, value string) {
		if value != "" {
			attrs = append(attrs, slog.String(name, value))
		}
	}
	text("requestId", c.id)
	text("clientRequestId", c.clientID)
	text("route", c.route)
	if c.principal != "" {
		text("principal", c.principal.logID())
	}
	if c.rules != nil {
		text("group", c.rules.group) // the policy's word, not the token's
	}
	text("uploadRef", c.ref)
	if c.key != "" {
		text("keyHash", s.keyHash(c.key))
	}
	if c.items > 0 {
		attrs = append(attrs, slog.Int("items", c.items))
	}
	if c.refused > 0 {
		attrs = append(attrs, slog.Int("refused", c.refused))
	}
	if c.size >= 0 {
		attrs = append(attrs, slog.Int64("size", c.size))
	}
	text("reason", c.reason)
	return attrs
}

// keyHash tells objects apart in the log. It is made with the seal key: the name
// in a key could be guessed from a plain hash, since all else in it is known.
func (s *Signer) keyHash(key string) string {
	m := hmac.New(sha256.New, s.cfg.SealKeys[0])
	m.Write([]byte("longshore audit key\x00"))
	m.Write([]byte(key))
	return strings.ToLower(base32.StdEncoding.EncodeToString(m.Sum(nil))[:16])
}

func milliseconds(d time.Duration) slog.Attr {
	return slog.Float64("ms", float64(d.Microseconds())/1000)
}
