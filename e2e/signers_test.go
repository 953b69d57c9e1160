package e2e

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"longshore/signer/api"
)

// roundRobin is a plain load balancer: each call goes to the next signer, and to
// the other one when that does not answer.
type roundRobin struct {
	URL     string
	targets []*url.URL
	http    *http.Transport

	mu     sync.Mutex
	next   int
	served []map[string]int // by target: how often it answered each path
}

func newRoundRobin(t testing.TB, targets ...string) *roundRobin {
	t.Helper()
	b := &roundRobin{http: &http.Transport{DisableCompression: true}}
	for _, target := range targets {
		u, err := url.Parse(target)
		check(t, err)
		b.targets = append(b.targets, u)
		b.served = append(b.served, map[string]int{})
	}
	srv := httptest.NewServer(b)
	b.URL = srv.URL
	t.Cleanup(func() {
		srv.CloseClientConnections()
		srv.Close()
		b.http.CloseIdleConnections()
	})
	return b
}

func (b *roundRobin) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	b.mu.Lock()
	first := b.next
	b.next++
	b.mu.Unlock()
	for i := range b.targets {
		n := (first + i) % len(b.targets)
		out := r.Clone(r.Context())
		out.RequestURI, out.URL.Scheme, out.URL.Host = "", b.targets[n].Scheme, b.targets[n].Host
		out.Body = io.NopCloser(bytes.NewReader(body))
		out.ContentLength = int64(len(body))
		res, err := b.http.RoundTrip(out)
		if err != nil {
			continue
		}
		b.mu.Lock()
		b.served[n][r.URL.Path]++
		b.mu.Unlock()
		for k, v := range res.Header {
			w.Header()[k] = v
		}
		w.WriteHeader(res.StatusCode)
		_, _ = io.Copy(w, res.Body) // a client that went away, or a signer that was killed
		_ = res.Body.Close()
		return
	}
	http.Error(w, "no signer answers", http.StatusBadGateway)
}

// uploadCalls counts the calls that one signer answered about uploads.
func (b *roundRobin) uploadCalls(n int) (sum int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for path, times := range b.served[n] {
		if strings.HasPrefix(path, "/v1/") && path != api.PathCapabilities {
			sum += times
		}
	}
	return sum
}

// tokenFiles writes a signer's file of tokens and alice's own.
func tokenFiles(t testing.TB) (tokens, alice string) {
	t.Helper()
	dir := t.TempDir()
	tokens, alice = filepath.Join(dir, "tokens"), filepath.Join(dir, "alice")
	writeFile(t, tokens, []byte(aliceToken+" alice\n"+bobToken+" bob\n"))
	writeFile(t, alice, []byte(aliceToken+"\n"))
	return tokens, alice
}

const (
	aliceToken = "a-long-token-of-alice-000"
	bobToken   = "a-long-token-of-bob-00000"
)

// TestTwoSigners: two signers that share a seal key serve one vault. One upload
// alternates between them, one of them is stopped in the middle, politely or
// not, and the upload ends as if nothing had been.
func TestTwoSigners(t *testing.T) {
	for name, sig := range map[string]os.Signal{"SIGTERM": syscall.SIGTERM, "SIGKILL": syscall.SIGKILL} {
		t.Run(name, func(t *testing.T) {
			tokens, alice := tokenFiles(t)
			r := newVersity(t, "--auth", "tokens:"+tokens)
			_, second := startSigner(t, r.env, append(r.args, "--listen", "127.0.0.1:0")...)
			b := newRoundRobin(t, r.direct, second)
			cl := newClient(t)
			path := filepath.Join(cl.home, "film.mov")
			const size = 8*partSize + 11
			makeFile(t, path, size, 91)
			gate := r.data.stopAt(2*partSize + partSize/2)
			p := cl.start(t, "upload", "--signer", b.URL, "--token-file", alice, "--json", path)
			gate.await(t, "some bytes")
			if b.uploadCalls(0) == 0 || b.uploadCalls(1) == 0 {
				t.Errorf("before the stop the signers served %d and %d calls", b.uploadCalls(0), b.uploadCalls(1))
			}
			r.signer.signal(t, sig)
			code := r.signer.wait(t)
			if sig == syscall.SIGTERM && code != 0 {
				t.Errorf("the stopped signer's exit code is %d: %s", code, r.signer.stderr.String())
			}
			stopped := b.uploadCalls(0)
			r.data.clear()
			p.wantExit(t, 0)
			got := p.result(t)
			got.wantDone(t, size)
			wantSameFile(t, r.path(got.Key), path)
			if b.uploadCalls(0) != stopped || b.uploadCalls(1) == 0 {
				t.Error("the stopped signer answered")
			}
			r.wantNoOpenUploads(t)
		})
	}
}

// TestStoppingLetsACompleteFinish: after SIGTERM the signer first says that it is
// not ready and serves on, then takes no more calls; a slow Complete is answered
// all the same.
func TestStoppingLetsACompleteFinish(t *testing.T) {
	r := newVersity(t, "--drain", "3s")
	cl := newClient(t)
	path := filepath.Join(cl.home, "film.mov")
	makeFile(t, path, 2*partSize, 92)
	slow := newHold()
	r.data.on(isOp(opComplete), 1, fault{holdBefore: slow})
	p := cl.start(t, "upload", "--signer", r.URL, "--json", path)
	slow.await(t, "the Complete")
	if a := get(t, r.direct+api.PathReady); a.status != http.StatusOK { // a load balancer asks
		t.Fatalf("readyz before: %d", a.status)
	}
	r.signer.signal(t, syscall.SIGTERM)
	waitFor(t, "not ready", func() bool { return get(t, r.direct+api.PathReady).status == http.StatusServiceUnavailable })
	if a := get(t, r.direct+api.PathCapabilities); a.status != http.StatusOK {
		t.Errorf("a call while draining: %d", a.status)
	}
	waitFor(t, "the end of the draining", func() bool { return strings.Contains(r.signer.stderr.String(), "taking no more calls") })
	if !r.signer.running() {
		t.Fatal("the signer did not wait for the Complete")
	}
	slow.free()
	if code := r.signer.wait(t); code != 0 {
		t.Errorf("exit code %d: %s", code, r.signer.stderr.String())
	}
	if n := len(r.control.exchanges(func(x exchange) bool { return isOp(api.PathCompleteUpload)(x) && x.Sent == http.StatusOK })); n != 1 {
		t.Errorf("%d Completes were answered by the signer that was stopped", n)
	}
	_, next := startSigner(t, r.env, append(r.args, "--listen", "127.0.0.1:0")...) // for what a client may ask after it
	r.control.retarget(next)
	p.wantExit(t, 0)
	got := p.result(t)
	got.wantDone(t, 2*partSize)
	wantSameFile(t, r.path(got.Key), path)
}

// TestStoppingAtOnce: the limit, or a second signal, ends a signer whose
// Complete hangs, in words and with exit code 1; another one finishes the upload.
func TestStoppingAtOnce(t *testing.T) {
	for name, twice := range map[string]bool{"the limit": false, "a second signal": true} {
		t.Run(name, func(t *testing.T) {
			limit := "200ms"
			if twice {
				limit = "10m"
			}
			r := newVersity(t, "--stop-timeout", limit)
			cl := newClient(t)
			path := filepath.Join(cl.home, "film.mov")
			makeFile(t, path, 2*partSize, 93)
			hung := newHold()
			r.data.on(isOp(opComplete), 1, fault{holdBefore: hung})
			p := cl.start(t, "upload", "--signer", r.URL, "--json", path)
			hung.await(t, "the Complete")
			r.signer.signal(t, syscall.SIGTERM)
			if twice {
				waitFor(t, "the first signal to be taken", func() bool { return strings.Contains(r.signer.stderr.String(), "taking no more calls") })
				r.signer.signal(t, syscall.SIGTERM)
			}
			if code := r.signer.wait(t); code != 1 || !strings.Contains(r.signer.stderr.String(), "stopped before all calls had ended") {
				t.Errorf("exit code %d: %s", code, r.signer.stderr.String())
			}
			_, next := startSigner(t, r.env, append(r.args, "--listen", "127.0.0.1:0")...)
			r.control.retarget(next)
			hung.free()
			p.wantExit(t, 0)
			got := p.result(t)
			got.wantDone(t, 2*partSize)
			wantSameFile(t, r.path(got.Key), path)
			r.wantNoOpenUploads(t)
		})
	}
}
