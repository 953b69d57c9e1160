package uploader

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// counted counts the calls to the system that writing takes.
type counted struct {
	net.Conn
	writes *atomic.Int64
}

func (c counted) Write(p []byte) (int, error) {
	c.writes.Add(1)
	return c.Conn.Write(p)
}

// A body goes out in large pieces, with TLS and without, and arrives as it is.
func TestABodyGoesOutInLargePieces(t *testing.T) {
	const size = 8*mib + 12345
	data := make([]byte, size)
	for i := range data {
		data[i] = byte(i * 7 >> 3)
	}
	for _, secure := range []bool{false, true} {
		var got bytes.Buffer
		handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			got.Reset()
			_, _ = io.Copy(&got, r.Body) // compared below
			w.Header().Set("ETag", `"e"`)
		})
		server := httptest.NewServer(handler)
		if secure {
			server.Close()
			server = httptest.NewTLSServer(handler)
		}
		var writes atomic.Int64
		bodies := newPieces(bulkPiece)
		dial := movingDialer(func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(ctx, network, addr)
			return counted{conn, &writes}, err
		}, time.Second, bodies, nil)
		tr := NewTransport(TransportOptions{})
		tr.DialContext = dial
		tr.DialTLSContext = dialTLS(dial, &tls.Config{InsecureSkipVerify: true}, bodies) //nolint:gosec // the server is ours
		conn := Connection{Transport: Compose(tr, TransportOptions{}), Origins: []string{server.URL}}
		for range 2 { // the second body goes over a connection that was used
			if _, err := put(t.Context(), conn, SignedRequest{URL: server.URL + "/k"}, putBody{r: bytes.NewReader(data), size: size}); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got.Bytes(), data) {
				t.Fatalf("TLS %t: another body arrived", secure)
			}
		}
		if n := writes.Load(); n > 2*(8*4+10) {
			t.Errorf("TLS %t: %d writes for twice 8 MiB", secure, n)
		}
		tr.CloseIdleConnections()
		server.Close()
	}
}

// A connection that is closed while a piece is on its way, and nobody reads, closes at once: no goodbye waits for it.
func TestABlockedPieceDoesNotHoldTheClosing(t *testing.T) {
	server := httptest.NewUnstartedServer(nil)
	server.StartTLS() // for its certificate
	cfg := server.TLS.Clone()
	server.Close()
	synctest.Test(t, func(t *testing.T) {
		near, farEnd := net.Pipe()
		bodies := newPieces(bulkPiece)
		dial := movingDialer(func(context.Context, string, string) (net.Conn, error) { return near, nil }, time.Second, bodies, nil)
		greeted := make(chan error, 1)
		go func() { greeted <- tls.Server(farEnd, cfg).HandshakeContext(t.Context()) }()
		conn, err := dialTLS(dial, &tls.Config{InsecureSkipVerify: true}, bodies)(t.Context(), "tcp", "far:443") //nolint:gosec // the server is ours
		if err != nil {
			t.Fatal(err)
		}
		if err := <-greeted; err != nil {
			t.Fatal(err)
		}
		wrote := make(chan error, 1)
		go func() {
			_, err := conn.Write(make([]byte, mib))
			wrote <- err
		}()
		synctest.Wait()
		begun := time.Now()
		_ = conn.Close() // what it says does not matter
		if err := <-wrote; err == nil || time.Since(begun) > time.Second {
			t.Errorf("%v after %v", err, time.Since(begun))
		}
		_ = farEnd.Close() // to end its reader
	})
}

// A server that does not answer TLS's greeting is given up.
func TestAGreetingThatIsNotAnsweredEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, farEnd := net.Pipe()
		go io.Copy(io.Discard, farEnd) // ends with the pipe
		bodies := newPieces(bulkPiece)
		dial := movingDialer(func(context.Context, string, string) (net.Conn, error) { return near, nil }, time.Second, bodies, nil)
		begun := time.Now()
		_, err := dialTLS(dial, &tls.Config{InsecureSkipVerify: true}, bodies)(t.Context(), "tcp", "far:443") //nolint:gosec // nobody is there
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(begun) != handshake {
			t.Errorf("%v after %v", err, time.Since(begun))
		}
	})
}
