package autostart

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func enabled(t *testing.T, e Entry) bool {
	t.Helper()
	on, err := e.Enabled()
	if err != nil {
		t.Fatal(err)
	}
	return on
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestOnAndOffAgain(t *testing.T) {
	config := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", config)
	e := Entry{ID: "app.longshore.Test", Name: "Longshore", Args: []string{"/opt/my longshore", "--hidden"}}
	path := filepath.Join(config, "autostart", "app.longshore.Test.desktop")
	if enabled(t, e) {
		t.Fatal("it is on before anybody asked")
	}
	check(t, e.Disable())
	check(t, e.Enable())
	first, err := os.ReadFile(path)
	check(t, err)
	if !strings.Contains(string(first), "\nExec=\"/opt/my longshore\" \"--hidden\"\n") || !enabled(t, e) {
		t.Fatalf("%s", first)
	}
	check(t, e.Enable())
	if again, err := os.ReadFile(path); err != nil || string(again) != string(first) {
		t.Errorf("the second time: %v\n%s", err, again)
	}
	e.Args[0] = "/opt/moved"
	check(t, e.Enable())
	if moved, err := os.ReadFile(path); err != nil || !strings.Contains(string(moved), "/opt/moved") {
		t.Errorf("after it moved: %v\n%s", err, moved)
	}
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 1 {
		t.Errorf("%v, %v", left, err)
	}
	check(t, e.Disable())
	if enabled(t, e) {
		t.Error("it is still on")
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("the file stayed: %v", err)
	}
}

// Desktops switch an entry off by a line in it.
func TestSwitchedOffByTheDesktop(t *testing.T) {
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	e := Entry{ID: "app.longshore.Test", Name: "Longshore", Args: []string{"/opt/longshore"}}
	check(t, e.Enable())
	path, err := e.path()
	check(t, err)
	text, err := os.ReadFile(path)
	check(t, err)
	for _, line := range []string{"Hidden=true", "X-GNOME-Autostart-enabled=false"} {
		check(t, os.WriteFile(path, []byte(strings.ReplaceAll(string(text), "X-GNOME-Autostart-enabled=true", line)), 0o600))
		if enabled(t, e) {
			t.Errorf("%s was not heeded", line)
		}
	}
	check(t, e.Enable())
	if !enabled(t, e) {
		t.Error("it could not be switched on again")
	}
}

func TestQuoting(t *testing.T) {
	for in, want := range map[string]string{
		`/a b`:  `"/a b"`,
		`/a%f`:  `"/a%%f"`,
		`/a"$b`: `"/a\\"\\$b"`,
		`/a\b`:  `"/a\\\\b"`,
	} {
		if got := quote(in); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
}
