package sysproxy

import (
	"context"
	"errors"
	"io/fs"
	"net/url"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestInternetOptions(t *testing.T) {
	for _, c := range []struct {
		on               bool
		server, override string
		want             Settings
	}{
		{false, "proxy:8080", "", Settings{}},
		{true, "proxy:8080", "*.hospital.org;10.*;<local>", Settings{HTTP: "proxy:8080", HTTPS: "proxy:8080", Except: []string{"*.hospital.org", "10.*"}, Local: true}},
		{true, "http=a:80;https=http://b:443/;socks=c:1080", "", Settings{HTTP: "a:80", HTTPS: "b:443"}},
		{true, "me:pw@proxy:8080; bad host", "", Settings{}},
	} {
		if got := fromInternetOptions(c.on, c.server, c.override); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%q: %+v", c.server, got)
		}
	}
}

func TestSystemConfiguration(t *testing.T) {
	got := fromSystemConfiguration(`<dictionary> {
  ExceptionsList : <array> {
    0 : *.local
    1 : 169.254/16
  }
  ExcludeSimpleHostnames : 1
  HTTPEnable : 0
  HTTPPort : 8080
  HTTPProxy : plain.example.org
  HTTPSEnable : 1
  HTTPSPort : 3128
  HTTPSProxy : proxy.example.org
}
`)
	want := Settings{HTTPS: "proxy.example.org:3128", Except: []string{"*.local", "169.254/16"}, Local: true}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
}

func TestWhatIsReachedDirectly(t *testing.T) {
	s := Settings{HTTPS: "proxy:3128", Except: []string{"*.local", "169.254/16", "10.1.*", "vault.example.org"}, Local: true}
	for address, direct := range map[string]bool{
		"https://s3.example.org/x": false, "https://nas.local": true, "https://169.254.3.4": true, "https://10.1.2.3": true, "https://10.2.2.3": false,
		"https://VAULT.example.org:8443": true, "https://vault": true, "https://localhost:1": true, "https://127.0.0.2": true, "https://[::1]": true,
		"http://s3.example.org": true, // for which no proxy is named
	} {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		got := s.For(u)
		if (got == nil) != direct || got != nil && got.String() != "http://proxy:3128" {
			t.Errorf("%s: %v", address, got)
		}
	}
}

// fakeKey is a key of the registry in memory.
type fakeKey map[string]any

func (k fakeKey) number(name string) (uint64, bool) {
	n, ok := k[name].(int)
	return uint64(n), ok //nolint:gosec // the tests' own small numbers
}

func (k fakeKey) text(name string) string {
	s, _ := k[name].(string)
	return s
}

func TestRegistry(t *testing.T) {
	user := fakeKey{"ProxyEnable": 1, "ProxyServer": "mine:1"}
	machine := fakeKey{"ProxyEnable": 1, "ProxyServer": "everyones:2", "ProxyOverride": "<local>"}
	for name, c := range map[string]struct {
		user, machine, policy fakeKey
		want                  Settings
	}{
		"nothing":                      {},
		"the user's":                   {user, machine, nil, Settings{HTTP: "mine:1", HTTPS: "mine:1"}},
		"the user's, by the policy":    {user, machine, fakeKey{"ProxySettingsPerUser": 1}, Settings{HTTP: "mine:1", HTTPS: "mine:1"}},
		"the machine's, by the policy": {user, machine, fakeKey{"ProxySettingsPerUser": 0}, Settings{HTTP: "everyones:2", HTTPS: "everyones:2", Local: true}},
		"a policy about other things":  {user, machine, fakeKey{}, Settings{HTTP: "mine:1", HTTPS: "mine:1"}},
		"a script":                     {fakeKey{"ProxyEnable": 0, "AutoConfigURL": "http://wpad/wpad.dat"}, nil, nil, Settings{Script: true}},
		"switched off":                 {fakeKey{"ProxyEnable": 0, "ProxyServer": "mine:1"}, nil, nil, Settings{}},
	} {
		got := fromRegistry(func(all bool, path string) regKey {
			k := map[string]fakeKey{"false" + internetOptions: c.user, "true" + internetOptions: c.machine, "true" + internetPolicies: c.policy}[map[bool]string{true: "true", false: "false"}[all]+path]
			if k == nil {
				return nil
			}
			return k
		})
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestSystemConfigurationWithAScript(t *testing.T) {
	for _, name := range []string{"ProxyAutoConfigEnable", "ProxyAutoDiscoveryEnable"} {
		if got := fromSystemConfiguration("<dictionary> {\n  " + name + " : 1\n  HTTPSEnable : 0\n}\n"); !reflect.DeepEqual(got, Settings{Script: true}) {
			t.Errorf("%s: %+v", name, got)
		}
	}
	got := fromSystemConfiguration("<dictionary> {\n  SOCKSEnable : 1\n  SOCKSPort : 1080\n  SOCKSProxy : s.example.org\n}\n")
	if !reflect.DeepEqual(got, Settings{SOCKS: "s.example.org:1080"}) {
		t.Errorf("SOCKS: %+v", got)
	}
}

// on is a desktop with these settings, and nothing else.
func on(name, gsettings, kde string) desktop {
	return desktop{
		getenv: func(v string) string {
			return map[string]string{"XDG_CURRENT_DESKTOP": name, "HOME": "/home/me"}[v]
		},
		run: func(_ context.Context, program string, args ...string) ([]byte, error) {
			if gsettings == "" || program != "gsettings" || !slices.Equal(args, []string{"list-recursively", "org.gnome.system.proxy"}) {
				return nil, errors.New("no such program")
			}
			return []byte(gsettings), nil
		},
		read: func(path string) ([]byte, error) {
			if kde == "" || path != filepath.Join("/home/me", ".config", "kioslaverc") {
				return nil, fs.ErrNotExist
			}
			return []byte(kde), nil
		},
	}
}

const gnomeManual = `org.gnome.system.proxy autoconfig-url ''
org.gnome.system.proxy ignore-hosts ['localhost', '127.0.0.0/8', '::1', '*.hospital.org', 'intern.example.org']
org.gnome.system.proxy mode 'manual'
org.gnome.system.proxy use-same-proxy true
org.gnome.system.proxy.ftp host ''
org.gnome.system.proxy.ftp port 0
org.gnome.system.proxy.http authentication-password 'hunter2'
org.gnome.system.proxy.http host 'plain.example.org'
org.gnome.system.proxy.http port 8080
org.gnome.system.proxy.https host 'proxy.example.org'
org.gnome.system.proxy.https port 3128
org.gnome.system.proxy.socks host ''
org.gnome.system.proxy.socks port 0
`

const kdeManualText = `[Notification Messages]
ProxyType=2
[Proxy Settings]
NoProxyFor=localhost,.hospital.org
ProxyType=1
httpProxy=http://plain.example.org 8080
httpsProxy[$e]=http://proxy.example.org 3128
socksProxy=
[Other]
ProxyType=0
`

func TestDesktops(t *testing.T) {
	gnome := Settings{HTTP: "plain.example.org:8080", HTTPS: "proxy.example.org:3128", Below: true,
		Except: []string{"localhost", "127.0.0.0/8", "::1", "*.hospital.org", "intern.example.org"}}
	same := strings.Replace(gnomeManual, "https host 'proxy.example.org'", "https host ''", 1)
	kde := Settings{HTTP: "plain.example.org:8080", HTTPS: "proxy.example.org:3128", Below: true, Except: []string{"localhost", ".hospital.org"}}
	for name, c := range map[string]struct {
		d    desktop
		want Settings
	}{
		"no desktop":             {on("", gnomeManual, kdeManualText), Settings{}},
		"GNOME, none":            {on("GNOME", "org.gnome.system.proxy mode 'none'\norg.gnome.system.proxy.https host 'old.example.org'\n", ""), Settings{}},
		"GNOME, by hand":         {on("ubuntu:GNOME", gnomeManual, kdeManualText), gnome},
		"GNOME, one for all":     {on("GNOME", same, ""), Settings{HTTP: gnome.HTTP, HTTPS: gnome.HTTP, Below: true, Except: gnome.Except}},
		"GNOME, only for http":   {on("GNOME", strings.Replace(same, "use-same-proxy true", "use-same-proxy false", 1), ""), Settings{HTTP: gnome.HTTP, Below: true, Except: gnome.Except}},
		"GNOME, a script":        {on("GNOME", strings.Replace(gnomeManual, "'manual'", "'auto'", 1), ""), Settings{Script: true}},
		"GNOME, an empty list":   {on("GNOME", "org.gnome.system.proxy mode 'manual'\norg.gnome.system.proxy ignore-hosts @as []\norg.gnome.system.proxy.socks host 's'\norg.gnome.system.proxy.socks port 1080\n", ""), Settings{SOCKS: "s:1080", Below: true}},
		"GNOME without settings": {on("GNOME", "", ""), Settings{}},
		"KDE, by hand":           {on("KDE", gnomeManual, kdeManualText), kde},
		"KDE, older form":        {on("KDE", "", "[Proxy Settings]\nProxyType=1\nhttpsProxy=http://proxy.example.org:3128/\nReversedException=true\nNoProxyFor=a.org\n"), Settings{HTTPS: "proxy.example.org:3128", Below: true, Only: true, Except: []string{"a.org"}}},
		"KDE, a script":          {on("KDE", "", "[Proxy Settings]\nProxyType=2\n"), Settings{Script: true}},
		"KDE, script by itself":  {on("KDE", "", "[Proxy Settings]\nProxyType=3\n"), Settings{Script: true}},
		"KDE, none":              {on("KDE", "", "[Proxy Settings]\nProxyType=0\nhttpsProxy=http://p 1\n"), Settings{}},
		"KDE, never set":         {on("KDE", gnomeManual, ""), Settings{}},
	} {
		if got := c.d.settings(t.Context()); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestNamesBelowAndOnlySome(t *testing.T) {
	below := Settings{HTTPS: "proxy:1", Except: []string{"hospital.org", ".clinic.org"}, Below: true}
	only := Settings{SOCKS: "proxy:1", Except: []string{"vault.example.org"}, Only: true}
	for _, c := range []struct {
		s       Settings
		address string
		want    string
	}{
		{below, "https://hospital.org", ""}, {below, "https://a.b.hospital.org", ""}, {below, "https://nothospital.org", "http://proxy:1"},
		{below, "https://x.clinic.org", ""}, {only, "https://vault.example.org", "socks5://proxy:1"}, {only, "https://example.org", ""},
		{only, "https://127.0.0.1", ""},
	} {
		u, err := url.Parse(c.address)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if p := c.s.For(u); p != nil {
			got = p.String()
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.address, got, c.want)
		}
	}
}
