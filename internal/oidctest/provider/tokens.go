package main

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// CreateAccessToken is part of op.Storage.
func (s *storage) CreateAccessToken(context.Context, op.TokenRequest) (string, time.Time, error) {
	return rand.Text(), time.Now().Add(s.current().AccessLife), nil
}

// CreateAccessAndRefreshTokens begins a session, or turns its refresh token.
func (s *storage) CreateAccessAndRefreshTokens(_ context.Context, r op.TokenRequest, spent string) (string, string, time.Time, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var of *session
	if spent == "" {
		of = &session{grant: grant{subject: r.GetSubject(), audience: r.GetAudience(), scopes: r.GetScopes()}}
		if named, ok := r.(op.IDTokenRequest); ok {
			of.clientID, of.authTime = named.GetClientID(), named.GetAuthTime()
		}
	} else if of = s.sessions[spent]; !of.lives(spent) {
		return "", "", time.Time{}, oidc.ErrInvalidGrant() // another call was faster
	}
	now := time.Now()
	of.token, of.expires = rand.Text(), now.Add(s.settings.RefreshLife)
	s.sessions[of.token] = of
	return rand.Text(), of.token, now.Add(s.settings.AccessLife), nil
}

func (s *session) lives(token string) bool {
	return s != nil && !s.ended && s.token == token && time.Now().Before(s.expires)
}

// TokenRequestByRefreshToken is part of op.Storage. A token that was spent
// before ends its session.
func (s *storage) TokenRequestByRefreshToken(_ context.Context, token string) (op.RefreshTokenRequest, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	of := s.sessions[token]
	if !of.lives(token) {
		if of != nil {
			of.ended = true
		}
		return nil, errUnknown
	}
	copied := of.grant
	return &copied, nil
}

// TerminateSession is part of op.Storage.
func (s *storage) TerminateSession(_ context.Context, subject, _ string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.endSessionsLocked(subject)
	return nil
}

// RevokeToken is part of op.Storage (RFC 7009). Access tokens are not looked
// up anywhere, so revoking one does nothing.
func (s *storage) RevokeToken(_ context.Context, token, _, _ string) *oidc.Error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if of, ok := s.sessions[token]; ok {
		of.ended = true
	}
	return nil
}

// GetRefreshTokenInfo is part of op.Storage.
func (s *storage) GetRefreshTokenInfo(_ context.Context, _, token string) (subject, id string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	of, ok := s.sessions[token]
	if !ok {
		return "", "", op.ErrInvalidRefreshToken
	}
	return of.subject, token, nil
}

// StoreDeviceAuthorization is part of op.DeviceAuthorizationStorage.
func (s *storage) StoreDeviceAuthorization(ctx context.Context, clientID, code, userCode string, expires time.Time, scopes []string) error {
	audience := s.audienceOf(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.devices {
		if d.userCode == userCode {
			return op.ErrDuplicateUserCode
		}
	}
	s.devices[code] = &device{code: code, userCode: userCode, state: op.DeviceAuthorizationState{
		ClientID: clientID, Scopes: scopes, Expires: expires, Audience: audience,
	}}
	return nil
}

// GetDeviceAuthorizatonState (the library's spelling) tells a device how far
// its person is. One that is done is told so once.
func (s *storage) GetDeviceAuthorizatonState(_ context.Context, clientID, code string) (*op.DeviceAuthorizationState, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d, ok := s.devices[code]
	if !ok || d.state.ClientID != clientID {
		return nil, errUnknown
	}
	if d.state.Done {
		delete(s.devices, code)
	}
	state := d.state
	return &state, nil
}

// decide says what a person did with the code a device shows.
func (s *storage) decide(userCode, subject string, allow bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.devices {
		if d.userCode == userCode && !d.state.Denied && !d.state.Done {
			d.state.Subject, d.state.AuthTime, d.state.AMR = subject, time.Now(), []string{"pwd"}
			d.state.Done, d.state.Denied = allow, !allow
			return true
		}
	}
	return false
}
