package signer

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"sync"
	"syscall"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
	"golang.org/x/time/rate"

	"longshore/signer/api"
)

// keyStore holds an issuer's public keys. They are fetched again from time to
// time, so that one that the issuer took back is forgotten, and when a token
// has a key that is not known. A failed fetch leaves the known ones in force.
type keyStore struct {
	issuer       string
	every, least time.Duration
	client       *http.Client
	log          *slog.Logger
	refetch      *rate.Limiter // for unknown keys
	renew        *rate.Limiter // for tokens that known keys did not sign
	ready        chan struct{} // closed once there are keys
	ctx          context.Context
	cancel       context.CancelFunc
	wg           sync.WaitGroup

	mu      sync.Mutex
	closed  bool
	keys    []jose.JSONWebKey
	fetched time.Time     // when keys were last got
	failed  string        // why the last try failed; empty if it did not
	running chan struct{} // closed when the running fetch ends; nil without one
	waiting int           // calls that wait for it
}

const (
	fetchTimeout  = 10 * time.Second
	fetchMaxDelay = time.Minute
	maxKeySet     = 1 << 20 // bytes
	// refetchBurst fetches for unknown keys may follow each other at once.
	refetchBurst = 2
	// keyLag is how much older than the keys a token must be for them to be
	// the last word on it.
	keyLag = 10 * time.Second
	// maxKeyWaiting calls wait for a fetch. Whoever makes up keys has proved
	// nothing, and must not hold a connection of each of its calls.
	maxKeyWaiting = 64
)

func newKeyStore(cfg OIDCConfig) *keyStore {
	ctx, cancel := context.WithCancel(context.Background())
	k := &keyStore{
		issuer: cfg.Issuer, every: cfg.RefreshEvery, least: cfg.RefetchAfter, log: cfg.Logger,
		refetch: rate.NewLimiter(rate.Every(cfg.RefetchAfter), refetchBurst),
		renew:   rate.NewLimiter(rate.Every(cfg.RefetchAfter), 1),
		ready:   make(chan struct{}), ctx: ctx, cancel: cancel, failed: "the sign-in provider has not answered yet",
		client: &http.Client{
			Timeout:   fetchTimeout,
			Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, TLSHandshakeTimeout: fetchTimeout, MaxIdleConns: 2, IdleConnTimeout: time.Minute},
			CheckRedirect: func(r *http.Request, via []*http.Request) error {
				if len(via) > 5 || !safeScheme(r.URL) {
					return errRedirect
				}
				return nil
			},
		},
	}
	k.wg.Go(k.run)
	return k
}

func (k *keyStore) close() {
	k.mu.Lock()
	k.closed = true
	k.mu.Unlock()
	k.cancel()
	k.wg.Wait()
	k.client.CloseIdleConnections()
}

// run fetches keys until there are some, and then every so often.
func (k *keyStore) run() {
	for retry := time.Second; ; {
		k.mu.Lock()
		done := k.startLocked()
		k.mu.Unlock()
		if done == nil {
			return
		}
		<-done
		wait := k.every
		if k.reason() != "" {
			wait = retry/2 + rand.N(retry)
			retry = min(2*retry, fetchMaxDelay)
		} else {
			retry = time.Second
		}
		if !pause(k.ctx, wait) {
			return
		}
	}
}

// startLocked starts a fetch, or joins the running one. nil after close.
func (k *keyStore) startLocked() <-chan struct{} {
	if k.closed {
		return nil
	}
	if k.running != nil {
		return k.running
	}
	done := make(chan struct{})
	k.running = done
	k.wg.Go(func() {
		keys, err := k.calmFetch()
		k.mu.Lock()
		defer k.mu.Unlock()
		k.finishLocked(keys, err)
		k.running = nil
		close(done)
	})
	return done
}

func (k *keyStore) finishLocked(keys []jose.JSONWebKey, err error) {
	if err != nil {
		if k.ctx.Err() == nil {
			k.log.Warn("the keys of the sign-in provider cannot be fetched", "reason", err.Error(), "known", len(k.keys))
		}
		k.failed = "the keys of the sign-in provider cannot be fetched: " + err.Error()
		return
	}
	first := k.fetched.IsZero()
	k.keys, k.fetched, k.failed = keys, time.Now(), ""
	if first {
		close(k.ready)
		k.log.Info("the keys of the sign-in provider are known", "keys", len(keys))
	}
}

// reason says why the last fetch failed.
func (k *keyStore) reason() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.failed
}

// find gives the keys of that id, or all if the token names none. For one that
// is not known it fetches them again, but seldom: a flood of made up ids costs
// the issuer next to nothing. Where it may not, the answer for a token that may
// be newer than the keys is "try again", not "no".
func (k *keyStore) find(ctx context.Context, id string, issued time.Time) ([]crypto.PublicKey, error) {
	for again := false; ; again = true {
		k.mu.Lock()
		if found := k.matchLocked(id); len(found) > 0 {
			k.mu.Unlock()
			return found, nil
		}
		done, err := k.unknownLocked(again, issued)
		k.mu.Unlock()
		if err != nil {
			return nil, err
		}
		if err := k.wait(ctx, done); err != nil {
			return nil, err
		}
	}
}

// wait waits for a fetch. Errors are ctx's, and "try again" where too many wait.
func (k *keyStore) wait(ctx context.Context, done <-chan struct{}) error {
	k.mu.Lock()
	if k.waiting >= maxKeyWaiting {
		k.mu.Unlock()
		return notReachable(k.least)
	}
	k.waiting++
	k.mu.Unlock()
	defer func() {
		k.mu.Lock()
		defer k.mu.Unlock()
		k.waiting--
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// renewed fetches the keys for a token that none of them has signed although its
// key is known, or that names none: an issuer may change a key and keep its name.
// It does so seldom, and only for a token that may be newer than the keys.
func (k *keyStore) renewed(ctx context.Context, issued time.Time) bool {
	k.mu.Lock()
	if issued.Add(keyLag).Before(k.fetched) || k.running == nil && !k.renew.Allow() {
		k.mu.Unlock()
		return false
	}
	done := k.startLocked()
	k.mu.Unlock()
	return done != nil && k.wait(ctx, done) == nil && k.reason() == ""
}

// unknownLocked judges a token whose key is not known: wait for a fetch, or an
// error. again says that one was made for it already.
func (k *keyStore) unknownLocked(again bool, issued time.Time) (done <-chan struct{}, err error) {
	switch {
	case k.fetched.IsZero(), again && k.failed != "":
		return nil, notReachable(k.least)
	case again:
		return nil, invalidToken(notOurs, errors.New("unknown key"))
	case k.running == nil:
		r := k.refetch.Reserve()
		if wait := r.Delay(); wait > 0 {
			r.Cancel()
			if issued.Add(keyLag).Before(k.fetched) {
				return nil, invalidToken(notOurs, errors.New("unknown key"))
			}
			return nil, notReachable(wait)
		}
	}
	if done = k.startLocked(); done == nil {
		return nil, notReachable(k.least)
	}
	return done, nil
}

// notReachable asks the caller to come again: whether the token is good cannot
// be said just now.
func notReachable(wait time.Duration) error {
	return &callError{
		code: api.CodeNotReady, retryAfter: max(wait, time.Second),
		message: "The sign-in provider cannot be asked about your sign-in just now; try again in a while.",
	}
}

func (k *keyStore) matchLocked(id string) []crypto.PublicKey {
	var found []crypto.PublicKey
	for _, key := range k.keys {
		if id == "" || key.KeyID == id {
			found = append(found, key.Key)
		}
	}
	return found
}

// calmFetch makes a panic of what reads an issuer's answer an error.
func (k *keyStore) calmFetch() (keys []jose.JSONWebKey, err error) {
	defer func() {
		if recover() != nil {
			keys, err = nil, errors.New("panic, at "+panicSite())
		}
	}()
	return k.fetch(k.ctx)
}

// fetch asks the issuer where its keys are, and for them. Errors hold no more
// than what the network said.
func (k *keyStore) fetch(ctx context.Context) ([]jose.JSONWebKey, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	provider, err := oidc.NewProvider(oidc.ClientContext(ctx, k.client), k.issuer)
	if err != nil {
		return nil, plainError("discovery", err)
	}
	var doc struct {
		Keys string `json:"jwks_uri"`
	}
	if err := provider.Claims(&doc); err != nil {
		return nil, errors.New("discovery: not a document of a provider")
	}
	if u, err := url.Parse(doc.Keys); err != nil || !safeScheme(u) {
		return nil, errors.New("discovery: the address of the keys is not https")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, doc.Keys, nil)
	if err != nil {
		return nil, errors.New("discovery: the address of the keys is malformed")
	}
	resp, err := k.client.Do(req)
	if err != nil {
		return nil, plainError("keys", err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("keys: the provider answered %d", resp.StatusCode)
	}
	return readKeySet(io.LimitReader(resp.Body, maxKeySet))
}

// readKeySet keeps the keys that can verify a signature. Keys of kinds that
// are not known are passed over.
func readKeySet(r io.Reader) ([]jose.JSONWebKey, error) {
	var doc struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.NewDecoder(r).Decode(&doc); err != nil {
		return nil, errors.New("keys: not a set of keys")
	}
	var keys []jose.JSONWebKey
	for _, raw := range doc.Keys {
		var key jose.JSONWebKey
		if key.UnmarshalJSON(raw) != nil || key.Use != "" && key.Use != "sig" {
			continue
		}
		switch key.Key.(type) {
		case *rsa.PublicKey, *ecdsa.PublicKey, ed25519.PublicKey:
			keys = append(keys, key)
		}
	}
	if len(keys) == 0 {
		return nil, errors.New("keys: the provider has none that can be used")
	}
	return keys, nil
}

// plainError drops addresses and whatever else an answer may quote.
func plainError(what string, err error) error {
	if _, ok := errors.AsType[*oidc.IssuerMismatchError](err); ok {
		return errors.New(what + ": the provider calls itself by another issuer; use exactly that spelling")
	}
	if ue, ok := errors.AsType[*url.Error](err); ok {
		return errors.New(what + ": " + whyNoAnswer(ue.Err))
	}
	return errors.New(what + ": the answer is not that of an OpenID Connect provider")
}

// errRedirect ends a fetch that was sent elsewhere once too often.
var errRedirect = errors.New("redirected too often, or to an address without TLS")

// whyNoAnswer says why there was no answer, for /readyz, which everybody may
// read: the network's own words hold addresses from inside of it.
func whyNoAnswer(err error) string {
	if errors.Is(err, errRedirect) {
		return errRedirect.Error()
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return "its name cannot be looked up"
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return "its certificate is not trusted"
	}
	if ne, ok := errors.AsType[net.Error](err); ok && ne.Timeout() {
		return "it did not answer in time"
	}
	if errors.Is(err, syscall.ECONNREFUSED) {
		return "it refuses connections"
	}
	return "it cannot be reached"
}
