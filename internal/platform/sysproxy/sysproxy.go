// Package sysproxy reads which proxy the system's own settings name, where these are not the environment's variables:
// on Windows (Internet options) and macOS (network settings). Elsewhere they are, and net/http reads them itself.
//
// It must not know what is reached through a proxy. Scripts (PAC) are not run: they would be foreign code in a program
// that people trust with their files.
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
	Except      []string // hosts that are reached directly: names and addresses with *, or networks as 10.0.0.0/8
	Local       bool     // names without a dot are reached directly, too
}

// For is the proxy for an address, nil for none. This computer itself never has one.
func (s Settings) For(u *url.URL) *url.URL {
	proxy := s.HTTPS
	if u.Scheme == "http" {
		proxy = s.HTTP
	}
	host := strings.ToLower(u.Hostname())
	if proxy == "" || s.direct(host) {
		return nil
	}
	return &url.URL{Scheme: "http", Host: proxy}
}

func (s Settings) direct(host string) bool {
	ip := net.ParseIP(host)
	if host == "localhost" || ip != nil && ip.IsLoopback() || s.Local && ip == nil && !strings.Contains(host, ".") {
		return true
	}
	for _, e := range s.Except {
		e = strings.ToLower(strings.TrimSpace(e))
		if _, network, err := net.ParseCIDR(whole(e)); err == nil {
			if ip != nil && network.Contains(ip) {
				return true
			}
			continue
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

// fromInternetOptions reads the values that Windows keeps: server is "host:port" or "http=host:port;https=host:port",
// override a list with semicolons, in which <local> stands for names without a dot.
func fromInternetOptions(enabled bool, server, override string) Settings {
	var s Settings
	if !enabled {
		return s
	}
	for _, part := range strings.Split(server, ";") {
		scheme, address, named := strings.Cut(strings.TrimSpace(part), "=")
		if !named {
			address, scheme = scheme, ""
		}
		address = strings.TrimSuffix(strings.TrimPrefix(address, "http://"), "/")
		if !usable(address) {
			continue
		}
		switch strings.ToLower(scheme) {
		case "":
			s.HTTP, s.HTTPS = address, address
		case "http":
			s.HTTP = address
		case "https":
			s.HTTPS = address
		}
	}
	for _, e := range strings.Split(override, ";") {
		switch e = strings.TrimSpace(e); e {
		case "":
		case "<local>":
			s.Local = true
		default:
			s.Except = append(s.Except, e)
		}
	}
	return s
}

// usable tells whether a text is a host with or without a port, and nothing more.
func usable(address string) bool {
	u, err := url.Parse("http://" + address)
	return address != "" && err == nil && u.Host == address && u.Hostname() != ""
}

// fromSystemConfiguration reads what macOS' scutil --proxy prints: lines of "Name : value", and one list.
func fromSystemConfiguration(text string) Settings {
	values, s := make(map[string]string), Settings{}
	inList := false
	for line := range strings.Lines(text) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), " : ")
		switch {
		case ok && name == "ExceptionsList":
			inList = true
		case strings.TrimSpace(line) == "}":
			inList = false
		case ok && inList:
			s.Except = append(s.Except, value)
		case ok:
			values[name] = value
		}
	}
	address := func(kind string) string {
		host, port := values[kind+"Proxy"], values[kind+"Port"]
		if values[kind+"Enable"] != "1" || host == "" {
			return ""
		}
		if port != "" {
			host = net.JoinHostPort(host, port)
		}
		if !usable(host) {
			return ""
		}
		return host
	}
	s.HTTP, s.HTTPS, s.Local = address("HTTP"), address("HTTPS"), values["ExcludeSimpleHostnames"] == "1"
	return s
}
