// Package signin signs a person in at an OpenID Connect provider and keeps them signed in: authorization code with PKCE
// over a loopback redirect (RFC 6749, 7636, 8252, 9207), device code (RFC 8628), refresh with rotation, revocation
// (RFC 7009). Access tokens live in memory only; the refresh token goes into a Store.
//
// It must not know a window, a terminal, the engine, vaults, or where a Store keeps its secrets: its caller opens the
// browser, shows the code, and turns a Kind into a sentence.
package signin
