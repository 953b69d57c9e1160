package app

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"longshore/internal/platform/sysproxy"
	"longshore/uploader"
)

// ParseProxy checks what a person says of a vault's proxy, and returns it in the one form that is kept: ProxySystem,
// ProxyNone or scheme://host:port. A name and a password are refused: they would lie in the journal.
func ParseProxy(text string) (string, error) {
	text = strings.TrimSpace(text)
	switch strings.ToLower(text) {
	case "", "system":
		return uploader.ProxySystem, nil
	case uploader.ProxyNone:
		return uploader.ProxyNone, nil
	}
	if !strings.Contains(text, "://") {
		text = "http://" + text
	}
	u, err := url.Parse(text)
	switch {
	case err != nil: // its text would repeat what may hold a password
		return "", fail("proxy", uploader.CodeBadConfig, say("proxy-unusable"), nil)
	case u.User != nil:
		return "", fail("proxy", uploader.CodeBadConfig, say("proxy-password"), nil)
	case !proxyScheme(u.Scheme), u.Hostname() == "", strings.Trim(u.Path, "/") != "", u.RawQuery != "", u.Fragment != "",
		strings.ContainsAny(u.Host, " \t"):
		return "", fail("proxy", uploader.CodeBadConfig, say("proxy-unusable"), nil)
	}
	return u.Scheme + "://" + strings.ToLower(u.Host), nil
}

func proxyScheme(s string) bool { return s == "http" || s == "https" || s == "socks5" }

// proxies finds the way out for each vault. It reads the system's settings now and then.
type proxies struct {
	logins *proxyLogins

	mu   sync.Mutex
	now  sysproxy.Settings
	read time.Time
}

// of is a vault's way out, for its signer, its data and its sign-in alike. This computer itself is never reached
// through a proxy.
func (p *proxies) of(setting string) (uploader.Proxy, error) {
	setting, err := ParseProxy(setting)
	switch {
	case err != nil:
		return nil, err
	case setting == uploader.ProxySystem:
		return p.system, nil
	case setting == uploader.ProxyNone:
		return nil, nil
	}
	u, err := url.Parse(setting)
	if err != nil {
		return nil, fail("proxy", uploader.CodeBadConfig, say("proxy-unusable"), nil)
	}
	return func(r *http.Request) (*url.URL, error) {
		if here(r.URL.Hostname()) {
			return nil, nil
		}
		return u, nil
	}, nil
}

// here tells whether a host is this computer.
func here(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// proxyNames are the variables in which the environment names a proxy, or says that there is none.
var proxyNames = []string{"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"}

// inEnvironment tells whether the environment says something of proxies.
func inEnvironment() bool {
	return slices.ContainsFunc(proxyNames, func(name string) bool { return os.Getenv(name) != "" })
}

// system is the environment's proxy, else the one of the system's own settings.
func (p *proxies) system(r *http.Request) (*url.URL, error) {
	if inEnvironment() {
		return http.ProxyFromEnvironment(r)
	}
	return p.settings().For(r.URL), nil
}

// proxyFresh is how long the system's settings are taken for unchanged: they are asked for with every request.
const proxyFresh = 15 * time.Second

func (p *proxies) settings() sysproxy.Settings {
	p.mu.Lock()
	defer p.mu.Unlock()
	if time.Since(p.read) > proxyFresh {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		p.now, p.read = sysproxy.Read(ctx), time.Now()
	}
	return p.now
}
