package sysproxy

import (
	"context"

	"golang.org/x/sys/windows/registry"
)

// Read reads the settings as they are now. What cannot be read is no proxy.
func Read(context.Context) Settings {
	var opened []registry.Key
	defer func() {
		for _, k := range opened {
			_ = k.Close() // was only read
		}
	}()
	return fromRegistry(func(machine bool, path string) regKey {
		hive := registry.CURRENT_USER
		if machine {
			hive = registry.LOCAL_MACHINE
		}
		k, err := registry.OpenKey(hive, path, registry.QUERY_VALUE)
		if err != nil {
			return nil
		}
		opened = append(opened, k)
		return keyValues{k}
	})
}

type keyValues struct{ key registry.Key }

func (v keyValues) number(name string) (uint64, bool) {
	n, _, err := v.key.GetIntegerValue(name)
	return n, err == nil
}

func (v keyValues) text(name string) string {
	s, _, err := v.key.GetStringValue(name)
	if err != nil {
		return ""
	}
	return s
}
