package uploader

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// net/http hands a body to its connection in pieces of 32 KiB, and crypto/tls writes each record of 16 KiB with a call
// to the system of its own: at 2 GB/s these calls, and the wake-ups at the other end that each of them brings, cost as
// much as the encryption. A bulk connection takes bodies by its ReadFrom, which net/http prefers, in larger pieces, and
// writes the records of a piece with one call (docs/performance.md).
const (
	bulkPiece  = 256 << 10 // of a body at once
	smallPiece = 64 << 10  // of a small object's, for 192 of them are in flight
	tlsRecord  = 16 << 10  // bytes of the body in a full record
	recordOver = 64        // bytes that a record has besides, at most: header, tag, content type, the nonce of TLS 1.2
	handshake  = 10 * time.Second
)

// pieces are what bodies go through, and what their records are gathered in. Only who sends has any.
type pieces struct {
	size    int
	plain   sync.Pool
	records sync.Pool
}

func newPieces(size int) *pieces {
	p := &pieces{size: size}
	p.plain.New = func() any { return make([]byte, size) }
	p.records.New = func() any { return make([]byte, 0, size+(size/tlsRecord+1)*recordOver) }
	return p
}

// feed writes all of r to w, a piece at a time.
func (p *pieces) feed(w io.Writer, r io.Reader) (n int64, err error) {
	buf := p.plain.Get().([]byte)
	defer p.plain.Put(buf) //nolint:staticcheck // a slice's header is small beside what it saves
	for {
		got, err := r.Read(buf)
		if got > 0 {
			wrote, err := w.Write(buf[:got])
			n += int64(wrote)
			if err != nil {
				return n, err
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return n, nil
		case err != nil:
			return n, err
		}
	}
}

// bulkConn is a TLS connection for bodies.
type bulkConn struct {
	*tls.Conn
	raw    *movingConn
	pieces *pieces
	busy   atomic.Int32 // writes under way
}

// dialTLS makes such connections; dial makes what they lie on, which must be movingConns.
func dialTLS(dial func(ctx context.Context, network, addr string) (net.Conn, error), cfg *tls.Config, p *pieces) func(ctx context.Context, network, addr string) (net.Conn, error) {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		raw, ok := conn.(*movingConn)
		if !ok {
			return nil, errors.Join(errors.New("bulk: not a moving connection"), conn.Close())
		}
		own := cfg.Clone()
		if own.ServerName == "" {
			own.ServerName, _, _ = net.SplitHostPort(addr) // net/http makes addr, always with a port
		}
		c := &bulkConn{Conn: tls.Client(raw, own), raw: raw, pieces: p}
		ctx, cancel := context.WithTimeout(ctx, handshake)
		defer cancel()
		if err := c.HandshakeContext(ctx); err != nil {
			_ = raw.Close() // the handshake's error says more
			return nil, err
		}
		return c, nil
	}
}

// ReadFrom sends a body.
func (c *bulkConn) ReadFrom(r io.Reader) (int64, error) { return c.pieces.feed(plainWriter{c}, r) }

// plainWriter hides ReadFrom.
type plainWriter struct{ io.Writer }

// Write sends p. Several records go out together.
func (c *bulkConn) Write(p []byte) (int, error) {
	c.busy.Add(1)
	defer c.busy.Add(-1)
	if len(p) <= tlsRecord {
		return c.Conn.Write(p)
	}
	c.raw.gather(c.pieces)
	n, err := c.Conn.Write(p)
	if flushed := c.raw.flush(c.pieces); err == nil {
		err = flushed
	}
	return n, err
}

// Close says goodbye, if nothing is being written; else the other side is not listening, or is told by the break.
func (c *bulkConn) Close() error {
	if c.busy.Load() > 0 {
		return c.raw.Close()
	}
	return c.Conn.Close()
}
