package uploader

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/url"
	"time"
)

// TransportOptions shapes the data plane of one vault.
type TransportOptions struct {
	Roots       *x509.CertPool // trusted for this vault's hosts; nil: the system's
	Connections int            // idle connections kept per host, the budget of requests in flight; 0: 8
	Stall       time.Duration  // a request that moves no bytes for so long is ended; 0: 60 s
	Answer      time.Duration  // how long S3 may think after the last byte; 0: 120 s
	Small       bool           // bodies are small and many are in flight: each has less of a buffer
	Proxy       Proxy          // nil: none
	RoundTrip   RoundTrip      // nil: nobody knows
}

// RoundTrip tells a connection's round trip of late and the least it ever had, if the system says so.
type RoundTrip = func(net.Conn) (now, least time.Duration, ok bool)

// Proxy says which proxy a request goes through, nil for none (http.Transport.Proxy).
type Proxy = func(*http.Request) (*url.URL, error)

// What holds where the options say nothing.
const (
	defaultConnections = 8
	defaultStall       = 60 * time.Second
	defaultAnswer      = 120 * time.Second
)

// Compose builds a vault's data plane: base ▸ stall watchdog. The engine puts the bandwidth limit of all vaults around
// it; put is the meter.
func Compose(base http.RoundTripper, o TransportOptions) http.RoundTripper {
	dog := watchdog{next: base, stall: o.Stall, answer: o.Answer}
	if dog.stall <= 0 {
		dog.stall = defaultStall
	}
	if dog.answer <= 0 {
		dog.answer = defaultAnswer
	}
	return dog
}

// NewTransport returns the base of a data plane: HTTP/1.1 alone (one connection per part beats one shared window),
// kept connections. It has no time limit for the answer: the watchdog has. The caller closes
// its idle connections when the vault is let go, and after a sleep of the machine.
func NewTransport(o TransportOptions) *http.Transport {
	idle := o.Connections
	if idle <= 0 {
		idle = defaultConnections
	}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	dialer := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 15 * time.Second}
	stall := o.Stall
	if stall <= 0 {
		stall = defaultStall
	}
	bodies := newPieces(bulkPiece)
	if o.Small {
		bodies = newPieces(smallPiece)
	}
	dial := movingDialer(dialer.DialContext, stall/30, bodies, o.RoundTrip)
	secure := &tls.Config{
		MinVersion:         tls.VersionTLS12,
		RootCAs:            o.Roots,
		ClientSessionCache: tls.NewLRUClientSessionCache(0),
		// Small first records help a page to show early; here they only cost.
		DynamicRecordSizingDisabled: true,
	}
	return &http.Transport{
		Proxy:                  o.Proxy,
		DialContext:            dial,
		DialTLSContext:         dialTLS(dial, secure, bodies),
		Protocols:              protocols,
		TLSClientConfig:        secure, // behind a proxy
		TLSHandshakeTimeout:    handshake,
		ExpectContinueTimeout:  time.Second,
		IdleConnTimeout:        30 * time.Second,
		MaxIdleConnsPerHost:    idle,
		DisableCompression:     true,
		WriteBufferSize:        16 << 10, // headers, and the beginning of a body that waits for no "100 Continue"
		ReadBufferSize:         4 << 10,
		MaxResponseHeaderBytes: 64 << 10,
		OnProxyConnectResponse: proxyAnswer,
	}
}

// proxyAnswer makes an error of ours out of a proxy's refusal; net/http's own is a bare text.
func proxyAnswer(_ context.Context, _ *url.URL, _ *http.Request, resp *http.Response) error {
	code := CodeProxy
	switch resp.StatusCode {
	case http.StatusOK:
		return nil
	case http.StatusProxyAuthRequired:
		code = CodeProxySignIn
	}
	return E("connect", code, errors.New("the proxy answered "+http.StatusText(resp.StatusCode)))
}
