package app

import (
	"net/http"
	"path/filepath"
	"testing"

	"longshore/internal/vaulttest"
	"longshore/uploader"
)

// Whoever hands its orders to the owner can take a removal back too; who only looks can neither.
func TestARemovalOverTheSocketIsTakenBack(t *testing.T) {
	vault := vaulttest.Start(t, vaulttest.Options{})
	dir := stateDir(t)
	owner := open(t, Options{StateDir: dir})
	guest := open(t, Options{StateDir: dir})
	if guest.Owner() {
		t.Fatal("two owners")
	}
	v := addVault(t, owner, vault)
	vault.Before(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "down", http.StatusServiceUnavailable) })
	ids := add(t, guest, v, write(t, filepath.Join(t.TempDir(), "x"), []byte("x")))
	if err := guest.Do(t.Context(), uploader.Pause, uploader.Target{Entries: ids}); err != nil {
		t.Fatal(err)
	}
	gone, err := guest.Remove(t.Context(), uploader.Target{Entries: ids})
	if err != nil || gone.Unfinished != 1 || guest.Snapshot().Entries.Len() != 0 {
		t.Fatalf("removed %+v, %v", gone, err)
	}
	for _, want := range []int{1, 0} {
		if n, err := guest.Restore(t.Context(), gone.Undo); err != nil || n != want {
			t.Errorf("%d came back, want %d: %v", n, want, err)
		}
	}
	if s := guest.Snapshot(); s.Entries.Len() != 1 || s.Entries.At(0).ID != ids[0] {
		t.Errorf("%d entries", s.Entries.Len())
	}
	looks := &looker{}
	if _, err := looks.Remove(t.Context(), uploader.Target{Entries: ids}); err == nil {
		t.Error("it took an order")
	}
	if _, err := looks.Restore(t.Context(), gone.Undo); err == nil {
		t.Error("it took an order")
	}
}
