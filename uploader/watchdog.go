package uploader

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"
)

// errNoMovement is the cause of a request that the watchdog ended.
var errNoMovement = errors.New("no bytes moved")

// watchdog ends a request that moves no bytes. There is no limit on the whole: a slow line is no fault (DESIGN §4,
// "Send"). What it ends fails with CodeNetwork, so that it is never taken for the user's own cancel.
type watchdog struct {
	next   http.RoundTripper
	stall  time.Duration // between two pieces of the body, and before the first
	answer time.Duration // from the last byte to the answer's head
}

// RoundTrip sends r under watch. The watch ends when the answer's body is closed.
func (w watchdog) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(r.Context())
	leash := &leash{watchdog: w, size: r.ContentLength, wait: w.patience(r.ContentLength == 0)}
	leash.timer = time.AfterFunc(leash.wait, func() { cancel(errNoMovement) })
	release := func() {
		leash.stop()
		cancel(nil)
	}
	resp, err := w.next.RoundTrip(withBody(r.WithContext(follow(ctx, leash.touch)), func(body io.ReadCloser) io.ReadCloser {
		return &watchedBody{ReadCloser: body, leash: leash}
	}))
	if err != nil {
		release()
		return nil, stalledOr(ctx, err)
	}
	leash.moved(false)
	resp.Body = &watchedAnswer{ReadCloser: resp.Body, ctx: ctx, leash: leash, release: release}
	return resp, nil
}

// patience is how long nothing may happen now.
func (w watchdog) patience(bodySent bool) time.Duration {
	if bodySent {
		return w.answer
	}
	return w.stall
}

// stalledOr returns the watchdog's own error if it was the one who ended the request.
func stalledOr(ctx context.Context, err error) error {
	if errors.Is(context.Cause(ctx), errNoMovement) {
		return E("put", CodeNetwork, errNoMovement)
	}
	return err
}

// leash is one request's timer.
type leash struct {
	watchdog
	size int64 // of the request's body
	mu   sync.Mutex
	over bool
	away bool          // it is the disk's turn
	wait time.Duration // what the network has, now
	// timer runs while the network has the turn. While a Read is under way it is the disk's turn, or the bandwidth
	// limit's, and the timer stands. Every byte that the connection takes or brings starts it anew (movingConn).
	timer *time.Timer
}

func (l *leash) pause() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.away = true
	l.timer.Stop()
}

// moved gives the network the turn.
func (l *leash) moved(bodySent bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.away, l.wait = false, l.patience(bodySent)
	if !l.over {
		l.timer.Reset(l.wait)
	}
}

// touch follows bytes that moved on the connection.
func (l *leash) touch() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.over && !l.away {
		l.timer.Reset(l.wait)
	}
}

func (l *leash) stop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.over = true
	l.timer.Stop()
}

type watchedBody struct {
	io.ReadCloser
	*leash
	pos int64
}

func (b *watchedBody) Read(p []byte) (int, error) {
	b.pause()
	n, err := b.ReadCloser.Read(p)
	b.pos += int64(n)
	b.moved(b.pos == b.size || err != nil)
	return n, err
}

// watchedAnswer is S3's answer; while it is read the network has the turn.
type watchedAnswer struct {
	io.ReadCloser
	*leash
	ctx     context.Context
	release func()
}

func (a *watchedAnswer) Read(p []byte) (int, error) {
	n, err := a.ReadCloser.Read(p)
	a.moved(false)
	if err != nil && !errors.Is(err, io.EOF) {
		err = stalledOr(a.ctx, err)
	}
	return n, err
}

func (a *watchedAnswer) Close() error {
	err := a.ReadCloser.Close()
	a.release()
	return err
}
