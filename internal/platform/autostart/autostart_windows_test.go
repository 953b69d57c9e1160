package autostart

import (
	"testing"

	"golang.org/x/sys/windows/registry"
)

// TestTheRunKey uses the registry of whoever runs it, under a name of its own.
func TestTheRunKey(t *testing.T) {
	e := Entry{Name: "Longshore test", Args: []string{`C:\Program Files\Longshore\longshore.exe`, "--hidden"}}
	t.Cleanup(func() { wantEnabled(t, e, false, e.Disable) })
	wantEnabled(t, e, false, e.Disable)
	wantEnabled(t, e, true, e.Enable)
	e.Args[0] = `D:\moved\longshore.exe`
	wantEnabled(t, e, true, e.Enable)
	key, err := registry.OpenKey(registry.CURRENT_USER, runKey, registry.QUERY_VALUE)
	if err != nil {
		t.Fatal(err)
	}
	defer key.Close()
	if got, _, err := key.GetStringValue(e.Name); err != nil || got != `D:\moved\longshore.exe --hidden` {
		t.Errorf("the value is %q, %v", got, err)
	}
}

// wantEnabled does something and looks what stands there.
func wantEnabled(t *testing.T, e Entry, want bool, do func() error) {
	t.Helper()
	if err := do(); err != nil {
		t.Fatal(err)
	}
	if on, err := e.Enabled(); err != nil || on != want {
		t.Fatalf("it is %v, %v; want %v", on, err, want)
	}
}
