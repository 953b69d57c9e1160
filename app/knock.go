package app

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"longshore/uploader"
)

// knocked is what one request brought back. Nothing secret was in it: no token, no file.
type knocked struct {
	host      string
	proxy     string // host of the proxy it went through, "" for none
	by        string // its whole address
	ownCA     bool   // the vault has certificates of its own
	connected bool
	err       error
	through   bool // the proxy has connected us
	proxySaid int  // the status with which a proxy refused to connect, 0 if none did
	status    int
	html      bool
	moved     string    // host that a redirect leads to, "" for none
	date      time.Time // of the answer; zero if it told none
	outdated  *x509.Certificate
}

// knock makes one request without following where it leads.
func (t *trial) knock(ctx context.Context, base *http.Transport, method, address string) knocked {
	k := t.try(ctx, base, method, address)
	if k.outdated == nil {
		return k
	}
	// The certificate is good but for its dates. Which clock is wrong? Looked at as if it were then, it is trusted, and
	// who answers can be believed the time of day.
	then := base.Clone()
	then.TLSClientConfig = base.TLSClientConfig.Clone()
	then.DialTLSContext = nil // has a configuration of its own
	middle := k.outdated.NotBefore.Add(k.outdated.NotAfter.Sub(k.outdated.NotBefore) / 2)
	then.TLSClientConfig.Time = func() time.Time { return middle }
	again := t.try(ctx, then, method, address)
	k.date = again.date
	return k
}

func (t *trial) try(ctx context.Context, base *http.Transport, method, address string) knocked {
	ctx, cancel := context.WithTimeout(ctx, tryTime)
	defer cancel()
	k := knocked{ownCA: t.vault.CAFile != "" || t.vault.CA != ""}
	var connected atomic.Bool // net/http may still be dialling when it has answered
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{ConnectDone: func(_, _ string, err error) {
		if err == nil {
			connected.Store(true)
		}
	}})
	req, err := http.NewRequestWithContext(ctx, method, address, nil)
	if err != nil {
		k.err = err
		return k
	}
	k.host = req.URL.Host
	if base.Proxy != nil {
		if p, err := base.Proxy(req); err == nil && p != nil {
			k.proxy, k.by = p.Host, proxyName(p)
		}
	}
	fresh := base.Clone()
	fresh.DisableKeepAlives = true
	defer fresh.CloseIdleConnections()
	var said atomic.Int32
	var through atomic.Bool
	note := base.OnProxyConnectResponse
	fresh.OnProxyConnectResponse = func(ctx context.Context, at *url.URL, req *http.Request, res *http.Response) error {
		_ = note(ctx, at, req, res) // what it makes of it is said better here
		if res.StatusCode == http.StatusOK {
			through.Store(true)
			t.tells.came(StepReach, StepTrust)
			return nil
		}
		said.Store(int32(res.StatusCode)) //nolint:gosec // a status has three digits
		return fmt.Errorf("the proxy answered %d", res.StatusCode)
	}
	sent := t.now()
	res, err := fresh.RoundTrip(req)
	k.connected, k.through, k.proxySaid, k.err = connected.Load(), through.Load(), int(said.Load()), err
	var bad *tls.CertificateVerificationError
	var invalid x509.CertificateInvalidError
	if errors.As(err, &bad) && len(bad.UnverifiedCertificates) > 0 && errors.As(bad.Err, &invalid) && invalid.Reason == x509.Expired {
		k.outdated = invalid.Cert
	}
	if err != nil {
		return k
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10)) // it says nothing that counts here
	k.read(res, sent, t.now())
	return k
}

// read takes what counts out of an answer that was asked for and came at some time of ours.
func (k *knocked) read(res *http.Response, asked, came time.Time) {
	k.status = res.StatusCode
	kind, _, err := mime.ParseMediaType(res.Header.Get("Content-Type"))
	k.html = err == nil && kind == "text/html"
	if to, err := res.Location(); err == nil && res.StatusCode/100 == 3 {
		k.moved = to.Host
	}
	if date, err := http.ParseTime(res.Header.Get("Date")); err == nil {
		k.date = date.Add(came.Sub(asked) / 2)
	}
}

// trouble says at which step of the way to the vault it went wrong, and how; "" if it did not. StepVault: all of the way
// is good, and somebody else answers.
func (k knocked) trouble() (StepName, error) {
	if k.err != nil {
		return k.lost()
	}
	switch {
	case k.status == http.StatusProxyAuthRequired:
		return StepReach, trouble(uploader.CodeProxySignIn, "test-proxy-sign-in", nil, "proxy", k.between())
	case k.status == http.StatusNetworkAuthenticationRequired, k.moved != "" && k.moved != k.host:
		return StepVault, trouble(uploader.CodeWrongAddress, "test-start-page", nil)
	case k.html:
		return StepVault, trouble(uploader.CodeWrongAddress, "test-web-page", nil, "host", k.host)
	}
	return "", nil
}

// watched makes the way of a request tell how far it has come.
func (t *trial) watched(ctx context.Context) context.Context {
	direct := t.link.control.Proxy == nil
	if !direct {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, t.vault.SignerURL, http.NoBody)
		if err == nil {
			p, wrong := t.link.control.Proxy(r)
			direct = p == nil && wrong == nil
		}
	}
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		ConnectStart: func(string, string) { t.tells.came(StepFound, StepReach) },
		ConnectDone: func(_, _ string, err error) {
			if err == nil && direct { // else it is the proxy's door
				t.tells.came(StepReach, StepTrust)
			}
		},
	})
}

// trouble is what an answer says is wrong, in the words that fit what is known of the proxy.
func (t *trial) trouble(k knocked) (StepName, error) {
	at, err := k.trouble()
	need := t.proxies.logins.need(k.by)
	switch {
	case uploader.CodeOf(err) == uploader.CodeProxySignIn && need.Other:
		return at, trouble(uploader.CodeProxySignIn, "test-proxy-other", k.err, "proxy", k.between())
	case uploader.CodeOf(err) == uploader.CodeProxySignIn && need.Refused:
		return at, trouble(uploader.CodeProxySignIn, "test-proxy-refused", k.err, "proxy", k.between())
	case (at == StepFound || at == StepReach) && k.proxy == "" && t.proxies.scripted(t.vault):
		return at, trouble(uploader.CodeNetwork, "test-script", k.err, "host", k.host)
	}
	return at, err
}

// between names the proxy, or what answered in its place.
func (k knocked) between() string {
	if k.proxy == "" {
		return k.host
	}
	return k.proxy
}

// lost says why no answer came.
func (k knocked) lost() (StepName, error) {
	var (
		dns    *net.DNSError
		cert   *tls.CertificateVerificationError
		record tls.RecordHeaderError
	)
	err := k.err
	switch {
	case k.proxySaid == http.StatusProxyAuthRequired:
		return StepReach, trouble(uploader.CodeProxySignIn, "test-proxy-sign-in", err, "proxy", k.proxy)
	case k.proxySaid != 0:
		return StepReach, trouble(uploader.CodeProxy, "test-proxy-refuses", err, "proxy", k.proxy, "host", k.host)
	case k.proxy != "" && !k.through:
		return StepReach, trouble(uploader.CodeProxy, "test-proxy-away", err, "proxy", k.proxy)
	case errors.As(err, &dns) && dns.IsNotFound:
		return StepFound, trouble(uploader.CodeDNS, "test-name-unknown", err, "host", k.host)
	case errors.As(err, &dns):
		return StepFound, trouble(uploader.CodeNetwork, "test-no-names", err)
	case errors.As(err, &cert):
		return StepTrust, k.untrusted(cert)
	case errors.As(err, &record), strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return StepTrust, trouble(uploader.CodeWrongAddress, "test-not-secure", err, "host", k.host)
	case errors.Is(err, syscall.ECONNREFUSED):
		return StepReach, trouble(uploader.CodeNetwork, "test-refused", err, "host", k.host)
	case k.connected:
		return StepTrust, trouble(uploader.CodeNetwork, "test-cut", err, "host", k.host)
	}
	return StepReach, trouble(uploader.CodeNetwork, "test-silent", err, "host", k.host)
}

func trouble(code uploader.Code, key string, cause error, args ...string) error {
	var u *url.Error
	if errors.As(cause, &u) { // its text repeats the address
		cause = u.Err
	}
	return fail("test", code, say(key, args...), cause)
}
