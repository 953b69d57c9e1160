package e2e

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"longshore/internal/s3test"
)

// authority issues certificates.
type authority struct {
	file string // its own certificate, for --ca
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t testing.TB) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(t, err)
	a := &authority{file: filepath.Join(t.TempDir(), "ca.pem"), key: key, cert: &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "wire CA"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(48 * time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}}
	der, err := x509.CreateCertificate(rand.Reader, a.cert, a.cert, &key.PublicKey, key)
	check(t, err)
	writeFile(t, a.file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	return a
}

// issue makes a certificate for a name or an address, until a time.
func (a *authority) issue(t testing.TB, host string, until time.Time) (cert, key []byte) {
	t.Helper()
	leafKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(t, err)
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: host}, NotBefore: a.cert.NotBefore, NotAfter: until,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if ip := net.ParseIP(host); ip != nil {
		leaf.IPAddresses = []net.IP{ip}
	} else {
		leaf.DNSNames = []string{host}
	}
	der, err := x509.CreateCertificate(rand.Reader, leaf, a.cert, &leafKey.PublicKey, a.key)
	check(t, err)
	raw, err := x509.MarshalECPrivateKey(leafKey)
	check(t, err)
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: raw})
}

// imposter is a TLS server with a certificate of its own. It counts nothing: no
// request may get as far as that.
func imposter(t testing.TB, cert, key []byte) string {
	t.Helper()
	pair, err := tls.X509KeyPair(cert, key)
	check(t, err)
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("a request was sent to a server that is not trusted")
	}))
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	srv.StartTLS()
	t.Cleanup(srv.Close)
	return srv.URL
}

// secureWire is a wire whose signer serves https for host, by the authority.
func secureWire(t testing.TB, srv *s3test.Server, a *authority, host string) *wire {
	t.Helper()
	dir := t.TempDir()
	certFile, keyFile := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	cert, key := a.issue(t, host, a.cert.NotAfter)
	writeFile(t, certFile, cert)
	writeFile(t, keyFile, key)
	tokens, token := filepath.Join(dir, "tokens"), filepath.Join(dir, "token")
	writeFile(t, tokens, []byte("a-long-token-of-carol-000 carol\n"))
	writeFile(t, token, []byte("a-long-token-of-carol-000\n"))
	w := newWire(t, srv, "--auth", "tokens:"+tokens, "--tls-cert", certFile, "--tls-key", keyFile)
	w.token = token
	return w
}

// faultsOfTLS strikes between the command line and a signer over TLS, in
// the middle of an upload: nothing is sent to whom is not trusted, the sentence
// is said, and the upload goes on by itself when the right one answers again.
func faultsOfTLS(t *testing.T, srv *s3test.Server, source string) {
	good, stranger := newAuthority(t), newAuthority(t)
	leadTo := func(a *authority, host string, until time.Time) func(testing.TB, *line) {
		return func(t testing.TB, l *line) {
			cert, key := a.issue(t, host, until)
			l.detour(hostPort(t, imposter(t, cert, key)))
		}
	}
	tomorrow := time.Now().Add(24 * time.Hour)
	for _, row := range []wireFault{
		{name: "a handshake that never ends", strike: leads("timeout", "downstream", `"timeout":0`), says: "network"},
		{name: "an authority nobody knows, or a proxy that inspects", strike: leadTo(stranger, "127.0.0.1", tomorrow), says: "tls"},
		{name: "another name", strike: leadTo(good, "elsewhere.test", tomorrow), says: "tls"},
		{name: "over since yesterday", strike: leadTo(good, "127.0.0.1", time.Now().Add(-24*time.Hour)), says: "tls"},
		{name: "plain HTTP where TLS is expected", strike: func(t testing.TB, l *line) { l.detour(hostPort(t, fixed(t, *htmlPage))) }, says: "wrong-address"},
		{name: "cut in the handshake", strike: leads("limit_data", "downstream", `"bytes":200`), says: "network"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			w := secureWire(t, srv, good, "127.0.0.1")
			cl := newClient(t)
			row.on = toControl
			s := &stricken{row: row, w: w, mine: ownFile(t, cl, source)}
			s.begin(t, func() *proc {
				return cl.start(t, "upload", "--signer", w.URL, "--ca", good.file, "--token-file", w.token, "--json", s.mine)
			})
			s.end(t)
		})
	}
}

// forwarder is an HTTP proxy that takes CONNECT, or does what a test wants.
type forwarder struct {
	mu    sync.Mutex
	mode  int // 0: connects; else the status it answers; -1: connects and speaks another language; -2: closes
	to    string
	asked int
}

func (f *forwarder) set(mode int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.mode, f.asked = mode, 0
}

func (f *forwarder) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.asked
}

// ServeHTTP implements http.Handler.
func (f *forwarder) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	f.asked++
	mode := f.mode
	f.mu.Unlock()
	if mode > 0 || r.Method != http.MethodConnect {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(max(mode, http.StatusBadRequest))
		_, _ = io.WriteString(w, "<html>no</html>")
		return
	}
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer conn.Close()
	if mode == -2 {
		return
	}
	_, _ = io.WriteString(conn, "HTTP/1.1 200 Connection established\r\n\r\n")
	if mode == -1 {
		_, _ = conn.Read(make([]byte, 1)) // to the one who speaks first
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>Welcome</html>")
		_, _ = io.Copy(io.Discard, conn) // closed with bytes unread it would be reset, and the page lost with it
		return
	}
	up, err := net.Dial("tcp", f.to)
	if err != nil {
		return
	}
	defer up.Close()
	go func() { _, _ = io.Copy(up, conn) }()
	_, _ = io.Copy(conn, up)
}

// faultsOfProxies puts a company's proxy between the command line and
// its signer (HTTPS_PROXY), which fails in the middle of an upload.
func faultsOfProxies(t *testing.T, srv *s3test.Server, source string) {
	good := newAuthority(t)
	for name, row := range map[string]struct {
		mode int
		says string
	}{
		"wants a password": {407, "proxy-sign-in"}, "forbids": {403, "proxy"}, "cannot get there": {502, "proxy"},
		"closes": {-2, "network"}, "answers with a start page": {-1, "wrong-address"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			throughProxy(t, srv, good, source, func(f *forwarder, _ *httptest.Server) wireFault {
				return wireFault{
					on:   toControl,
					says: row.says,
					strike: func(t testing.TB, l *line) {
						l.away() // a proxy decides on new connections only
						f.set(row.mode)
						l.heal(t)
					},
					heal: func(t testing.TB, _ *line) {
						if f.count() == 0 {
							t.Error("the proxy was not asked: the test tests nothing")
						}
						f.set(0)
					},
				}
			})
		})
	}
	t.Run("is gone", func(t *testing.T) {
		t.Parallel()
		throughProxy(t, srv, good, source, func(_ *forwarder, s *httptest.Server) wireFault {
			at := newLine(t, hostPort(t, s.URL))
			s.URL = "http://" + at.addr
			return wireFault{on: func(*wire) *line { return at }, says: "proxy", strike: goesAway}
		})
	})
}

func throughProxy(t *testing.T, srv *s3test.Server, good *authority, source string, fault func(*forwarder, *httptest.Server) wireFault) {
	t.Helper()
	w := secureWire(t, srv, good, "vault.test")
	f := &forwarder{to: w.toControl.addr}
	s := httptest.NewServer(f)
	t.Cleanup(s.CloseClientConnections)
	cl := newClient(t)
	struck := &stricken{row: fault(f, s), w: w, mine: ownFile(t, cl, source)}
	o := childOptions{env: []string{"HOME=" + cl.home, "HTTPS_PROXY=" + s.URL}, dir: cl.home}
	struck.begin(t, func() *proc {
		return startProc(t, o, program(t, "longshore-cli"), "upload", "--state", cl.state, "--signer", "https://vault.test",
			"--ca", good.file, "--token-file", w.token, "--json", struck.mine)
	})
	struck.end(t)
}
