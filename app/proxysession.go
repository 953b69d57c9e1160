package app

import (
	"context"
	"net/http"

	"longshore/uploader"
)

// ProxyNow is how a vault is reached at the moment.
type ProxyNow struct {
	Proxy  string `json:"proxy"`  // the proxy's address; "" for none
	Script bool   `json:"script"` // the system's settings leave it to a script (PAC), which is not run
	Kept   bool   `json:"kept"`   // a name and a password for the proxy are kept
}

// ProxyNow implements Session.
func (l *local) ProxyNow(ctx context.Context, id uploader.VaultID) (ProxyNow, error) {
	v, err := l.vaultOf(ctx, id)
	if err != nil {
		return ProxyNow{}, err
	}
	return l.accounts.proxies.nowFor(ctx, v)
}

func (p *proxies) nowFor(ctx context.Context, v uploader.Vault) (ProxyNow, error) {
	var now ProxyNow
	way, err := p.of(v.Proxy)
	if err != nil {
		return now, err
	}
	now.Script = p.scripted(v)
	if way == nil {
		return now, nil
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, v.SignerURL, http.NoBody)
	if err != nil {
		return now, err
	}
	if u, err := way(r); err == nil && u != nil { // what the environment says wrongly is said where it is used
		now.Proxy = proxyName(u)
		now.Kept = p.logins.keeps(now.Proxy)
	}
	return now, nil
}

// scripted tells whether a script would choose a vault's proxy, and nothing else does.
func (p *proxies) scripted(v uploader.Vault) bool {
	return v.Proxy == uploader.ProxySystem && !inEnvironment() && p.settings().Script
}

// scriptToBlame puts into words that a vault may not be reached because a script would have to say how.
func (l *local) scriptToBlame(v uploader.Vault, err error) error {
	if code := uploader.CodeOf(err); (code == uploader.CodeNetwork || code == uploader.CodeDNS) && l.accounts.proxies.scripted(v) {
		return fail("add-vault", code, say("vault-away-script"), err)
	}
	return err
}

// proxyToBlame puts into words that a sign-in does not come about because a proxy wants a name and a password first: all
// that the sign-in knows is that nobody answers.
func (l *local) proxyToBlame(ctx context.Context, v uploader.Vault, err error) error {
	if uploader.CodeOf(err) != uploader.CodeNetwork {
		return err
	}
	now, unknown := l.accounts.proxies.nowFor(ctx, v)
	if unknown != nil || l.accounts.proxies.logins.need(now.Proxy).Proxy == "" {
		return err
	}
	return uploader.E("sign-in", uploader.CodeProxySignIn, err)
}

// ProxyNeeds implements Session.
func (l *local) ProxyNeeds(context.Context) ([]ProxyNeed, error) {
	return l.accounts.proxies.logins.all(), nil
}

// SetProxyLogin implements Session. Every vault that may be reached through the proxy connects anew, and what waits for
// it is tried again.
func (l *local) SetProxyLogin(ctx context.Context, login ProxyLogin) error {
	l.vaultEdit.Lock()
	defer l.vaultEdit.Unlock()
	if err := l.accounts.proxies.logins.set(ctx, login); err != nil {
		return err
	}
	vaults, err := l.engine.Vaults(ctx)
	if err != nil {
		return err
	}
	for _, v := range vaults {
		if v.Proxy == uploader.ProxyNone {
			continue
		}
		if err := l.engine.SaveVault(ctx, v); err != nil {
			return err
		}
	}
	return nil
}

// ProxyNow implements Session.
func (c *client) ProxyNow(ctx context.Context, id uploader.VaultID) (ProxyNow, error) {
	return call[uploader.VaultID, ProxyNow](ctx, c, routeProxyNow, id)
}

// ProxyNeeds implements Session.
func (c *client) ProxyNeeds(ctx context.Context) ([]ProxyNeed, error) {
	return call[none, []ProxyNeed](ctx, c, routeProxyNeeds, none{})
}

// SetProxyLogin implements Session.
func (c *client) SetProxyLogin(ctx context.Context, login ProxyLogin) error {
	_, err := call[ProxyLogin, none](ctx, c, routeProxyLogin, login)
	return err
}

// SetProxyLogin implements Session.
func (l *looker) SetProxyLogin(context.Context, ProxyLogin) error { return asError(errLooking) }
