package main

import (
	"context"
	"crypto/rand"
	"encoding/xml"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"longshore/signer/api"
)

// sink is an S3 server that throws bodies away and believes what is claimed of them. It knows one upload.
type sink struct {
	*httptest.Server
	completed chan struct{} // closed when the upload is

	mu          sync.Mutex
	pace        float64   // bytes a second of all connections together, 0: as they come
	free        time.Time // when the line is free again
	bytes       int64
	first, last time.Time
	meta        http.Header
	object      http.Header
}

// throwAway is what the sink does with a connection's bytes at once.
const throwAway = 256 << 10

func newSink(pace float64) *sink {
	s := &sink{pace: pace, completed: make(chan struct{})}
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
	q, sum := r.URL.Query(), r.Header.Get("X-Amz-Checksum-Crc64nvme")
	w.Header().Set("Content-Type", "application/xml")
	switch {
	case r.Method == http.MethodPut && q.Has("partNumber"):
		s.drain(r)
		w.Header().Set("ETag", `"part"`)
		w.Header().Set("X-Amz-Checksum-Crc64nvme", sum)
	case r.Method == http.MethodPut:
		_, _ = io.Copy(io.Discard, r.Body) // what did not come shows in the client
		w.Header().Set("ETag", `"object"`)
		w.Header().Set("X-Amz-Checksum-Crc64nvme", sum)
	case r.Method == http.MethodPost && q.Has("uploads"):
		s.mu.Lock()
		s.meta = r.Header.Clone()
		s.mu.Unlock()
		_, _ = io.WriteString(w, `<InitiateMultipartUploadResult><UploadId>upload</UploadId></InitiateMultipartUploadResult>`)
	case r.Method == http.MethodPost:
		s.complete(w, r)
	case r.Method == http.MethodGet && q.Has("uploadId"):
		_, _ = io.WriteString(w, `<ListPartsResult><IsTruncated>false</IsTruncated></ListPartsResult>`)
	case r.Method == http.MethodGet:
		_, _ = io.WriteString(w, `<ListMultipartUploadsResult><IsTruncated>false</IsTruncated></ListMultipartUploadsResult>`)
	case r.Method == http.MethodDelete:
		w.WriteHeader(http.StatusNoContent)
	default:
		s.look(w)
	}
}

// drain takes a body no faster than the line allows.
func (s *sink) drain(r *http.Request) {
	buf := make([]byte, throwAway)
	for {
		n, err := io.ReadFull(r.Body, buf)
		s.mu.Lock()
		now := time.Now()
		if s.first.IsZero() {
			s.first = now
		}
		s.bytes += int64(n)
		wait := time.Duration(0)
		if s.pace > 0 {
			if s.free.Before(now) {
				s.free = now
			}
			s.free = s.free.Add(time.Duration(float64(n) / s.pace * float64(time.Second)))
			wait = s.free.Sub(now)
		}
		s.last = now.Add(wait)
		s.mu.Unlock()
		pause(r.Context(), wait)
		if err != nil {
			return
		}
	}
}

func (s *sink) complete(w http.ResponseWriter, r *http.Request) {
	sum := r.Header.Get("X-Amz-Checksum-Crc64nvme")
	s.mu.Lock()
	s.object = http.Header{
		"Etag": {`"whole"`}, "Content-Length": {r.Header.Get("X-Amz-Mp-Object-Size")}, "X-Amz-Checksum-Crc64nvme": {sum}, "X-Amz-Checksum-Type": {"FULL_OBJECT"},
	}
	for k, v := range s.meta {
		if strings.HasPrefix(k, "X-Amz-Meta-") {
			s.object[k] = v
		}
	}
	s.mu.Unlock()
	_ = xml.NewEncoder(w).Encode(struct {
		XMLName                                    xml.Name `xml:"CompleteMultipartUploadResult"`
		Key, ETag, ChecksumCRC64NVME, ChecksumType string
	}{Key: "key", ETag: `"whole"`, ChecksumCRC64NVME: sum, ChecksumType: "FULL_OBJECT"}) // a client that left sees it
	select {
	case <-s.completed:
	default:
		close(s.completed)
	}
}

func (s *sink) look(w http.ResponseWriter) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.object == nil {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	for k, v := range s.object {
		w.Header()[k] = v
	}
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
	res, err := http.DefaultClient.Do(req)
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
