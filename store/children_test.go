package store

import (
	"fmt"
	"os"
	"os/exec"
	"testing"
)

// testChildEnv names the test child a process is to be.
const testChildEnv = "LONGSHORE_STORE_TEST_CHILD"

// testChildren are the mains of the tests' own processes.
var testChildren = map[string]func(args []string) int{
	"write": writeForever, "dying-migration": dyingMigration, "open-and-hold": openAndHold,
}

// testMain runs a test child.
func testMain(name string, args []string) int {
	if main := platformChildren[name]; main != nil {
		return main(args)
	}
	return testChildren[name](args)
}

// testChild is this program again, as one of testChildren.
func testChild(t *testing.T, name string, args ...string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, args...)
	cmd.Env = append(os.Environ(), testChildEnv+"="+name)
	cmd.Stderr = os.Stderr
	return cmd
}

// verdict is what a test child ends with.
func verdict(err error) int {
	if err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println("ok")
	return 0
}
