package app

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"time"

	"longshore/internal/patient"
	"longshore/internal/platform/owner"
	"longshore/store"
	"longshore/uploader"
	"longshore/uploader/disk"
)

// Options say how a state folder is opened.
type Options struct {
	StateDir string // "" for DefaultStateDir; made if it is missing
	// Concurrency is how many parts may be in flight, 1 to 64, in this session only; 0 for the saved limits. A
	// session that is not the owner does not change the owner's.
	Concurrency int
	// Limit and Timetable bound the bandwidth of all uploads in this session only; nil as saved. A session that is not the
	// owner changes nothing.
	Limit     *uploader.Speed
	Timetable *uploader.Timetable
	// Look opens the folder without sending anything: the queue can be read, Add and Do fail. It is for commands that
	// show something and end.
	Look bool
	// Idle opens the folder for verbs alone: nothing of the queue is worked on but the clearing away of unfinished
	// uploads, and other processes wait until it is closed. It is for commands that take something out of the queue.
	// A session that is not the owner takes no notice: its owner works on.
	Idle bool
	// Window says that this session has a window, which takes what Raises brings.
	Window bool
	// SecretStores are the places for refresh tokens; nil for the real ones.
	SecretStores SecretStores
	// KeepAwake keeps the computer awake while something is being sent, or does not, in this session only; nil as saved.
	// A session that is not the owner changes nothing.
	KeepAwake *bool
	Agent     string // the User-Agent towards signers, "longshore-cli/1.2"
	// CheckProgram is the program that is run to check a journal after a crash; "" for this one, whose main must
	// begin with store.IsCheckChild.
	CheckProgram string
}

const (
	takeover  = 15 * time.Second       // how long an owner may take to start or to stop
	askAgain  = 100 * time.Millisecond // between looks whether it has
	closeWait = 2 * time.Second        // for requests of others when this owner stops
)

// Open opens the state folder: as its owner, or, when another process of this user is, as its client. ctx bounds the
// opening, not the session.
//
// Errors: CodeJournalBusy (another process has the folder and does not answer), CodeJournalNewer, CodeJournalBroken,
// CodeReadOnly, CodeDiskFull, CodeBadConfig (the folder's path), CodeCancelled.
func Open(ctx context.Context, o Options) (Session, error) {
	dir, err := makeStateDir(o.StateDir)
	if err != nil {
		return nil, err
	}
	patience := time.Now().Add(takeover)
	for {
		s, err := openOnce(ctx, dir, o)
		if err == nil {
			return s, nil
		}
		// Its owner is just starting, or just ending, or no Longshore of this user.
		if uploader.CodeOf(err) != uploader.CodeJournalBusy || time.Now().After(patience) || wait(ctx, askAgain) != nil {
			return nil, err
		}
	}
}

func openOnce(ctx context.Context, dir string, o Options) (Session, error) {
	c, err := openClient(ctx, dir)
	if err == nil {
		return c, nil
	}
	if !errors.Is(err, owner.ErrNone) && !errors.Is(err, ErrOwnerGone) {
		return nil, err
	}
	return openLocal(ctx, dir, o)
}

// openLocal makes this process the owner.
func openLocal(ctx context.Context, dir string, o Options) (s Session, err error) {
	stores := o.SecretStores
	if stores == nil {
		stores = secretStores(dir)
	}
	people := newAccounts(stores)
	l := &local{ids: newIDs(), connector: newConnector(o.Agent, people), accounts: people, attempts: newAttempts(), ended: make(chan struct{}), guests: newGuests(), keepSet: make(chan struct{}, 1)}
	l.stopping, l.cancel = context.WithCancel(context.Background())
	log, logFile, logErr := openLog(dir)
	if logErr != nil {
		log, logFile = slog.New(slog.DiscardHandler), io.NopCloser(nil)
		l.notices = append(l.notices, notice(say("no-log")))
	}
	l.log, l.logFile, l.awake = log, logFile, newAwake(log)
	defer func() {
		if err != nil {
			l.cancel()
			err = errors.Join(err, l.release())
		}
	}()
	if l.db, err = store.Open(ctx, dir, store.Options{Log: log, Executable: o.CheckProgram}); err != nil {
		return nil, err
	}
	if r := l.db.Recovered(); r != nil {
		l.notices = append(l.notices, recovered(r))
	}
	if w := l.db.Warning(); w != "" {
		l.notices = append(l.notices, notice(say("slow-folder")))
	}
	if o.Window {
		l.raises = make(chan []string, mostRaised)
	}
	if err := people.proxies.logins.load(ctx, l.db); err != nil {
		return nil, err
	}
	limits, err := savedLimits(ctx, l.db)
	if err != nil {
		return nil, err
	}
	if err := l.behave(ctx, o.KeepAwake); err != nil {
		return nil, err
	}
	saved, err := savedBandwidth(ctx, l.db)
	if err != nil {
		return nil, err
	}
	l.engine, err = uploader.New(ctx, uploader.Config{
		Journal: failJournal(l.db), Source: disk.New(), Connector: failConnector(l.connector), NewID: l.ids.next, Log: log,
		Limits: withConcurrency(limits, o.Concurrency), Bandwidth: o.bandwidth(saved), Idle: o.Idle,
		Look: look, Personal: patient.Named,
	})
	if err != nil {
		return nil, err
	}
	if o.Look {
		return &looker{local: l}, nil
	}
	if !o.Idle {
		l.serveOthers(ctx, dir)
	}
	l.start(o.Idle)
	log.Info("opened", "recovered", l.db.Recovered() != nil)
	return l, nil
}

// behave reads what the user wants of the program; keepAwake is what was said at the start.
func (l *local) behave(ctx context.Context, keepAwake *bool) error {
	b, err := savedBehaviour(ctx, l.db)
	l.keepAwake = b.KeepAwake
	if keepAwake != nil {
		l.keepAwake = *keepAwake
	}
	return err
}

// serveOthers makes the session reachable; without a socket everything else works.
func (l *local) serveOthers(ctx context.Context, dir string) {
	var err error
	if l.server, err = serve(ctx, dir, l); err != nil {
		l.notices = append(l.notices, notice(say("alone")))
		l.log.Warn("no socket", "err", err)
	}
}

// wait waits for d or the context's end.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
