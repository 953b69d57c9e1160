// Package sysproxy reads which proxy the system's own settings name, where these are not the environment's variables:
// on Windows (Internet options), macOS (network settings), GNOME and its kin (gsettings) and KDE (kioslaverc).
//
// It must not know what is reached through a proxy. Scripts (PAC) are not run: they would be foreign code, and an
// interpreter for it, in a program that people trust with their files. That there is one is told, so that a person can
// be asked for the proxy's address instead.
package sysproxy

import (
	"net"
	"net/url"
	"path"
	"strings"
)

// Settings are a system's. The zero value is no proxy.
type Settings struct {
	HTTP, HTTPS string   // host:port for addresses of that scheme; "" for none
	SOCKS       string   // host:port of a SOCKS proxy, for what has none of its own; "" for none
	Except      []string // hosts that are reached directly: names and addresses with *, or networks as 10.0.0.0/8
	Below       bool     // a name in Except counts for the names below it, too
	Only        bool     // Except are the hosts that are reached through the proxy, and no others
	Local       bool     // names without a dot are reached directly, too
	Script      bool     // a script (PAC) chooses the proxy, which is then not known here
}

// For is the proxy for an address, nil for none. This computer itself never has one.
func (s Settings) For(u *url.URL) *url.URL {
	proxy := s.HTTPS
	if u.Scheme == "http" {
		proxy = s.HTTP
	}
	host := strings.ToLower(u.Hostname())
	switch {
	case s.direct(host):
		return nil
	case proxy != "":
		return &url.URL{Scheme: "http", Host: proxy}
	case s.SOCKS != "":
		return &url.URL{Scheme: "socks5", Host: s.SOCKS}
	}
	return nil
}

func (s Settings) direct(host string) bool {
	ip := net.ParseIP(host)
	if host == "localhost" || ip != nil && ip.IsLoopback() || s.Local && ip == nil && !strings.Contains(host, ".") {
		return true
	}
	return s.listed(host, ip) != s.Only
}

func (s Settings) listed(host string, ip net.IP) bool {
	for _, e := range s.Except {
		e = strings.ToLower(strings.TrimSpace(e))
		if _, network, err := net.ParseCIDR(whole(e)); err == nil {
			if ip != nil && network.Contains(ip) {
				return true
			}
			continue
		}
		if s.Below && ip == nil && e != "" && strings.HasSuffix(host, "."+strings.TrimPrefix(e, ".")) {
			return true
		}
		if ok, err := path.Match(e, host); err == nil && ok {
			return true
		}
	}
	return false
}

// whole writes out a network as macOS shortens it: 169.254/16.
func whole(e string) string {
	address, bits, ok := strings.Cut(e, "/")
	if !ok || strings.Contains(address, ":") {
		return e
	}
	for strings.Count(address, ".") < 3 {
		address += ".0"
	}
	return address + "/" + bits
}

// usable tells whether a text is a host with or without a port, and nothing more.
func usable(address string) bool {
	u, err := url.Parse("http://" + address)
	return address != "" && err == nil && u.Host == address && u.Hostname() != ""
}

// joined is host:port, "" for what is none.
func joined(host, port string) string {
	if host = strings.TrimSpace(host); host == "" {
		return ""
	}
	if port = strings.TrimSpace(port); port != "" && port != "0" {
		host = net.JoinHostPort(strings.Trim(host, "[]"), port)
	}
	if !usable(host) {
		return ""
	}
	return host
}
