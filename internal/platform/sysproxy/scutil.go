package sysproxy

import "strings"

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
		if values[kind+"Enable"] != "1" {
			return ""
		}
		return joined(values[kind+"Proxy"], values[kind+"Port"])
	}
	s.HTTP, s.HTTPS, s.SOCKS = address("HTTP"), address("HTTPS"), address("SOCKS")
	s.Local = values["ExcludeSimpleHostnames"] == "1"
	s.Script = values["ProxyAutoConfigEnable"] == "1" || values["ProxyAutoDiscoveryEnable"] == "1"
	return s
}
