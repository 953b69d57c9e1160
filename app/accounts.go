package app

import (
	"context"
	"crypto/rand"
	"errors"
	"path/filepath"
	"strings"
	"sync"

	"longshore/app/signin"
	"longshore/internal/platform/keychain"
	"longshore/uploader"
	"longshore/uploader/remote"
)

// Where a refresh token is kept. Which one is part of a vault's Account.
const (
	StoreKeychain = "keychain" // the system's; what is used unless a person says otherwise
	StoreFile     = "file"     // a file only this user can read, under the state folder
)

// service is the name under which the system's keychain lists our entries.
const service = "Longshore"

// secretsDir is the folder of StoreFile in the state folder.
const secretsDir = "secrets"

// SecretStores opens a store by its name; CodeBadConfig for one it does not know.
type SecretStores func(name string) (signin.Store, error)

// secretStores are the real ones for a state folder. All share one keychain, so that it is asked by one at a time.
func secretStores(stateDir string) SecretStores {
	system := keychain.NewSystem(service)
	return func(name string) (signin.Store, error) {
		switch name {
		case StoreKeychain:
			return secrets{system}, nil
		case StoreFile:
			return secrets{keychain.NewFiles(filepath.Join(stateDir, secretsDir))}, nil
		}
		return nil, fail("sign-in", uploader.CodeBadConfig, say("no-such-store"), nil)
	}
}

// secrets makes a keychain the store of a sign-in.
type secrets struct {
	chain interface {
		Get(ctx context.Context, account string) (string, error)
		Set(ctx context.Context, account, secret string) error
		Delete(ctx context.Context, account string) error
	}
}

func (s secrets) Get(ctx context.Context, account string) (string, error) {
	secret, err := s.chain.Get(ctx, account)
	if errors.Is(err, keychain.ErrNone) {
		err = signin.ErrNoSecret
	}
	return secret, err
}

func (s secrets) Set(ctx context.Context, account, secret string) error {
	return s.chain.Set(ctx, account, secret)
}

func (s secrets) Delete(ctx context.Context, account string) error {
	return s.chain.Delete(ctx, account)
}

// newAccount names a secret in a store. The name says nothing of vault or person.
func newAccount(store string) string { return store + ":" + rand.Text() }

// storeOf splits a vault's Account; ok is false before the first sign-in.
func storeOf(account string) (store, name string, ok bool) { return strings.Cut(account, ":") }

// accounts keeps people signed in to vaults: one keeper for each. Access tokens are nowhere else.
type accounts struct {
	open    SecretStores
	files   *vaultFiles
	proxies *proxies

	mu      sync.Mutex
	keepers map[uploader.VaultID]kept
	closing sync.WaitGroup // keepers that were replaced
	closed  bool
}

// kept is a keeper and what of the vault's record it was made from, beside what it knows itself.
type kept struct {
	*signin.Keeper
	road road
}

// road is how a vault's hosts are reached and trusted.
type road struct{ caFile, ca, proxy string }

func roadOf(v uploader.Vault) road { return road{v.CAFile, v.CA, v.Proxy} }

func newAccounts(open SecretStores) *accounts {
	return &accounts{open: open, files: newVaultFiles(), proxies: &proxies{logins: newProxyLogins(open)}, keepers: make(map[uploader.VaultID]kept)}
}

// config is a vault's sign-in as it is pinned.
func config(v uploader.Vault) signin.Config {
	return signin.Config{
		Issuer: v.OIDC.Issuer, ClientID: v.OIDC.ClientID, Scopes: v.OIDC.Scopes, Audience: v.OIDC.Audience, IDToken: v.OIDC.IDToken,
	}
}

// errClosed answers who asks for a sign-in while the session ends.
var errClosed = errors.New("the session has ended")

// keeper returns the keeper of a vault as its record is now; one of an older record is let go.
func (a *accounts) keeper(v uploader.Vault) (*signin.Keeper, error) {
	store, name, ok := storeOf(v.Account)
	if !ok {
		return nil, signInFailed(&signin.Error{Kind: signin.Needed}, v)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		return nil, uploader.E("sign-in", uploader.CodeCancelled, errClosed)
	}
	old := a.keepers[v.ID]
	if old.Keeper != nil && old.Serves(config(v), name) && old.road == roadOf(v) {
		return old.Keeper, nil
	}
	s, err := a.open(store)
	if err != nil {
		return nil, err
	}
	client, err := a.newSignIn(v)
	if err != nil {
		return nil, err
	}
	k := signin.NewKeeper(client, s, name)
	a.keepers[v.ID] = kept{k, roadOf(v)}
	a.letGo(old.Keeper)
	return k, nil
}

// letGo closes a keeper without waiting. mu is held.
func (a *accounts) letGo(k *signin.Keeper) {
	if k != nil {
		a.closing.Go(func() { _ = k.Close() }) // what could not be stored belongs to a sign-in that is no more
	}
}

// forget lets go of a vault's keeper.
func (a *accounts) forget(id uploader.VaultID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.letGo(a.keepers[id].Keeper)
	delete(a.keepers, id)
}

// close lets go of all. The engine must have ended. Error: a refresh token could not be stored.
func (a *accounts) close() error {
	a.mu.Lock()
	all := a.keepers
	a.keepers, a.closed = nil, true
	a.mu.Unlock()
	var errs []error
	for _, k := range all {
		errs = append(errs, k.Close())
	}
	a.closing.Wait()
	return errors.Join(errs...)
}

// newSignIn makes a client of a vault's provider. The vault's own certificate file counts there too, beside the
// system's: an issuer is often a public service, and the vault's file only knows the hospital's own.
func (a *accounts) newSignIn(v uploader.Vault) (*signin.Client, error) {
	roots, err := a.files.rootsOf(v, true)
	if err != nil {
		return nil, err
	}
	proxy, err := a.proxies.of(v.Proxy)
	if err != nil {
		return nil, err
	}
	return signin.NewClient(config(v), a.proxies.logins.dress(remote.NewTransport(roots, proxy))), nil
}

// tokenSource is where a vault's calls get their token from.
type tokenSource func(ctx context.Context, refused string) (string, error)

// source is the token source of a vault with OIDC. A sign-in changes the vault's record, and with it the engine makes a
// connection with another source.
func (a *accounts) source(v uploader.Vault) tokenSource {
	k, none := a.keeper(v)
	return func(ctx context.Context, refused string) (string, error) {
		if none != nil {
			return "", none
		}
		token, err := k.Token(ctx, refused)
		return token, signInFailed(err, v)
	}
}
