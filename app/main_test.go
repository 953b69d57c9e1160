package app

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"longshore/internal/vaulttest"
	"longshore/store"
	"longshore/uploader"
)

// ownerEnv makes the test program an owner of the folder it names, until it is killed.
const ownerEnv = "LONGSHORE_APP_TEST_OWNER"

func TestMain(m *testing.M) {
	if store.IsCheckChild() {
		os.Exit(store.CheckMain())
	}
	if dir := os.Getenv(ownerEnv); dir != "" {
		os.Exit(ownUntilKilled(dir))
	}
	if dir := os.Getenv(secretStoreEnv); dir != "" {
		os.Exit(hangWhileStoring(dir))
	}
	if err := os.Setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/bus"); err != nil { // no test keeps the developer's machine awake
		os.Exit(1)
	}
	goleak.VerifyTestMain(m)
}

func ownUntilKilled(dir string) int {
	s, err := Open(context.Background(), Options{StateDir: dir})
	if err != nil || !s.Owner() {
		return 1
	}
	if _, err := os.Stdout.WriteString("owner\n"); err != nil {
		return 1
	}
	select {} // its parent kills it
}

// patience bounds waits for things that happen at once, on a busy machine.
const patience = 30 * time.Second

// stateDir is a folder whose path leaves room for a socket.
func stateDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "lsa")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return filepath.Join(dir, "state")
}

func open(t *testing.T, o Options) Session {
	t.Helper()
	s, err := Open(t.Context(), o)
	if err != nil {
		t.Fatalf("%v: %+v", err, Explain(err))
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

func addVault(t *testing.T, s Session, v *vaulttest.Vault) uploader.Vault {
	t.Helper()
	vault, err := s.AddVault(t.Context(), VaultSpec{SignerURL: v.URL, TokenFile: v.TokenFile})
	if err != nil {
		t.Fatalf("%v: %+v", err, Explain(err))
	}
	return vault
}

func add(t *testing.T, s Session, vault uploader.Vault, paths ...string) []uploader.EntryID {
	t.Helper()
	added, err := s.Add(t.Context(), vault.ID, paths, uploader.KnownSend)
	if err != nil {
		t.Fatal(err)
	}
	return append(added.Entries, added.Resumed...)
}

// follow follows to the end and returns the results by path.
func follow(t *testing.T, s Session, ids []uploader.EntryID) (map[string]FileResult, Progress) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	results := make(map[string]FileResult)
	sum, err := Follow(ctx, s, ids, Follower{GiveUp: true, Receipts: true, File: func(f FileResult) {
		if _, twice := results[f.Path]; twice {
			t.Errorf("told twice: %+v", f)
		}
		results[f.Path] = f
	}})
	if err != nil {
		t.Fatalf("follow: %v, %+v", err, sum)
	}
	return results, sum
}

func write(t *testing.T, path string, data []byte) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func wantCode(t *testing.T, err error, code uploader.Code) {
	t.Helper()
	if err == nil || Explain(err).Code != code {
		t.Errorf("got %v, want the code %s", err, code)
	}
	if err != nil && Explain(err).Sentence == "" {
		t.Errorf("no sentence for %v", err)
	}
}
