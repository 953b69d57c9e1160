package uploader

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"
)

// Config is what an engine is made of.
type Config struct {
	Journal   Journal
	Source    Source
	Connector Connector
	NewID     func() string    // ULIDs, growing; called from one goroutine
	Now       func() time.Time // wall clock; nil for the system's. Its monotonic reading is dropped, so that sleep counts
	Log       *slog.Logger     // nil for none
	Limits    Limits           // zero for DefaultLimits
	Bandwidth Bandwidth        // zero for no limit
	// Look tells what image a file of size bytes is; false for none. It reads a little of its head, and must bear any
	// bytes. nil: folders are shown by their names alone.
	Look func(r io.ReaderAt, size int64) (Image, bool)
	// Personal tells whether a file or folder is called as patients are; nil for never.
	Personal func(name string) bool
	// Idle takes up no job and walks no folder: only verbs work, and uploads that are to be cleared away are. It is for a
	// command that changes the queue and ends.
	Idle bool
}

// Limits bounds what is in flight. All can change while the engine runs.
type Limits struct {
	PartsPerFile int   // parts of one file, 1 to 64; 0: as many as in all
	Parts        int   // parts in all, 1 to 64; 0: 64. Below it, as many as the line makes use of (controller)
	Small        int   // objects of at most 1 MiB, 1 to 192
	SmallBytes   int64 // and their bytes, 1 to 64 MiB
}

// DefaultLimits are the bounds of a first start.
func DefaultLimits() Limits {
	return Limits{Small: 192, SmallBytes: 64 << 20}
}

// mostFlying bounds the parts in flight whatever the user says: each has a connection and its buffers.
const mostFlying = 64

func (l Limits) clamped() Limits {
	d := DefaultLimits()
	pick := func(v, def, most int) int {
		if v <= 0 {
			return def
		}
		return min(v, most)
	}
	l.PartsPerFile = pick(l.PartsPerFile, mostFlying, mostFlying)
	l.Parts = pick(l.Parts, mostFlying, mostFlying)
	l.Small = pick(l.Small, d.Small, 192)
	if l.SmallBytes <= 0 {
		l.SmallBytes = d.SmallBytes
	}
	l.SmallBytes = min(l.SmallBytes, 64<<20)
	return l
}

// Engine uploads. Make it with New, let Run own it, and talk to it from any goroutine.
type Engine struct {
	core  *core // touched by Run's goroutine alone once it runs
	calls chan func(*core)
	ended chan struct{} // closed when Run has returned
	snap  atomic.Pointer[Snapshot]
	hub   hub
}

// New loads the journal and shows its queue. It makes no network call. Errors are the journal's.
func New(ctx context.Context, cfg Config) (*Engine, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	wall := cfg.Now
	cfg.Now = func() time.Time { return wall().Round(0) }
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	queue, err := cfg.Journal.Load(ctx)
	if err != nil {
		return nil, err
	}
	e := &Engine{calls: make(chan func(*core), 16), ended: make(chan struct{})}
	e.core = newCore(cfg, queue, func(s *Snapshot) {
		e.snap.Store(s)
		e.hub.signal()
	})
	e.core.random = rand.Float64
	e.core.publish()
	return e, nil
}

// Run does the work until ctx ends; then it cuts what is in flight, waits for every goroutine it started and returns
// nil. Everything done so far is in the journal. It returns an *Error early when the journal is broken or written by
// somebody else. Call it once.
func (e *Engine) Run(ctx context.Context) error {
	defer close(e.ended)
	return e.core.run(ctx, e.calls)
}

// Snapshot is the queue as it is now: immutable, never nil, cheap.
func (e *Engine) Snapshot() *Snapshot { return e.snap.Load() }

// Subscribe returns a channel that gets a signal after every change; signals that nobody took are folded into one.
// cancel ends it.
func (e *Engine) Subscribe() (changed <-chan struct{}, cancel func()) { return e.hub.subscribe() }

// errStopped answers calls after Run has ended.
var errStopped = errors.New("the engine has stopped")

// ask runs f on the owner and waits until f, or what f set in motion, answers.
func ask[T any](ctx context.Context, e *Engine, f func(c *core, answer func(T, error))) (T, error) {
	type result struct {
		v   T
		err error
	}
	got := make(chan result, 1)
	var zero T
	call := func(c *core) {
		f(c, func(v T, err error) {
			select {
			case got <- result{v, err}:
			default: // answered already: a later answer has nobody left to hear it
			}
		})
	}
	select {
	case e.calls <- call:
	case <-e.ended:
		return zero, E("engine", CodeCancelled, errStopped)
	case <-ctx.Done():
		return zero, ctx.Err()
	}
	select {
	case r := <-got:
		return r.v, r.err
	case <-e.ended:
		return zero, E("engine", CodeCancelled, errStopped)
	case <-ctx.Done():
		return zero, ctx.Err()
	}
}

// Added says what became of the paths of one Add.
type Added struct {
	Batch   BatchID   // "" if every path was in the queue already
	Entries []EntryID // new
	Resumed []EntryID // in the queue already, unfinished, and set going again
}

// Add puts files and folders into the queue of a vault; it returns when they survive a power cut, before folders are
// walked. A path that cannot be uploaded becomes an entry that says why. A path whose unfinished entry for the same
// vault is in the queue is set going again instead. known is what becomes of files that the vault has already.
// Errors: CodeBadConfig for an unknown vault, and the journal's.
func (e *Engine) Add(ctx context.Context, vault VaultID, paths []string, known Known) (Added, error) {
	return ask(ctx, e, func(c *core, answer func(Added, error)) { c.add(vault, paths, known, answer) })
}

// Verb is what a user can do to a part of the queue.
type Verb string

// The verbs. Each acts on those of its targets that it fits and leaves the others alone.
const (
	Pause     Verb = "pause"
	Resume    Verb = "resume"
	Cancel    Verb = "cancel"
	RetryJobs Verb = "retry"
	Remove    Verb = "remove" // what is unfinished of entries is cancelled first; of files by themselves, only those that are not stored
	MoveToTop Verb = "top"    // entries only
	MoveUp    Verb = "up"     // entries only: one place; neighbours move as a block
	MoveDown  Verb = "down"   // entries only
	MoveTo    Verb = "move"   // entries only: together, in the queue's order, to before Target.Before
	SendAgain Verb = "again"  // what is paused because the vault has it already is sent; what an entry's walk still finds too
	LeaveOut  Verb = "leave"  // it is taken out of the queue and counted; what an entry's walk still finds too
)

// Target is what a verb acts on.
type Target struct {
	All     bool
	Entries []EntryID
	Jobs    []JobID
	Before  EntryID // of MoveTo: where to; "" for the end
}

// Do carries out a verb; it returns when the change survives a power cut. Unknown targets are passed over.
func (e *Engine) Do(ctx context.Context, verb Verb, t Target) error {
	_, err := ask(ctx, e, func(c *core, answer func(struct{}, error)) { c.do(verb, t, answer) })
	return err
}

// Removed says what a Remove did.
type Removed struct {
	Entries    int    // taken off the queue
	Files      int    // of entries that stay, taken off the list by themselves
	Unfinished int    // of both, what was neither stored nor stopped by the user: it can come back
	Undo       string // what Restore takes for that, "" if there is none
}

// Remove is Do with the verb Remove, and can be taken back.
func (e *Engine) Remove(ctx context.Context, t Target) (Removed, error) {
	return ask(ctx, e, func(c *core, answer func(Removed, error)) { c.removeKept(t, answer) })
}

// Restore takes back a Remove of this session: what was unfinished is in the queue again as it was. What was stored of it
// is not sent again, what was paused is paused, what had failed or was stopped is so again; of what was under way nothing is
// left at S3. It tells how many entries and files came back: none if it was taken back already, or is too long ago.
func (e *Engine) Restore(ctx context.Context, undo string) (items int, err error) {
	return ask(ctx, e, func(c *core, answer func(int, error)) { c.restore(undo, answer) })
}

// Vaults lists the configured vaults, oldest first.
func (e *Engine) Vaults(ctx context.Context) ([]Vault, error) {
	return ask(ctx, e, func(c *core, answer func([]Vault, error)) { answer(c.vaultList(), nil) })
}

// SaveVault inserts or replaces a vault and connects to it anew.
func (e *Engine) SaveVault(ctx context.Context, v Vault) error {
	_, err := ask(ctx, e, func(c *core, answer func(struct{}, error)) { c.saveVault(v, answer) })
	return err
}

// RemoveVault forgets a vault. CodeBadConfig while something in the queue still belongs to it.
func (e *Engine) RemoveVault(ctx context.Context, id VaultID) error {
	_, err := ask(ctx, e, func(c *core, answer func(struct{}, error)) { c.removeVault(id, answer) })
	return err
}

// SetLimits changes the bounds; what is in flight above a lower bound is let finish.
func (e *Engine) SetLimits(ctx context.Context, l Limits) error {
	_, err := ask(ctx, e, func(c *core, answer func(struct{}, error)) {
		c.setLimits(l)
		answer(struct{}{}, nil)
	})
	return err
}

// SetBandwidth changes what all uploads together may use of the line; it holds at once, also for what is on the wire.
func (e *Engine) SetBandwidth(ctx context.Context, b Bandwidth) error {
	_, err := ask(ctx, e, func(c *core, answer func(struct{}, error)) {
		c.setBandwidth(b)
		answer(struct{}{}, nil)
	})
	return err
}

// Wake tells that the machine slept or its network changed: signed URLs and idle connections are dropped, whatever
// waits tries again now.
func (e *Engine) Wake(ctx context.Context) error {
	_, err := ask(ctx, e, func(c *core, answer func(struct{}, error)) {
		c.wake()
		answer(struct{}{}, nil)
	})
	return err
}

// History returns receipts, newest first.
func (e *Engine) History(ctx context.Context, q HistoryQuery) ([]Receipt, error) {
	return e.core.cfg.Journal.History(ctx, q)
}

// hub tells subscribers that something changed. It is the one lock of the package and guards no job state.
type hub struct {
	mu   sync.Mutex
	subs map[chan struct{}]struct{}
}

func (h *hub) subscribe() (<-chan struct{}, func()) {
	ch := make(chan struct{}, 1)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.subs == nil {
		h.subs = make(map[chan struct{}]struct{})
	}
	h.subs[ch] = struct{}{}
	return ch, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.subs, ch)
	}
}

func (h *hub) signal() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for ch := range h.subs {
		select {
		case ch <- struct{}{}:
		default:
		}
	}
}
