package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"longshore/app"
	"longshore/ui"
	"longshore/uploader"
)

func TestFlags(t *testing.T) {
	var out, errOut bytes.Buffer
	s, err := parse([]string{"--signer", "https://v", "--token-file", "/t", "--ca", "/c", "--state", "d", "a", "b"}, &out, &errOut)
	if err != nil {
		t.Fatal(err)
	}
	if want := (ui.Address{Signer: "https://v", TokenFile: "/t", CAFile: "/c"}); !reflect.DeepEqual(*s.address(), want) || s.stateDir != "d" || !slices.Equal(s.paths, []string{"a", "b"}) {
		t.Errorf("%+v", s)
	}
	if s, err = parse(nil, &out, &errOut); err != nil || s.address() != nil || len(s.paths) != 0 {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestBadFlags(t *testing.T) {
	for _, args := range [][]string{{"--nonsense"}, {"--token-file", "t"}, {"--ca", "c", "a"}} {
		var out, errOut bytes.Buffer
		if code := run(args, &out, &errOut); code != exitUsage || !strings.Contains(errOut.String(), "--signer URL") || out.Len() > 0 {
			t.Errorf("%q: exit %d, %q", args, code, errOut.String())
		}
	}
}

func TestHelpAndVersion(t *testing.T) {
	var out, errOut bytes.Buffer
	if _, err := parse([]string{"--help"}, &out, &errOut); !errors.Is(err, flag.ErrHelp) {
		t.Error(err)
	}
	for _, text := range []string{"--signer URL", "--token-file FILE", "--ca FILE", "--state DIR", "--version", "PATH…"} {
		if !strings.Contains(out.String(), text) {
			t.Errorf("the help does not name %s:\n%s", text, out.String())
		}
	}
	out.Reset()
	if code := run([]string{"--version"}, &out, &errOut); code != exitOK || !strings.HasPrefix(out.String(), "Longshore ") {
		t.Errorf("exit %d, %q", code, out.String())
	}
}

func TestPathsAreMadeAbsolute(t *testing.T) {
	t.Chdir(t.TempDir())
	got := absolute([]string{"a", "/b", "smb://host/share"})
	here, err := filepath.Abs("a")
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{here, "/b", "smb://host/share"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A second start does not open the folder again; it says what became of its paths.
func TestSecondStart(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	owner, err := app.Open(context.Background(), app.Options{StateDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := owner.Close(); err != nil {
			t.Error(err)
		}
	}()
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"--state", dir}, exitOK, "running already"},
		{[]string{"--state", dir, "file"}, exitFailed, "no vault yet"},
		{[]string{"--state", dir, "x.longshore"}, exitFailed, "in its window first"}, // never sent as a file
	} {
		var out, errOut bytes.Buffer
		if code := run(c.args, &out, &errOut); code != c.code || !strings.Contains(out.String()+errOut.String(), c.says) {
			t.Errorf("%q: exit %d, %q %q", c.args, code, out.String(), errOut.String())
		}
	}
}

// vaulted is a session with vaults that takes no files.
type vaulted struct {
	app.Session
	vaults []uploader.Vault
}

func (v vaulted) Vaults(context.Context) ([]uploader.Vault, error) { return v.vaults, nil }

// Files that are handed to a command go to no vault that was only guessed.
func TestSecondStartGuessesNoVault(t *testing.T) {
	a, b := uploader.Vault{ID: "A"}, uploader.Vault{ID: "B"}
	if id, err := vaultFor(context.Background(), vaulted{vaults: []uploader.Vault{a}}, start{}); id != "A" || err != nil {
		t.Errorf("the only one: %q, %v", id, err)
	}
	if err := addTo(context.Background(), vaulted{vaults: []uploader.Vault{a, b}}, start{}, []string{"/x"}); !errors.Is(err, errWhich) {
		t.Errorf("of two: %v", err)
	}
}

// A second start gives its paths to the window that is open; one at login, without paths, disturbs nobody.
func TestSecondStartRaisesTheWindow(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	owner, err := app.Open(context.Background(), app.Options{StateDir: dir, Window: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := owner.Close(); err != nil {
			t.Error(err)
		}
	}()
	for _, c := range []struct {
		args, raised []string
		says         string
	}{
		{[]string{"--state", dir}, []string{}, "running already"},
		{[]string{"--state", dir, "/a.dcm", "/b.longshore"}, []string{"/a.dcm", "/b.longshore"}, "Handed to"},
		{[]string{"--state", dir, "--hidden"}, nil, "running already"},
	} {
		var out, errOut bytes.Buffer
		if code := run(c.args, &out, &errOut); code != exitOK || !strings.Contains(out.String(), c.says) {
			t.Errorf("%q: exit %d, %q %q", c.args, code, out.String(), errOut.String())
		}
		select {
		case got := <-owner.Raises():
			if c.raised == nil || !slices.Equal(got, c.raised) {
				t.Errorf("%q: the window was given %q", c.args, got)
			}
		default:
			if c.raised != nil {
				t.Errorf("%q: the window was not raised", c.args)
			}
		}
	}
}
