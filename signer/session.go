package signer

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"time"

	"longshore/signer/api"
)

// SessionLifetime is how long a session's cookie signs in. Short, because
// nothing but the end of its token takes a session back.
const SessionLifetime = 15 * time.Minute

// The cookie's names. A browser takes a name with __Host- only from https, with
// Path=/ and without Domain (RFC 6265bis §4.1.3.2), so that no sibling host can
// plant one. Only pages of this machine's own http get the other.
const (
	cookieName         = "__Host-longshore-session"
	loopbackCookieName = "longshore-session"
	maxCookie          = 4096 // bytes of name and value that browsers keep (RFC 6265bis §5.6)
)

// session begins a session with the bearer token of the call, or ends one.
// Both need the Origin of a page that may call.
func (s *Signer) session(w http.ResponseWriter, r *http.Request, c *call) (int, any, error) {
	origin, err := s.pageOrigin(r)
	if err != nil {
		return 0, nil, err
	}
	if r.Method == http.MethodDelete {
		http.SetCookie(w, sessionCookie(origin, "", -1))
		return http.StatusOK, api.SignOutResponse{}, nil
	}
	return signedIn(s, api.MaxBody, func(context.Context, *call, *api.SessionRequest) (any, error) {
		lifetime, at := expiry(SessionLifetime)
		answer := api.SessionResponse{ExpiresIn: lifetime, ExpiresAt: at}
		if s.cfg.Auth.Describe().Type == api.AuthNone {
			return answer, nil
		}
		// A session is not begun by another: its end would move on for ever.
		token, err := bearerToken(r)
		if err != nil {
			return nil, err
		}
		cookie := sessionCookie(origin, s.sessions.seal(sessionClaims{ends: at, origin: origin, token: token}), lifetime)
		if len(cookie.Name)+len(cookie.Value) > maxCookie {
			return nil, fail(api.CodeBadRequest, "The token is too long for a cookie; send it as bearer, or have the sign-in service leave groups out of it.")
		}
		http.SetCookie(w, cookie)
		return answer, nil
	})(w, r, c)
}

// pageOrigin is the one Origin of the call. The guard has let it through.
func (s *Signer) pageOrigin(r *http.Request) (string, error) {
	all := r.Header.Values("Origin")
	if len(all) != 1 || !cookieOrigin(all[0]) {
		return "", fail(api.CodeForbiddenOrigin, "Sessions are for web pages that the operator allows, on https or on this computer.")
	}
	return all[0], nil
}

// cookieOrigin tells origins whose cookies do not travel in the clear.
func cookieOrigin(origin string) bool {
	u, err := url.Parse(origin)
	return err == nil && (u.Scheme == "https" || loopbackOrigin(origin))
}

func loopbackOrigin(origin string) bool {
	u, err := url.Parse(origin)
	return err == nil && u.Scheme == "http" && IsLoopbackHost(u.Host)
}

func sessionCookie(origin, value string, maxAge int) *http.Cookie {
	c := &http.Cookie{
		Name: cookieName, Value: value, Path: "/", MaxAge: maxAge,
		Secure: true, HttpOnly: true, SameSite: http.SameSiteStrictMode,
	}
	if loopbackOrigin(origin) {
		c.Name, c.Secure = loopbackCookieName, false
	}
	return c
}

// authenticate finds out who calls: by the request itself, or by the token in
// its session's cookie, which is checked anew at every call. A session so ends
// with its token, and what the policy says of the caller holds at once.
func (s *Signer) authenticate(r *http.Request) (Caller, error) {
	if r.Header.Get("Authorization") != "" || s.cfg.Auth.Describe().Type == api.AuthNone {
		return s.cfg.Auth.Authenticate(r)
	}
	token, err := s.sessionToken(r)
	if err != nil {
		return Caller{}, err
	}
	if token == "" {
		return s.cfg.Auth.Authenticate(r)
	}
	with := r.WithContext(r.Context())
	with.Header = r.Header.Clone()
	with.Header.Set("Authorization", "Bearer "+token)
	return s.cfg.Auth.Authenticate(with)
}

// sessionToken is the token in the call's cookie, empty if it has none. A
// cookie counts only in a call that the page it was made for has made: browsers
// say so in Origin, or, where they leave that out of a page's GET to its own
// host, in Sec-Fetch-Site (Fetch standard; no page can set either).
func (s *Signer) sessionToken(r *http.Request) (string, error) {
	var cookie *http.Cookie
	for _, name := range []string{cookieName, loopbackCookieName} {
		if all := r.CookiesNamed(name); len(all) > 0 {
			cookie = all[0]
			break
		}
	}
	if cookie == nil {
		return "", nil
	}
	claims, ok := s.sessions.open(cookie.Value)
	if !ok || cookie.Name == loopbackCookieName != loopbackOrigin(claims.origin) || !time.Now().Before(claims.ends) {
		return "", invalidToken("The session is over; sign in again.", nil)
	}
	switch origins := r.Header.Values("Origin"); {
	case !slices.Contains(s.cfg.AllowedOrigins, claims.origin):
	case len(origins) == 1 && origins[0] == claims.origin:
		return claims.token, nil
	case len(origins) == 0 && r.Header.Get("Sec-Fetch-Site") == "same-origin":
		return claims.token, nil
	}
	return "", failBecause(api.CodeForbiddenOrigin, errors.New("a session's cookie in a call of another page"))
}
