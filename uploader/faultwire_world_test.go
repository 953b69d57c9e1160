package uploader_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"longshore/internal/fault"
	"longshore/uploader"
	"longshore/uploader/remote"
)

// wired is a world whose engine speaks net/http to its vault, over pipes and in virtual time: what a real connection
// does to a call can be had here at every byte, for hours, in milliseconds.
type wired struct {
	*world
	storage, signer *front
	net             *pipeNet
}

// inWire runs a test in a bubble with a vault behind two HTTP servers, and files cut into parts of so many bytes.
func inWire(t *testing.T, part int64, f func(w *wired)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		v := fault.NewVault(fault.VaultOptions{})
		w := &wired{world: &world{t: t, vault: v, journal: fault.NewJournal(), source: fault.NewSource()}, net: &pipeNet{}}
		w.storage, w.signer = newFront(storageHandler(v)), newFront(signerHandler(v))
		w.net.hosts = map[string]*front{"vault.test:80": w.storage, signerHost: w.signer}
		conn := &wiredConnector{w: w}
		w.begin(conn, part)
		defer func() { // a test that fails leaves nothing behind that would hide why
			w.stop()
			if conn.close != nil {
				conn.close()
			}
			w.storage.close()
			w.signer.close()
			time.Sleep(time.Hour) // what a strike still holds
		}()
		f(w)
	})
}

// signerHost is where the signer listens; plain HTTP is allowed on loopback alone.
const signerHost = "127.0.0.1:80"

// begin starts an engine that connects through c.
func (w *wired) begin(c uploader.Connector, part int64) {
	w.t.Helper()
	e, err := uploader.New(w.t.Context(), uploader.Config{
		Journal: w.journal, Source: w.source, Connector: c, NewID: w.newID,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	e.SmallWorld(part, smallSize)
	ctx, cancel := context.WithCancel(w.t.Context())
	w.engine, w.cancel, w.done = e, cancel, make(chan error, 1)
	go func() { w.done <- e.Run(ctx) }()
	if err := e.SaveVault(w.t.Context(), uploader.Vault{
		ID: vaultID, Name: "Vault", SignerURL: "http://" + signerHost, DataOrigins: []string{w.vault.Origin()},
		Checksum: uploader.ChecksumCRC64NVME,
	}); err != nil {
		w.t.Fatal(err)
	}
}

func (w *wired) newID() string {
	w.ids++
	id := strconv.Itoa(w.ids)
	return "00000000000000000000000000"[len(id):] + id
}

// wiredConnector makes connections as the product does, but for the wire.
type wiredConnector struct {
	w     *wired
	close func()
}

func (c *wiredConnector) Connect(v uploader.Vault) (uploader.Connection, error) {
	data, control := uploader.NewTransport(uploader.TransportOptions{}), remote.NewTransport(nil, nil)
	data.DialContext, control.DialContext = uploader.Moving(c.w.net.dial), c.w.net.dial
	data.Proxy, control.Proxy = nil, nil
	if old := c.close; old != nil {
		old()
	}
	c.close = func() {
		data.CloseIdleConnections()
		control.CloseIdleConnections()
	}
	s, err := remote.New(remote.Config{Base: v.SignerURL, HTTP: &http.Client{Transport: control}})
	if err != nil {
		return uploader.Connection{}, err
	}
	return uploader.Connection{
		Signer: s, Transport: uploader.Compose(plainly{data}, uploader.TransportOptions{}),
		Origins: v.DataOrigins, Checksum: v.Checksum,
	}, nil
}

// plainly leaves TLS out: the vault in memory signs for https alone. TLS has tests of its own.
type plainly struct{ next http.RoundTripper }

func (p plainly) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Scheme = "http"
	return p.next.RoundTrip(r)
}

// pipeNet is a network of pipes.
type pipeNet struct {
	hosts map[string]*front
	mu    sync.Mutex
	fails func(addr string) error // of dialling; nil for none
	tries int
}

// broken makes dialling fail until it is called with nil. It counts anew.
func (n *pipeNet) broken(fails func(addr string) error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.fails, n.tries = fails, 0
}

func (n *pipeNet) failures() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.tries
}

func (n *pipeNet) dial(ctx context.Context, _, addr string) (net.Conn, error) {
	n.mu.Lock()
	if n.fails != nil {
		if err := n.fails(addr); err != nil {
			n.tries++
			n.mu.Unlock()
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: err}
		}
	}
	n.mu.Unlock()
	client, server := net.Pipe()
	select {
	case n.hosts[addr].conns <- server:
		return client, nil
	case <-n.hosts[addr].closed:
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// front is an HTTP server on the pipes that counts its calls and strikes those a test names.
type front struct {
	server  *http.Server
	conns   chan net.Conn
	closed  chan struct{}
	mu      sync.Mutex
	calls   map[string]int
	strikes []*strike
}

// strike is what happens to calls of an op instead of their answer.
type strike struct {
	op   string
	left int // -1: until it is taken back
	do   striker
	hits int
}

// striker plays the server's side of one call. real is the server as it should be.
type striker func(w http.ResponseWriter, r *http.Request, real http.Handler)

func newFront(real http.Handler) *front {
	f := &front{conns: make(chan net.Conn), closed: make(chan struct{}), calls: map[string]int{}}
	f.server = &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s := f.take(opOf(r)); s != nil {
			s.do(w, r, real)
			return
		}
		real.ServeHTTP(w, r)
	})}
	go func() { _ = f.server.Serve(f) }()
	return f
}

// opOf is "PUT" at the storage, and the path at the signer.
func opOf(r *http.Request) string {
	if r.Method == http.MethodPut {
		return r.Method
	}
	return r.URL.Path
}

func (f *front) take(op string) *strike {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls[op]++
	for _, s := range f.strikes {
		if s.op == op && s.left != 0 {
			if s.left > 0 {
				s.left--
			}
			s.hits++
			return s
		}
	}
	return nil
}

// on strikes the next times an op is called; -1 until calm.
func (f *front) on(op string, times int, do striker) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.strikes = append(f.strikes, &strike{op: op, left: times, do: do})
}

// hits is how often any strike fell.
func (f *front) hits() (n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, s := range f.strikes {
		n += s.hits
	}
	return n
}

// count is how often an op was called.
func (f *front) count(op string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls[op]
}

// calm takes the strikes back.
func (f *front) calm() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, s := range f.strikes {
		s.left = 0
	}
}

// Accept implements net.Listener.
func (f *front) Accept() (net.Conn, error) {
	select {
	case c := <-f.conns:
		return c, nil
	case <-f.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (f *front) Close() error { return nil }

// Addr implements net.Listener.
func (f *front) Addr() net.Addr { return &net.TCPAddr{} }

func (f *front) close() {
	close(f.closed)
	_ = f.server.Close()
}

// hijack takes the connection of a call. The test ends it.
func hijack(w http.ResponseWriter) (net.Conn, io.Reader) {
	conn, buf, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err) // HTTP/1.1 can always be taken over
	}
	return conn, buf
}

// wholeAnswer lets the call have its effect and gives the bytes that would be on the wire.
func wholeAnswer(r *http.Request, real http.Handler) []byte {
	rec := httptest.NewRecorder()
	real.ServeHTTP(rec, r)
	resp := rec.Result()
	resp.ContentLength = int64(rec.Body.Len())
	resp.Header.Set("Date", "Mon, 02 Jan 2006 15:04:05 GMT")
	var raw bytes.Buffer
	if err := resp.Write(&raw); err != nil {
		panic(err) // a buffer takes everything
	}
	return raw.Bytes()
}

// storageHandler is the vault's storage over HTTP, with the headers that S3 sends.
func storageHandler(v *fault.Vault) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		out, err := http.NewRequestWithContext(r.Context(), r.Method, v.Origin()+r.URL.RequestURI(), io.NopCloser(r.Body))
		if err != nil {
			panic(err) // the request came in
		}
		out.Header, out.ContentLength = r.Header, r.ContentLength
		resp, err := v.Transport().RoundTrip(out)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		w.Header().Set("x-amz-request-id", "FAULTTABLE000001")
		w.Header().Set("x-amz-server-side-encryption", "AES256")
		w.Header().Set("Server", "AmazonS3")
		for name, values := range resp.Header {
			w.Header()[name] = values
		}
		w.WriteHeader(resp.StatusCode)
		_, _ = io.Copy(w, resp.Body)
	})
}
