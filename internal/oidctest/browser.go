package oidctest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// Tokens are what a sign-in gives.
type Tokens struct {
	Access  string
	ID      string
	Refresh string // only with the scope offline_access
	Life    time.Duration
}

// Login does what a person with a browser does: it opens the address that the
// client made, signs in as user, and follows the way back to the client on
// loopback. It gives the client's page. It may be called from any goroutine:
// what goes wrong, a wrong password too, is its error.
func (p *Provider) Login(ctx context.Context, user, authorizeURL string) (page string, err error) {
	back, err := p.consent(ctx, user, authorizeURL)
	if err != nil {
		return "", err
	}
	resp, err := p.get(ctx, back)
	if err != nil {
		return "", err
	}
	return resp.body, nil
}

// consent goes as far as the address that the browser is sent back to.
func (p *Provider) consent(ctx context.Context, user, authorizeURL string) (back string, err error) {
	resp, err := p.get(ctx, authorizeURL)
	if err != nil {
		return "", err
	}
	if resp.location == "" {
		return "", fmt.Errorf("oidctest: the provider shows no login: %d %s", resp.status, resp.body)
	}
	login, err := url.Parse(resp.location)
	if err != nil {
		return "", err
	}
	if login.Path != "/login" {
		return resp.location, nil // an error on its way to the client
	}
	form, err := p.form(user)
	if err != nil {
		return "", err
	}
	form.Set("id", login.Query().Get("id"))
	if resp, err = p.post(ctx, p.Issuer+"/login", form); err != nil {
		return "", err
	}
	if resp.location == "" {
		return "", fmt.Errorf("oidctest: the login failed: %d", resp.status)
	}
	if resp, err = p.get(ctx, resp.location); err != nil {
		return "", err
	}
	if resp.location == "" {
		return "", fmt.Errorf("oidctest: the provider does not go back to the client: %d %s", resp.status, resp.body)
	}
	return resp.location, nil
}

// ApproveDevice does what a person does with the address a device shows: opens
// it, signs in as user and allows it. It takes verification_uri_complete.
func (p *Provider) ApproveDevice(ctx context.Context, user, verification string) error {
	return p.decideDevice(ctx, user, verification, "allow")
}

// DenyDevice is the same with a no.
func (p *Provider) DenyDevice(ctx context.Context, user, verification string) error {
	return p.decideDevice(ctx, user, verification, "deny")
}

func (p *Provider) decideDevice(ctx context.Context, user, verification, action string) error {
	u, err := url.Parse(verification)
	if err != nil {
		return err
	}
	form, err := p.form(user)
	if err != nil {
		return err
	}
	form.Set("user_code", u.Query().Get("user_code"))
	form.Set("action", action)
	resp, err := p.post(ctx, p.Issuer+"/device", form)
	if err == nil && resp.status != http.StatusOK {
		err = fmt.Errorf("oidctest: the device's code was refused: %d", resp.status)
	}
	return err
}

// form is the login as user. "name:password" tries another password.
func (p *Provider) form(user string) (url.Values, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	name, password, given := strings.Cut(user, ":")
	for _, u := range p.opts.Users {
		if u.Name == name {
			if !given {
				password = u.Password
			}
			return url.Values{"username": {name}, "password": {password}}, nil
		}
	}
	return nil, errors.New("oidctest: there is no such user")
}

// SignIn gets tokens for a user the whole way, as a client would, with PKCE.
func (p *Provider) SignIn(t testing.TB, user string) Tokens {
	t.Helper()
	verifier := rand.Text() + rand.Text()
	challenge := sha256.Sum256([]byte(verifier))
	const redirect = "http://127.0.0.1:1/callback" // never opened
	q := url.Values{
		"client_id": {p.ClientID}, "response_type": {"code"}, "scope": {"openid offline_access groups"}, "redirect_uri": {redirect},
		"state": {"s"}, "code_challenge": {base64.RawURLEncoding.EncodeToString(challenge[:])}, "code_challenge_method": {"S256"},
		"audience": {p.Audience},
	}
	back, err := p.consent(t.Context(), user, p.Issuer+"/authorize?"+q.Encode())
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(back)
	if err != nil || u.Query().Get("code") == "" {
		t.Fatalf("oidctest: the sign-in gave no code: %v %s", err, back)
	}
	return p.exchange(t, url.Values{
		"grant_type": {"authorization_code"}, "code": {u.Query().Get("code")}, "redirect_uri": {redirect}, "code_verifier": {verifier},
	})
}

// Refresh turns a refresh token into new tokens.
func (p *Provider) Refresh(t testing.TB, refresh string) Tokens {
	t.Helper()
	return p.exchange(t, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refresh}})
}

func (p *Provider) exchange(t testing.TB, form url.Values) Tokens {
	t.Helper()
	form.Set("client_id", p.ClientID)
	resp, err := p.post(t.Context(), p.Issuer+"/oauth/token", form)
	if err != nil {
		t.Fatal(err)
	}
	var a struct {
		Access  string `json:"access_token"`
		ID      string `json:"id_token"`
		Refresh string `json:"refresh_token"`
		Life    int    `json:"expires_in"`
	}
	if err := json.Unmarshal([]byte(resp.body), &a); err != nil || a.Access == "" {
		t.Fatalf("oidctest: no tokens: %d %s", resp.status, resp.body)
	}
	return Tokens{Access: a.Access, ID: a.ID, Refresh: a.Refresh, Life: time.Duration(a.Life) * time.Second}
}

// response is an answer, read.
type response struct {
	status   int
	location string // absolute
	body     string
}

func (p *Provider) get(ctx context.Context, address string) (response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return response{}, err
	}
	return p.do(req)
}

func (p *Provider) post(ctx context.Context, address string, form url.Values) (response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return response{}, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return p.do(req)
}

func (p *Provider) do(req *http.Request) (response, error) {
	resp, err := p.http.Transport.RoundTrip(req) // follows no redirect
	if err != nil {
		return response{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return response{}, err
	}
	out := response{status: resp.StatusCode, body: string(body)}
	if loc, err := resp.Location(); err == nil {
		out.location = loc.String()
	}
	return out, nil
}
