package sysproxy

import "strings"

// regKey are the values of one key of the registry; ok is false for one that is not there.
type regKey interface {
	number(name string) (n uint64, ok bool)
	text(name string) string // "" for none
}

// hives opens a key of the registry for this user, or for the machine; nil for one that is not there or not ours to read.
type hives func(machine bool, path string) regKey

const (
	internetOptions  = `Software\Microsoft\Windows\CurrentVersion\Internet Settings`
	internetPolicies = `Software\Policies\Microsoft\Windows\CurrentVersion\Internet Settings`
)

// fromRegistry reads what Windows keeps: the user's settings, or the machine's where a policy makes these count for all.
func fromRegistry(open hives) Settings {
	machine := false
	if policy := open(true, internetPolicies); policy != nil {
		perUser, set := policy.number("ProxySettingsPerUser")
		machine = set && perUser == 0
	}
	key := open(machine, internetOptions)
	if key == nil {
		return Settings{}
	}
	enabled, _ := key.number("ProxyEnable")
	s := fromInternetOptions(enabled == 1, key.text("ProxyServer"), key.text("ProxyOverride"))
	s.Script = key.text("AutoConfigURL") != ""
	return s
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
