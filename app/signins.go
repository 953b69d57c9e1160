package app

import (
	"context"
	"crypto/rand"
	"slices"
	"sync"
	"time"

	"longshore/app/signin"
	"longshore/uploader"
)

// SignIn is how a person stands with a vault.
type SignIn struct {
	Vault  uploader.VaultID `json:"vault"`
	Name   string           `json:"name"`   // of the vault
	Signer string           `json:"signer"` // its address
	Kind   string           `json:"kind"`   // uploader.SignInNone, SignInBearer or SignInOIDC; "" if not known yet
	Issuer string           `json:"issuer"` // where one signs in, "" without OIDC
	// SignedIn: a token is there, or can be had without the person. For a vault with a token file: the file is named.
	SignedIn bool       `json:"signedIn"`
	Who      string     `json:"who"`     // what the provider calls the person, "" if not told
	Until    *time.Time `json:"until"`   // when the token that is in memory ends; nil if there is none or it does not say
	Renews   bool       `json:"renews"`  // it goes on after that without the person
	Store    string     `json:"store"`   // StoreKeychain or StoreFile, "" before the first sign-in
	Problem  *Problem   `json:"problem"` // why it is over or cannot be kept
}

// SignInRequest asks for a sign-in.
type SignInRequest struct {
	Vault  uploader.VaultID
	Device bool   // by code, in a browser anywhere; else in a browser on this computer
	Store  string // StoreKeychain or StoreFile; "" for where it is already, else the keychain
}

// SignInStep is what the person has to do.
type SignInStep struct {
	Attempt  string    `json:"attempt"`
	Issuer   string    `json:"issuer"`   // whose page it is
	URL      string    `json:"url"`      // the page to open
	Direct   string    `json:"direct"`   // the same with the code in it, "" if there is none
	UserCode string    `json:"userCode"` // what to type there, "" in the browser of this computer
	Expires  time.Time `json:"expires"`
}

// attempts are the sign-ins under way.
type attempts struct {
	mu      sync.Mutex
	all     map[string]*attempt
	closed  bool // none begins any more
	running sync.WaitGroup
	ctx     context.Context
	cancel  context.CancelFunc
}

// attempt is one of them. It runs by itself; its end is kept until somebody asks.
type attempt struct {
	vault  uploader.VaultID
	cancel context.CancelFunc
	done   chan struct{}
	result SignIn
	err    error
}

func newAttempts() *attempts {
	a := &attempts{all: make(map[string]*attempt)}
	a.ctx, a.cancel = context.WithCancel(context.Background())
	return a
}

// start runs a sign-in, in place of one for the same vault.
func (a *attempts) start(vault uploader.VaultID, run func(context.Context) (SignIn, error)) string {
	id := rand.Text()
	ctx, cancel := context.WithCancel(a.ctx)
	t := &attempt{vault: vault, cancel: cancel, done: make(chan struct{})}
	a.mu.Lock()
	defer a.mu.Unlock()
	for old, o := range a.all {
		if o.vault == vault {
			o.cancel()
			delete(a.all, old)
		}
	}
	if a.closed {
		cancel()
		return id
	}
	a.all[id] = t
	a.running.Go(func() {
		defer cancel()
		defer close(t.done)
		t.result, t.err = run(ctx)
	})
	return id
}

// finish waits for a sign-in's end. Who stops waiting stops it.
func (a *attempts) finish(ctx context.Context, id string) (SignIn, error) {
	a.mu.Lock()
	t := a.all[id]
	a.mu.Unlock()
	if t == nil {
		return SignIn{}, fail("sign-in", uploader.CodeCancelled, say("other-sign-in"), nil)
	}
	select {
	case <-t.done:
	case <-ctx.Done():
		t.cancel()
		<-t.done
	}
	a.mu.Lock()
	delete(a.all, id)
	a.mu.Unlock()
	return t.result, t.err
}

// close ends all; whoever waits for one is told.
func (a *attempts) close() {
	a.mu.Lock()
	a.closed = true
	a.mu.Unlock()
	a.cancel()
	a.running.Wait()
}

// keychainWait is how long a person may take to open their keychain.
const keychainWait = 2 * time.Minute

// BeginSignIn implements Session.
func (l *local) BeginSignIn(ctx context.Context, r SignInRequest) (SignInStep, error) {
	v, err := l.vaultOf(ctx, r.Vault)
	if err != nil {
		return SignInStep{}, err
	}
	if v.SignIn != uploader.SignInOIDC {
		return SignInStep{}, fail("sign-in", uploader.CodeBadConfig,
			say("no-sign-in"), nil)
	}
	if v.TokenFile != "" {
		return SignInStep{}, fail("sign-in", uploader.CodeBadConfig,
			say("has-token-file"), nil)
	}
	store := r.Store
	if store == "" {
		store = StoreKeychain
		if s, _, ok := storeOf(v.Account); ok {
			store = s
		}
	}
	if err := l.probe(ctx, v, store); err != nil {
		return SignInStep{}, err
	}
	client, err := l.accounts.newSignIn(v)
	if err != nil {
		return SignInStep{}, err
	}
	step, wait, err := begin(ctx, client, r.Device)
	if err != nil {
		client.CloseIdle()
		return SignInStep{}, l.proxyToBlame(ctx, v, signInFailed(err, v))
	}
	step.Issuer = v.OIDC.Issuer
	step.Attempt = l.attempts.start(v.ID, func(ctx context.Context) (SignIn, error) {
		defer client.CloseIdle()
		tokens, err := wait(ctx)
		if err == nil {
			err = l.signedIn(ctx, v, store, tokens)
		}
		if err != nil {
			return SignIn{}, signInFailed(err, v)
		}
		l.log.Info("signed in", "vault", string(v.ID))
		return l.stateOf(ctx, v.ID)
	})
	return step, nil
}

// begin starts one of the two ways, and returns how to wait for its end.
func begin(ctx context.Context, client *signin.Client, device bool) (SignInStep, func(context.Context) (signin.Tokens, error), error) {
	if device {
		d, err := client.Device(ctx)
		if err != nil {
			return SignInStep{}, nil, err
		}
		return SignInStep{URL: d.URL, Direct: d.Direct, UserCode: d.UserCode, Expires: d.Expires}, d.Wait, nil
	}
	b, err := client.Browser(ctx)
	if err != nil {
		return SignInStep{}, nil, err
	}
	return SignInStep{URL: b.URL, Expires: time.Now().Add(signin.Patience).Round(0)}, b.Wait, nil
}

// probe sees whether a store can be used, before the person goes to the trouble of signing in. A keychain may ask the
// person now.
func (l *local) probe(ctx context.Context, v uploader.Vault, store string) error {
	s, err := l.accounts.open(store)
	if err != nil {
		return err
	}
	_, name, ok := storeOf(v.Account)
	if !ok {
		name = rand.Text()
	}
	ctx, cancel := context.WithTimeout(ctx, keychainWait)
	defer cancel()
	if err := signin.Probe(ctx, s, name); err != nil {
		return signInFailed(err, v)
	}
	return nil
}

// signedIn keeps what a sign-in brought. The journal learns the account's name before anything is stored under it, so
// that nothing can be left behind unnamed; when all is there, whatever waits is told.
func (l *local) signedIn(ctx context.Context, before uploader.Vault, store string, tokens signin.Tokens) error {
	l.vaultEdit.Lock()
	defer l.vaultEdit.Unlock()
	v, err := l.vaultOf(ctx, before.ID)
	if err != nil {
		return err
	}
	if v.SignIn != before.SignIn || !v.OIDC.Equal(before.OIDC) {
		return fail("sign-in", uploader.CodeCancelled, say("vault-changed"), nil)
	}
	old := v
	if s, _, ok := storeOf(v.Account); !ok || s != store {
		v.Account = newAccount(store)
		if err := l.engine.SaveVault(ctx, v); err != nil {
			return err
		}
	}
	k, err := l.accounts.keeper(v)
	if err != nil {
		return err
	}
	keeping, cancel := context.WithTimeout(ctx, keychainWait)
	defer cancel()
	if err := k.SignedIn(keeping, tokens); err != nil {
		return err
	}
	if old.Account != v.Account {
		l.dropSecret(ctx, old)
	}
	return l.engine.SaveVault(ctx, v) // connects anew, and sets going what waits
}

// FinishSignIn implements Session.
func (l *local) FinishSignIn(ctx context.Context, attempt string) (SignIn, error) {
	s, err := l.attempts.finish(ctx, attempt)
	return s, signInFailed(err, uploader.Vault{})
}

// SignOut implements Session.
func (l *local) SignOut(ctx context.Context, id uploader.VaultID) error {
	l.vaultEdit.Lock()
	defer l.vaultEdit.Unlock()
	v, err := l.vaultOf(ctx, id)
	if err != nil {
		return err
	}
	if v.Account == "" {
		return nil
	}
	k, err := l.accounts.keeper(v)
	if err != nil {
		return err
	}
	err = k.SignOut(ctx)
	if err != nil && signin.KindOf(err) != signin.NoStore {
		l.log.Warn("the provider was not told of a sign-out", "vault", string(id), "err", err)
		err = nil // here it is forgotten
	}
	return signInFailed(err, v)
}

// forgetSignIn forgets a sign-in to a vault that is no more, as far as it can be done.
func (l *local) forgetSignIn(ctx context.Context, v uploader.Vault) {
	if v.Account == "" {
		return
	}
	if k, err := l.accounts.keeper(v); err == nil {
		if err := k.SignOut(ctx); err != nil {
			l.log.Warn("a sign-in could not be forgotten", "vault", string(v.ID), "err", err)
		}
	}
	l.accounts.forget(v.ID)
}

// dropSecret removes the secret under a vault's former account.
func (l *local) dropSecret(ctx context.Context, v uploader.Vault) {
	store, name, ok := storeOf(v.Account)
	if !ok {
		return
	}
	s, err := l.accounts.open(store)
	if err == nil {
		err = s.Delete(ctx, name)
	}
	if err != nil {
		l.log.Warn("an earlier sign-in could not be removed", "vault", string(v.ID), "err", err)
	}
}

// SignIns implements Session.
func (l *local) SignIns(ctx context.Context) ([]SignIn, error) {
	vaults, err := l.engine.Vaults(ctx)
	if err != nil {
		return nil, err
	}
	return l.states(ctx, vaults), nil
}

func (l *local) states(ctx context.Context, vaults []uploader.Vault) []SignIn {
	list := make([]SignIn, 0, len(vaults))
	for _, v := range vaults {
		list = append(list, l.state(ctx, v))
	}
	return list
}

func (l *local) stateOf(ctx context.Context, id uploader.VaultID) (SignIn, error) {
	v, err := l.vaultOf(ctx, id)
	if err != nil {
		return SignIn{}, err
	}
	return l.state(ctx, v), nil
}

// stateWait bounds a look into the keychain that only wants to show something.
const stateWait = 5 * time.Second

func (l *local) state(ctx context.Context, v uploader.Vault) SignIn {
	s := SignIn{Vault: v.ID, Name: v.Name, Signer: v.SignerURL, Kind: v.SignIn, SignedIn: v.SignIn == uploader.SignInNone || v.TokenFile != ""}
	if v.SignIn != uploader.SignInOIDC || v.TokenFile != "" {
		return s
	}
	s.Issuer = v.OIDC.Issuer
	if v.Account == "" {
		return s
	}
	s.Store, _, _ = storeOf(v.Account)
	k, err := l.accounts.keeper(v)
	if err == nil {
		looking, cancel := context.WithTimeout(ctx, stateWait)
		defer cancel()
		now := k.State(looking)
		s.SignedIn, s.Who, s.Renews, err = now.SignedIn, now.Who, now.Renews, signInFailed(now.Err, v)
		if !now.Until.IsZero() {
			s.Until = &now.Until
		}
	}
	if err != nil {
		p := Explain(err)
		s.Problem = &p
	}
	return s
}

// vaultOf returns the record of a vault.
func (l *local) vaultOf(ctx context.Context, id uploader.VaultID) (uploader.Vault, error) {
	vaults, err := l.engine.Vaults(ctx)
	if err != nil {
		return uploader.Vault{}, err
	}
	i := slices.IndexFunc(vaults, func(v uploader.Vault) bool { return v.ID == id })
	if i < 0 {
		return uploader.Vault{}, fail("sign-in", uploader.CodeBadConfig, say("vault-unknown"), nil)
	}
	return vaults[i], nil
}
