package app

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"longshore/store"
	"longshore/uploader"
)

// ProxyLogin is a name and a password for a proxy.
type ProxyLogin struct {
	Proxy    string // its address, as ProxyNeed has it
	Name     string // "" forgets what is kept
	Password string
	Store    string // StoreKeychain or StoreFile; "" for where it is already, else the keychain
}

// String keeps name and password out of whatever is printed.
func (l ProxyLogin) String() string { return "a name and a password for a proxy" }

// ProxyNeed is a proxy that lets nothing through for want of a name and a password.
type ProxyNeed struct {
	Proxy   string `json:"proxy"`   // its address, as ParseProxy has it
	Refused bool   `json:"refused"` // it did not take those that it was given
	Other   bool   `json:"other"`   // it takes none: it wants another kind of sign-in (NTLM, Kerberos)
}

// proxyLogins are what proxies are told of the person. A password is in a secret store and in memory, nowhere else, and
// no other proxy is told it than the one it was given for.
type proxyLogins struct {
	open SecretStores
	save func(ctx context.Context, kept map[string]string) error
	turn chan struct{} // one look into a store at a time: keychains ask the person, once is enough

	mu    sync.Mutex
	kept  map[string]string // the account of each proxy, see newAccount
	known map[string]nameAndPassword
	needs map[string]ProxyNeed
	shut  map[string]bool // the store did not give it: it is not asked again by itself

	trials map[string]proxyTrial
}

// nameAndPassword is what is stored of a proxy, as JSON.
type nameAndPassword struct {
	Name     string `json:"name"`
	Password string `json:"password"`
}

func (n nameAndPassword) header() string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(n.Name+":"+n.Password))
}

func newProxyLogins(open SecretStores) *proxyLogins {
	return &proxyLogins{
		open: open, save: func(context.Context, map[string]string) error { return nil }, turn: make(chan struct{}, 1),
		kept: map[string]string{}, known: map[string]nameAndPassword{}, needs: map[string]ProxyNeed{}, shut: map[string]bool{}, trials: map[string]proxyTrial{},
	}
}

const proxyLoginsSetting = "proxy-logins"

// load reads for which proxies something is kept, and where.
func (p *proxyLogins) load(ctx context.Context, db *store.DB) error {
	kept := map[string]string{}
	_, err := db.Setting(ctx, proxyLoginsSetting, &kept)
	if err != nil && uploader.CodeOf(err) != uploader.CodeInternal { // written by another version: they are asked for anew
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.kept = kept
	p.save = func(ctx context.Context, kept map[string]string) error {
		return db.SaveSetting(ctx, proxyLoginsSetting, kept)
	}
	return nil
}

// proxyName is how a proxy is called here: as ParseProxy has it, and without what the environment says of a person.
func proxyName(u *url.URL) string { return u.Scheme + "://" + strings.ToLower(u.Host) }

// dress makes a transport sign in to its proxies, and tell what they say to it.
func (p *proxyLogins) dress(t *http.Transport) *http.Transport {
	said := t.OnProxyConnectResponse
	t.GetProxyConnectHeader = func(ctx context.Context, proxy *url.URL, _ string) (http.Header, error) {
		name := proxyName(proxy)
		if _, ok := p.login(ctx, name); !ok {
			return nil, nil // the proxy says what it wants
		}
		p.tried(ctx, name)
		if who, ok := p.login(ctx, name); ok {
			return http.Header{proxyAuthorization: {who.header()}}, nil
		}
		p.untried(name) // it was refused or forgotten while we waited
		return nil, nil
	}
	t.OnProxyConnectResponse = func(ctx context.Context, proxy *url.URL, req *http.Request, res *http.Response) error {
		p.heard(proxyName(proxy), req, res)
		return said(ctx, proxy, req, res)
	}
	return t
}

const proxyAuthorization = "Proxy-Authorization"

// login is what a proxy is told. One that did not take it is not told it again: too many wrong passwords lock the
// person out of more than a proxy.
func (p *proxyLogins) login(ctx context.Context, proxy string) (nameAndPassword, bool) {
	if who, settled := p.settled(proxy); settled {
		return who, who.Name != ""
	}
	select {
	case p.turn <- struct{}{}:
		defer func() { <-p.turn }()
	case <-ctx.Done():
		return nameAndPassword{}, false
	}
	if who, settled := p.settled(proxy); settled { // while we waited
		return who, who.Name != ""
	}
	who, account, err := p.fetch(ctx, proxy)
	p.mu.Lock()
	defer p.mu.Unlock()
	if given, is := p.known[proxy]; is || p.kept[proxy] != account { // set or forgotten while the store thought
		return given, is
	}
	if err != nil {
		p.shut[proxy] = ctx.Err() == nil
		return nameAndPassword{}, false
	}
	p.known[proxy] = who
	return who, true
}

// settled is what can be told without a look into a store.
func (p *proxyLogins) settled(proxy string) (nameAndPassword, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.needs[proxy].Refused || p.shut[proxy] || p.kept[proxy] == "" {
		return nameAndPassword{}, true
	}
	who, known := p.known[proxy]
	return who, known
}

// fetch looks into the store, and says which account it looked for.
func (p *proxyLogins) fetch(ctx context.Context, proxy string) (who nameAndPassword, account string, err error) {
	p.mu.Lock()
	account = p.kept[proxy]
	p.mu.Unlock()
	where, name, _ := storeOf(account)
	s, err := p.open(where)
	if err != nil {
		return who, account, err
	}
	ctx, cancel := context.WithTimeout(ctx, keychainWait)
	defer cancel()
	text, err := s.Get(ctx, name)
	if err == nil {
		err = json.Unmarshal([]byte(text), &who)
	}
	return who, account, err
}

// heard takes note of what a proxy answered to a CONNECT.
func (p *proxyLogins) heard(proxy string, req *http.Request, res *http.Response) {
	p.mu.Lock()
	defer p.mu.Unlock()
	told := req.Header.Get(proxyAuthorization)
	if told != "" && told == p.known[proxy].header() { // else it is given another by now
		p.endTrial(proxy, res.StatusCode == http.StatusOK)
	}
	switch res.StatusCode {
	case http.StatusOK:
		delete(p.needs, proxy)
	case http.StatusProxyAuthRequired:
		need := ProxyNeed{Proxy: proxy, Refused: p.needs[proxy].Refused, Other: !takesPasswords(res.Header.Values("Proxy-Authenticate"))}
		if told != "" && told == p.known[proxy].header() {
			need.Refused = true
		}
		p.needs[proxy] = need
	}
}

// takesPasswords tells whether what a proxy offers is a sign-in of the kind that we have. One that offers nothing is
// given the benefit of the doubt.
func takesPasswords(offers []string) bool {
	for _, line := range offers {
		for _, offer := range strings.Split(line, ",") {
			kind, _, _ := strings.Cut(strings.TrimSpace(offer), " ")
			if strings.EqualFold(kind, "Basic") {
				return true
			}
		}
	}
	return len(offers) == 0
}

// need is what a proxy wants, as it last said.
func (p *proxyLogins) need(proxy string) ProxyNeed {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.needs[proxy]
}

// all are the proxies that want something, by address.
func (p *proxyLogins) all() []ProxyNeed {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := make([]ProxyNeed, 0, len(p.needs))
	for _, at := range slices.Sorted(maps.Keys(p.needs)) {
		list = append(list, p.needs[at])
	}
	return list
}

func (p *proxyLogins) keeps(proxy string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.kept[proxy] != ""
}

// mostLogin is the longest name or password, in bytes.
const mostLogin = 500

// set keeps a login, or forgets one. The journal learns the account's name before anything is stored under it, so that
// nothing can be left behind unnamed.
func (p *proxyLogins) set(ctx context.Context, l ProxyLogin) error {
	at, err := ParseProxy(l.Proxy)
	switch {
	case err != nil:
		return err
	case at == uploader.ProxySystem, at == uploader.ProxyNone, strings.HasPrefix(at, "socks5"):
		return fail("proxy", uploader.CodeBadConfig, say("proxy-unusable"), nil)
	case unfit(l.Name), unfit(l.Password), strings.Contains(l.Name, ":"):
		return fail("proxy", uploader.CodeBadConfig, say("proxy-login-unusable"), nil)
	}
	p.mu.Lock()
	before := p.kept[at]
	p.mu.Unlock()
	if l.Name == "" {
		return p.forget(ctx, at, before)
	}
	where, name, had := storeOf(before)
	account := before
	if !had || l.Store != "" && l.Store != where {
		if where = l.Store; where == "" {
			where = StoreKeychain
		}
		account = newAccount(where)
		_, name, _ = storeOf(account)
	}
	s, err := p.open(where)
	if err != nil {
		return err
	}
	secret, err := json.Marshal(nameAndPassword{l.Name, l.Password})
	if err != nil {
		return err
	}
	if err := p.note(ctx, at, account); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, keychainWait)
	defer cancel()
	if err := s.Set(ctx, name, string(secret)); err != nil {
		return fail(opKeychain, uploader.CodeBadConfig, say("no-keychain"), err)
	}
	p.mu.Lock()
	p.known[at] = nameAndPassword{l.Name, l.Password}
	delete(p.needs, at)
	delete(p.shut, at)
	p.mu.Unlock()
	if before != account {
		p.drop(ctx, before)
	}
	return nil
}

func unfit(text string) bool {
	return len(text) > mostLogin || !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' })
}

// forget removes what is kept for a proxy.
func (p *proxyLogins) forget(ctx context.Context, at, account string) error {
	if account == "" {
		return nil
	}
	if where, name, ok := storeOf(account); ok {
		s, err := p.open(where)
		if err == nil {
			err = s.Delete(ctx, name)
		}
		if err != nil {
			return fail(opKeychain, uploader.CodeBadConfig, say("no-keychain"), err)
		}
	}
	return p.note(ctx, at, "")
}

// note writes down under which account a proxy's login is; "" for none.
func (p *proxyLogins) note(ctx context.Context, at, account string) error {
	p.mu.Lock()
	kept := maps.Clone(p.kept)
	p.mu.Unlock()
	if account == "" {
		delete(kept, at)
	} else {
		kept[at] = account
	}
	if err := p.save(ctx, kept); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.kept = kept
	delete(p.known, at)
	p.endTrial(at, false)
	return nil
}

// drop removes a secret that was replaced by one in another store, as far as it can be done.
func (p *proxyLogins) drop(ctx context.Context, account string) {
	if where, name, ok := storeOf(account); ok {
		if s, err := p.open(where); err == nil {
			_ = s.Delete(ctx, name) // what is left behind is in a store of this person's, and of no use here
		}
	}
}
