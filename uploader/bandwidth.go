package uploader

import (
	"context"
	"io"
	"net/http"
)

// bandwidth holds request bodies to a limit that all vaults share. It lies outside the watchdog, so that its waits are
// never taken for a stall.
type bandwidth struct {
	next  http.RoundTripper
	pacer *pacer
}

// RoundTrip sends r, waiting for the limit before each piece. A wait ends at once when r's context does, or when the
// answer is there before the last byte.
func (b bandwidth) RoundTrip(r *http.Request) (*http.Response, error) {
	waits, cancel := context.WithCancel(r.Context())
	defer cancel()
	return b.next.RoundTrip(withBody(r, func(body io.ReadCloser) io.ReadCloser {
		return &limitedBody{ReadCloser: body, ctx: waits, pacer: b.pacer}
	}))
}

// CloseIdleConnections passes it on, if there is somebody who keeps any.
func (b bandwidth) CloseIdleConnections() {
	if t, ok := b.next.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
}

type limitedBody struct {
	io.ReadCloser
	ctx   context.Context
	pacer *pacer
}

// Read reads a piece and then waits until it may be sent.
func (l *limitedBody) Read(p []byte) (int, error) {
	n, err := l.ReadCloser.Read(p[:l.pacer.piece(len(p))])
	if n > 0 {
		if wait := l.pacer.wait(l.ctx, n); wait != nil {
			return 0, wait
		}
	}
	return n, err
}

// withBody returns a copy of r with every pass over its body wrapped.
func withBody(r *http.Request, wrap func(io.ReadCloser) io.ReadCloser) *http.Request {
	if r.Body == nil || r.Body == http.NoBody {
		return r
	}
	r = r.WithContext(r.Context()) // a shallow copy: the caller's request stays as it is
	r.Body = wrap(r.Body)
	if again := r.GetBody; again != nil {
		r.GetBody = func() (io.ReadCloser, error) {
			body, err := again()
			if err != nil {
				return nil, err
			}
			return wrap(body), nil
		}
	}
	return r
}
