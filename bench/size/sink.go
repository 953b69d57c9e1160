//go:build linux

package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"time"

	"longshore/bench/discard"
	"longshore/signer/api"
)

// sink is the discarding S3 on a line of its own, which may be a slow one.
type sink struct {
	*httptest.Server
	s3        *discard.Server
	completed chan struct{} // closed when an upload is

	mu          sync.Mutex
	pace        float64   // bytes a second of all parts together, 0: as they come
	free        time.Time // when the line is free again
	bytes       int64     // of parts
	first, last time.Time
}

func newSink(pace float64) *sink {
	s := &sink{s3: discard.New(), pace: pace, completed: make(chan struct{})}
	s.Server = httptest.NewServer(s)
	return s
}

// rate is in bytes a second, from the first byte to the last.
func (s *sink) rate() float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return float64(s.bytes) / s.last.Sub(s.first).Seconds()
}

func (s *sink) received() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bytes
}

func (s *sink) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if r.Method == http.MethodPut && q.Has("partNumber") {
		r.Body = &paced{ReadCloser: r.Body, ctx: r.Context(), sink: s}
	}
	s.s3.ServeHTTP(w, r)
	if r.Method == http.MethodPost && q.Has("uploadId") {
		select {
		case <-s.completed:
		default:
			close(s.completed)
		}
	}
}

// paced is a body that comes no faster than the line allows.
type paced struct {
	io.ReadCloser
	ctx  context.Context
	sink *sink
}

func (p *paced) Read(b []byte) (int, error) {
	n, err := p.ReadCloser.Read(b)
	pause(p.ctx, p.sink.took(n))
	return n, err
}

// took counts bytes, and tells for how long the line is busy with them.
func (s *sink) took(n int) (wait time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	if s.first.IsZero() {
		s.first = now
	}
	s.bytes += int64(n)
	if s.pace > 0 {
		if s.free.Before(now) {
			s.free = now
		}
		s.free = s.free.Add(time.Duration(float64(n) / s.pace * float64(time.Second)))
		if wait = s.free.Sub(now); wait < time.Millisecond { // no clock sleeps for less: it adds up
			wait = 0
		}
	}
	s.last = now.Add(wait)
	return wait
}

// vaultOf is a running bin/longshore-signer before a sink.
type vaultOf struct {
	sink   *sink
	signer *program
	url    string
}

func (b *bench) vault(ctx context.Context, pace float64) (v *vaultOf, err error) {
	v = &vaultOf{sink: newSink(pace)}
	defer func() {
		if err != nil {
			v.close()
		}
	}()
	seal := filepath.Join(b.dir, "seal.key")
	if err := os.WriteFile(seal, []byte(rand.Text()+rand.Text()), 0o600); err != nil {
		return nil, err
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	addr := l.Addr().String()
	if err := l.Close(); err != nil { // free again: the signer takes it
		return nil, err
	}
	v.url = "http://" + addr
	v.signer, err = launch(ctx, []string{"AWS_ACCESS_KEY_ID=a", "AWS_SECRET_ACCESS_KEY=b", "AWS_EC2_METADATA_DISABLED=true", "HOME=" + b.dir}, b.bin("longshore-signer"),
		"serve", "--listen", addr, "--bucket", "vault", "--region", "us-east-1", "--s3-endpoint", v.sink.URL, "--no-kms", "--checksum", "crc64nvme", "--rate", "-1", "--seal-key-file", seal)
	if err != nil {
		return nil, err
	}
	for range 400 {
		if v.ready(ctx) {
			return v, nil
		}
		pause(ctx, 25*time.Millisecond)
	}
	return nil, fmt.Errorf("the signer did not start: %s", v.signer.out.String())
}

// ready tells whether the signer takes calls.
func (v *vaultOf) ready(ctx context.Context) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, v.url+api.PathReady, http.NoBody)
	if err != nil {
		return false
	}
	client := http.Client{Timeout: 10 * time.Second}
	res, err := client.Do(req)
	if err != nil {
		return false
	}
	_ = res.Body.Close() // there is nothing in it
	return res.StatusCode == http.StatusOK
}

func (v *vaultOf) close() {
	if v.signer != nil {
		v.signer.stop()
	}
	v.sink.Close()
}
