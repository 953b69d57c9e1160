package uploader

import (
	"context"
	"io"
	"net/http"

	"golang.org/x/time/rate"
)

// bandwidth holds request bodies to a limit that many requests share.
type bandwidth struct {
	next  http.RoundTripper
	limit *rate.Limiter
}

// RoundTrip sends r, waiting for the limit before each piece. A wait ends at once when r's context does, or when the
// answer is there before the last byte.
func (b bandwidth) RoundTrip(r *http.Request) (*http.Response, error) {
	waits, cancel := context.WithCancel(r.Context())
	defer cancel()
	return b.next.RoundTrip(withBody(r, func(body io.ReadCloser) io.ReadCloser {
		return &limitedBody{ReadCloser: body, ctx: waits, limit: b.limit}
	}))
}

type limitedBody struct {
	io.ReadCloser
	ctx   context.Context
	limit *rate.Limiter
}

// Read reads at most a burst and then waits until it may be sent.
func (l *limitedBody) Read(p []byte) (int, error) {
	if l.limit.Limit() != rate.Inf {
		p = p[:min(len(p), l.burst())]
	}
	n, err := l.ReadCloser.Read(p)
	for owed := n; owed > 0; { // in pieces: the user may have changed the limit meanwhile
		piece := min(owed, l.burst())
		if wait := l.limit.WaitN(l.ctx, piece); wait != nil {
			return 0, wait
		}
		owed -= piece
	}
	return n, err
}

func (l *limitedBody) burst() int { return max(1, l.limit.Burst()) }

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
