package uploader

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http/httptrace"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// movingConn tells its request's leash of every byte that moves. net/http hands over 32 KiB and more at a time and is
// heard of again when all of it is gone; on a slow line that many requests share this takes longer than a stall may.
type movingConn struct {
	net.Conn
	every   time.Duration // how often a write that is not through yet is looked at
	moved   atomic.Pointer[func()]
	limited atomic.Bool // somebody else has set a deadline (crypto/tls does for its goodbye): it counts, not ours
	pieces  *pieces
	trip    RoundTrip // nil: nobody knows

	mu       sync.Mutex // of writes: crypto/tls may answer the other side while a body is sent
	gathered []byte     // records that go out together; nil: each goes at once
}

// movingDialer makes connections that tell what moves. every is a part of the time that nothing may move; bodies that
// are sent without TLS go through p.
func movingDialer(dial func(ctx context.Context, network, addr string) (net.Conn, error), every time.Duration, p *pieces, trip RoundTrip) func(ctx context.Context, network, addr string) (net.Conn, error) {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return &movingConn{Conn: conn, every: every, pieces: p, trip: trip}, nil
	}
}

// ReadFrom sends a body as it is.
func (c *movingConn) ReadFrom(r io.Reader) (int64, error) { return c.pieces.feed(plainWriter{c}, r) }

// gather keeps what is written from now on, until flush.
func (c *movingConn) gather(p *pieces) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gathered = p.records.Get().([]byte)
}

// flush writes what was gathered.
func (c *movingConn) flush(p *pieces) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := c.gathered
	c.gathered = nil
	_, err := c.write(all)
	p.records.Put(all[:0]) //nolint:staticcheck // a slice's header is small beside what it saves
	return err
}

// Write writes p, or keeps it while writes are gathered.
func (c *movingConn) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.gathered != nil {
		c.gathered = append(c.gathered, p...)
		return len(p), nil
	}
	return c.write(p)
}

// write writes all of p, however long that takes: only the leash, which closes the connection, ends it.
func (c *movingConn) write(p []byte) (int, error) {
	if c.limited.Load() {
		return c.Conn.Write(p)
	}
	for done := 0; ; {
		if err := c.Conn.SetWriteDeadline(time.Now().Add(c.every)); err != nil {
			return done, err
		}
		n, err := c.Conn.Write(p[done:])
		done += n
		c.tell(n)
		if err == nil || !errors.Is(err, os.ErrDeadlineExceeded) || c.limited.Load() {
			return done, err
		}
	}
}

// Read reads what has come.
func (c *movingConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.tell(n)
	return n, err
}

// SetDeadline sets somebody else's deadline.
func (c *movingConn) SetDeadline(t time.Time) error {
	c.limited.Store(!t.IsZero())
	return c.Conn.SetDeadline(t)
}

// SetWriteDeadline sets somebody else's deadline.
func (c *movingConn) SetWriteDeadline(t time.Time) error {
	c.limited.Store(!t.IsZero())
	return c.Conn.SetWriteDeadline(t)
}

func (c *movingConn) tell(n int) {
	if moved := c.moved.Load(); n > 0 && moved != nil {
		(*moved)()
	}
}

// follow makes the connection that a request gets tell moved of every byte. The next request on it is the next to be told.
func follow(ctx context.Context, moved func()) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(got httptrace.GotConnInfo) {
		if c, ok := under[*movingConn](got.Conn); ok {
			c.moved.Store(&moved)
		}
	}})
}

// under finds what a connection is built on.
func under[T any](conn net.Conn) (T, bool) {
	for {
		if c, ok := conn.(T); ok {
			return c, true
		}
		inner, ok := conn.(interface{ NetConn() net.Conn }) // TLS
		if !ok {
			var none T
			return none, false
		}
		conn = inner.NetConn()
	}
}

// RoundTrip tells how long its round trips take.
func (c *movingConn) RoundTrip() (now, least time.Duration, ok bool) {
	if c.trip == nil {
		return 0, 0, false
	}
	return c.trip(c.Conn)
}
