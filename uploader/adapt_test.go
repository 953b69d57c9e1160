package uploader_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync"
	"testing"
	"time"

	"longshore/internal/fault"
	"longshore/uploader"
)

// scale makes a world in which a part has 16 KiB: the same times with a thousandth of the bytes.
const scale = 1024

// line carries the PUTs of an engine over a modelled link to a vault in memory.
type line struct {
	vault  *fault.Vault
	refuse func(flying int) bool
	step   chan struct{} // closed and made anew with every step, under mu
	socket int           // bytes that a connection holds ready for the line: two steps of it, 256 (KiB) at least

	mu      sync.Mutex
	link    uploader.Link
	free    []*uploader.Conn
	flying  int
	most    int
	refused int
	carried float64
	rivals  []*uploader.Conn // always want more
	rivalry float64          // bytes they got
}

func newLine(v *fault.Vault, link uploader.Link) *line {
	link.Capacity /= scale
	link.PerConn /= scale
	link.Unit = 1. / scale
	socket := min(max(256, int(2*link.Capacity*lineStep.Seconds())), 2<<10)
	return &line{vault: v, link: link, step: make(chan struct{}), socket: socket}
}

const lineStep = 10 * time.Millisecond

// run lets the line's time pass until ctx ends.
func (l *line) run(ctx context.Context) {
	tick := time.NewTicker(lineStep)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		l.mu.Lock()
		for _, c := range l.rivals {
			c.Want(1e12)
		}
		l.link.Step(lineStep)
		for _, c := range l.rivals {
			l.rivalry += c.Sent()
		}
		close(l.step)
		l.step = make(chan struct{})
		l.mu.Unlock()
	}
}

// Connect is the engine's way to the vault, over the line.
func (l *line) Connect(uploader.Vault) (uploader.Connection, error) {
	conn := l.vault.Connection()
	conn.Transport = uploader.Compose(l, uploader.TransportOptions{})
	return conn, nil
}

// RoundTrip is one PUT: handshakes for a new connection, the body at the line's speed, a while for the answer.
func (l *line) RoundTrip(r *http.Request) (*http.Response, error) {
	defer r.Body.Close()
	l.mu.Lock()
	refused := l.refuse != nil && l.refuse(l.flying+1)
	if refused {
		l.refused++
	}
	lead := l.link.RTT
	var c *uploader.Conn
	if n := len(l.free); n > 0 {
		c, l.free = l.free[n-1], l.free[:n-1]
		c.Head()
	} else {
		c, lead = l.link.Open(), 4*l.link.RTT
	}
	l.flying++
	l.most = max(l.most, l.flying)
	l.mu.Unlock()
	defer func() {
		l.mu.Lock()
		l.flying--
		l.free = append(l.free, c)
		l.mu.Unlock()
	}()
	if trace := httptrace.ContextClientTrace(r.Context()); trace != nil {
		trace.GotConn(httptrace.GotConnInfo{Conn: lineConn{line: l, conn: c}})
	}
	if err := nap(r.Context(), lead); err != nil {
		return nil, err
	}
	if refused {
		return &http.Response{StatusCode: http.StatusServiceUnavailable, Header: http.Header{}, Body: http.NoBody}, nil
	}
	over := r.WithContext(r.Context())
	over.Body = &lineBody{ReadCloser: r.Body, line: l, conn: c, ctx: r.Context()}
	resp, err := l.vault.Transport().RoundTrip(over)
	if err == nil {
		err = nap(r.Context(), l.link.RTT+50*time.Millisecond)
	}
	if err != nil {
		return nil, err
	}
	return resp, nil
}

// lineConn tells the engine of a modelled connection's round trips.
type lineConn struct {
	net.Conn
	line *line
	conn *uploader.Conn
}

func (c lineConn) RoundTrip() (now, least time.Duration, ok bool) {
	c.line.mu.Lock()
	defer c.line.mu.Unlock()
	return c.conn.RoundTrip()
}

func nap(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// lineBody is a body whose bytes take the time that the line needs.
type lineBody struct {
	io.ReadCloser
	line *line
	conn *uploader.Conn
	ctx  context.Context
}

func (b *lineBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p[:min(len(p), b.line.socket)])
	l := b.line
	l.mu.Lock()
	b.conn.Want(b.conn.Wants() + float64(n))
	for b.conn.Wants() > float64(l.socket) || err != nil && b.conn.Wants() > 0 { // a little waits in the socket
		step := l.step
		l.mu.Unlock()
		select {
		case <-step:
		case <-b.ctx.Done():
			l.mu.Lock()
			b.conn.Want(0)
			l.mu.Unlock()
			return 0, b.ctx.Err()
		}
		l.mu.Lock()
	}
	l.carried += float64(n)
	l.mu.Unlock()
	return n, err
}

// overLine runs a test of an engine that sends one large file over a line.
func overLine(t *testing.T, link uploader.Link, f func(w *world, l *line)) {
	t.Helper()
	inWorld(t, fault.VaultOptions{Discard: true}, func(w *world) {
		w.stop()
		l := newLine(w.vault, link)
		ctx, cancel := context.WithCancel(w.t.Context())
		var running sync.WaitGroup
		running.Go(func() { l.run(ctx) })
		w.connector, w.part = l, 16<<20/scale
		w.start()
		w.source.Sparse("/film.mov", int64(l.link.Capacity*200))
		w.add("/film.mov")
		f(w, l)
		w.do(uploader.Cancel, uploader.Target{All: true})
		w.settled()
		cancel()
		running.Wait()
	})
}

// over is what the line carries in a time, as a share of what it can; and the most parts on it then.
func (l *line) over(d time.Duration) (share float64, most int) {
	l.mu.Lock()
	was := l.carried
	l.most = l.flying
	l.mu.Unlock()
	time.Sleep(d)
	l.mu.Lock()
	defer l.mu.Unlock()
	return (l.carried - was) / d.Seconds() / l.link.Capacity, l.most
}

// The whole engine over modelled lines: planned, hashed, signed, sent and journalled, with a controller that knows of
// it all only what the engine tells it.
func TestTheEngineFillsTheLine(t *testing.T) {
	const mbit, gbit = 1e6 / 8, 1e9 / 8
	for _, c := range []struct {
		name  string
		link  uploader.Link
		share float64
		most  int
	}{
		{"10 Mbit/s, 50 ms", uploader.Link{Capacity: 10 * mbit, RTT: 50 * time.Millisecond}, 0.9, 6},
		{"100 Mbit/s, 80 ms", uploader.Link{Capacity: 100 * mbit, RTT: 80 * time.Millisecond}, 0.9, 12},
		{"1 Gbit/s, 20 ms", uploader.Link{Capacity: gbit, RTT: 20 * time.Millisecond, PerConn: 100e6}, 0.9, 32},
		{"10 Gbit/s, 20 ms", uploader.Link{Capacity: 10 * gbit, RTT: 20 * time.Millisecond, PerConn: 100e6}, 0.85, 64},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.link.Noise = 0.2
			overLine(t, c.link, func(_ *world, l *line) {
				_, first := l.over(time.Second / 4)
				time.Sleep(20 * time.Second)
				share, most := l.over(40 * time.Second)
				t.Logf("%.0f %% of the line, %d parts at first, then %d at most", 100*share, first, most)
				if first > 4 || share < c.share || most > c.most {
					t.Errorf("%.0f %% of the line, %d parts at first, then %d at most", 100*share, first, most)
				}
			})
		})
	}
}

// Storage that refuses more than ten parts at once gets hardly more, and takes nearly all of what ten can bring.
func TestTheEngineShrinksWhenRefused(t *testing.T) {
	link := uploader.Link{Capacity: 1e9, RTT: 20 * time.Millisecond, PerConn: 50e6, Noise: 0.2}
	overLine(t, link, func(_ *world, l *line) {
		l.mu.Lock()
		l.refuse = func(flying int) bool { return flying > 10 }
		l.mu.Unlock()
		time.Sleep(20 * time.Second)
		l.mu.Lock()
		early := l.refused
		l.mu.Unlock()
		share, most := l.over(60 * time.Second)
		l.mu.Lock()
		late, parts := l.refused-early, share*60*l.link.Capacity/(16<<20/scale)
		l.mu.Unlock()
		t.Logf("%.0f %% of the line, %d at most, %d refused at first, then %d of %.0f", 100*share, most, early, late, parts)
		if share < 0.35 || most > 11 || early > 400 || float64(late) > parts/20 { // ten of 50 MB/s carry at most half of it
			t.Errorf("%.0f %% of the line, %d at most, %d refused at first, then %d of %.0f", 100*share, most, early, late, parts)
		}
	})
}

// Beside somebody with four connections, the engine gets and leaves a fair part of the line.
func TestTheEngineLeavesOthersTheirShare(t *testing.T) {
	link := uploader.Link{Capacity: 125e6, RTT: 20 * time.Millisecond, PerConn: 100e6, Noise: 0.2}
	overLine(t, link, func(_ *world, l *line) {
		l.mu.Lock()
		for range 4 {
			l.rivals = append(l.rivals, l.link.Open())
		}
		l.mu.Unlock()
		time.Sleep(20 * time.Second)
		l.mu.Lock()
		l.rivalry = 0
		l.mu.Unlock()
		share, most := l.over(60 * time.Second)
		l.mu.Lock()
		theirs := l.rivalry / 60 / l.link.Capacity
		l.mu.Unlock()
		even := (share + theirs) * (share + theirs) / (2 * (share*share + theirs*theirs))
		t.Logf("%.0f %% for us, %.0f %% for the other, %d parts at most: Jain %.2f", 100*share, 100*theirs, most, even)
		if even < 0.8 {
			t.Errorf("%.0f %% for us, %.0f %% for the other, %d parts at most: Jain %.2f", 100*share, 100*theirs, most, even)
		}
	})
}

// The user's bound is never exceeded, whatever there would be to gain; it holds from the moment it is set for all that
// begins.
func TestTheBoundIsTheUsers(t *testing.T) {
	link := uploader.Link{Capacity: 1.25e9, RTT: 20 * time.Millisecond, PerConn: 100e6, Noise: 0.2}
	overLine(t, link, func(w *world, l *line) {
		time.Sleep(10 * time.Second)
		for _, bound := range []int{3, 1, 7} {
			if err := w.engine.SetLimits(w.t.Context(), uploader.Limits{Parts: bound}); err != nil {
				t.Fatal(err)
			}
			time.Sleep(10 * time.Second)
			if _, most := l.over(20 * time.Second); most != bound {
				t.Errorf("bound %d: %d parts", bound, most)
			}
		}
		if err := w.engine.SetLimits(w.t.Context(), uploader.Limits{}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Second)
		if _, most := l.over(10 * time.Second); most < 12 {
			t.Errorf("no bound: %d parts", most)
		}
		if err := w.engine.Wake(w.t.Context()); err != nil { // the machine slept
			t.Fatal(err)
		}
		least := 64
		for range 20 { // what is on the wire ends, and then it begins with few again
			time.Sleep(time.Second / 10)
			_, now := l.over(time.Millisecond)
			least = min(least, now)
		}
		if least > 8 {
			t.Errorf("%d parts after a sleep", least)
		}
	})
}

// A pause of the user's limit cuts what is on the wire, in the middle of a part, and what was cut is sent again later.
func TestAHaltCutsWhatIsOnTheWire(t *testing.T) {
	link := uploader.Link{Capacity: 1.25e6, RTT: 50 * time.Millisecond}
	overLine(t, link, func(w *world, l *line) {
		time.Sleep(10 * time.Second)
		w.allow(uploader.Halt, "")
		time.Sleep(time.Second / 10)
		if share, flying := l.over(time.Minute); share > 0 || flying > 0 {
			t.Errorf("%d parts on the wire, %.2f of the line", flying, share)
		}
		if j := w.job("film.mov"); j.State != uploader.Waiting || j.Code != uploader.CodeTimetable {
			t.Errorf("%s, %s", j.State, j.Code)
		}
		w.allow(uploader.NoLimit, "")
		time.Sleep(20 * time.Second)
		if share, _ := l.over(20 * time.Second); share < 0.9 {
			t.Errorf("%.2f of the line when it goes on", share)
		}
	})
}
