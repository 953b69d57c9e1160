package s3test

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// tool finds a program that `make tools` installs: in $LONGSHORE_TOOLS, else in
// .tools/bin beside the go.mod above the test's folder.
func tool(t testing.TB, name string) string {
	t.Helper()
	dir := os.Getenv("LONGSHORE_TOOLS")
	if dir == "" {
		dir = filepath.Join(root(t), ".tools", "bin")
	}
	return program(t, dir, name, "make tools")
}

// built finds a program that `make build` makes: in $LONGSHORE_BIN, else in bin
// beside the go.mod above the test's folder.
func built(t testing.TB, name string) string {
	t.Helper()
	dir := os.Getenv("LONGSHORE_BIN")
	if dir == "" {
		dir = filepath.Join(root(t), "bin")
	}
	return program(t, dir, name, "make build")
}

func program(t testing.TB, dir, name, remedy string) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	path, err := filepath.Abs(filepath.Join(dir, name))
	if err != nil {
		t.Fatalf("s3test: %v", err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("s3test: %s is not installed: run `%s` (%v)", name, remedy, err)
	}
	return path
}

// root is the repository: the nearest folder above the working directory whose
// go.mod is not that of a nested module (the one with internal/s3test).
func root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatalf("s3test: %v", err)
	}
	for {
		_, errMod := os.Stat(filepath.Join(dir, "go.mod"))
		_, errSelf := os.Stat(filepath.Join(dir, "internal", "s3test"))
		if errMod == nil && errSelf == nil {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			t.Fatalf("s3test: no go.mod of longshore above the working directory")
		}
		dir = up
	}
}
