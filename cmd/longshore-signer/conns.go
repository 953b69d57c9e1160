package main

import (
	"container/list"
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"sync"
)

// conns bounds how many connections are open. When there are too many, the one
// that has waited longest without a request being served on it is closed: who
// opens connections and says nothing, or says it slowly, loses them first, and
// who comes next is served. A connection on which a call is being served is
// never closed here; if all are, the new one is.
type conns struct {
	most int

	mu      sync.Mutex
	open    map[net.Conn]*connState
	waiting *list.List // of *connState, the one that has waited longest first
	closed  int64      // for want of room
}

type connState struct {
	conn net.Conn
	at   *list.Element // in waiting; nil while a call is being served
}

type connKey struct{}

func newConns(most int) *conns {
	return &conns{most: most, open: make(map[net.Conn]*connState), waiting: list.New()}
}

// guard adds the bound to a server. Its handler must be set before.
func (c *conns) guard(s *http.Server) {
	h := s.Handler
	s.ConnContext = c.opened
	s.ConnState = func(conn net.Conn, state http.ConnState) {
		if state == http.StateClosed || state == http.StateHijacked {
			c.gone(conn)
		}
	}
	s.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		st, ok := r.Context().Value(connKey{}).(*connState)
		if ok {
			c.busy(st, true)
			defer c.busy(st, false)
		}
		h.ServeHTTP(w, r)
	})
}

// opened takes a new connection in, and closes another one if need be.
func (c *conns) opened(ctx context.Context, conn net.Conn) context.Context {
	st := &connState{conn: conn}
	c.mu.Lock()
	st.at = c.waiting.PushBack(st)
	c.open[conn] = st
	var drop net.Conn
	if len(c.open) > c.most {
		first := c.waiting.Remove(c.waiting.Front()).(*connState)
		first.at, drop = nil, first.conn
		delete(c.open, drop)
		c.closed++
	}
	c.mu.Unlock()
	if drop != nil {
		cut(drop)
	}
	return context.WithValue(ctx, connKey{}, st)
}

// cut closes the connection below TLS, whose own goodbye can take seconds.
func cut(conn net.Conn) {
	if t, ok := conn.(*tls.Conn); ok {
		conn = t.NetConn()
	}
	_ = conn.Close() // it is gone in any case
}

func (c *conns) busy(st *connState, yes bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.open[st.conn] != st: // closed meanwhile
	case yes && st.at != nil:
		c.waiting.Remove(st.at)
		st.at = nil
	case !yes && st.at == nil:
		st.at = c.waiting.PushBack(st)
	}
}

func (c *conns) gone(conn net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if st := c.open[conn]; st != nil {
		if st.at != nil {
			c.waiting.Remove(st.at)
		}
		delete(c.open, conn)
	}
}

// counts are the open connections, and those closed for want of room so far.
func (c *conns) counts() (open, closed float64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return float64(len(c.open)), float64(c.closed)
}
