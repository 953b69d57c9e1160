package uploader

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"syscall"
	"testing"
)

func TestPutOverTLS(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Header().Set("ETag", `"e"`)
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // of the handshakes that must fail
	s.StartTLS()
	defer s.Close()
	if _, err := testPut(t, s, []byte("abc"), nil); CodeOf(err) != CodeTLS {
		t.Errorf("an unknown certificate: %v", err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	tr := NewTransport(TransportOptions{Roots: roots})
	defer tr.CloseIdleConnections()
	at := func(u string) error {
		_, err := put(t.Context(), Connection{Transport: tr, Origins: []string{u}}, SignedRequest{URL: u}, putBody{r: strings.NewReader("abc"), size: 3})
		return err
	}
	if err := at(s.URL); err != nil {
		t.Errorf("a known certificate: %v", err)
	}
	if err := at(strings.Replace(s.URL, "127.0.0.1", "localhost", 1)); CodeOf(err) != CodeTLS {
		t.Errorf("a certificate for another name: %v", err)
	}
	plain := serve(t, func(http.ResponseWriter, *http.Request) {})
	if err := at(strings.Replace(plain.URL, "http:", "https:", 1)); CodeOf(err) != CodeWrongAddress {
		t.Errorf("a server without TLS: %v", err)
	}
}

func TestNetErrors(t *testing.T) {
	dial := func(err error) error { return &net.OpError{Op: "dial", Net: "tcp", Err: err} }
	for i, c := range []struct {
		err   error
		begun bool
		want  Code
	}{
		{dial(&net.DNSError{Name: "secret.example", IsNotFound: true}), false, CodeDNS},
		{&net.OpError{Op: "proxyconnect", Err: dial(&net.DNSError{Name: "secret.example"})}, false, CodeProxy},
		{fmt.Errorf("x: %w", E("put", CodeProxy, nil)), false, CodeProxy},
		{x509.UnknownAuthorityError{}, false, CodeTLS},
		{x509.CertificateInvalidError{Reason: x509.Expired}, false, CodeTLS},
		{&net.OpError{Op: "remote error", Err: errors.New("tls: unknown certificate authority")}, false, CodeTLS},
		{&net.OpError{Op: "remote error", Err: errors.New("tls: bad record MAC")}, true, CodeNetwork},
		{dial(syscall.ECONNREFUSED), false, CodeNetwork},
		{&url.Error{Op: "Put", URL: "https://secret.example", Err: io.ErrUnexpectedEOF}, true, CodeNetwork},
		{context.DeadlineExceeded, true, CodeNetwork},
	} {
		err := netError("put", c.err, c.begun)
		if err.Code != c.want || strings.Contains(err.Error(), "secret") {
			t.Errorf("%d: %v, want %s", i, err, c.want)
		}
	}
}

func TestPutThroughAProxyThatRefuses(t *testing.T) {
	proxy := serve(t, func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusProxyAuthRequired) })
	at, err := url.Parse(proxy.URL)
	if err != nil {
		t.Fatal(err)
	}
	tr := NewTransport(TransportOptions{})
	tr.Proxy = http.ProxyURL(at)
	defer tr.CloseIdleConnections()
	conn := Connection{Transport: tr, Origins: []string{"https://vault.invalid"}}
	_, err = put(t.Context(), conn, SignedRequest{URL: "https://vault.invalid/k"}, putBody{r: strings.NewReader("abc"), size: 3})
	if CodeOf(err) != CodeProxySignIn {
		t.Errorf("a proxy that wants a password: %v", err)
	}
	proxy.Close()
	_, err = put(t.Context(), conn, SignedRequest{URL: "https://vault.invalid/k"}, putBody{r: strings.NewReader("abc"), size: 3})
	if CodeOf(err) != CodeProxy {
		t.Errorf("a proxy that is down: %v", err)
	}
}
