package main

import (
	"slices"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// grant is who allowed what: the common part of a sign-in, a device and a
// refresh token.
type grant struct {
	subject  string // empty until somebody signed in
	clientID string
	audience []string
	scopes   []string
	authTime time.Time
}

func (g *grant) GetSubject() string               { return g.subject }
func (g *grant) GetClientID() string              { return g.clientID }
func (g *grant) GetAudience() []string            { return slices.Clone(g.audience) }
func (g *grant) GetScopes() []string              { return slices.Clone(g.scopes) }
func (g *grant) GetAuthTime() time.Time           { return g.authTime }
func (g *grant) GetAMR() []string                 { return []string{"pwd"} }
func (g *grant) SetCurrentScopes(scopes []string) { g.scopes = scopes }

// signIn is a sign-in with a browser, from /authorize to the code's exchange.
type signIn struct {
	grant
	id  string
	req oidc.AuthRequest
}

var _ op.AuthRequest = (*signIn)(nil)

func (s *signIn) GetID() string                      { return s.id }
func (s *signIn) GetACR() string                     { return "" }
func (s *signIn) GetNonce() string                   { return s.req.Nonce }
func (s *signIn) GetRedirectURI() string             { return s.req.RedirectURI }
func (s *signIn) GetResponseType() oidc.ResponseType { return s.req.ResponseType }
func (s *signIn) GetResponseMode() oidc.ResponseMode { return s.req.ResponseMode }
func (s *signIn) GetState() string                   { return s.req.State }
func (s *signIn) Done() bool                         { return s.subject != "" }

func (s *signIn) GetCodeChallenge() *oidc.CodeChallenge {
	if s.req.CodeChallenge == "" {
		return nil
	}
	return &oidc.CodeChallenge{Challenge: s.req.CodeChallenge, Method: s.req.CodeChallengeMethod}
}

// session is what a refresh token stands for. It has one living token at a
// time; one that was spent and comes again ends the session, since somebody
// has stolen one of them (RFC 9700 §4.14.2).
type session struct {
	grant
	token   string
	expires time.Time
	ended   bool
}

// device is a sign-in without a browser of its own (RFC 8628).
type device struct {
	code, userCode string
	state          op.DeviceAuthorizationState
}
