package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"longshore/internal/platform/owner"
	"longshore/uploader"
)

// client is the Session of a process that another one's session serves.
type client struct {
	http *http.Client

	snap    atomic.Pointer[uploader.Snapshot]
	mu      sync.Mutex
	subs    map[chan struct{}]struct{}
	err     error // why it ended
	ended   chan struct{}
	cancel  context.CancelFunc
	reading sync.WaitGroup
}

// openClient connects to the owner of dir: owner.ErrNone when there is none.
func openClient(ctx context.Context, dir string) (*client, error) {
	conn, err := owner.Dial(ctx, dir)
	if err != nil {
		return nil, err
	}
	if err := conn.Close(); err != nil {
		return nil, ownerGone(err)
	}
	c := &client{subs: make(map[chan struct{}]struct{}), ended: make(chan struct{})}
	c.snap.Store(&uploader.Snapshot{})
	c.http = &http.Client{Transport: &http.Transport{
		DialContext:        func(ctx context.Context, _, _ string) (net.Conn, error) { return owner.Dial(ctx, dir) },
		MaxIdleConns:       4,
		IdleConnTimeout:    10 * time.Second,
		DisableCompression: true,
	}}
	if err := c.greet(ctx); err != nil {
		c.http.CloseIdleConnections()
		return nil, err
	}
	return c, nil
}

// greet checks that both sides speak alike and waits for the first frame.
func (c *client) greet(ctx context.Context) error {
	h, err := call[none, hello](ctx, c, routeHello, none{})
	if err != nil {
		return err
	}
	if h.Version != wireVersion {
		return fail("session", uploader.CodeJournalBusy,
			say("other-version"), nil)
	}
	stream, cancel := context.WithCancel(context.Background())
	c.cancel = cancel
	first := make(chan struct{})
	c.reading.Go(func() {
		defer uploader.Nameless()
		err := c.watch(stream, first)
		c.mu.Lock()
		if stream.Err() == nil {
			c.err = ownerGone(err)
		}
		c.mu.Unlock()
		close(c.ended)
	})
	select {
	case <-first:
		return nil
	case <-c.ended:
		return errors.Join(c.Err(), c.Close())
	case <-ctx.Done():
		return errors.Join(ctx.Err(), c.Close())
	}
}

// watch takes in frames until the stream ends.
func (c *client) watch(ctx context.Context, first chan struct{}) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://owner"+routeWatch, http.NoBody)
	if err != nil {
		return err
	}
	res, err := c.http.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	dec := json.NewDecoder(res.Body)
	was := &uploader.Snapshot{}
	for greeted := false; ; greeted = true {
		now, err := next(dec, was)
		if err != nil {
			return err
		}
		c.snap.Store(now)
		was = now
		if !greeted {
			close(first)
		}
		c.signal()
	}
}

// next reads the frames that make the next snapshot.
func next(dec *json.Decoder, was *uploader.Snapshot) (*uploader.Snapshot, error) {
	entries, jobs := was.Entries.Edit(), was.Jobs.Edit()
	for {
		var f frame
		if err := dec.Decode(&f); err != nil {
			return nil, err
		}
		if err := errors.Join(patch(entries, f.Entries), patch(jobs, f.Jobs)); err != nil {
			return nil, err
		}
		if f.More {
			continue
		}
		if entries.Len() != f.Entries.Len || jobs.Len() != f.Jobs.Len {
			return nil, errBadFrame
		}
		return &uploader.Snapshot{Version: f.Version, Trouble: f.Trouble, Totals: f.Totals, Entries: entries.Pages, Jobs: jobs.Pages}, nil
	}
}

func (c *client) signal() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for ch := range c.subs {
		select {
		case ch <- struct{}{}:
		default:
		}
	}
}

// call makes one request of the owner. It returns when this session's snapshot shows what the request did.
func call[Q, A any](ctx context.Context, c *client, path string, q Q) (A, error) {
	var answer reply[A]
	data, err := json.Marshal(q)
	if err != nil {
		return answer.Value, asError(err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://owner"+path, bytes.NewReader(data))
	if err != nil {
		return answer.Value, asError(err)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return answer.Value, c.broken(ctx, err)
	}
	defer res.Body.Close()
	if err := json.NewDecoder(io.LimitReader(res.Body, maxReply)).Decode(&answer); err != nil {
		return answer.Value, c.broken(ctx, err)
	}
	if !answer.OK {
		return answer.Value, fromWire(answer.Error)
	}
	return answer.Value, c.reach(ctx, answer.Version)
}

// broken is what a request that got no answer means.
func (c *client) broken(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return ownerGone(err)
}

// reach waits until the watch has come to a version.
func (c *client) reach(ctx context.Context, version uint64) error {
	if c.cancel == nil { // the watch has not begun
		return nil
	}
	changed, cancel := c.Subscribe()
	defer cancel()
	for c.Snapshot().Version < version {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-c.ended:
			return c.Err()
		case <-changed:
		}
	}
	return nil
}

// Owner implements Session.
func (c *client) Owner() bool { return false }

// Notices implements Session.
func (c *client) Notices() []Notice { return nil }

// Vaults implements Session.
func (c *client) Vaults(ctx context.Context) ([]uploader.Vault, error) {
	return call[none, []uploader.Vault](ctx, c, routeVaults, none{})
}

// CheckVault implements Session.
func (c *client) CheckVault(ctx context.Context, spec VaultSpec) (uploader.Capabilities, error) {
	spec, err := absoluteSpec(spec)
	if err != nil {
		return uploader.Capabilities{}, err
	}
	return call[VaultSpec, uploader.Capabilities](ctx, c, routeCheck, spec)
}

// AddVault implements Session.
func (c *client) AddVault(ctx context.Context, spec VaultSpec) (uploader.Vault, error) {
	spec, err := absoluteSpec(spec)
	if err != nil {
		return uploader.Vault{}, err
	}
	return call[VaultSpec, uploader.Vault](ctx, c, routeAddVault, spec)
}

// SetVaultFiles implements Session.
func (c *client) SetVaultFiles(ctx context.Context, id uploader.VaultID, tokenFile, caFile string) (uploader.Vault, error) {
	token, ca, err := absolutes(tokenFile, caFile)
	if err != nil {
		return uploader.Vault{}, err
	}
	return call[filesMsg, uploader.Vault](ctx, c, routeFiles, filesMsg{Vault: id, TokenFile: token, CAFile: ca})
}

// RestoreVault implements Session.
func (c *client) RestoreVault(ctx context.Context, before uploader.Vault) error {
	_, err := call[uploader.Vault, none](ctx, c, routePutBack, before)
	return err
}

// RemoveVault implements Session.
func (c *client) RemoveVault(ctx context.Context, id uploader.VaultID) error {
	_, err := call[uploader.VaultID, none](ctx, c, routeForget, id)
	return err
}

// SignIns implements Session.
func (c *client) SignIns(ctx context.Context) ([]SignIn, error) {
	return call[none, []SignIn](ctx, c, routeSignIns, none{})
}

// BeginSignIn implements Session. The owner holds the tokens, and it is the one that the browser comes back to; the
// browser itself may be opened here.
func (c *client) BeginSignIn(ctx context.Context, r SignInRequest) (SignInStep, error) {
	return call[SignInRequest, SignInStep](ctx, c, routeBegin, r)
}

// FinishSignIn implements Session.
func (c *client) FinishSignIn(ctx context.Context, attempt string) (SignIn, error) {
	return call[string, SignIn](ctx, c, routeFinish, attempt)
}

// SignOut implements Session.
func (c *client) SignOut(ctx context.Context, id uploader.VaultID) error {
	_, err := call[uploader.VaultID, none](ctx, c, routeSignOut, id)
	return err
}

// Add implements Session.
func (c *client) Add(ctx context.Context, vault uploader.VaultID, paths []string, known uploader.Known) (uploader.Added, error) {
	paths, err := absolutePaths(paths)
	if err != nil {
		return uploader.Added{}, err
	}
	return call[addMsg, uploader.Added](ctx, c, routeAdd, addMsg{Vault: vault, Paths: paths, Known: known})
}

// Do implements Session.
func (c *client) Do(ctx context.Context, verb uploader.Verb, target uploader.Target) error {
	_, err := call[doMsg, none](ctx, c, routeDo, doMsg{Verb: verb, Target: target})
	return err
}

// Remove implements Session.
func (c *client) Remove(ctx context.Context, t uploader.Target) (uploader.Removed, error) {
	return call[uploader.Target, uploader.Removed](ctx, c, routeRemove, t)
}

// Restore implements Session.
func (c *client) Restore(ctx context.Context, undo string) (int, error) {
	return call[string, int](ctx, c, routeRestore, undo)
}

// Snapshot implements Session.
func (c *client) Snapshot() *uploader.Snapshot { return c.snap.Load() }

// Subscribe implements Session.
func (c *client) Subscribe() (<-chan struct{}, func()) {
	ch := make(chan struct{}, 1)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.subs[ch] = struct{}{}
	return ch, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.subs, ch)
	}
}

// History implements Session.
func (c *client) History(ctx context.Context, q uploader.HistoryQuery) ([]uploader.Receipt, error) {
	return call[uploader.HistoryQuery, []uploader.Receipt](ctx, c, routeHistory, q)
}

// Limits implements Session.
func (c *client) Limits(ctx context.Context) (uploader.Limits, error) {
	return call[none, uploader.Limits](ctx, c, routeLimits, none{})
}

// SetLimits implements Session.
func (c *client) SetLimits(ctx context.Context, l uploader.Limits) error {
	_, err := call[uploader.Limits, none](ctx, c, routeSet, l)
	return err
}

// HandedOver implements Session.
func (c *client) HandedOver() []uploader.EntryID { return nil }

// Ended implements Session.
func (c *client) Ended() <-chan struct{} { return c.ended }

// Err implements Session.
func (c *client) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// Close implements Session: the owner goes on.
func (c *client) Close() error {
	c.cancel()
	c.reading.Wait()
	c.http.CloseIdleConnections()
	return nil
}

func absoluteSpec(spec VaultSpec) (VaultSpec, error) {
	var err error
	spec.TokenFile, spec.CAFile, err = absolutes(spec.TokenFile, spec.CAFile)
	return spec, err
}
