package app

import (
	"crypto/x509"
	"net/http"
	"sync"

	"longshore/uploader"
	"longshore/uploader/remote"
)

// connector makes vaults ready for the engine. Every vault has transports of its own, so that a certificate file is
// trusted for that vault's hosts alone (PROTOCOL, "What the client checks").
type connector struct {
	agent string

	mu    sync.Mutex
	links map[uploader.VaultID]*link
}

// link is what a vault's connection rests on.
type link struct {
	signer  *remote.Signer
	control *http.Transport
	data    *http.Transport
}

func newConnector(agent string) *connector {
	return &connector{agent: agent, links: make(map[uploader.VaultID]*link)}
}

// Connect implements uploader.Connector.
func (c *connector) Connect(v uploader.Vault) (uploader.Connection, error) {
	l, err := c.dial(v)
	if err != nil {
		return uploader.Connection{}, asError(err)
	}
	c.mu.Lock()
	old := c.links[v.ID]
	c.links[v.ID] = l
	c.mu.Unlock()
	old.closeIdle()
	return uploader.Connection{
		Signer:    l.signer,
		Transport: dataPlane{RoundTripper: uploader.Compose(l.data, uploader.TransportOptions{}), link: l},
		Origins:   v.DataOrigins,
		Checksum:  v.Checksum,
	}, nil
}

// dial reads the vault's files and builds its clients. It makes no network call.
func (c *connector) dial(v uploader.Vault) (*link, error) {
	var roots *x509.CertPool
	if v.CAFile != "" {
		var err error
		if roots, err = readRoots(v.CAFile); err != nil {
			return nil, err
		}
	}
	token := func() (string, error) { return "", nil }
	if v.TokenFile != "" {
		if _, err := readToken(v.TokenFile); err != nil {
			return nil, err
		}
		token = func() (string, error) { return readToken(v.TokenFile) }
	}
	l := &link{
		control: remote.NewTransport(roots),
		data:    uploader.NewTransport(uploader.TransportOptions{Roots: roots, Connections: connections}),
	}
	signer, err := remote.New(remote.Config{Base: v.SignerURL, Token: token, HTTP: &http.Client{Transport: l.control}, Agent: c.agent})
	if err != nil {
		return nil, err
	}
	l.signer = signer
	return l, nil
}

// connections kept idle per host: as many as can be in flight, the small objects' 192 and the parts' 64.
const connections = 256

func (l *link) closeIdle() {
	if l != nil {
		l.control.CloseIdleConnections()
		l.data.CloseIdleConnections()
	}
}

// close lets go of all connections. The engine must have ended.
func (c *connector) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, l := range c.links {
		l.closeIdle()
	}
}

// dataPlane is a vault's transport for bytes. After a sleep the engine closes its idle connections, and with them the
// signer's, which slept as long.
type dataPlane struct {
	http.RoundTripper
	link *link
}

func (d dataPlane) CloseIdleConnections() { d.link.closeIdle() }
