package oidctest

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// User is somebody who can sign in. Password and Subject are made from Name if
// they are empty.
type User struct {
	Name     string
	Password string
	Subject  string
	Groups   []string
	Claims   map[string]any // more claims of both tokens
}

// Options of Start. The zero value is a good provider: two people, alice in
// the group "ward" and bob in none, tokens for an hour, RS256.
type Options struct {
	Users    []User
	ClientID string // the public client; "longshore-desktop"
	Audience string // in tokens beside the client's id; "longshore"
	// AudienceOnRequest puts Audience into tokens only if the request for them
	// has the parameter audience=, as some providers do.
	AudienceOnRequest bool
	// RedirectPaths that the client may be sent back to on loopback, on any
	// port; "/callback" and "/".
	RedirectPaths []string
	GroupsClaim   string // "groups"; dots nest, as in "realm_access.roles"
	GroupsText    bool   // groups are one text with spaces, not a list
	OpaqueAccess  bool   // access tokens are not JWTs
	EC            bool   // keys are P-256 (ES256), not RSA (RS256)
	// Lifetimes of tokens; an hour, an hour and a day.
	AccessLife, IDLife, RefreshLife time.Duration
}

// Provider is the running process. Its methods end the test when something
// goes wrong with the provider itself. They may be called concurrently.
type Provider struct {
	Issuer   string // http://127.0.0.1:port; the same after Restart
	ClientID string
	Audience string

	opts Options
	http *http.Client

	mu   sync.Mutex
	s    settings
	keys []key // the first signs
	end  func()
}

// Start runs a provider until the test ends.
func Start(t testing.TB, opts Options) *Provider {
	t.Helper()
	opts.fill()
	p := &Provider{
		ClientID: opts.ClientID, Audience: opts.Audience, opts: opts,
		http: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 30 * time.Second},
		keys: []key{newKey(t, opts.EC)},
	}
	p.s = settings{
		Listen: "127.0.0.1:0", ClientID: opts.ClientID, RedirectPaths: opts.RedirectPaths, Audience: opts.Audience,
		OnRequest: opts.AudienceOnRequest, OpaqueAccess: opts.OpaqueAccess,
		AccessLife: opts.AccessLife, IDLife: opts.IDLife, RefreshLife: opts.RefreshLife,
	}
	p.start(t)
	t.Cleanup(p.stop)
	return p
}

func (o *Options) fill() {
	def := func(s *string, v string) {
		if *s == "" {
			*s = v
		}
	}
	def(&o.ClientID, "longshore-desktop")
	def(&o.Audience, "longshore")
	def(&o.GroupsClaim, "groups")
	if o.Users == nil {
		o.Users = []User{{Name: "alice", Groups: []string{"ward"}}, {Name: "bob"}}
	}
	o.Users = slices.Clone(o.Users)
	for i := range o.Users {
		def(&o.Users[i].Password, "password of "+o.Users[i].Name)
		def(&o.Users[i].Subject, "subject-"+o.Users[i].Name)
	}
	if o.RedirectPaths == nil {
		o.RedirectPaths = []string{"/callback", "/"}
	}
	for _, d := range []struct {
		life *time.Duration
		def  time.Duration
	}{{&o.AccessLife, time.Hour}, {&o.IDLife, time.Hour}, {&o.RefreshLife, 24 * time.Hour}} {
		if *d.life == 0 {
			*d.life = d.def
		}
	}
}

// User gives somebody by name, filled in.
func (p *Provider) User(t testing.TB, name string) User {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.IndexFunc(p.opts.Users, func(u User) bool { return u.Name == name })
	if i < 0 {
		t.Fatalf("oidctest: there is no user %q", name)
	}
	return p.opts.Users[i]
}

// RotateKeys makes a new key that signs from now on. The old ones stay
// published if keepOld says so; otherwise what they signed is worth nothing.
func (p *Provider) RotateKeys(t testing.TB, keepOld bool) {
	t.Helper()
	fresh := newKey(t, p.opts.EC)
	p.change(t, func(*settings) {
		if !keepOld {
			p.keys = nil
		}
		p.keys = append([]key{fresh}, p.keys...)
	})
}

// SetTokenLifetime sets how long access and id tokens live that are issued from
// now on.
func (p *Provider) SetTokenLifetime(t testing.TB, d time.Duration) {
	t.Helper()
	p.change(t, func(s *settings) { s.AccessLife, s.IDLife = d, d })
}

// SetRefreshLifetime is the same for refresh tokens.
func (p *Provider) SetRefreshLifetime(t testing.TB, d time.Duration) {
	t.Helper()
	p.change(t, func(s *settings) { s.RefreshLife = d })
}

// SetGroups puts somebody into other groups, from their next token on.
func (p *Provider) SetGroups(t testing.TB, user string, groups ...string) {
	t.Helper()
	p.change(t, func(*settings) {
		for i := range p.opts.Users {
			if p.opts.Users[i].Name == user {
				p.opts.Users[i].Groups = groups
			}
		}
	})
}

// SetOutage makes everything answer 503, or ends that.
func (p *Provider) SetOutage(t testing.TB, out bool) {
	t.Helper()
	p.change(t, func(s *settings) { s.Outage = out })
}

// Revoke ends all refresh tokens of a user, as an administrator would.
func (p *Provider) Revoke(t testing.TB, user string) {
	t.Helper()
	p.change(t, func(s *settings) { s.Revoked = []string{user} })
	p.change(t, func(s *settings) { s.Revoked = nil })
}

// Stop ends the process: connections to it are refused until Restart.
func (p *Provider) Stop() { p.stop() }

// Restart starts it again at the same address, with the same people and keys.
// Sign-ins under way and refresh tokens are forgotten.
func (p *Provider) Restart(t testing.TB) {
	t.Helper()
	p.stop()
	p.start(t)
}

// completeLocked fills in what the process is told of users and keys.
func (p *Provider) completeLocked() settings {
	s := p.s
	for _, u := range p.opts.Users {
		s.Users = append(s.Users, account{Name: u.Name, Password: u.Password, Subject: u.Subject, Claims: p.claimsOf(u)})
	}
	for _, k := range p.keys {
		s.Keys = append(s.Keys, k.pem)
	}
	return s
}

func (p *Provider) claimsOf(u User) map[string]any {
	claims := map[string]any{"preferred_username": u.Name}
	maps.Copy(claims, u.Claims)
	if u.Groups == nil {
		return claims
	}
	var value any = u.Groups
	if p.opts.GroupsText {
		value = strings.Join(u.Groups, " ")
	}
	path := strings.Split(p.opts.GroupsClaim, ".")
	for i := len(path) - 1; i > 0; i-- {
		value = map[string]any{path[i]: value}
	}
	claims[path[0]] = value
	return claims
}
