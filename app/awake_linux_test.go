package app

import (
	"bytes"
	"path/filepath"
	"testing"
	"time"

	"longshore/internal/bustest"
	"longshore/internal/vaulttest"
)

// A real upload keeps the computer awake through a logind, until the session ends at the latest, and is told of a sleep.
func TestAnUploadAsksLogind(t *testing.T) {
	address := bustest.Start(t)
	bustest.System(t, address)
	login := bustest.NewLogin1(t, address)
	vault := vaulttest.Start(t, vaulttest.Options{})
	file := write(t, filepath.Join(t.TempDir(), "big.bin"), bytes.Repeat([]byte("0123456789abcdef"), 20<<20/16))
	s := open(t, Options{StateDir: stateDir(t)})
	if b, err := s.Behaviour(t.Context()); err != nil || !b.KeepAwake {
		t.Fatalf("%+v, %v", b, err)
	}
	ids := add(t, s, addVault(t, s, vault), file)
	var in *bustest.Inhibitor
	select {
	case in = <-login.Held():
	case <-time.After(patience):
		t.Fatal("logind was not asked")
	}
	if in.Why != awakeWhy || in.What != "sleep" {
		t.Errorf("%+v", in)
	}
	follow(t, s, ids)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	select {
	case <-in.Released:
	case <-time.After(patience):
		t.Error("the session ended and the computer is still kept awake")
	}
}

func TestBehaviourIsKept(t *testing.T) {
	dir := stateDir(t)
	s := open(t, Options{StateDir: dir})
	other := open(t, Options{StateDir: dir})
	want := Behaviour{OnClose: CloseHides}
	if err := other.SetBehaviour(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	for _, session := range []Session{s, other} {
		if got, err := session.Behaviour(t.Context()); err != nil || got != want {
			t.Errorf("%+v, %v", got, err)
		}
	}
}
