package keychain

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// On a server without a desktop the keychain says so, and starts neither a bus nor a keychain of its own.
func TestWithoutADesktop(t *testing.T) {
	if _, err := os.Stat(filepath.Join("/run/user", strconv.Itoa(os.Getuid()), "bus")); err == nil {
		t.Skip("this user has a session bus at its usual place, which no variable can hide")
	}
	dir := t.TempDir()
	launched := filepath.Join(dir, "launched")
	if err := os.WriteFile(filepath.Join(dir, "dbus-launch"), []byte("#!/bin/sh\n: > "+launched+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir)
	for _, address := range []string{"", "autolaunch:"} {
		t.Setenv("DBUS_SESSION_BUS_ADDRESS", address)
		if _, err := NewSystem("Longshore test").Get(t.Context(), "account"); !errors.Is(err, errNoBus) {
			t.Errorf("%q: %v", address, err)
		}
	}
	if _, err := os.Stat(launched); err == nil {
		t.Error("it started a bus")
	}
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/tmp/x")
	if err := reachable(); err != nil {
		t.Error(err)
	}
}
