package sysproxy

import (
	"context"

	"golang.org/x/sys/windows/registry"
)

// Read reads the settings as they are now. What cannot be read is no proxy.
func Read(context.Context) Settings {
	key, err := registry.OpenKey(registry.CURRENT_USER, `Software\Microsoft\Windows\CurrentVersion\Internet Settings`, registry.QUERY_VALUE)
	if err != nil {
		return Settings{}
	}
	defer key.Close()
	enabled, _, err := key.GetIntegerValue("ProxyEnable")
	if err != nil {
		return Settings{}
	}
	server, _, _ := key.GetStringValue("ProxyServer") // "" if it is not there
	override, _, _ := key.GetStringValue("ProxyOverride")
	return fromInternetOptions(enabled == 1, server, override)
}
