package remote

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"longshore/uploader"
)

// freezing is a connection whose peer can vanish without a word: what is sent goes nowhere, and nothing comes.
type freezing struct {
	net.Conn
	frozen *atomic.Bool
	closed chan struct{}
}

func (f freezing) Read(p []byte) (int, error) {
	n, err := f.Conn.Read(p)
	if f.frozen.Load() {
		<-f.closed
		return 0, net.ErrClosed
	}
	return n, err
}

func (f freezing) Write(p []byte) (int, error) {
	if f.frozen.Load() {
		return len(p), nil
	}
	return f.Conn.Write(p)
}

func (f freezing) Close() error {
	select {
	case <-f.closed:
	default:
		close(f.closed)
	}
	return f.Conn.Close()
}

// pipeListener hands out the far ends of pipes.
type pipeListener chan net.Conn

func (l pipeListener) Accept() (net.Conn, error) {
	c, ok := <-l
	if !ok {
		return nil, net.ErrClosed
	}
	return c, nil
}
func (l pipeListener) Close() error   { return nil }
func (l pipeListener) Addr() net.Addr { return &net.TCPAddr{} }

func selfSigned(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	leaf := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"vault.test"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(48 * time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, leaf, leaf, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots
}

// Regression: a connection of HTTP/2 whose peer vanished without a word was kept and asked again and again, a minute
// each time, until the system gave it up a quarter of an hour later.
func TestAHalfOpenConnectionIsLetGo(t *testing.T) {
	for _, version := range []string{"h2", "http/1.1"} {
		t.Run(version, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cert, roots := selfSigned(t)
				conns := make(pipeListener)
				var protos []string
				srv := &http.Server{ErrorLog: log.New(io.Discard, "", 0), TLSConfig: &tls.Config{Certificates: []tls.Certificate{cert}, NextProtos: []string{version}},
					Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						protos = append(protos, r.Proto)
						answer(200, "application/json", `{"parts":[]}`)(w, r)
					})}
				go func() { _ = srv.ServeTLS(conns, "", "") }()
				tr := NewTransport(roots, nil)
				tr.Proxy = nil
				var frozen atomic.Pointer[atomic.Bool]
				tr.DialContext = func(context.Context, string, string) (net.Conn, error) {
					client, server := net.Pipe()
					conns <- server
					f := &atomic.Bool{}
					frozen.Store(f)
					return freezing{client, f, make(chan struct{})}, nil
				}
				s, err := New(Config{Base: "https://vault.test", HTTP: &http.Client{Transport: tr}})
				if err != nil {
					t.Fatal(err)
				}
				list := func() (time.Duration, error) {
					began := time.Now()
					_, err := s.ListParts(t.Context(), uploader.Upload{UploadID: "u", Key: "k"})
					return time.Since(began), err
				}
				if _, err := list(); err != nil {
					t.Fatal(err)
				}
				frozen.Load().Store(true)
				if took, err := list(); uploader.CodeOf(err) != uploader.CodeNetwork || took > callTimeout+time.Second {
					t.Errorf("over the dead connection: %v after %v", err, took)
				}
				if took, err := list(); err != nil || took > time.Second {
					t.Errorf("afterwards: %v after %v", err, took)
				}
				if want := map[string]string{"h2": "HTTP/2.0", "http/1.1": "HTTP/1.1"}[version]; len(protos) != 2 || protos[0] != want {
					t.Errorf("the server saw %v", protos)
				}
				s.CloseIdle()
				close(conns)
				_ = srv.Close()
			})
		})
	}
}

// Regression: a connection that broke in the middle of the status line read as "not a Longshore signer".
func TestACutStatusLineIsTheNetworks(t *testing.T) {
	const line = "HTTP/1.1 200 OK"
	for k := range len(line) + 1 {
		s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			_, _ = io.WriteString(conn, line[:k])
			_ = conn.Close()
		})
		_, err := s.ListParts(t.Context(), uploader.Upload{UploadID: "u", Key: "k"})
		checkError(t, err, uploader.CodeNetwork)
	}
	for _, other := range []string{"SSH-2.0-OpenSSH_9.6\r\n", "220 mail ready\r\n", "HTTP/1.1 abc OK\r\n\r\n", "HTTQ/1.1 200 OK\r\n\r\n"} {
		s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			_, _ = io.WriteString(conn, other)
			_ = conn.Close()
		})
		_, err := s.ListParts(t.Context(), uploader.Upload{UploadID: "u", Key: "k"})
		checkError(t, err, uploader.CodeWrongAddress)
	}
}

// A large call has longer: on a slow, shared line Complete of many parts would else be begun again for ever.
func TestALargeCallHasLonger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var limits []time.Duration
		client := &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			end, _ := r.Context().Deadline()
			limits = append(limits, time.Until(end))
			return nil, errors.New("enough")
		})}
		s, err := New(Config{Base: "https://vault.test", HTTP: client})
		if err != nil {
			t.Fatal(err)
		}
		req := uploader.CompleteRequest{Upload: uploader.Upload{UploadID: "u", Key: "k"}}
		for range 2 {
			_, _ = s.Complete(t.Context(), req)
			for n := range int32(10_000) {
				req.Parts = append(req.Parts, uploader.Part{PartNumber: n + 1, ETag: `"` + strings.Repeat("e", 32) + `"`, Checksum: "AAAAAAAAAAA="})
			}
		}
		if limits[0] > 61*time.Second || limits[1] < 5*time.Minute {
			t.Errorf("a small call has %v, one of 10,000 parts %v", limits[0], limits[1])
		}
	})
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
