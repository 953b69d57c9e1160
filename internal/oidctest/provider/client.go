package main

import (
	"net/url"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// client is the one public client: a native program without a secret, that
// must use PKCE and is sent back to loopback on whatever port it listens on
// (RFC 8252 §7.3).
type client struct{ s settings }

var _ op.Client = client{}

func (c client) GetID() string                       { return c.s.ClientID }
func (c client) PostLogoutRedirectURIs() []string    { return nil }
func (c client) ApplicationType() op.ApplicationType { return op.ApplicationTypeNative }
func (c client) AuthMethod() oidc.AuthMethod         { return oidc.AuthMethodNone }
func (c client) IDTokenLifetime() time.Duration      { return c.s.IDLife }
func (c client) DevMode() bool                       { return false }
func (c client) IsScopeAllowed(scope string) bool    { return scope == "groups" }
func (c client) ClockSkew() time.Duration            { return 0 }

func (c client) RedirectURIs() []string {
	var all []string
	for _, path := range c.s.RedirectPaths {
		for _, host := range []string{"127.0.0.1", "[::1]", "localhost"} {
			all = append(all, "http://"+host+path)
		}
	}
	return all
}

func (c client) ResponseTypes() []oidc.ResponseType {
	return []oidc.ResponseType{oidc.ResponseTypeCode}
}

func (c client) GrantTypes() []oidc.GrantType {
	return []oidc.GrantType{oidc.GrantTypeCode, oidc.GrantTypeRefreshToken, oidc.GrantTypeDeviceCode}
}

func (c client) LoginURL(id string) string { return pathLogin + "?id=" + url.QueryEscape(id) }

func (c client) AccessTokenType() op.AccessTokenType {
	if c.s.OpaqueAccess {
		return op.AccessTokenTypeBearer
	}
	return op.AccessTokenTypeJWT
}

//nolint:revive,staticcheck // the name is the interface's
func (c client) RestrictAdditionalIdTokenScopes() func([]string) []string     { return sameScopes }
func (c client) RestrictAdditionalAccessTokenScopes() func([]string) []string { return sameScopes }
func (c client) IDTokenUserinfoClaimsAssertion() bool                         { return true }

func sameScopes(scopes []string) []string { return scopes }
