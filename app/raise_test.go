package app

import (
	"path/filepath"
	"slices"
	"testing"
)

func TestASecondStartRaisesTheWindow(t *testing.T) {
	dir := stateDir(t)
	own := open(t, Options{StateDir: dir, Window: true})
	other := open(t, Options{StateDir: dir})
	here := t.TempDir()
	t.Chdir(here)
	shown, err := other.Raise(t.Context(), []string{"a.dcm", "/b.longshore", "smb://nas/x"})
	if err != nil || !shown {
		t.Fatalf("%v, %v", shown, err)
	}
	got := <-own.Raises()
	abs, err := filepath.Abs("a.dcm")
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{abs, "/b.longshore", "smb://nas/x"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	for range mostRaised {
		if shown, err := other.Raise(t.Context(), nil); err != nil || !shown {
			t.Fatalf("%v, %v", shown, err)
		}
	}
	if _, err := other.Raise(t.Context(), nil); err == nil {
		t.Error("a window that hangs takes everything")
	}
}

func TestAnOwnerWithoutAWindowSaysSo(t *testing.T) {
	dir := stateDir(t)
	open(t, Options{StateDir: dir})
	other := open(t, Options{StateDir: dir})
	if shown, err := other.Raise(t.Context(), nil); err != nil || shown {
		t.Errorf("%v, %v", shown, err)
	}
}
