package main

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"sync"
	"time"

	jose "github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

var errUnknown = errors.New("not known here")

// storage is the library's view of this provider's world, all of it in memory.
type storage struct {
	mu       sync.Mutex
	settings settings
	keys     []signingKey
	signIns  map[string]*signIn
	codes    map[string]string   // code to the id of its sign-in
	sessions map[string]*session // by every refresh token they ever had
	devices  map[string]*device  // by device code
}

var (
	_ op.Storage                    = (*storage)(nil)
	_ op.DeviceAuthorizationStorage = (*storage)(nil)
	_ op.CanSetUserinfoFromRequest  = (*storage)(nil)
)

func newStorage(s settings) (*storage, error) {
	st := &storage{
		signIns: map[string]*signIn{}, codes: map[string]string{},
		sessions: map[string]*session{}, devices: map[string]*device{},
	}
	return st, st.change(s)
}

// change takes new settings; what is under way stays.
func (s *storage) change(next settings) error {
	if len(next.Keys) == 0 {
		return errors.New("no keys")
	}
	var keys []signingKey
	for _, text := range next.Keys {
		k, err := readKey(text)
		if err != nil {
			return err
		}
		keys = append(keys, k)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settings, s.keys = next, keys
	for _, u := range next.Users {
		if slices.Contains(next.Revoked, u.Name) {
			s.endSessionsLocked(u.Subject)
		}
	}
	return nil
}

func (s *storage) endSessionsLocked(subject string) {
	for _, session := range s.sessions {
		if session.subject == subject {
			session.ended = true
		}
	}
}

// current is a copy of the settings now.
func (s *storage) current() settings {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.settings
}

// userOf finds somebody by subject.
func (s *storage) userOf(subject string) (user, error) {
	for _, u := range s.current().Users {
		if u.Subject == subject {
			return u, nil
		}
	}
	return user{}, errUnknown
}

// check finds somebody by name and password.
func (s *storage) check(name, password string) (user, bool) {
	for _, u := range s.current().Users {
		if u.Name == name && u.Password == password {
			return u, true
		}
	}
	return user{}, false
}

// audienceOf is what tokens are for; the request's own wish is in ctx.
func (s *storage) audienceOf(ctx context.Context) []string {
	now := s.current()
	audience := []string{now.ClientID}
	wish, _ := ctx.Value(audienceKey{}).(string)
	if now.Audience != "" && (!now.OnRequest || wish == now.Audience) {
		audience = append(audience, now.Audience)
	}
	return audience
}

// audienceKey is the context's key of the parameter audience=.
type audienceKey struct{}

// Health is part of op.Storage.
func (s *storage) Health(context.Context) error { return nil }

// SigningKey is part of op.Storage.
func (s *storage) SigningKey(context.Context) (op.SigningKey, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return privateKey{s.keys[0]}, nil
}

// SignatureAlgorithms is part of op.Storage.
func (s *storage) SignatureAlgorithms(context.Context) ([]jose.SignatureAlgorithm, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return []jose.SignatureAlgorithm{s.keys[0].alg}, nil
}

// KeySet is part of op.Storage.
func (s *storage) KeySet(context.Context) ([]op.Key, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []op.Key
	for _, k := range s.keys {
		all = append(all, publicKey{k})
	}
	return all, nil
}

// GetClientByClientID is part of op.Storage.
func (s *storage) GetClientByClientID(_ context.Context, id string) (op.Client, error) {
	now := s.current()
	if id != now.ClientID {
		return nil, errUnknown
	}
	return client{now}, nil
}

// AuthorizeClientIDSecret is part of op.Storage: no client has a secret.
func (s *storage) AuthorizeClientIDSecret(context.Context, string, string) error { return errUnknown }

// GetPrivateClaimsFromScopes is part of op.Storage: the access token's claims.
func (s *storage) GetPrivateClaimsFromScopes(_ context.Context, subject, _ string, _ []string) (map[string]any, error) {
	u, err := s.userOf(subject)
	return u.Claims, err
}

// SetUserinfoFromScopes is part of op.Storage and does nothing, as it asks for.
func (s *storage) SetUserinfoFromScopes(context.Context, *oidc.UserInfo, string, string, []string) error {
	return nil
}

// SetUserinfoFromRequest puts the claims into the id token.
func (s *storage) SetUserinfoFromRequest(_ context.Context, info *oidc.UserInfo, r op.IDTokenRequest, _ []string) error {
	return s.describe(info, r.GetSubject())
}

// SetUserinfoFromToken answers /userinfo.
func (s *storage) SetUserinfoFromToken(_ context.Context, info *oidc.UserInfo, _, subject, _ string) error {
	return s.describe(info, subject)
}

func (s *storage) describe(info *oidc.UserInfo, subject string) error {
	u, err := s.userOf(subject)
	if err != nil {
		return err
	}
	info.Subject = u.Subject
	for name, value := range u.Claims {
		info.AppendClaims(name, value)
	}
	return nil
}

// SetIntrospectionFromToken is part of op.Storage; there is no introspection.
func (s *storage) SetIntrospectionFromToken(context.Context, *oidc.IntrospectionResponse, string, string, string) error {
	return errUnknown
}

// GetKeyByIDAndClientID is part of op.Storage: no client has keys.
func (s *storage) GetKeyByIDAndClientID(context.Context, string, string) (*jose.JSONWebKey, error) {
	return nil, errUnknown
}

// ValidateJWTProfileScopes is part of op.Storage; there is no such grant.
func (s *storage) ValidateJWTProfileScopes(context.Context, string, []string) ([]string, error) {
	return nil, errUnknown
}

// CreateAuthRequest begins a sign-in with a browser.
func (s *storage) CreateAuthRequest(ctx context.Context, req *oidc.AuthRequest, _ string) (op.AuthRequest, error) {
	if slices.Contains(req.Prompt, oidc.PromptNone) {
		return nil, oidc.ErrLoginRequired() // there are no browser sessions here
	}
	in := &signIn{id: rand.Text(), req: *req}
	in.clientID, in.scopes, in.audience = req.ClientID, req.Scopes, s.audienceOf(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.signIns[in.id] = in
	return in, nil
}

// AuthRequestByID is part of op.Storage.
func (s *storage) AuthRequestByID(_ context.Context, id string) (op.AuthRequest, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	in, ok := s.signIns[id]
	if !ok {
		return nil, errUnknown
	}
	copied := *in
	return &copied, nil
}

// finish says who signed in.
func (s *storage) finish(id, subject string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	in, ok := s.signIns[id]
	if ok {
		in.subject, in.authTime = subject, time.Now()
	}
	return ok
}

// AuthRequestByCode is part of op.Storage.
func (s *storage) AuthRequestByCode(ctx context.Context, code string) (op.AuthRequest, error) {
	s.mu.Lock()
	id, ok := s.codes[code]
	s.mu.Unlock()
	if !ok {
		return nil, errUnknown
	}
	return s.AuthRequestByID(ctx, id)
}

// SaveAuthCode is part of op.Storage.
func (s *storage) SaveAuthCode(_ context.Context, id, code string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.codes[code] = id
	return nil
}

// DeleteAuthRequest ends a sign-in, so that its code works once.
func (s *storage) DeleteAuthRequest(_ context.Context, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.signIns, id)
	for code, of := range s.codes {
		if of == id {
			delete(s.codes, code)
		}
	}
	return nil
}
