package app

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"longshore/app/signin"
	"longshore/internal/oidctest"
	"longshore/uploader"
)

// secretStoreEnv makes the test program an owner whose refresh tokens are kept in files, and which says "storing" and
// then hangs when it is to store one.
const secretStoreEnv = "LONGSHORE_APP_TEST_STORING"

// hangingStore hangs before anything is stored.
type hangingStore struct{ signin.Store }

func (hangingStore) Set(ctx context.Context, _, _ string) error {
	if _, err := os.Stdout.WriteString("storing\n"); err != nil {
		return err
	}
	<-ctx.Done()
	return ctx.Err()
}

func hangWhileStoring(dir string) int {
	real := secretStores(dir)
	s, err := Open(context.Background(), Options{StateDir: dir, SecretStores: func(name string) (signin.Store, error) {
		store, err := real(name)
		return hangingStore{store}, err
	}})
	if err != nil || !s.Owner() {
		return 1
	}
	select {} // its parent kills it
}

// A kill -9 between the provider's rotation and the store: the refresh token that is kept is spent. The next process is
// refused, the file waits, and goes on after a sign-in; nothing fails and nothing is lost.
func TestKilledBetweenRotationAndStore(t *testing.T) {
	vault, p := oidc(t, "")
	dir := stateDir(t)
	s := open(t, Options{StateDir: dir})
	v := addOIDC(t, s, vault)
	signInWith(t, s, p, v, StoreFile)
	vault.Before(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "put-urls") {
			http.Error(w, "down", http.StatusServiceUnavailable)
		}
	})
	add(t, s, v, write(t, filepath.Join(t.TempDir(), "x"), []byte("x")))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	kept := secretFiles(t, dir)
	if len(kept) != 1 {
		t.Fatalf("%v", kept)
	}
	before, err := os.ReadFile(kept[0])
	if err != nil {
		t.Fatal(err)
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	child := exec.CommandContext(t.Context(), exe)
	child.Env = append(os.Environ(), secretStoreEnv+"="+dir)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "storing\n" {
		t.Fatalf("the child says %q, %v", line, err)
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait() // it was killed: the error says so
	if after, err := os.ReadFile(kept[0]); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the store changed: %v", err)
	}
	vault.Before(nil)
	s = open(t, Options{StateDir: dir})
	until(t, s, "it waits for a sign-in", waitsForSignIn)
	if n := len(secretFiles(t, dir)); n != 0 {
		t.Errorf("%d spent tokens are still kept", n)
	}
	signInWith(t, s, p, v, StoreFile)
	until(t, s, "it goes on by itself", stored)
}

// signInWith signs in and has it kept in a certain place.
func signInWith(t *testing.T, s Session, p *oidctest.Provider, v uploader.Vault, store string) {
	t.Helper()
	step, err := s.BeginSignIn(t.Context(), SignInRequest{Vault: v.ID, Store: store})
	if err != nil {
		t.Fatalf("%+v", Explain(err))
	}
	shown := make(chan error, 1)
	go func() {
		_, err := p.Login(t.Context(), "alice", step.URL)
		shown <- err
	}()
	if in, err := s.FinishSignIn(t.Context(), step.Attempt); err != nil || in.Store != store {
		t.Fatalf("%+v, %v", in, err)
	}
	if err := <-shown; err != nil {
		t.Fatal(err)
	}
}

func TestWithoutAKeychain(t *testing.T) {
	vault, p := oidc(t, "")
	dir, stores := stateDir(t), newStores()
	stores.fail[StoreKeychain] = errors.New("no secret service")
	real := secretStores(dir)
	opener := func(name string) (signin.Store, error) {
		if name == StoreFile {
			return real(name)
		}
		return stores.open(name)
	}
	own := open(t, Options{StateDir: dir, SecretStores: opener})
	other := open(t, Options{StateDir: dir})
	v := addOIDC(t, own, vault)
	for _, s := range []Session{own, other} {
		_, err := s.BeginSignIn(t.Context(), SignInRequest{Vault: v.ID})
		wantCode(t, err, uploader.CodeBadConfig)
		if !NoKeychain(err) || !strings.Contains(Explain(err).Sentence, "--secret-store file") {
			t.Errorf("it does not say what could be done: %+v", Explain(err))
		}
	}
	if n := secretFiles(t, dir); len(n) != 0 {
		t.Errorf("kept in a file unasked: %v", n)
	}
	step, err := own.BeginSignIn(t.Context(), SignInRequest{Vault: v.ID, Store: StoreFile})
	if err != nil {
		t.Fatalf("%+v", Explain(err))
	}
	go func() { _, _ = p.Login(t.Context(), "alice", step.URL) }()
	if in, err := own.FinishSignIn(t.Context(), step.Attempt); err != nil || in.Store != StoreFile {
		t.Fatalf("%+v, %v", in, err)
	}
	files := secretFiles(t, dir)
	if len(files) != 1 {
		t.Fatalf("%v", files)
	}
	info, err := os.Stat(files[0])
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	// It is there where it was put: the next sign-in needs no choice. A new place takes the old secret away.
	stores.mu.Lock()
	delete(stores.fail, StoreKeychain)
	stores.mu.Unlock()
	if in := signInAs(t, own, p, v, "alice"); in.Store != StoreFile {
		t.Errorf("%+v", in)
	}
	if step, err = own.BeginSignIn(t.Context(), SignInRequest{Vault: v.ID, Store: StoreKeychain}); err != nil {
		t.Fatal(err)
	}
	go func() { _, _ = p.Login(t.Context(), "alice", step.URL) }()
	if in, err := own.FinishSignIn(t.Context(), step.Attempt); err != nil || in.Store != StoreKeychain || len(secretFiles(t, dir)) != 0 {
		t.Errorf("%+v, %v, %v", in, err, secretFiles(t, dir))
	}
	if err := own.RemoveVault(t.Context(), v.ID); err != nil || len(stores.all()) != 0 {
		t.Errorf("after the vault was removed: %v, %d secrets", err, len(stores.all()))
	}
}

func secretFiles(t *testing.T, stateDir string) (files []string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(stateDir, secretsDir))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	for _, e := range entries {
		files = append(files, filepath.Join(stateDir, secretsDir, e.Name()))
	}
	return files
}

// After a whole life of sign-ins no token is in the state folder: not in the journal, not in its copies, not in the log.
func TestNoTokenIsInTheStateFolder(t *testing.T) {
	vault, p := oidc(t, "")
	p.SetTokenLifetime(t, 3*time.Second)
	dir, stores := stateDir(t), newStores()
	var mu sync.Mutex
	tokens := map[string]bool{}
	vault.Before(func(_ http.ResponseWriter, r *http.Request) {
		if bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
			mu.Lock()
			defer mu.Unlock()
			tokens[bearer] = true
		}
	})
	s := open(t, Options{StateDir: dir, SecretStores: stores.open})
	v := addOIDC(t, s, vault)
	note := func() {
		for _, secret := range stores.all() {
			_, rest, _ := strings.Cut(secret, `"refresh":"`)
			refresh, _, _ := strings.Cut(rest, `"`)
			mu.Lock()
			tokens[refresh] = true
			mu.Unlock()
		}
	}
	for i := range 3 {
		signInAs(t, s, p, v, "alice")
		note()
		_, sum := follow(t, s, add(t, s, v, write(t, filepath.Join(t.TempDir(), string(rune('a'+i))), []byte("x"))))
		if !sum.Stored() {
			t.Fatalf("%+v", sum)
		}
		note()
	}
	p.Revoke(t, "alice")
	gone := time.NewTimer(3 * time.Second)
	<-gone.C
	follow(t, s, add(t, s, v, write(t, filepath.Join(t.TempDir(), "late"), []byte("x"))))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if len(tokens) < 6 {
		t.Fatalf("only %d tokens were seen", len(tokens))
	}
	looked := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		looked++
		for token := range tokens {
			if bytes.Contains(data, []byte(token)) || strings.Count(token, ".") == 2 && bytes.Contains(data, []byte(token[strings.LastIndex(token, "."):])) {
				t.Errorf("%s holds a token", filepath.Base(path))
			}
		}
		return err
	})
	if err != nil || looked < 2 {
		t.Errorf("%d files, %v", looked, err)
	}
	journal := slices.ContainsFunc([]string{"journal", "journal.db", "longshore.log"}, func(name string) bool {
		_, err := os.Stat(filepath.Join(dir, name))
		return err == nil
	})
	if !journal {
		t.Error("no journal was looked at")
	}
}
