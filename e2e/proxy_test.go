package e2e

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/time/rate"
)

// proxy stands in front of a server, counts what reaches it and breaks what a
// test wants broken. Host passes through unchanged, so that signatures made for
// the proxy's address hold at the server.
type proxy struct {
	URL    string
	http   *http.Transport
	mu     sync.Mutex
	target string
	seen   []*exchange // every request, oldest first
	rules  []*rule
	holds  []*hold
	pacer  *rate.Limiter
	gate   *hold // all bodies stop when so many bytes have come in
	gateAt int64
	total  int64           // body bytes of PUTs received
	keep   bool            // record bodies of what goes to S3
	life   context.Context // of what is under way at the server
}

// Operations, as op of an exchange tells them apart. At a signer's proxy the
// operation is the request's path.
const (
	opCreate   = "CreateMultipartUpload"
	opPart     = "UploadPart"
	opPut      = "PutObject"
	opManifest = "PutObject of a manifest" // the signer's own, beside the files
	opComplete = "CompleteMultipartUpload"
	opAbort    = "AbortMultipartUpload"
	opList     = "ListParts"
	opUploads  = "ListMultipartUploads"
	opHead     = "HeadObject"
)

// exchange is one request and what became of it.
type exchange struct {
	Op, Key  string
	Part     int
	Size     int64 // declared
	Received int64 // body bytes taken from the client
	Status   int   // the server's answer; 0 if it was not asked or did not say
	Sent     int   // the answer that was handed to the client's connection whole; 0 if none was
	Over     bool
	Request  []byte // the body: of a signer's calls, and of S3's where bodies are recorded
	Method   string
	URL      string // path and query
	Header   http.Header
}

// rule applies a fault to the requests it matches, so many times.
type rule struct {
	match func(exchange) bool
	left  int // -1: always
	fault fault
	hits  int
}

// fault is what goes wrong with a request.
type fault struct {
	holdBefore  *hold   // stop before the server is asked
	answer      *canned // answer without reading the body or asking the server
	corruptAt   int64   // flip a bit of this byte of the body; counts from 1
	cutAt       int64   // close the connection after so many bytes of the body; counts from 1
	holdBodyAt  int64   // with holdBody: after so many bytes
	holdBody    *hold
	rewrite     func([]byte) []byte // changes the body; it is read whole
	holdAnswer  *hold               // stop after the server answered and before the client hears of it
	dropAnswer  bool                // close the connection instead of answering
	swapAnswer  *canned             // answer this instead of what the server said
	editAnswer  func([]byte) []byte // changes the answer's body
	headerAfter http.Header         // added to the answer
}

// canned is a fixed answer.
type canned struct {
	status int
	header http.Header
	body   string
}

// hold is a place where requests stop until the test lets them go.
type hold struct {
	reached, released chan struct{}
	once, twice       sync.Once
}

func newHold() *hold { return &hold{reached: make(chan struct{}), released: make(chan struct{})} }

func (h *hold) stop() {
	h.once.Do(func() { close(h.reached) })
	<-h.released
}

// free lets everything go that stops or will stop here.
func (h *hold) free() { h.twice.Do(func() { close(h.released) }) }

// await waits until something stops here.
func (h *hold) await(t testing.TB, what string) {
	t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	select {
	case <-h.reached:
	case <-deadline.C:
		t.Fatalf("nothing came as far as: %s", what)
	}
}

// newProxy starts a proxy in front of target (scheme://host:port).
func newProxy(t testing.TB, target string) *proxy {
	t.Helper()
	life, end := context.WithCancel(context.Background())
	p := &proxy{target: target, life: life, http: &http.Transport{
		DisableCompression: true, MaxIdleConnsPerHost: 256, ExpectContinueTimeout: 5 * time.Second,
		WriteBufferSize: 256 << 10, ReadBufferSize: 64 << 10,
	}}
	srv := httptest.NewServer(p)
	p.URL = srv.URL
	t.Cleanup(func() {
		p.clear()
		end()
		srv.CloseClientConnections()
		srv.Close()
		p.http.CloseIdleConnections()
	})
	return p
}

// on adds a fault for the next times requests that match; -1 for all.
func (p *proxy) on(match func(exchange) bool, times int, f fault) *rule {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := &rule{match: match, left: times, fault: f}
	p.rules = append(p.rules, r)
	for _, h := range []*hold{f.holdBefore, f.holdBody, f.holdAnswer} {
		if h != nil {
			p.holds = append(p.holds, h)
		}
	}
	return r
}

// hits is how often a rule was applied.
func (p *proxy) hits(r *rule) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return r.hits
}

// mend takes one fault back.
func (p *proxy) mend(r *rule) {
	p.mu.Lock()
	defer p.mu.Unlock()
	r.left = 0
}

// clear takes all faults back and frees what is held.
func (p *proxy) clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rules, p.pacer, p.gate = nil, nil, nil
	for _, h := range p.holds {
		h.free()
	}
	p.holds = nil
}

// forget empties the record, for the next of several tests on one proxy.
func (p *proxy) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen, p.total = nil, 0
}

// pace limits the sum of all PUT bodies to so many bytes a second.
func (p *proxy) pace(bytesPerSecond int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pacer = rate.NewLimiter(rate.Limit(bytesPerSecond), 64<<10)
}

// record keeps the bodies of everything that follows.
func (p *proxy) record() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.keep = true
}

// stopAt stops every PUT body once so many bytes have come in since the last
// forget.
func (p *proxy) stopAt(total int64) *hold {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.gate, p.gateAt = newHold(), total
	p.holds = append(p.holds, p.gate)
	return p.gate
}

// retarget sends what comes from now on to another server.
func (p *proxy) retarget(target string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.target = target
}

// isOp matches an operation.
func isOp(ops ...string) func(exchange) bool {
	return func(x exchange) bool {
		for _, op := range ops {
			if x.Op == op {
				return true
			}
		}
		return false
	}
}

// partNo matches one part of any upload.
func partNo(n int) func(exchange) bool {
	return func(x exchange) bool { return x.Op == opPart && x.Part == n }
}

// exchanges are the requests that match, as they are now.
func (p *proxy) exchanges(match func(exchange) bool) []exchange {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []exchange
	for _, x := range p.seen {
		if match(*x) {
			out = append(out, *x)
		}
	}
	return out
}

// count is how many requests match.
func (p *proxy) count(match func(exchange) bool) int { return len(p.exchanges(match)) }

// idle tells whether no request is under way.
func (p *proxy) idle() bool {
	return p.count(func(x exchange) bool { return !x.Over }) == 0
}

// received is how many bytes of PUT bodies have come in.
func (p *proxy) received() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.total
}

// ServeHTTP implements http.Handler.
func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x, f := p.begin(r)
	defer func() {
		p.mu.Lock()
		x.Over = true
		p.mu.Unlock()
	}()
	if f.holdBefore != nil {
		f.holdBefore.stop()
	}
	if f.answer != nil {
		p.say(w, x, f.answer.status, f.answer.header, strings.NewReader(f.answer.body))
		return
	}
	resp, err := p.forward(r, x, f)
	if err != nil {
		panic(http.ErrAbortHandler) // the client sees a cut connection, as it would from the server
	}
	defer resp.Body.Close()
	p.mu.Lock()
	x.Status = resp.StatusCode
	p.mu.Unlock()
	var body io.Reader = resp.Body
	if f.holdAnswer != nil || f.editAnswer != nil { // the effect is whole before anybody hears of it
		raw, err := io.ReadAll(resp.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		if f.editAnswer != nil {
			raw = f.editAnswer(raw)
			resp.Header.Set("Content-Length", strconv.Itoa(len(raw)))
		}
		body = strings.NewReader(string(raw))
	}
	if f.holdAnswer != nil {
		f.holdAnswer.stop()
	}
	switch {
	case f.dropAnswer:
		panic(http.ErrAbortHandler)
	case f.swapAnswer != nil:
		p.say(w, x, f.swapAnswer.status, f.swapAnswer.header, strings.NewReader(f.swapAnswer.body))
	default:
		for k, v := range f.headerAfter {
			resp.Header[k] = v
		}
		p.say(w, x, resp.StatusCode, resp.Header, body)
	}
}

// begin notes a request and finds the fault for it.
func (p *proxy) begin(r *http.Request) (*exchange, fault) {
	x := describe(r)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen = append(p.seen, x)
	for _, rule := range p.rules {
		if rule.left != 0 && rule.match(*x) {
			if rule.left > 0 {
				rule.left--
			}
			rule.hits++
			return x, rule.fault
		}
	}
	return x, fault{}
}

// forward asks the server. The request to it does not end with the client's: a
// server that has every byte goes on when the client dies.
func (p *proxy) forward(r *http.Request, x *exchange, f fault) (*http.Response, error) {
	p.mu.Lock()
	target, pacer, gate, gateAt := p.target, p.pacer, p.gate, p.gateAt
	p.mu.Unlock()
	ctx, cancel := context.WithCancel(p.life)
	out, err := http.NewRequestWithContext(ctx, r.Method, target+r.RequestURI, http.NoBody)
	if err != nil {
		cancel()
		return nil, err
	}
	out.Host, out.Header, out.ContentLength = r.Host, r.Header.Clone(), r.ContentLength
	if r.ContentLength != 0 {
		out.Body = io.NopCloser(&meteredBody{p: p, x: x, f: f, from: r.Body, ctx: r.Context(), pacer: pacer, gate: gate, gateAt: gateAt})
	}
	if isControl(r) {
		raw, err := io.ReadAll(r.Body)
		if err != nil {
			cancel()
			return nil, err
		}
		p.mu.Lock()
		x.Request = raw
		p.mu.Unlock()
		if f.rewrite != nil {
			raw = f.rewrite(raw)
		}
		out.Body, out.ContentLength = io.NopCloser(strings.NewReader(string(raw))), int64(len(raw))
	}
	resp, err := p.http.RoundTrip(out)
	if err != nil {
		cancel()
		return nil, err
	}
	resp.Body = &endBody{resp.Body, cancel}
	return resp, nil
}

type endBody struct {
	io.ReadCloser
	end func()
}

func (b *endBody) Close() error {
	defer b.end()
	return b.ReadCloser.Close()
}

// say answers the client and notes whether the answer left.
func (p *proxy) say(w http.ResponseWriter, x *exchange, status int, header http.Header, body io.Reader) {
	for k, v := range header {
		w.Header()[k] = v
	}
	w.WriteHeader(status)
	_, err := io.Copy(w, body)
	if err == nil {
		err = http.NewResponseController(w).Flush()
	}
	if err != nil {
		return
	}
	p.mu.Lock()
	x.Sent = status
	p.mu.Unlock()
}
