package owner

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// speak dials the owner of dir and returns what it hears.
func speak(t *testing.T, dir string, l net.Listener) string {
	t.Helper()
	heard := make(chan string, 1)
	go func() {
		conn, err := l.Accept()
		if err != nil {
			heard <- err.Error()
			return
		}
		defer conn.Close()
		_, err = io.WriteString(conn, "owner")
		if err != nil {
			t.Error(err)
		}
		heard <- ""
	}()
	conn, err := Dial(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	data, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	if trouble := <-heard; trouble != "" {
		t.Fatal(trouble)
	}
	return string(data)
}

func listen(t *testing.T, dir string) net.Listener {
	t.Helper()
	l, err := Listen(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// short is a folder whose path leaves room for a socket: t.TempDir holds the test's name.
func short(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "o")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func TestNobodyThere(t *testing.T) {
	for name, dir := range map[string]string{"empty folder": short(t), "no folder": filepath.Join(short(t), "none")} {
		if _, err := Dial(t.Context(), dir); !errors.Is(err, ErrNone) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOwnerIsHeardAndGoesAway(t *testing.T) {
	dir := short(t)
	l := listen(t, dir)
	if got := speak(t, dir, l); got != "owner" {
		t.Errorf("heard %q", got)
	}
	path := filepath.Join(dir, folder, socket)
	for p, want := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700} {
		info, err := os.Lstat(p)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != want {
			t.Errorf("mode %v, want %v", info.Mode().Perm(), want)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket stayed: %v", err)
	}
	if _, err := Dial(t.Context(), dir); !errors.Is(err, ErrNone) {
		t.Errorf("after it has gone: %v", err)
	}
}

func TestADeadOwnersSocketIsReplaced(t *testing.T) {
	dir := short(t)
	dead := listen(t, dir)
	dead.(*net.UnixListener).SetUnlinkOnClose(false) // as a killed process leaves it
	if err := dead.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(filepath.Join(dir, folder, socket)); err != nil {
		t.Fatalf("the orphan is not there: %v", err)
	}
	if _, err := Dial(t.Context(), dir); !errors.Is(err, ErrNone) {
		t.Errorf("the orphan answered: %v", err)
	}
	if got := speak(t, dir, listen(t, dir)); got != "owner" {
		t.Errorf("heard %q", got)
	}
}

func TestAFolderTooDeepForASocket(t *testing.T) {
	t.Setenv("XDG_RUNTIME_DIR", short(t))
	dir := filepath.Join(short(t), strings.Repeat("d", 120))
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(short(t), strings.Repeat("d", 120))
	if got := speak(t, dir, listen(t, dir)); got != "owner" {
		t.Errorf("heard %q", got)
	}
	if _, err := Dial(t.Context(), other); !errors.Is(err, ErrNone) {
		t.Errorf("another folder has the same owner: %v", err)
	}
}

func TestALinkNamesTheSameFolder(t *testing.T) {
	dir := short(t)
	link := filepath.Join(short(t), "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	if got := speak(t, link, listen(t, dir)); got != "owner" {
		t.Errorf("heard %q", got)
	}
}

func TestAFolderOpenToOthersIsNotTrusted(t *testing.T) {
	dir := short(t)
	listen(t, dir)
	if err := os.Chmod(filepath.Join(dir, folder), 0o755); err != nil { //nolint:gosec // the point of the test
		t.Fatal(err)
	}
	if _, err := Dial(t.Context(), dir); !errors.Is(err, ErrNone) {
		t.Errorf("it was trusted: %v", err)
	}
}

func TestDialHeedsItsContext(t *testing.T) {
	dir := short(t)
	listen(t, dir)
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	cancel()
	if _, err := Dial(ctx, dir); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
