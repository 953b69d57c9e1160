package signer

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"longshore/signer/api"
)

// IsLoopbackHost tells whether host, with or without a port, is localhost or a
// loopback address. Other names may resolve to loopback and back again, which
// is how web pages reach local servers (DNS rebinding).
func IsLoopbackHost(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

// guard refuses what no honest client sends: a foreign Origin, and, without
// sign-in, a Host that is not loopback (PROTOCOL "Who may call").
func (s *Signer) guard(r *http.Request) error {
	if s.cfg.Auth.Describe().Type == api.AuthNone && !IsLoopbackHost(r.Host) {
		return fail(api.CodeForbiddenHost, "")
	}
	for _, o := range r.Header.Values("Origin") {
		if !slices.Contains(s.cfg.AllowedOrigins, o) {
			return fail(api.CodeForbiddenOrigin, "")
		}
	}
	if len(r.Header.Values("Origin")) == 0 && s.cfg.Auth.Describe().Type == api.AuthNone && ofAnotherPage(r) {
		return fail(api.CodeForbiddenOrigin, "")
	}
	return nil
}

// ofAnotherPage tells a call that a page of another site has its visitor's
// browser make without saying so in Origin, as it does for images (Fetch
// Metadata; no page can set the header).
func ofAnotherPage(r *http.Request) bool {
	site := r.Header.Get("Sec-Fetch-Site")
	return site == "cross-site" || site == "same-site"
}

// browserOrigin tells an origin that a browser can send of a page: not "null",
// which is that of any page in a sandbox, and no pattern, which would match
// nothing (RFC 6454 §6.2).
func browserOrigin(origin string) bool {
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" || u.Scheme+"://"+u.Host != origin || strings.ToLower(origin) != origin || strings.Contains(origin, "*") {
		return false
	}
	switch u.Scheme {
	case "https":
		return u.Port() != "443"
	case "http":
		return u.Port() != "80"
	}
	return false
}

// allowOrigin answers a browser whose page may call (Fetch standard, CORS). The
// guard has let the Origin through.
func allowOrigin(w http.ResponseWriter, r *http.Request) {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return
	}
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", origin)
	h.Add("Vary", "Origin")
	h.Set("Access-Control-Allow-Credentials", "true") // the session's cookie
	h.Set("Access-Control-Expose-Headers", "Retry-After, "+api.HeaderRequestID)
	if r.Method == http.MethodOptions {
		h.Set("Access-Control-Allow-Methods", "GET, POST, DELETE")
		h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, "+api.HeaderPrefer+", "+api.HeaderRequestID)
		h.Set("Access-Control-Max-Age", "600")
	}
}
