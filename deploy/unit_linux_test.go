package deploy

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestUnitIsSystemds asks systemd itself, without running it, whether it
// understands each line of the unit, and how much the service is exposed.
func TestUnitIsSystemds(t *testing.T) {
	text, err := os.ReadFile("systemd/longshore-signer.service")
	if err != nil {
		t.Fatal(err)
	}
	const installed = "/usr/local/bin/longshore-signer"
	if !strings.Contains(string(text), "ExecStart="+installed+" ") {
		t.Fatalf("the unit does not start %s", installed)
	}
	dir := t.TempDir()
	program, unit := filepath.Join(dir, "longshore-signer"), filepath.Join(dir, "longshore-signer.service")
	if err := os.WriteFile(program, nil, 0o700); err != nil { //nolint:gosec // systemd looks whether it can be run
		t.Fatal(err)
	}
	here := strings.Replace(string(text), installed, program, 1)
	if err := os.WriteFile(unit, []byte(here), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "systemd-analyze", "verify", unit).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("verify: %v\n%s", err, out)
	}
	out, err := exec.CommandContext(t.Context(), "systemd-analyze", "security", "--offline=true", unit).CombinedOutput()
	m := regexp.MustCompile(`Overall exposure level for \S+: ([0-9.]+)`).FindSubmatch(out)
	if err != nil || m == nil {
		t.Fatalf("security: %v\n%s", err, out)
	}
	if level, err := strconv.ParseFloat(string(m[1]), 64); err != nil || level > 1.5 {
		t.Errorf("exposed at level %s\n%s", m[1], out)
	}
}
