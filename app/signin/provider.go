package signin

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// Config is what a vault says about its sign-in, as the person has accepted it.
type Config struct {
	Issuer   string // exact, as the provider names itself
	ClientID string // of a public client: there is no secret
	Scopes   []string
	Audience string // asked for where a provider wants to know whom the access token is for; "" for none
	IDToken  bool   // the vault takes the ID token, not the access token
}

// equal tells whether two configurations are the same sign-in.
func (c Config) equal(d Config) bool {
	return c.Issuer == d.Issuer && c.ClientID == d.ClientID && c.Audience == d.Audience && c.IDToken == d.IDToken &&
		slices.Equal(c.Scopes, d.Scopes)
}

// CheckIssuer refuses an issuer that must not be asked: anything but https, and http anywhere but on loopback.
func CheckIssuer(issuer string) error {
	u, err := url.Parse(issuer)
	switch {
	case err != nil, u.Host == "", u.User != nil, u.RawQuery != "", u.Fragment != "":
		return wrong("the issuer is not an address")
	case u.Scheme == "https", u.Scheme == "http" && loopback(u.Hostname()):
		return nil
	}
	return wrong("the issuer is not https")
}

func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// Bounds of a call to the provider.
const (
	callTimeout = 30 * time.Second
	maxAnswer   = 1 << 20 // bytes
)

// Client speaks to one provider for one vault. It is safe for concurrent use.
type Client struct {
	cfg    Config
	http   *http.Client
	listen func(context.Context) (net.Listener, error) // of the loopback redirect

	mu    sync.Mutex
	found *provider // the last discovery; nil before the first
}

// NewClient makes a client. transport is used for every call to the provider; no redirect is followed, since the
// bodies sent hold tokens.
func NewClient(cfg Config, transport http.RoundTripper) *Client {
	return &Client{
		cfg: cfg, listen: listenLoopback,
		http: &http.Client{
			Transport:     bounded{transport},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// bounded reads every answer whole, in bounded time and size: they are a page of JSON, and not all who ask for one close
// its body.
type bounded struct{ http.RoundTripper }

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(r.Context(), callTimeout)
	defer cancel()
	res, err := b.RoundTripper.RoundTrip(r.WithContext(ctx))
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err = errors.Join(err, res.Body.Close()); err != nil {
		return nil, err
	}
	res.Body = io.NopCloser(bytes.NewReader(data))
	return res, nil
}

// provider is what discovery told (OpenID Connect Discovery 1.0 §3, RFC 8414 §2).
type provider struct {
	oauth    oauth2.Config
	verifier *oidc.IDTokenVerifier
	meta     metadata
}

type metadata struct {
	JWKS       string   `json:"jwks_uri"`
	Revocation string   `json:"revocation_endpoint"`
	Challenges []string `json:"code_challenge_methods_supported"`
	Scopes     []string `json:"scopes_supported"`
	IssInReply bool     `json:"authorization_response_iss_parameter_supported"` // RFC 9207 §3
}

// discovered returns the provider, asked for anew if fresh says so or it was never asked.
func (c *Client) discovered(ctx context.Context, fresh bool) (*provider, error) {
	c.mu.Lock()
	p := c.found
	c.mu.Unlock()
	if p != nil && !fresh {
		return p, nil
	}
	p, err := c.discover(ctx)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	c.found = p
	c.mu.Unlock()
	return p, nil
}

func (c *Client) discover(ctx context.Context) (*provider, error) {
	if err := CheckIssuer(c.cfg.Issuer); err != nil {
		return nil, err
	}
	op, err := oidc.NewProvider(c.context(ctx), c.cfg.Issuer)
	var other *oidc.IssuerMismatchError
	var urlErr *url.Error
	switch {
	case errors.As(err, &other):
		return nil, wrong("the provider calls itself by another name than the vault does")
	case err != nil && !errors.As(err, &urlErr) && ctx.Err() == nil:
		return nil, failed(Trouble, errors.New("discovery: the provider has no usable configuration"))
	case err != nil:
		return nil, callError(ctx, "discovery", err)
	}
	var meta metadata
	if err := op.Claims(&meta); err != nil {
		return nil, wrong("the provider's configuration cannot be read")
	}
	end := op.Endpoint()
	end.AuthStyle = oauth2.AuthStyleInParams // a public client only names itself (RFC 6749 §3.2.1)
	for _, address := range []string{end.AuthURL, end.TokenURL, meta.JWKS} {
		if CheckEndpoint(address) != nil {
			return nil, wrong("the provider's configuration lacks an address, or one is not https")
		}
	}
	for _, address := range []string{end.DeviceAuthURL, meta.Revocation} {
		if address != "" && CheckEndpoint(address) != nil {
			return nil, wrong("an address in the provider's configuration is not https")
		}
	}
	if len(meta.Challenges) > 0 && !slices.Contains(meta.Challenges, "S256") {
		return nil, wrong("the provider does not protect sign-ins of programs (PKCE, S256)")
	}
	return &provider{
		oauth: oauth2.Config{ClientID: c.cfg.ClientID, Endpoint: end, Scopes: scopes(c.cfg.Scopes, meta.Scopes)},
		// Its clock check is done in checkID, with room for a clock that is off.
		verifier: op.Verifier(&oidc.Config{ClientID: c.cfg.ClientID, SkipExpiryCheck: true}),
		meta:     meta,
	}, nil
}

// CheckEndpoint refuses an address of a provider that is neither https nor on loopback.
func CheckEndpoint(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil {
		return wrong("not an address")
	}
	if u.Scheme == "https" || u.Scheme == "http" && loopback(u.Hostname()) {
		return nil
	}
	return wrong("not https")
}

// scopes are those the vault asks for, with the one that makes it OpenID Connect, and the one that brings a refresh
// token where the provider knows it.
func scopes(asked, supported []string) []string {
	list := slices.Clone(asked)
	if !slices.Contains(list, oidc.ScopeOpenID) {
		list = append([]string{oidc.ScopeOpenID}, list...)
	}
	if slices.Contains(supported, oidc.ScopeOfflineAccess) && !slices.Contains(list, oidc.ScopeOfflineAccess) {
		list = append(list, oidc.ScopeOfflineAccess)
	}
	return list
}

// context makes the libraries use our client.
func (c *Client) context(ctx context.Context) context.Context { return oidc.ClientContext(ctx, c.http) }

// audience is the option that names whom the token is for.
func (c *Client) audience() []oauth2.AuthCodeOption {
	if c.cfg.Audience == "" {
		return nil
	}
	return []oauth2.AuthCodeOption{oauth2.SetAuthURLParam("audience", c.cfg.Audience)}
}

// CloseIdle closes connections that no call uses.
func (c *Client) CloseIdle() { c.http.CloseIdleConnections() }

// CloseIdleConnections lets http.Client reach the transport below.
func (b bounded) CloseIdleConnections() {
	if t, ok := b.RoundTripper.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
}
