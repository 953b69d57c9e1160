package e2e

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var (
	crashKills = flag.Int("crash.kills", 200, "how often the command line is killed, at least")
	crashSeed  = flag.Uint64("crash.seed", 0, "what is killed where and when; 0 for another one each time")
	crashLife  = flag.Uint64("crash.life", 0, "live this one random life of the seed, and no other")
)

// failVariable tells a program that was built for it at which point it is to
// kill itself (app/failpoints_on.go).
const failVariable = "LONGSHORE_FAILPOINT"

// crashProgram builds the command line with its fail points, and asks it which
// there are.
func crashProgram(t *testing.T) (path string, points []string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "longshore-cli")
	build := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-tags", "failpoints", "-o", path, "./cmd/longshore-cli")
	build.Dir = ".."
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if said, err := build.CombinedOutput(); err != nil {
		t.Fatalf("the command line with fail points does not build: %v\n%s", err, said)
	}
	list := startProc(t, childOptions{env: []string{failVariable + "=list"}}, path, "status", "--state", filepath.Join(t.TempDir(), "state"))
	list.wantExit(t, 0)
	points = strings.Fields(list.stdout.String())
	if len(points) < 60 || !slices.Contains(points, "journal.after.finished") {
		t.Fatalf("the list of fail points is %q", points)
	}
	return path, points
}

// TestOrdinaryProgramsHoldNoFailPoints looks for the variable's name in the
// programs that people get, and, so that it would find it, in the one that has it.
func TestOrdinaryProgramsHoldNoFailPoints(t *testing.T) {
	holds := func(path string) bool { return bytes.Contains(readAll(t, path), []byte(failVariable)) }
	for _, name := range []string{"longshore-cli", "longshore-signer", "longshore", filepath.Join("debug", "longshore")} {
		if holds(program(t, name)) {
			t.Errorf("%s was built with fail points", name)
		}
	}
	if crash, _ := crashProgram(t); !holds(crash) {
		t.Error("the name is not in the program that was built with fail points either: this test finds nothing")
	}
}
