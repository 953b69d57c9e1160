package keychain

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// realEnv makes the test program use the Secret Service of the bus it runs on.
const realEnv = "LONGSHORE_KEYCHAIN_TEST_REAL"

// TestARealSecretService runs TestOnTheBus below on a bus of its own with a gnome-keyring of its own, so that it never
// sees the keychain of whoever runs it.
func TestARealSecretService(t *testing.T) {
	for _, program := range []string{"dbus-run-session", "gnome-keyring-daemon"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is not installed: nothing here speaks the Secret Service", program)
		}
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	// The daemon is unlocked with a password of its own, and ends with its bus.
	script := `printf test | gnome-keyring-daemon --unlock --components=secrets >/dev/null && "$0" -test.run='^TestOnTheBus$' -test.v`
	cmd := exec.CommandContext(t.Context(), "dbus-run-session", "--", "sh", "-c", script, exe)
	cmd.Env = append(os.Environ(), realEnv+"=1", "HOME="+home, "XDG_DATA_HOME="+filepath.Join(home, "data"),
		"XDG_RUNTIME_DIR="+home, "XDG_CONFIG_HOME="+filepath.Join(home, "config"), "XDG_CACHE_HOME="+filepath.Join(home, "cache"))
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: TestOnTheBus") {
		t.Fatalf("%v\n%s", err, out)
	}
}

// TestOnTheBus is the part of TestARealSecretService that runs on its bus.
func TestOnTheBus(t *testing.T) {
	if os.Getenv(realEnv) == "" {
		t.Skip("it is run by TestARealSecretService")
	}
	keeps(t, NewSystem("Longshore test"), "account")
}
