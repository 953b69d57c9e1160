package app

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"longshore/app/signin"
	"longshore/internal/oidctest"
	"longshore/internal/vaulttest"
	"longshore/signer"
	"longshore/uploader"
)

// memoryStores are places for refresh tokens that leave nothing on the disk.
type memoryStores struct {
	mu      sync.Mutex
	secrets map[string]string
	fail    map[string]error // by store
}

func newStores() *memoryStores {
	return &memoryStores{secrets: map[string]string{}, fail: map[string]error{}}
}

func (m *memoryStores) open(name string) (signin.Store, error) { return memoryStore{m, name}, nil }

func (m *memoryStores) all() (secrets []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range m.secrets {
		secrets = append(secrets, s)
	}
	return secrets
}

type memoryStore struct {
	*memoryStores
	name string
}

func (m memoryStore) Get(_ context.Context, account string) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.fail[m.name]; err != nil {
		return "", err
	}
	s, ok := m.secrets[m.name+":"+account]
	if !ok {
		return "", signin.ErrNoSecret
	}
	return s, nil
}

func (m memoryStore) Set(_ context.Context, account, secret string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.fail[m.name]; err != nil {
		return err
	}
	m.secrets[m.name+":"+account] = secret
	return nil
}

func (m memoryStore) Delete(_ context.Context, account string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.fail[m.name]; err != nil {
		return err
	}
	delete(m.secrets, m.name+":"+account)
	return nil
}

// oidc is a vault that people sign in to at a provider, and the provider.
func oidc(t *testing.T, token string) (*vaulttest.Vault, *oidctest.Provider) {
	t.Helper()
	p := oidctest.Start(t, oidctest.Options{EC: true, AudienceOnRequest: true})
	audience := p.Audience
	if token == "id_token" { // made for the client, whoever it is shown to
		audience = p.ClientID
	}
	v := vaulttest.Start(t, vaulttest.Options{SignIn: true, OIDC: &signer.OIDCConfig{
		Issuer: p.Issuer, Audiences: []string{audience}, ClientID: p.ClientID, AskAudience: p.Audience, Token: token, Leeway: time.Millisecond,
	}})
	return v, p
}

func addOIDC(t *testing.T, s Session, v *vaulttest.Vault) uploader.Vault {
	t.Helper()
	vault, err := s.AddVault(t.Context(), VaultSpec{SignerURL: v.URL})
	if err != nil {
		t.Fatalf("%v: %+v", err, Explain(err))
	}
	return vault
}

// signInAs goes through a sign-in in the browser.
func signInAs(t *testing.T, s Session, p *oidctest.Provider, v uploader.Vault, user string) SignIn {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	step, err := s.BeginSignIn(ctx, SignInRequest{Vault: v.ID})
	if err != nil {
		t.Fatalf("%v: %+v", err, Explain(err))
	}
	shown := make(chan error, 1)
	go func() {
		_, err := p.Login(ctx, user, step.URL)
		shown <- err
	}()
	done, err := s.FinishSignIn(ctx, step.Attempt)
	if err != nil {
		t.Fatalf("%v: %+v", err, Explain(err))
	}
	if err := <-shown; err != nil {
		t.Fatal(err)
	}
	return done
}

// until waits until a snapshot is as it should be.
func until(t *testing.T, s Session, what string, ok func(*uploader.Snapshot) bool) {
	t.Helper()
	changed, cancel := s.Subscribe()
	defer cancel()
	late := time.After(patience)
	for !ok(s.Snapshot()) {
		select {
		case <-changed:
		case <-late:
			t.Fatalf("waited in vain until %s: %+v", what, s.Snapshot().Totals)
		}
	}
}

func waitsForSignIn(s *uploader.Snapshot) bool {
	return s.Jobs.Len() > 0 && s.Jobs.At(0).State == uploader.Waiting && s.Jobs.At(0).Reason == uploader.WaitSignIn
}

func stored(s *uploader.Snapshot) bool {
	return s.Totals.Files > 0 && s.Totals.FilesDone == s.Totals.Files
}

func TestWhatIsQueuedWaitsForTheSignInAndGoesOn(t *testing.T) {
	for name, token := range map[string]string{"access token": "", "ID token": "id_token"} {
		t.Run(name, func(t *testing.T) {
			vault, p := oidc(t, token)
			stores := newStores()
			s := open(t, Options{StateDir: stateDir(t), SecretStores: stores.open})
			v := addOIDC(t, s, vault)
			if v.SignIn != uploader.SignInOIDC || v.OIDC.Issuer != p.Issuer || v.Account != "" {
				t.Errorf("pinned %+v", v)
			}
			data := bytes.Repeat([]byte("0123456789abcdef"), 12<<20/16)
			big := write(t, filepath.Join(t.TempDir(), "big.bin"), data)
			ids := add(t, s, v, big)
			until(t, s, "it waits for a sign-in", waitsForSignIn)
			in := signInAs(t, s, p, v, "alice")
			if !in.SignedIn || in.Who != "alice" || !in.Renews || in.Store != StoreKeychain || in.Until == nil || in.Problem != nil {
				t.Errorf("%+v", in)
			}
			until(t, s, "it goes on by itself", stored)
			results, sum := follow(t, s, ids)
			if !sum.Stored() || !bytes.Equal(vault.Object(t, results[big].Key), data) {
				t.Error("the object differs")
			}
			list, err := s.Vaults(t.Context())
			if err != nil || len(list) != 1 || !strings.HasPrefix(list[0].Account, "keychain:") || len(stores.all()) != 1 {
				t.Errorf("%+v, %v, %d secrets", list, err, len(stores.all()))
			}
		})
	}
}

// A token that lives five seconds ends while a file is sent, also while a call is under way: nobody notices.
func TestTokensThatEndDuringAnUpload(t *testing.T) {
	vault, p := oidc(t, "")
	p.SetTokenLifetime(t, 5*time.Second)
	s := open(t, Options{StateDir: stateDir(t), SecretStores: newStores().open})
	v := addOIDC(t, s, vault)
	signInAs(t, s, p, v, "alice")
	vault.Before(func(_ http.ResponseWriter, r *http.Request) { // a slow signer: the whole takes several lives of a token
		pause := time.NewTimer(3 * time.Second)
		defer pause.Stop()
		select {
		case <-pause.C:
		case <-r.Context().Done():
		}
	})
	data := bytes.Repeat([]byte("0123456789abcdef"), 40<<20/16)
	path := write(t, filepath.Join(t.TempDir(), "big.bin"), data)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	begun, waited, key := time.Now(), uploader.Code(""), ""
	sum, err := Follow(ctx, s, add(t, s, v, path), Follower{
		GiveUp: true, Receipts: true, File: func(f FileResult) { key = f.Key },
		Progress: func(p Progress) {
			if p.Waiting != "" {
				waited = p.Waiting
			}
		},
	})
	if err != nil || !sum.Stored() {
		t.Fatalf("%+v, %v", sum, err)
	}
	if n := p.Requests(t, "/oauth/token") - 1; time.Since(begun) < 6*time.Second || n < 1 {
		t.Errorf("it took %v and %d refreshes: no token ended", time.Since(begun), n)
	}
	if waited != "" {
		t.Errorf("the file waited (%s) although the sign-in could be renewed", waited)
	}
	if !bytes.Equal(vault.Object(t, key), data) {
		t.Error("the object differs")
	}
}

func TestASignInThatIsOverHoldsUpAndGoesOn(t *testing.T) {
	vault, p := oidc(t, "")
	p.SetTokenLifetime(t, 2*time.Second)
	dir := stateDir(t)
	s := open(t, Options{StateDir: dir, SecretStores: newStores().open})
	v := addOIDC(t, s, vault)
	signInAs(t, s, p, v, "alice")
	p.Revoke(t, "alice")
	gone := time.NewTimer(2 * time.Second) // the token in memory ends
	<-gone.C
	path := write(t, filepath.Join(t.TempDir(), "x"), []byte("x"))
	results, sum := follow(t, s, add(t, s, v, path))
	if r := results[path]; r.State != uploader.Waiting || r.Error == nil || r.Error.Code != uploader.CodeUnauthorized || sum.Failed != 0 {
		t.Fatalf("with a sign-in that is over: %+v, %+v", r, sum)
	}
	if ins, err := s.SignIns(t.Context()); err != nil || len(ins) != 1 || ins[0].SignedIn || ins[0].Problem == nil {
		t.Errorf("%+v, %v", ins, err)
	}
	other := open(t, Options{StateDir: dir}) // another process does it, through the owner
	if in := signInAs(t, other, p, v, "bob"); in.Who != "bob" || !in.SignedIn {
		t.Errorf("%+v", in)
	}
	until(t, s, "it goes on by itself", stored)
}

// The provider is away when the token must be renewed: jobs wait for it, nothing fails.
func TestAProviderThatIsOutOfOrder(t *testing.T) {
	vault, p := oidc(t, "")
	p.SetTokenLifetime(t, 2*time.Second)
	s := open(t, Options{StateDir: stateDir(t), SecretStores: newStores().open})
	v := addOIDC(t, s, vault)
	signInAs(t, s, p, v, "alice")
	p.SetOutage(t, true)
	gone := time.NewTimer(2 * time.Second)
	<-gone.C
	add(t, s, v, write(t, filepath.Join(t.TempDir(), "x"), []byte("x")))
	until(t, s, "it waits", func(n *uploader.Snapshot) bool {
		return n.Jobs.Len() == 1 && n.Jobs.At(0).State == uploader.Waiting && n.Jobs.At(0).Reason == uploader.WaitServer
	})
	p.SetOutage(t, false)
	until(t, s, "it goes on by itself", stored)
}

func TestSignInThroughTheOwner(t *testing.T) {
	vault, p := oidc(t, "")
	dir, stores := stateDir(t), newStores()
	own := open(t, Options{StateDir: dir, SecretStores: stores.open})
	other := open(t, Options{StateDir: dir, SecretStores: func(string) (signin.Store, error) {
		return nil, errors.New("a guest holds no secret")
	}})
	v := addOIDC(t, other, vault)
	step, err := other.BeginSignIn(t.Context(), SignInRequest{Vault: v.ID, Device: true})
	if err != nil {
		t.Fatalf("%+v", Explain(err))
	}
	if step.UserCode == "" || step.Issuer != p.Issuer || !strings.HasPrefix(step.URL, p.Issuer) {
		t.Errorf("%+v", step)
	}
	if err := p.ApproveDevice(t.Context(), "alice", step.Direct); err != nil {
		t.Fatal(err)
	}
	in, err := other.FinishSignIn(t.Context(), step.Attempt)
	if err != nil || in.Who != "alice" {
		t.Fatalf("%+v, %v", in, err)
	}
	for _, s := range []Session{own, other} {
		if ins, err := s.SignIns(t.Context()); err != nil || len(ins) != 1 || !ins[0].SignedIn || ins[0].Vault != v.ID {
			t.Errorf("%+v, %v", ins, err)
		}
	}
	_, sum := follow(t, other, add(t, other, v, write(t, filepath.Join(t.TempDir(), "x"), []byte("x"))))
	if !sum.Stored() {
		t.Errorf("%+v", sum)
	}
	if err := other.SignOut(t.Context(), v.ID); err != nil || len(stores.all()) != 0 {
		t.Errorf("sign-out: %v, %d secrets", err, len(stores.all()))
	}
	if ins, err := own.SignIns(t.Context()); err != nil || ins[0].SignedIn {
		t.Errorf("%+v, %v", ins, err)
	}
	// One who stops waiting ends the sign-in, and a second one ends the first.
	for range 2 {
		if step, err = other.BeginSignIn(t.Context(), SignInRequest{Vault: v.ID}); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := other.FinishSignIn(ctx, step.Attempt); err == nil {
		t.Error("it goes on")
	}
	_, err = own.FinishSignIn(t.Context(), "unknown")
	wantCode(t, err, uploader.CodeCancelled)
}

func TestAnotherPlaceToSignInIsNotTakenSilently(t *testing.T) {
	vault, p := oidc(t, "")
	s := open(t, Options{StateDir: stateDir(t), SecretStores: newStores().open})
	v := addOIDC(t, s, vault)
	signInAs(t, s, p, v, "alice")
	caps := func(auth string) {
		vault.Before(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/v1/capabilities" {
				return
			}
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(`{"protocol":1,"name":"Test vault","checksum":"crc64nvme","urlLifetime":900,"maxBatch":100,"maxParts":10000,
				"minPartSize":5242880,"maxPartSize":5368709120,"maxObjectSize":5368709120,"partSize":5242880,
				"dataOrigins":["` + vault.S3.Endpoint + `"],"encryption":{"mode":"none"},"auth":` + auth + `}`))
		})
	}
	for name, auth := range map[string]string{
		"issuer":   `{"type":"oidc","issuer":"https://evil.example.org","clientId":"` + p.ClientID + `"}`,
		"client":   `{"type":"oidc","issuer":"` + p.Issuer + `","clientId":"another"}`,
		"audience": `{"type":"oidc","issuer":"` + p.Issuer + `","clientId":"` + p.ClientID + `","audience":"elsewhere"}`,
		"kind":     `{"type":"none"}`,
	} {
		caps(auth)
		_, err := s.AddVault(t.Context(), VaultSpec{SignerURL: vault.URL})
		if err == nil || Explain(err).Code != uploader.CodeWrongDest || !strings.Contains(Explain(err).Sentence, "--repin") {
			t.Errorf("%s: %+v", name, err)
		}
	}
	caps(`{"type":"oidc","issuer":"http://evil.example.org","clientId":"x"}`)
	_, err := s.AddVault(t.Context(), VaultSpec{SignerURL: vault.URL, Repin: true})
	wantCode(t, err, uploader.CodeForbidden) // not https
	caps(`{"type":"oidc","issuer":"https://new.example.org","clientId":"x"}`)
	_, err = s.AddVault(t.Context(), VaultSpec{SignerURL: vault.URL, Repin: true, SeenIssuer: p.Issuer})
	wantCode(t, err, uploader.CodeWrongDest) // the user was shown another one
	again, err := s.AddVault(t.Context(), VaultSpec{SignerURL: vault.URL, Repin: true, SeenIssuer: "https://new.example.org"})
	if err != nil || again.ID != v.ID || again.OIDC.Issuer != "https://new.example.org" {
		t.Errorf("%+v, %v", again, err)
	}
	// The sign-in of before is worth nothing at the new place.
	if ins, err := s.SignIns(t.Context()); err != nil || ins[0].SignedIn {
		t.Errorf("%+v, %v", ins, err)
	}
}

func TestTokenFilesAtAVaultWithASignIn(t *testing.T) {
	vault, _ := oidc(t, "")
	s := open(t, Options{StateDir: stateDir(t), SecretStores: newStores().open})
	person := addOIDC(t, s, vault)
	machine := addVault(t, s, vault)
	if machine.ID == person.ID || machine.SignIn != uploader.SignInOIDC {
		t.Errorf("%+v", machine)
	}
	_, sum := follow(t, s, add(t, s, machine, write(t, filepath.Join(t.TempDir(), "x"), []byte("x"))))
	if !sum.Stored() {
		t.Errorf("%+v", sum)
	}
	_, err := s.BeginSignIn(t.Context(), SignInRequest{Vault: machine.ID})
	wantCode(t, err, uploader.CodeBadConfig)
	p := oidctest.Start(t, oidctest.Options{EC: true})
	people := vaulttest.Start(t, vaulttest.Options{OIDC: &signer.OIDCConfig{Issuer: p.Issuer, Audiences: []string{p.Audience}, ClientID: p.ClientID}})
	_, err = s.AddVault(t.Context(), VaultSpec{SignerURL: people.URL, TokenFile: vault.TokenFile})
	wantCode(t, err, uploader.CodeUnauthorized)
}
