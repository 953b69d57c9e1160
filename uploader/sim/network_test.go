package sim

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"syscall"
	"time"
)

// network lies between the engine and everybody else. It can go away, which cuts what is under way.
type network struct {
	mu      sync.Mutex
	up      bool
	cut     chan struct{}
	servers sync.WaitGroup // what goes on at the other side, wanted or not
}

func newNetwork() *network { return &network{up: true, cut: make(chan struct{})} }

// set brings the network or takes it away.
func (n *network) set(up bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.up && !up {
		close(n.cut)
	}
	if !n.up && up {
		n.cut = make(chan struct{})
	}
	n.up = up
}

func (n *network) state() (up bool, cut <-chan struct{}) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.up, n.cut
}

var (
	errNoRoute = &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ENETUNREACH}
	errReset   = &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
	errPipe    = &net.OpError{Op: "write", Net: "tcp", Err: syscall.EPIPE}
	errDNS     = &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "sim.test", IsNotFound: true}}
)

var errSevered = errors.New("the network is gone")

// dial gives the context of one request, which ends with the network and with the engine that asked.
func (s *session) dial(ctx context.Context) (context.Context, context.CancelCauseFunc, error) {
	up, cut := s.w.network.state()
	if !up || s.isDead() {
		return nil, nil, errNoRoute
	}
	ctx, cancel := context.WithCancelCause(ctx)
	over := make(chan struct{})
	go func() {
		select {
		case <-cut:
			cancel(errSevered)
		case <-s.dead:
			cancel(errSevered)
		case <-over:
		}
	}()
	var once sync.Once
	return ctx, func(err error) {
		once.Do(func() { close(over) })
		cancel(err)
	}, nil
}

// gone is what the transport says when the request's context has ended.
func gone(ctx context.Context) error {
	if errors.Is(context.Cause(ctx), errSevered) {
		return errReset
	}
	return ctx.Err()
}

// answer is an error in S3's form.
func answer(status int, code, message string) *http.Response {
	text, err := xml.Marshal(struct {
		XMLName xml.Name `xml:"Error"`
		Code    string
		Message string
	}{Code: code, Message: message})
	if err != nil {
		panic(err) // two strings can always be written
	}
	return plain(status, http.Header{"Content-Type": {"application/xml"}}, text)
}

// portal is what a hotel's sign-in page, or a filter, answers to everything.
func portal(r *roll) *http.Response {
	status := []int{http.StatusOK, http.StatusForbidden, http.StatusNetworkAuthenticationRequired}[r.pick(3)]
	return plain(status, http.Header{"Content-Type": {"text/html"}}, []byte("<html>welcome</html>"))
}

func plain(status int, header http.Header, text []byte) *http.Response {
	return &http.Response{
		StatusCode: status, Header: header, Body: io.NopCloser(bytes.NewReader(text)), ContentLength: int64(len(text)),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}
}

// later is an answer that a server still makes.
type later chan *http.Response

// serve lets the other side work; it goes on when nobody waits any more.
func (n *network) serve(f func() *http.Response) later {
	answer := make(later, 1)
	n.servers.Go(func() { answer <- f() })
	return answer
}

// await waits for an answer as long as the request lasts.
func (l later) await(ctx context.Context) (*http.Response, error) {
	select {
	case resp := <-l:
		return resp, nil
	case <-ctx.Done():
		return nil, gone(ctx)
	}
}

// hang is an answer that never comes.
func hang(ctx context.Context) (*http.Response, error) {
	<-ctx.Done()
	return nil, gone(ctx)
}

// trickle is how long the network takes for a piece of a body.
func trickle(r *roll) time.Duration {
	if r.chance(0.02) {
		return r.between(time.Second, 50*time.Second)
	}
	return r.between(5*time.Millisecond, 400*time.Millisecond)
}
