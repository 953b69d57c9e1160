package app

import (
	"context"
	"crypto/x509"
	"net/http"
	"sync"
	"time"

	"longshore/internal/platform/roundtrip"
	"longshore/uploader"
	"longshore/uploader/remote"
)

// connector makes vaults ready for the engine. Every vault has transports of its own, so that a certificate file is
// trusted for that vault's hosts alone (PROTOCOL, "What the client checks").
type connector struct {
	agent    string
	accounts *accounts

	mu    sync.Mutex
	links map[uploader.VaultID]*link
	warm  *warmLink
}

// warmLink is a link over which a vault has just been asked what it is. The engine, which connects next, goes on with
// it: a new one would cost three round trips before the first file, two for a connection and one to ask again.
type warmLink struct {
	*link
	vault uploader.Vault
	since time.Time
}

// warmFor is how long a link is kept for the engine. What it was made of, such as a certificate file, may change.
const warmFor = 5 * time.Second

// link is what a vault's connection rests on.
type link struct {
	signer  control
	control *http.Transport
	large   *http.Transport // for parts and large objects
	small   *http.Transport // for small objects
}

// control is what a vault's connection is controlled by: a signer, or what stands in for one.
type control interface {
	uploader.Signer
	CheckSignIn(ctx context.Context) error
}

func newConnector(agent string, a *accounts) *connector {
	return &connector{agent: agent, accounts: a, links: make(map[uploader.VaultID]*link)}
}

// Connect implements uploader.Connector.
func (c *connector) Connect(v uploader.Vault) (uploader.Connection, error) {
	l := c.takeWarm(v)
	if l == nil {
		var err error
		if l, err = c.dial(v); err != nil {
			return uploader.Connection{}, asError(err)
		}
	}
	c.mu.Lock()
	old := c.links[v.ID]
	c.links[v.ID] = l
	c.mu.Unlock()
	old.closeIdle()
	return uploader.Connection{
		Signer:    l.signer,
		Transport: dataPlane{RoundTripper: uploader.Compose(bySize{l}, uploader.TransportOptions{}), link: l},
		Origins:   v.DataOrigins,
		Checksum:  v.Checksum,
		PartsOnly: v.Kind == uploader.KindCompanion,
	}, nil
}

// keepWarm keeps a link that v was asked over for the engine.
func (c *connector) keepWarm(v uploader.Vault, l *link) {
	c.mu.Lock()
	old := c.warm
	c.warm = &warmLink{link: l, vault: v, since: time.Now()}
	c.mu.Unlock()
	if old != nil {
		old.closeIdle()
	}
}

// takeWarm gives the link that is kept, once, if dial would make the same for v; nil if there is none.
func (c *connector) takeWarm(v uploader.Vault) *link {
	c.mu.Lock()
	w := c.warm
	c.warm = nil
	c.mu.Unlock()
	switch {
	case w == nil:
		return nil
	case time.Since(w.since) > warmFor || !dialsAs(w.vault, v):
		w.closeIdle()
		return nil
	}
	return w.link
}

// dialsAs tells whether dial makes the same of two vaults. One with sign-ins of people is asked as a stranger at first.
func dialsAs(a, b uploader.Vault) bool {
	people := func(v uploader.Vault) bool { return v.TokenFile == "" && v.SignIn == uploader.SignInOIDC }
	return a.ID == b.ID && a.SignerURL == b.SignerURL && a.TokenFile == b.TokenFile && a.Kind == b.Kind &&
		a.CAFile == b.CAFile && a.CA == b.CA && a.Proxy == b.Proxy && !people(a) && !people(b)
}

// dial reads the vault's files and builds its clients. It makes no network call.
func (c *connector) dial(v uploader.Vault) (*link, error) {
	roots, err := c.accounts.files.rootsOf(v, false)
	if err != nil {
		return nil, err
	}
	proxy, err := c.accounts.proxies.of(v.Proxy)
	if err != nil {
		return nil, err
	}
	token := func(context.Context, string) (string, error) { return "", nil }
	switch {
	case v.TokenFile != "":
		if _, err := c.accounts.files.token(v.TokenFile); err != nil {
			return nil, err
		}
		token = func(context.Context, string) (string, error) { return c.accounts.files.token(v.TokenFile) }
	case v.SignIn == uploader.SignInOIDC:
		token = c.accounts.source(v)
	}
	dress := c.accounts.proxies.logins.dress
	l := &link{
		control: dress(remote.NewTransport(roots, proxy)),
		large:   dress(uploader.NewTransport(uploader.TransportOptions{Roots: roots, Proxy: proxy, Connections: largeConnections, RoundTrip: roundtrip.Of})),
		small:   dress(smallTransport(roots, proxy)),
	}
	cfg := remote.Config{Base: v.SignerURL, Token: token, HTTP: &http.Client{Transport: l.control}, Agent: c.agent}
	if v.Kind == uploader.KindCompanion {
		l.signer, err = remote.NewCompanion(cfg)
	} else {
		l.signer, err = remote.NewDiscreet(cfg)
	}
	if err != nil {
		return nil, err
	}
	return l, nil
}

// Connections kept idle per host: as many as can be in flight (uploader.Limits).
const (
	largeConnections = 64
	smallConnections = 192
)

// smallBody is the largest body of a small object, in bytes (DESIGN §4, sizes).
const smallBody = 1 << 20

// smallTransport is the small objects' own connection pool.
func smallTransport(roots *x509.CertPool, proxy uploader.Proxy) *http.Transport {
	return uploader.NewTransport(uploader.TransportOptions{Roots: roots, Proxy: proxy, Connections: smallConnections, Small: true})
}

// bySize sends each body over the pool for its size.
type bySize struct{ *link }

func (b bySize) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.ContentLength <= smallBody {
		return b.small.RoundTrip(r)
	}
	return b.large.RoundTrip(r)
}

func (l *link) closeIdle() {
	if l != nil {
		l.control.CloseIdleConnections()
		l.large.CloseIdleConnections()
		l.small.CloseIdleConnections()
	}
}

// close lets go of all connections. The engine must have ended.
func (c *connector) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, l := range c.links {
		l.closeIdle()
	}
	if c.warm != nil {
		c.warm.closeIdle()
	}
}

// dataPlane is a vault's transport for bytes. After a sleep the engine closes its idle connections, and with them the
// signer's, which slept as long.
type dataPlane struct {
	http.RoundTripper
	link *link
}

func (d dataPlane) CloseIdleConnections() { d.link.closeIdle() }
