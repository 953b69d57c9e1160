package reveal

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/godbus/dbus/v5"
	"go.uber.org/goleak"

	"longshore/internal/bustest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type manager struct{ asked chan string }

func (m manager) ShowItems(items []string, _ string) *dbus.Error {
	m.asked <- "items " + strings.Join(items, "|")
	return nil
}

func (m manager) ShowFolders(items []string, _ string) *dbus.Error {
	m.asked <- "folders " + strings.Join(items, "|")
	return nil
}

func TestTheFileManagerIsAsked(t *testing.T) {
	address := bustest.Start(t)
	bustest.Session(t, address)
	m := manager{make(chan string, 4)}
	bustest.Offer(t, bustest.Join(t, address, "org.freedesktop.FileManager1"), m, "/org/freedesktop/FileManager1", "org.freedesktop.FileManager1")
	dir := t.TempDir()
	file := filepath.Join(dir, "a b$(id)#?.dcm")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		file:                       "items file://" + dir + "/a%20b$%28id%29%23%3F.dcm",
		dir:                        "items file://" + dir,
		filepath.Join(dir, "gone"): "folders file://" + dir,
	} {
		if err := Show(t.Context(), path); err != nil {
			t.Fatal(err)
		}
		if got := <-m.asked; got != want {
			t.Errorf("asked for %q, want %q", got, want)
		}
	}
	for _, path := range []string{"relative", filepath.Join(dir, "gone", "too")} {
		if err := Show(t.Context(), path); !errors.Is(err, ErrGone) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// Without a file manager on the bus the desktop's opener gets the folder, as one argument and through no shell.
func TestTheFolderIsOpened(t *testing.T) {
	bin, dir := t.TempDir(), filepath.Join(t.TempDir(), "a $(touch b); c")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	said := filepath.Join(bin, "said")
	script := "#!/bin/sh\nprintf '%s:%s\\n' \"$#\" \"$1\" >" + said + "\n"
	if err := os.WriteFile(filepath.Join(bin, "xdg-open"), []byte(script), 0o700); err != nil { //nolint:gosec // it is run
		t.Fatal(err)
	}
	t.Setenv("PATH", bin)
	bustest.Session(t, bustest.Nowhere)
	file := filepath.Join(dir, "x")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Show(t.Context(), file); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(said)
	if want := "1:" + dir + "\n"; err != nil || string(data) != want {
		t.Errorf("it was given %q, %v, want %q", data, err, want)
	}
	t.Setenv("PATH", t.TempDir())
	if err := Show(t.Context(), file); !errors.Is(err, ErrNone) {
		t.Errorf("no opener: %v", err)
	}
}
