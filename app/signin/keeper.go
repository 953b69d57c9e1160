package signin

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Keeper keeps one person signed in to one vault: it hands out a fresh token for every call and refreshes ahead of its
// end, once for all who wait. It is safe for concurrent use; Close it.
type Keeper struct {
	client  *Client
	store   Store
	account string
	now     func() time.Time

	ctx     context.Context // of refreshes; ends with Close
	cancel  context.CancelFunc
	running sync.WaitGroup
	saving  sync.Mutex // one writer of the store at a time; taken before mu

	mu      sync.Mutex
	tokens  Tokens // Bearer "" when there is none
	kept    record // as in the store, or newer; Refresh "" when there is none
	loaded  bool
	over    error // why somebody must sign in; nil if nobody must, or it is not known yet
	unsaved error // why kept is newer than what the store holds
	flight  *flight
	turn    uint64 // counts sign-ins and sign-outs: a refresh of an older turn is void
	closed  bool   // no refresh begins any more
}

// flight is one refresh; all who need its token wait for it.
type flight struct {
	done chan struct{}
	err  error
}

// NewKeeper makes a keeper for an account of a store. It reads nothing yet.
func NewKeeper(client *Client, store Store, account string) *Keeper {
	k := &Keeper{client: client, store: store, account: account, now: time.Now}
	k.ctx, k.cancel = context.WithCancel(context.Background())
	return k
}

// Serves tells whether the keeper is one for this sign-in.
func (k *Keeper) Serves(cfg Config, account string) bool {
	return k.account == account && k.client.cfg.equal(cfg)
}

// Client is what the keeper signs in with.
func (k *Keeper) Client() *Client { return k.client }

// Token returns a token for one call. refused is the one that the vault has just refused, "" at first: it is not
// handed out again if there can be another. Errors: Needed (until somebody signs in), Away, Untrusted, Trouble, Wrong,
// NoStore, and the context's.
func (k *Keeper) Token(ctx context.Context, refused string) (string, error) {
	k.mu.Lock()
	usable, aging := k.usable(refused)
	if usable {
		if aging && k.kept.Refresh != "" {
			k.begin() // nobody waits for it
		}
		bearer := k.tokens.Bearer
		k.mu.Unlock()
		return bearer, nil
	}
	if k.over != nil {
		defer k.mu.Unlock()
		return "", k.over
	}
	f := k.begin()
	k.mu.Unlock()
	select {
	case <-f.done:
	case <-ctx.Done():
		return "", ctx.Err()
	}
	if f.err != nil {
		return "", f.err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.tokens.Bearer == "" { // somebody signed out meanwhile
		return "", failed(Needed, nil)
	}
	return k.tokens.Bearer, nil
}

// Margins of a refresh ahead of the end: a fifth of a token's life, at most a minute. A token that is refused when it
// is this young is not traded for another: another would be refused too.
const (
	aheadShare = 5
	aheadMost  = time.Minute
	youngMost  = 10 * time.Second
)

// usable tells whether the token can be sent, and whether it is time for another. Its age is counted from the request
// that brought it, by the wall clock, so that sleep counts.
func (k *Keeper) usable(refused string) (usable, aging bool) {
	t := k.tokens
	if t.Bearer == "" {
		return false, false
	}
	age := k.now().Round(0).Sub(t.From)
	if refused == t.Bearer {
		young := youngMost
		if t.Life > 0 {
			young = min(young, t.Life/2)
		}
		return age >= 0 && age < young, false
	}
	if t.Life == 0 {
		return true, false
	}
	ahead := min(t.Life/aheadShare, aheadMost)
	return age >= 0 && age < t.Life-ahead/4, age >= t.Life-ahead
}

// begin returns the refresh that is under way, or starts one. mu is held.
func (k *Keeper) begin() *flight {
	if k.flight != nil {
		return k.flight
	}
	f := &flight{done: make(chan struct{})}
	if k.closed {
		f.err = context.Canceled
		close(f.done)
		return f
	}
	k.flight = f
	turn := k.turn
	k.running.Go(func() {
		err := k.refresh(turn)
		k.mu.Lock()
		f.err = err
		k.flight = nil
		k.mu.Unlock()
		close(f.done)
	})
	return f
}

// refresh brings a new token. A new refresh token is in the store before the old one is forgotten; when it cannot be
// stored it is used all the same, and storing it is tried again.
func (k *Keeper) refresh(turn uint64) error {
	old, err := k.known(turn)
	if err != nil {
		return err
	}
	k.mu.Lock()
	began := k.now().Round(0)
	k.mu.Unlock()
	t, err := k.client.Refresh(k.ctx, old.Refresh, old.Subject)
	t.From = began
	k.saving.Lock()
	defer k.saving.Unlock()
	if k.past(turn) {
		return k.afterwards()
	}
	if KindOf(err) == Needed {
		return k.end(err)
	}
	if err != nil {
		return err
	}
	next := old
	next.Refresh = t.Refresh
	if t.Who != "" {
		next.Who = t.Who
	}
	k.mu.Lock()
	dirty := next != k.kept || k.unsaved != nil
	k.mu.Unlock()
	var unsaved error
	if dirty {
		unsaved = k.save(k.ctx, next)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.tokens, k.kept, k.unsaved, k.over = t, next, unsaved, nil
	return nil
}

// known returns what is to be refreshed with.
func (k *Keeper) known(turn uint64) (record, error) {
	k.mu.Lock()
	if k.loaded {
		defer k.mu.Unlock()
		if k.kept.Refresh == "" {
			k.over = failed(Needed, nil)
			return record{}, k.over
		}
		return k.kept, nil
	}
	k.mu.Unlock()
	r, err := load(k.ctx, k.store, k.account, k.client.cfg)
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case k.turn != turn || k.loaded:
		if k.kept.Refresh == "" {
			return record{}, failed(Needed, nil)
		}
		return k.kept, nil
	case KindOf(err) == Needed:
		k.loaded, k.over = true, err
	case err == nil:
		k.loaded, k.kept = true, r
	}
	return r, err
}

func (k *Keeper) past(turn uint64) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.turn != turn
}

// afterwards is what a refresh that somebody overtook ends with.
func (k *Keeper) afterwards() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.over
}

// end notes that the provider has refused: the refresh token is of no use any more. saving is held.
func (k *Keeper) end(why error) error {
	err := k.store.Delete(k.ctx, k.account)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.tokens, k.kept, k.loaded, k.over, k.unsaved = Tokens{}, record{}, true, why, nil
	if err != nil && k.ctx.Err() != nil {
		return k.ctx.Err()
	}
	return why
}

func (k *Keeper) save(ctx context.Context, r record) error {
	secret, err := r.encode()
	if err == nil {
		err = k.store.Set(ctx, k.account, secret)
	}
	if err != nil {
		return failed(NoStore, err)
	}
	return nil
}

// SignedIn takes over the tokens of a sign-in. They count once their refresh token is in the store: NoStore leaves
// everything as it was.
func (k *Keeper) SignedIn(ctx context.Context, t Tokens) error {
	k.saving.Lock()
	defer k.saving.Unlock()
	cfg := k.client.cfg
	r := record{Version: recordVersion, Issuer: cfg.Issuer, Client: cfg.ClientID, Refresh: t.Refresh, Subject: t.Subject, Who: t.Who}
	if t.Refresh != "" {
		if err := k.save(ctx, r); err != nil {
			return err
		}
	} else if err := k.store.Delete(ctx, k.account); err != nil { // nothing of an earlier sign-in may come back
		return failed(NoStore, err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.turn++
	k.tokens, k.kept, k.loaded, k.over, k.unsaved = t, r, true, nil, nil
	return nil
}

// SignOut forgets the sign-in here and, as far as it can be reached, at the provider. An error of the store means that
// the secret is still there; the provider's is told only if the store had none.
func (k *Keeper) SignOut(ctx context.Context) error {
	k.saving.Lock()
	defer k.saving.Unlock()
	k.mu.Lock()
	r, loaded := k.kept, k.loaded
	k.mu.Unlock()
	if !loaded {
		r, _ = load(ctx, k.store, k.account, k.client.cfg) // without it there is nothing to revoke
	}
	if err := k.store.Delete(ctx, k.account); err != nil {
		return failed(NoStore, err)
	}
	k.mu.Lock()
	k.turn++
	k.tokens, k.kept, k.loaded, k.over, k.unsaved = Tokens{}, record{}, true, failed(Needed, errors.New("signed out")), nil
	k.mu.Unlock()
	if r.Refresh == "" {
		return nil
	}
	return k.client.Revoke(ctx, r.Refresh)
}

// State is how a sign-in stands.
type State struct {
	SignedIn bool
	Who      string    // "" if the provider did not say
	Until    time.Time // when the token in memory ends; zero if there is none, or it is not known
	Renews   bool      // it is renewed without the person
	Err      error     // why it is over, or cannot be kept
}

// State tells how the sign-in stands, from memory and the store alone.
func (k *Keeper) State(ctx context.Context) State {
	k.mu.Lock()
	loaded, turn := k.loaded, k.turn
	k.mu.Unlock()
	if !loaded {
		r, err := load(ctx, k.store, k.account, k.client.cfg)
		k.mu.Lock()
		if !k.loaded && k.turn == turn && (err == nil || KindOf(err) == Needed) {
			k.loaded, k.kept = true, r
			if err != nil {
				k.over = err
			}
		}
		k.mu.Unlock()
		if err != nil && KindOf(err) != Needed {
			return State{Err: err}
		}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	s := State{Who: k.kept.Who, Renews: k.kept.Refresh != "", Err: k.over}
	if s.Err == nil {
		s.Err = k.unsaved
	}
	if t := k.tokens; t.Bearer != "" && t.Life > 0 {
		s.Until = t.From.Add(t.Life)
	}
	alive := k.tokens.Bearer != "" && (s.Until.IsZero() || k.now().Before(s.Until))
	s.SignedIn = k.over == nil && (s.Renews || alive)
	return s
}

// closeWait is how long Close waits for a refresh under way, and for storing what could not be stored before.
const closeWait = 5 * time.Second

// Close lets go of the connections; the sign-in stays in the store. A refresh under way may end by itself for some
// seconds: one that is cut may have used up the refresh token without bringing another. A refresh token that could not
// be stored before is tried once more.
func (k *Keeper) Close() error {
	k.mu.Lock()
	k.closed = true
	k.mu.Unlock()
	grace := time.AfterFunc(closeWait, k.cancel)
	k.running.Wait()
	grace.Stop()
	k.cancel()
	k.client.CloseIdle()
	k.saving.Lock()
	defer k.saving.Unlock()
	k.mu.Lock()
	r, unsaved := k.kept, k.unsaved
	k.mu.Unlock()
	if unsaved == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeWait)
	defer cancel()
	return k.save(ctx, r)
}
