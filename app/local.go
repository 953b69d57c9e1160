package app

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"longshore/internal/platform/sleep"
	"longshore/store"
	"longshore/uploader"
)

// local is the Session of the process that owns the folder.
type local struct {
	db        *store.DB
	engine    *uploader.Engine
	connector *connector
	accounts  *accounts
	attempts  *attempts
	ids       *ids
	log       *slog.Logger
	logFile   io.Closer
	server    *server
	guests    *guests
	awake     *awake
	keepSet   chan struct{} // what is kept was changed
	keepAwake bool          // at the start
	raises    chan []string // nil without a window
	notices   []Notice

	vaultEdit sync.Mutex // adding a vault reads, asks and writes

	stopping context.Context // ends when the engine is to stop
	cancel   context.CancelFunc
	running  sync.WaitGroup
	ended    chan struct{}
	mu       sync.Mutex
	err      error // why it ended
	closing  sync.Once
	closed   error
}

// start runs the engine and what goes with it until Close. An idle one sends nothing.
func (l *local) start(idle bool) {
	ctx, cancel := l.stopping, l.cancel
	ticker, woke := time.NewTicker(tickEvery), make(chan struct{}, 1)
	l.running.Go(func() { shrink(ctx, l, debug.FreeOSMemory) })
	l.running.Go(func() {
		defer ticker.Stop()
		watchSleep(ctx, ticker.C, woke, time.Now, l.wake)
	})
	l.running.Go(func() {
		if err := sleep.Watch(ctx, func() { signal(woke) }); err != nil {
			l.log.Info("the system does not tell when it wakes up; clocks do", "err", err)
		}
	})
	if !idle {
		l.running.Go(func() { l.awake.run(ctx, l.engine, l.keepAwake) })
		l.running.Go(func() { l.pruneDaily(ctx) })
	}
	l.running.Go(func() {
		defer uploader.Nameless()
		defer close(l.ended)
		defer cancel()
		err := l.engine.Run(ctx)
		if err != nil {
			l.log.Error("the engine stopped", "err", err)
		}
		l.mu.Lock()
		l.err = err
		l.mu.Unlock()
	})
}

func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default: // one is waiting
	}
}

func (l *local) wake(ctx context.Context) {
	l.log.Info("the machine slept")
	if err := l.engine.Wake(ctx); err != nil && ctx.Err() == nil {
		l.log.Warn("wake", "err", err)
	}
}

// Close implements Session: first the engine, so that nothing new begins; then the socket, while the journal's lock
// still keeps the next owner out; then the journal.
func (l *local) Close() error {
	l.closing.Do(func() {
		l.cancel()
		l.running.Wait()
		l.closed = l.release()
	})
	return l.closed
}

// release lets go of everything but the engine. Parts that were never opened are nil.
func (l *local) release() error {
	var errs []error
	l.attempts.close() // before the socket: another process may wait for one
	if l.server != nil {
		errs = append(errs, l.server.close())
	}
	if err := l.accounts.close(); err != nil {
		l.log.Warn("a renewed sign-in could not be kept", "err", err)
	}
	l.connector.close()
	if l.db != nil {
		errs = append(errs, l.db.Close())
	}
	return errors.Join(append(errs, l.logFile.Close())...)
}

// Owner implements Session.
func (l *local) Owner() bool { return true }

// Notices implements Session.
func (l *local) Notices() []Notice { return l.notices }

// Ended implements Session.
func (l *local) Ended() <-chan struct{} { return l.ended }

// Err implements Session.
func (l *local) Err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err
}

// Add implements Session.
func (l *local) Add(ctx context.Context, vault uploader.VaultID, paths []string, known uploader.Known) (uploader.Added, error) {
	return l.engine.Add(ctx, vault, paths, known)
}

// Do implements Session.
func (l *local) Do(ctx context.Context, verb uploader.Verb, target uploader.Target) error {
	return l.engine.Do(ctx, verb, target)
}

// Remove implements Session.
func (l *local) Remove(ctx context.Context, t uploader.Target) (uploader.Removed, error) {
	return l.engine.Remove(ctx, t)
}

// Restore implements Session.
func (l *local) Restore(ctx context.Context, undo string) (int, error) {
	return l.engine.Restore(ctx, undo)
}

// Snapshot implements Session.
func (l *local) Snapshot() *uploader.Snapshot { return l.engine.Snapshot() }

// Subscribe implements Session.
func (l *local) Subscribe() (<-chan struct{}, func()) { return l.engine.Subscribe() }

// History implements Session.
func (l *local) History(ctx context.Context, q uploader.HistoryQuery) ([]uploader.Receipt, error) {
	return l.engine.History(ctx, q)
}

// Limits implements Session.
func (l *local) Limits(ctx context.Context) (uploader.Limits, error) { return savedLimits(ctx, l.db) }

// SetLimits implements Session. What this session was told at its start no longer holds: the user has now said
// something newer.
func (l *local) SetLimits(ctx context.Context, limits uploader.Limits) error {
	if err := l.db.SaveSetting(ctx, limitsSetting, limits); err != nil {
		return err
	}
	return l.engine.SetLimits(ctx, limits)
}

// HandedOver implements Session.
func (l *local) HandedOver() []uploader.EntryID { return l.guests.unfinished(l.Snapshot()) }

// looker is an owner that only looks: the engine is loaded and does not run.
type looker struct{ *local }

var errLooking = errors.New("the folder is open for looking only")

// Vaults implements Session from the journal, because no engine runs that could be asked.
func (l *looker) Vaults(ctx context.Context) ([]uploader.Vault, error) {
	return l.db.Vaults(ctx)
}

func (l *looker) Add(context.Context, uploader.VaultID, []string, uploader.Known) (uploader.Added, error) {
	return uploader.Added{}, asError(errLooking)
}

func (l *looker) Do(context.Context, uploader.Verb, uploader.Target) error {
	return asError(errLooking)
}

func (l *looker) Remove(context.Context, uploader.Target) (uploader.Removed, error) {
	return uploader.Removed{}, asError(errLooking)
}

func (l *looker) Restore(context.Context, string) (int, error) { return 0, asError(errLooking) }

func (l *looker) CheckVault(context.Context, VaultSpec) (uploader.Capabilities, error) {
	return uploader.Capabilities{}, asError(errLooking)
}

func (l *looker) AddVault(context.Context, VaultSpec) (uploader.Vault, error) {
	return uploader.Vault{}, asError(errLooking)
}

func (l *looker) SetVaultFiles(context.Context, uploader.VaultID, string, string) (uploader.Vault, error) {
	return uploader.Vault{}, asError(errLooking)
}

func (l *looker) BeginSignIn(context.Context, SignInRequest) (SignInStep, error) {
	return SignInStep{}, asError(errLooking)
}

func (l *looker) FinishSignIn(context.Context, string) (SignIn, error) {
	return SignIn{}, asError(errLooking)
}

func (l *looker) RestoreVault(context.Context, uploader.Vault) error { return asError(errLooking) }

func (l *looker) SignOut(context.Context, uploader.VaultID) error { return asError(errLooking) }

// SignIns implements Session from the journal and the places where sign-ins are kept.
func (l *looker) SignIns(ctx context.Context) ([]SignIn, error) {
	vaults, err := l.Vaults(ctx)
	if err != nil {
		return nil, err
	}
	return l.states(ctx, vaults), nil
}

func (l *looker) RemoveVault(context.Context, uploader.VaultID) error { return asError(errLooking) }

func (l *looker) SetLimits(ctx context.Context, limits uploader.Limits) error {
	return l.db.SaveSetting(ctx, limitsSetting, limits)
}
