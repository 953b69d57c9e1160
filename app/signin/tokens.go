package signin

import (
	"context"
	"crypto/subtle"
	"errors"
	"net/url"
	"strings"
	"time"
	"unicode"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// Tokens is what a sign-in or a refresh brings.
type Tokens struct {
	Bearer  string        // what the vault is shown
	From    time.Time     // wall clock, when it was asked for
	Life    time.Duration // from then on; 0 when the provider does not say
	Refresh string        // "" when the provider gives none: the sign-in then lasts as long as Bearer
	Subject string        // the provider's name for the person, "" if a refresh told none
	Who     string        // what the person calls themselves, to be shown; "" if not told
}

// clockRoom is how far this machine's clock may be off.
const clockRoom = 5 * time.Minute

// tokens reads the token endpoint's answer. nonce is what the ID token must repeat, "" for none; subject is who must
// still be meant, "" for anybody; first demands an ID token.
func (c *Client) tokens(ctx context.Context, p *provider, answer *oauth2.Token, began time.Time, nonce, subject string, first bool) (Tokens, error) {
	t := Tokens{Bearer: answer.AccessToken, From: began.Round(0), Life: time.Duration(answer.ExpiresIn) * time.Second, Refresh: answer.RefreshToken}
	if kind := answer.TokenType; kind != "" && !strings.EqualFold(kind, "bearer") {
		return t, wrong("the provider gives tokens of another kind than bearer")
	}
	raw, _ := answer.Extra("id_token").(string)
	if raw == "" && (first || c.cfg.IDToken) {
		return t, wrong("the provider gave no ID token")
	}
	if raw != "" {
		id, err := p.verifier.Verify(c.context(ctx), raw)
		if err != nil {
			return t, idError(ctx, err)
		}
		if err := c.checkID(id, answer.AccessToken, nonce, subject); err != nil {
			return t, err
		}
		t.Subject, t.Who = id.Subject, who(id)
		if c.cfg.IDToken {
			t.Bearer, t.Life = raw, id.Expiry.Sub(id.IssuedAt)
			if id.IssuedAt.IsZero() || id.IssuedAt.Unix() == 0 || t.Life <= 0 {
				t.Life = max(time.Until(id.Expiry), time.Second)
			}
		}
	}
	if t.Bearer == "" || strings.ContainsFunc(t.Bearer, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return t, wrong("the provider's token cannot be sent")
	}
	return t, nil
}

// idError tells a provider whose keys cannot be had from a token that is not to be believed.
func idError(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var urlErr *url.Error
	if errors.As(err, &urlErr) {
		return callError(ctx, "keys", err)
	}
	return wrong("the provider's ID token does not hold: wrong issuer, audience or signature")
}

// checkID does what go-oidc leaves to its caller (OpenID Connect Core §3.1.3.7, §12.2).
func (c *Client) checkID(id *oidc.IDToken, access, nonce, subject string) error {
	var claims struct {
		Party string `json:"azp"`
	}
	if err := id.Claims(&claims); err != nil {
		return wrong("the ID token cannot be read")
	}
	switch {
	case id.Expiry.Before(time.Now().Add(-clockRoom)):
		return wrong("the ID token is over already; is this computer's clock right?")
	case nonce != "" && subtle.ConstantTimeCompare([]byte(nonce), []byte(id.Nonce)) != 1:
		return wrong("the ID token belongs to another sign-in")
	case claims.Party != "" && claims.Party != c.cfg.ClientID, claims.Party == "" && len(id.Audience) > 1 && first(id.Audience) != c.cfg.ClientID:
		return wrong("the ID token was made for another program")
	case id.Subject == "", subject != "" && id.Subject != subject:
		return wrong("the ID token speaks of another person")
	case id.AccessTokenHash != "" && id.VerifyAccessToken(access) != nil:
		return wrong("the ID token belongs to another access token")
	}
	return nil
}

func first(list []string) string { return list[0] }

// mostName is how many characters of a person's name are shown.
const mostName = 80

// who is what a person recognises themselves by.
func who(id *oidc.IDToken) string {
	var claims struct {
		User  string `json:"preferred_username"`
		Email string `json:"email"`
		Name  string `json:"name"`
	}
	if id.Claims(&claims) != nil {
		return ""
	}
	for _, s := range []string{claims.Email, claims.User, claims.Name} {
		s = strings.Map(func(r rune) rune {
			if !unicode.IsPrint(r) {
				return -1
			}
			return r
		}, s)
		if r := []rune(s); len(r) > mostName {
			s = string(r[:mostName])
		}
		if s != "" {
			return s
		}
	}
	return ""
}

// Refresh trades a refresh token for new tokens; a provider that rotates gives a new refresh token with them, else the
// old one comes back. Needed: the provider does not take it any more.
func (c *Client) Refresh(ctx context.Context, refresh, subject string) (Tokens, error) {
	p, err := c.discovered(ctx, false)
	if err != nil {
		return Tokens{}, err
	}
	began := time.Now()
	answer, err := p.oauth.TokenSource(c.context(ctx), &oauth2.Token{RefreshToken: refresh}).Token()
	if err != nil {
		return Tokens{}, callError(ctx, "refresh", err)
	}
	return c.tokens(ctx, p, answer, began, "", subject, false)
}

// Revoke asks the provider to forget a refresh token (RFC 7009); nil also where it cannot.
func (c *Client) Revoke(ctx context.Context, refresh string) error {
	p, err := c.discovered(ctx, false)
	if err != nil || p.meta.Revocation == "" {
		return err
	}
	form := url.Values{"token": {refresh}, "token_type_hint": {"refresh_token"}, "client_id": {c.cfg.ClientID}}
	return c.post(ctx, p.meta.Revocation, form)
}
