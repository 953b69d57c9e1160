package remote

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
)

// ParseBase checks a signer's address and returns it in one form: lower-case scheme and host, default ports and
// trailing slashes left out. Without a scheme https is meant, http on loopback. Plain http is refused elsewhere
// (PROTOCOL, "What the client checks"). The error is a sentence with a next step and does not repeat the address.
func ParseBase(address string) (string, error) {
	address = strings.TrimSpace(address)
	if address == "" {
		return "", errors.New("the vault's address is empty; paste the one your administrator gave you, such as https://vault.example.org")
	}
	if !strings.Contains(address, "://") {
		if loopback(hostOf(address)) {
			address = "http://" + address
		} else {
			address = "https://" + address
		}
	}
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || strings.ContainsAny(address, " \t\r\n") {
		return "", errors.New("the vault's address is malformed; it looks like https://vault.example.org")
	}
	if u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return "", errors.New("the vault's address must have no name, password, ? or # in it; it looks like https://vault.example.org")
	}
	origin, err := origin(u)
	if err != nil {
		return "", fmt.Errorf("the vault's address %w", err)
	}
	return origin + strings.TrimRight(u.EscapedPath(), "/"), nil
}

// Origin returns the canonical scheme://host[:port] of a URL: lower case, without the default port. It refuses
// what no byte of a file may be sent to: any scheme but https, and http anywhere but on loopback.
func Origin(rawURL string) (string, error) {
	u, err := url.Parse(rawURL)
	if err != nil || u.Hostname() == "" {
		return "", errors.New("is not a URL")
	}
	return origin(u)
}

func origin(u *url.URL) (string, error) {
	scheme, host, port := strings.ToLower(u.Scheme), strings.ToLower(u.Hostname()), u.Port()
	switch {
	case scheme == "http" && !loopback(host):
		return "", errors.New("must start with https:// (plain http is allowed only on this computer)")
	case scheme != "http" && scheme != "https":
		return "", errors.New("must start with https://")
	case scheme == "https" && port == "443", scheme == "http" && port == "80":
		port = ""
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if port != "" {
		host += ":" + port
	}
	return scheme + "://" + host, nil
}

func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// hostOf returns the host of an address without a scheme.
func hostOf(address string) string {
	u, err := url.Parse("//" + address)
	if err != nil {
		return ""
	}
	return u.Hostname()
}
