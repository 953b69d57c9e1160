package sysproxy

import (
	"context"
	"path/filepath"
	"strings"
)

// desktop is what of a Linux or BSD desktop is asked; tests put another in its place.
type desktop struct {
	getenv func(name string) string
	run    func(ctx context.Context, program string, args ...string) ([]byte, error)
	read   func(path string) ([]byte, error)
}

// settings are those of the desktop that runs. Without one (a server, cron, ssh) there are the environment's alone.
func (d desktop) settings(ctx context.Context) Settings {
	name := strings.ToUpper(d.getenv("XDG_CURRENT_DESKTOP"))
	switch {
	case name == "":
		return Settings{}
	case strings.Contains(name, "KDE"):
		folder := d.getenv("XDG_CONFIG_HOME")
		if folder == "" {
			folder = filepath.Join(d.getenv("HOME"), ".config")
		}
		text, err := d.read(filepath.Join(folder, "kioslaverc"))
		if err != nil {
			return Settings{}
		}
		return fromKDE(string(text))
	}
	// GNOME, and what keeps its settings there, too: Cinnamon, Budgie, Unity, Pantheon and others.
	text, err := d.run(ctx, "gsettings", "list-recursively", "org.gnome.system.proxy")
	if err != nil {
		return Settings{}
	}
	return fromGSettings(string(text))
}

// fromGSettings reads lines of "org.gnome.system.proxy.https host 'proxy.example.org'".
func fromGSettings(text string) Settings {
	values := make(map[string]string)
	for line := range strings.Lines(text) {
		schema, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		key, value, ok := strings.Cut(rest, " ")
		if schema, ours := strings.CutPrefix(schema, "org.gnome.system.proxy"); ok && ours {
			values[strings.TrimPrefix(schema+"."+key, ".")] = value
		}
	}
	if unquoted(values["mode"]) == "auto" {
		return Settings{Script: true}
	}
	if unquoted(values["mode"]) != "manual" {
		return Settings{}
	}
	address := func(kind string) string { return joined(unquoted(values[kind+".host"]), values[kind+".port"]) }
	s := Settings{HTTP: address("http"), HTTPS: address("https"), SOCKS: address("socks"), Below: true}
	if s.HTTPS == "" && values["use-same-proxy"] != "false" {
		s.HTTPS = s.HTTP
	}
	for _, e := range strings.Split(strings.Trim(values["ignore-hosts"], "[]"), ",") {
		if e = unquoted(e); e != "" {
			s.Except = append(s.Except, e)
		}
	}
	return s
}

// unquoted is a text as gsettings writes it: 'text', or @as [] for an empty list.
func unquoted(text string) string {
	return strings.Trim(strings.TrimSpace(strings.TrimPrefix(text, "@as")), `'"[]`)
}

// The kinds of a proxy in KDE's settings; the rest is none, or the environment's.
const (
	kdeManual = "1"
	kdeScript = "2"
	kdeSearch = "3" // a script, found by itself
)

// fromKDE reads the group [Proxy Settings] of kioslaverc.
func fromKDE(text string) Settings {
	values, ours := make(map[string]string), false
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			ours = line == "[Proxy Settings]"
			continue
		}
		key, value, ok := strings.Cut(line, "=")
		if key, _, _ = strings.Cut(key, "["); ok && ours { // key[$e]: may hold a variable
			values[strings.TrimSpace(key)] = strings.TrimSpace(value)
		}
	}
	switch values["ProxyType"] {
	case kdeScript, kdeSearch:
		return Settings{Script: true}
	case kdeManual:
	default:
		return Settings{}
	}
	address := func(kind string) string {
		text := values[kind+"Proxy"]
		if _, rest, ok := strings.Cut(text, "://"); ok {
			text = rest
		}
		host, port, apart := strings.Cut(strings.TrimSuffix(text, "/"), " ")
		if !apart && !usable(host) {
			return ""
		}
		return joined(host, port)
	}
	s := Settings{HTTP: address("http"), HTTPS: address("https"), SOCKS: address("socks"), Below: true, Only: values["ReversedException"] == "true"}
	s.Except = append(s.Except, strings.FieldsFunc(values["NoProxyFor"], func(r rune) bool { return r == ',' || r == ' ' })...)
	return s
}
