package remote

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"time"

	"longshore/uploader"
)

// Limits of a call. Nothing of a signer's answer may grow without one: 10,000 listed parts come to about 2 MB.
const (
	maxAnswer     = 8 << 20
	maxErrorBody  = 64 << 10
	callTimeout   = 60 * time.Second   // for the whole call; a signer answers in milliseconds, a signer that looks at S3 in seconds
	perByte       = time.Second / 2048 // more for each byte of the request: Complete of 10,000 parts is 1 MB, and the line may be slow and shared
	silence       = 15 * time.Second   // after so long without a frame a connection of HTTP/2 is asked whether it lives, and given as long to say so
	answerAsync   = 20 * time.Second   // after that complete-upload answers 202 (PROTOCOL)
	maxCompleting = 30 * time.Minute   // S3 itself needs minutes for 10,000 parts; after that a look must settle it
)

// Config says which signer is spoken to, and how.
type Config struct {
	Base string // the signer's address, see ParseBase
	// Token is asked before every call; nil or "" for a vault without sign-in. refused is the token that the signer has
	// just refused, "" at first: the call is made again if there is another by now.
	Token func(ctx context.Context, refused string) (string, error)
	HTTP  *http.Client // nil for one on NewTransport(nil). Its redirect policy is not used: none is followed
	Agent string       // the User-Agent; "" for "longshore"
}

// Signer speaks to one signer. It is safe for concurrent use and keeps no state but its connections.
type Signer struct {
	base  string
	token func(ctx context.Context, refused string) (string, error)
	http  *http.Client
	agent string
	// pollEvery is the pause after a 202 that came early; tests shorten it.
	pollEvery time.Duration
}

var _ uploader.Signer = (*Signer)(nil)

// New checks the address and makes a signer. It makes no network call. The error is an *uploader.Error with
// CodeBadConfig.
func New(cfg Config) (*Signer, error) {
	base, err := ParseBase(cfg.Base)
	if err != nil {
		return nil, uploader.E("connect", uploader.CodeBadConfig, err)
	}
	s := &Signer{base: base, token: cfg.Token, agent: cfg.Agent, pollEvery: time.Second}
	if s.token == nil {
		s.token = func(context.Context, string) (string, error) { return "", nil }
	}
	if s.agent == "" {
		s.agent = "longshore"
	}
	client := http.Client{}
	if cfg.HTTP != nil {
		client = *cfg.HTTP
	}
	if client.Transport == nil {
		client.Transport = NewTransport(nil, http.ProxyFromEnvironment)
	}
	client.Jar, client.Timeout = nil, 0
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	s.http = &client
	return s, nil
}

// CloseIdle closes connections that no call uses.
func (s *Signer) CloseIdle() { s.http.CloseIdleConnections() }

// NewTransport makes the transport for one signer's calls. roots are the certificates it is trusted by, nil for the
// system's. Proxies come from the environment, and a proxy that refuses is told from a signer that does.
func NewTransport(roots *x509.CertPool, proxy uploader.Proxy) *http.Transport {
	dialer := &net.Dialer{Timeout: 15 * time.Second, KeepAlive: 30 * time.Second}
	t := &http.Transport{
		Proxy:                 proxy,
		DialContext:           dialer.DialContext,
		TLSClientConfig:       &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:   15 * time.Second,
		ForceAttemptHTTP2:     true,
		MaxIdleConnsPerHost:   8,
		IdleConnTimeout:       60 * time.Second,
		ResponseHeaderTimeout: callTimeout,
		// A peer that vanished without a word would else be asked again and again over the same dead connection.
		HTTP2: &http.HTTP2Config{SendPingTimeout: silence, PingTimeout: silence},
	}
	t.OnProxyConnectResponse = proxyAnswer
	return t
}
