package app

import (
	"os"
	"path/filepath"
	"runtime/debug"
	"testing"
)

func TestACrashIsOfferedOnce(t *testing.T) {
	t.Cleanup(func() { _ = debug.SetCrashOutput(nil, debug.CrashOptions{}) })
	dir := t.TempDir()
	if LogCrashes(dir) {
		t.Fatal("nothing has run yet")
	}
	if LogCrashes(dir) {
		t.Fatal("the last run ended well")
	}
	if err := os.WriteFile(filepath.Join(dir, crashName), []byte("panic"), 0o600); err != nil {
		t.Fatal(err)
	}
	if !LogCrashes(dir) {
		t.Error("the crash was not noticed")
	}
	if LogCrashes(dir) {
		t.Error("it was offered twice")
	}
	if data, err := os.ReadFile(filepath.Join(dir, lastCrash)); err != nil || string(data) != "panic" {
		t.Errorf("it was not kept: %q, %v", data, err)
	}
}
