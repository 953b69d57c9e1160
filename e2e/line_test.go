package e2e

import (
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
	"testing"
	"time"
)

// line is a stretch of TCP between two programs, which a test strikes while
// bytes flow. toxiproxy does that too, but can lock itself up: it interrupts the
// goroutine of every connection and waits for it under the lock that ending
// connections need, and that goroutine may be handing a chunk to a receiver that
// does not read, or has just gone. It also resets only connections made after
// the strike, and does not tell whether a fault fired. Here a strike changes what
// the line does with the next byte, and waits for nothing.
type line struct {
	addr, home string // where it listens; where it leads when nothing is wrong
	carriers   sync.WaitGroup

	mu       sync.Mutex
	listener net.Listener // nil: nobody listens
	conns    map[*conn]bool
	target   string
	harm     *harm
	fired    int           // connections that were struck
	freed    chan struct{} // closed when the fault is over
}

// harm is a fault of TCP: when so many bytes more have gone one way, something
// happens to the connection, to those that are open and those to come.
type harm struct {
	flow  flow
	after int64
	then  blow
}

type (
	flow int
	blow int
)

const (
	up   flow = iota // what the client sends
	down             // what it receives
)

const (
	cut     blow = iota // the connection ends
	reset               // with RST: what is under way is lost
	swallow             // it stands, and no byte comes out of it any more
	stall               // it stands still until the line is healed
	count               // nothing: something further on does the harm
)

// conn is one connection on a line.
type conn struct {
	client, server *net.TCPConn
	met            *harm   // the fault it was under at its last byte
	left           int64   // bytes until that strikes; -1: it has
	dead           [2]bool // the flows whose bytes are swallowed
}

// newLine starts a line to a host:port. It listens below the ports that systems
// give to outgoing connections, so that nobody takes its own while it is away.
func newLine(t testing.TB, home string) *line {
	t.Helper()
	var listener net.Listener
	var err error
	for range 100 {
		listener, err = net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(20000+rand.IntN(12000))))
		if err == nil {
			break
		}
	}
	check(t, err)
	l := &line{addr: listener.Addr().String(), home: home, target: home, conns: map[*conn]bool{}, freed: make(chan struct{})}
	l.open(listener)
	t.Cleanup(func() {
		l.away()
		l.carriers.Wait() // both ends of each connection are closed
	})
	return l
}

func (l *line) open(listener net.Listener) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.listener = listener
	l.carriers.Go(func() { l.serve(listener) })
}

// strike begins a fault.
func (l *line) strike(h harm) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.turn(&h)
}

// turn begins a fault or none, with the lock held.
func (l *line) turn(h *harm) {
	close(l.freed)
	l.freed = make(chan struct{})
	if l.harm = h; h != nil {
		l.fired = 0
	}
}

// detour ends what is connected and leads what comes to another host:port.
func (l *line) detour(target string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.turn(&harm{flow: up, then: count})
	l.target = target
	l.hangUp(func(*conn) bool { return true })
}

// away closes the port and ends what is connected.
func (l *line) away() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.listener != nil {
		_ = l.listener.Close()
	}
	l.listener = nil
	l.turn(nil)
	l.fired = l.hangUp(func(*conn) bool { return true })
}

// heal ends the fault. A connection that swallowed bytes is reset, as by a host
// that has come back and does not know it.
func (l *line) heal(t testing.TB) {
	t.Helper()
	l.mu.Lock()
	away, strayed := l.listener == nil, l.target != l.home
	l.turn(nil)
	l.target = l.home
	l.hangUp(func(c *conn) bool { return c.swallows() || strayed })
	l.mu.Unlock()
	if away {
		listener, err := net.Listen("tcp", l.addr)
		check(t, err)
		l.open(listener)
	}
}

// struck is how many connections the last fault has struck.
func (l *line) struck() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.fired
}

// hangUp ends connections, with the lock held, and says how many.
func (l *line) hangUp(which func(*conn) bool) int {
	n := 0
	for c := range l.conns {
		if which(c) {
			c.end(c.swallows())
			n++
		}
	}
	return n
}

func (c *conn) swallows() bool { return c.dead[up] || c.dead[down] }

func (c *conn) end(hard bool) {
	for _, side := range []*net.TCPConn{c.client, c.server} {
		if hard {
			_ = side.SetLinger(0) // a close is then an RST
		}
		_ = side.Close()
	}
}

func (l *line) serve(listener net.Listener) {
	for {
		client, err := listener.Accept()
		if err != nil {
			return
		}
		l.carriers.Go(func() { l.carry(listener, client.(*net.TCPConn)) })
	}
}

// carry is the life of one connection.
func (l *line) carry(listener net.Listener, client *net.TCPConn) {
	defer client.Close()
	_ = client.SetReadBuffer(64 << 10) // what stands still here stands still at the client soon
	l.mu.Lock()
	target := l.target
	l.mu.Unlock()
	server, err := net.DialTimeout("tcp", target, 10*time.Second)
	if err != nil {
		return
	}
	defer server.Close()
	c := &conn{client: client, server: server.(*net.TCPConn)}
	l.mu.Lock()
	if l.listener != listener || l.target != target { // struck meanwhile
		l.mu.Unlock()
		return
	}
	l.conns[c] = true
	l.mu.Unlock()
	var ways sync.WaitGroup
	ways.Go(func() { l.pump(c, up, c.server, c.client) })
	ways.Go(func() { l.pump(c, down, c.client, c.server) })
	ways.Wait()
	l.mu.Lock()
	delete(l.conns, c)
	l.mu.Unlock()
}

// pump carries bytes one way until the connection ends.
func (l *line) pump(c *conn, f flow, to, from *net.TCPConn) {
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		n, then, freed := l.pass(c, f, n)
		if then == stall {
			<-freed
		}
		if n > 0 {
			if _, failed := to.Write(buf[:n]); failed != nil {
				err = failed
			}
		}
		switch {
		case errors.Is(err, net.ErrClosed): // ended from elsewhere
			return
		case then == cut:
			_ = to.CloseWrite()
			c.end(false)
			return
		case then == reset || err != nil && !errors.Is(err, io.EOF):
			c.end(true)
			return
		case err != nil:
			_ = to.CloseWrite()
			return
		}
	}
}

// pass tells how many of n bytes go on, and what happens then; a stall comes before
// they do.
func (l *line) pass(c *conn, f flow, n int) (int, blow, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	h := l.harm
	if c.dead[f] {
		return 0, swallow, nil
	}
	if h == nil || h.flow != f || n == 0 {
		return n, count, nil
	}
	if c.met != h {
		c.met, c.left = h, h.after
	}
	if c.left < 0 || int64(n) < c.left {
		c.left -= min(int64(n), max(0, c.left))
		return n, count, nil
	}
	l.fired++
	if h.then != count && h.then != stall {
		n = int(c.left)
	}
	c.left, c.dead[f] = -1, h.then == swallow
	return n, h.then, l.freed
}
