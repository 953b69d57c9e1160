package keychain

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/zalando/go-keyring"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if os.Getenv(realEnv) != "" { // the library keeps its connection to the bus open
		os.Exit(m.Run())
	}
	keyring.MockInit() // no test touches the keychain of whoever runs it
	goleak.VerifyTestMain(m)
}

// store is what both kinds have in common.
type store interface {
	Get(ctx context.Context, account string) (string, error)
	Set(ctx context.Context, account, secret string) error
	Delete(ctx context.Context, account string) error
}

// keeps holds any store against its promises.
func keeps(t *testing.T, s store, account string) {
	t.Helper()
	ctx := t.Context()
	if _, err := s.Get(ctx, account); !errors.Is(err, ErrNone) {
		t.Errorf("before anything was stored: %v", err)
	}
	if err := s.Delete(ctx, account); err != nil {
		t.Errorf("deleting nothing: %v", err)
	}
	for _, secret := range []string{
		"short", strings.Repeat("a", mostDirect), strings.Repeat("b", mostDirect+1), strings.Repeat("long-", 3000), "with \"quotes\" & blanks ü",
		`{"longshore-parts":["` + account + `"]}`, "short again",
	} {
		if err := s.Set(ctx, account, secret); err != nil {
			t.Fatalf("%d bytes: %v", len(secret), err)
		}
		if got, err := s.Get(ctx, account); err != nil || got != secret {
			t.Errorf("%d bytes came back as %d: %v", len(secret), len(got), err)
		}
	}
	if err := s.Set(ctx, account+"x", "another"); err != nil {
		t.Fatal(err)
	}
	if err := s.Delete(ctx, account); err != nil {
		t.Error(err)
	}
	if _, err := s.Get(ctx, account); !errors.Is(err, ErrNone) {
		t.Errorf("after it was deleted: %v", err)
	}
	if got, err := s.Get(ctx, account+"x"); err != nil || got != "another" {
		t.Errorf("another account: %q, %v", got, err)
	}
	if err := s.Delete(ctx, account+"x"); err != nil {
		t.Error(err)
	}
}

func always() error { return nil }

func TestTheLibrarysKeychain(t *testing.T) {
	keeps(t, newSystem(systemRing{"Longshore test"}, always), "account")
}

func TestFiles(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "secrets")
	f := NewFiles(dir)
	keeps(t, f, "account")
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if err := f.Set(t.Context(), "mine", "secret"); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "mine")
	if runtime.GOOS != "windows" {
		for name, want := range map[string]fs.FileMode{path: 0o600, dir: 0o700} {
			if info, err := os.Stat(name); err != nil || info.Mode().Perm() != want {
				t.Errorf("%s: %v, %v", filepath.Base(name), info.Mode(), err)
			}
		}
		if err := os.Chmod(path, 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Get(t.Context(), "mine"); err == nil {
			t.Error("a file that others can read was taken")
		}
	}
	for _, account := range []string{"", ".", "..", "a/b", "../a", "a.b", `a\b`, "a\x00b"} {
		if err := f.Set(t.Context(), account, "x"); err == nil {
			t.Errorf("%q was taken", account)
		}
	}
	if err := f.Set(t.Context(), "big", strings.Repeat("x", maxSecret+1)); err == nil {
		t.Error("a secret without bounds was taken")
	}
}

// fakeRing is a keychain that fails and waits as a test says.
type fakeRing struct {
	secrets map[string]string
	budget  int // sets and deletes that still work; negative: all
	hold    chan struct{}
}

var errLocked = errors.New("locked")

func (r *fakeRing) get(account string) (string, error) {
	if r.hold != nil {
		<-r.hold
	}
	s, ok := r.secrets[account]
	if !ok {
		return "", ErrNone
	}
	return s, nil
}

func (r *fakeRing) change() error {
	if r.budget == 0 {
		return errLocked
	}
	r.budget--
	return nil
}

func (r *fakeRing) set(account, secret string) error {
	if err := r.change(); err != nil {
		return err
	}
	r.secrets[account] = secret
	return nil
}

func (r *fakeRing) delete(account string) error {
	if err := r.change(); err != nil {
		return err
	}
	delete(r.secrets, account)
	return nil
}

// Wherever a Set is cut, what comes back is the old secret or the new one.
func TestALongSecretIsNeverAMixture(t *testing.T) {
	long := func(s string) string { return strings.Repeat(s, 3*mostDirect) }
	for cut := range 12 {
		r := &fakeRing{secrets: map[string]string{}, budget: -1}
		s := newSystem(r, always)
		if err := s.Set(t.Context(), "a", long("1")); err != nil {
			t.Fatal(err)
		}
		r.budget = cut
		err := s.Set(t.Context(), "a", long("2"))
		r.budget = -1
		got, gerr := s.Get(t.Context(), "a")
		if gerr != nil || got != long("1") && got != long("2") || err == nil && got != long("2") {
			t.Errorf("cut after %d: %d bytes, %v, %v", cut, len(got), err, gerr)
		}
		if err == nil {
			if len(r.secrets) != 4 { // a head and three pieces
				t.Errorf("%d entries are left", len(r.secrets))
			}
			return
		}
	}
	t.Error("it never worked")
}

// A keychain that asks its person holds nobody who does not want to wait, and is asked once.
func TestWaitingForAKeychainCanBeEnded(t *testing.T) {
	r := &fakeRing{secrets: map[string]string{"a": "x"}, budget: -1, hold: make(chan struct{})}
	s := newSystem(r, always)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Get(ctx, "a"); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	got := make(chan string, 1)
	go func() {
		secret, err := s.Get(t.Context(), "a")
		if err != nil {
			t.Error(err)
		}
		got <- secret
	}()
	close(r.hold)
	if secret := <-got; secret != "x" {
		t.Errorf("%q", secret)
	}
	s.busy.Wait()
}
