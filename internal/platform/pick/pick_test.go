//go:build !windows && !darwin

package pick

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// stand puts a program named zenity first in the path that records how it was called and answers as told.
func stand(t *testing.T, script string) (arguments func() []string) {
	t.Helper()
	dir := t.TempDir()
	log := filepath.Join(dir, "arguments")
	body := "#!/bin/sh\nprintf '%s\\n' \"$@\" >'" + log + "'\n" + script + "\n"
	for _, name := range []string{"zenity", "qarma", "matedialog"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(body), 0o700); err != nil { //nolint:gosec // it must be run
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	return func() []string {
		text, err := os.ReadFile(log) //nolint:gosec // ours
		if err != nil {
			t.Fatal(err)
		}
		return strings.Split(strings.TrimSpace(string(text)), "\n")
	}
}

func TestFiles(t *testing.T) {
	arguments := stand(t, `printf '/a b/one.dcm\036/c/two, "quoted".mov\n'`)
	got, err := Native{}.Files(context.Background(), "Choose")
	if want := []string{"/a b/one.dcm", `/c/two, "quoted".mov`}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
	if args := arguments(); !slices.Contains(args, "--multiple") || slices.Contains(args, "--directory") {
		t.Errorf("called with %q", args)
	}
}

func TestFolders(t *testing.T) {
	arguments := stand(t, `printf '/study\n'`)
	got, err := Native{}.Folders(context.Background(), "Choose")
	if err != nil || !slices.Equal(got, []string{"/study"}) {
		t.Errorf("got %q, %v", got, err)
	}
	if !slices.Contains(arguments(), "--directory") {
		t.Errorf("called with %q", arguments())
	}
}

func TestChoseNone(t *testing.T) {
	stand(t, "exit 1")
	if got, err := (Native{}).Files(context.Background(), "Choose"); got != nil || err != nil {
		t.Errorf("got %q, %v; want nothing and no error", got, err)
	}
}

func TestBroken(t *testing.T) {
	stand(t, "exit 77")
	if _, err := (Native{}).Files(context.Background(), "Choose"); err == nil {
		t.Error("a window that cannot be opened is no error")
	}
}

func TestContextEndsIt(t *testing.T) {
	stand(t, "exec sleep 600")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := (Native{}).Files(ctx, "Choose"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's end", err)
	}
}
