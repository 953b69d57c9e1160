package app

import (
	"context"
	"log/slog"
	"time"

	"longshore/internal/platform/power"
	"longshore/uploader"
)

const (
	awakeWhy = "Files are being sent"
	// stuckFor is how long the computer is kept awake without progress: while the network is away, a server is busy, or
	// a large file is read again. A laptop that gets nowhere for longer may sleep.
	stuckFor = 20 * time.Minute
	// settle is how long it is still kept awake when nothing is left to send: what asks the system is not asked for
	// every file of somebody who drops one after another.
	settle = 5 * time.Second
)

// awake keeps the computer awake while something is being sent. Its goroutine is run; allow may be called by anyone.
type awake struct {
	wishes chan bool // capacity 1: the newest wish of the user
	hold   func(ctx context.Context) (release func() error, err error)
	log    *slog.Logger
}

func newAwake(log *slog.Logger) *awake {
	return &awake{wishes: make(chan bool, 1), log: log, hold: func(ctx context.Context) (func() error, error) {
		lock, err := power.Hold(ctx, "Longshore", awakeWhy)
		if err != nil {
			return nil, err
		}
		log.Debug("kept awake", "how", lock.How)
		return lock.Release, nil
	}}
}

// allow says whether the user wants it.
func (a *awake) allow(wanted bool) {
	for {
		select {
		case a.wishes <- wanted:
			return
		case <-a.wishes: // an older wish that nobody has heard
		}
	}
}

// busy tells whether a queue could get on by itself. What is paused, has failed or waits for a person does not.
func busy(s *uploader.Snapshot) bool {
	t := s.Totals
	queued := t.Files - t.FilesDone - t.FilesFailed - t.FilesWaiting - t.FilesPaused - t.FilesActive
	return t.FilesActive > 0 || t.Scanning || queued > 0 || t.FilesWaiting > 0 && waitsForMore(s)
}

// waitsForMore tells whether something waits for something else than a person.
func waitsForMore(s *uploader.Snapshot) bool {
	for _, e := range s.Entries.All() {
		if e.State == uploader.Waiting && !needsPerson(e) {
			return true
		}
	}
	return false
}

// mark is how far a queue has come. Trying again is no progress.
type mark struct {
	files, done int
	sent        int64
}

func (m *mark) advance(t uploader.Totals) (progress bool) {
	now := mark{t.Files, t.FilesDone, max(m.sent, t.BytesSent)}
	if t.Files != m.files || t.FilesDone != m.done { // with another list, another sum
		now.sent = t.BytesSent
	}
	progress = now != *m || t.Scanning
	*m = now
	return progress
}

// queue is what is watched.
type queue interface {
	Snapshot() *uploader.Snapshot
	Subscribe() (changed <-chan struct{}, cancel func())
}

// run holds and lets go until ctx ends.
func (a *awake) run(ctx context.Context, q queue, wanted bool) {
	changed, cancel := q.Subscribe()
	defer cancel()
	var release func() error
	letGo := func() {
		if release == nil {
			return
		}
		if err := release(); err != nil {
			a.log.Debug("the lock that keeps the computer awake", "err", err)
		}
		release = nil
	}
	defer letGo()
	refused := false // by the system: it is asked again when there is new work
	var until time.Time
	var way mark
	working := false
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case wanted = <-a.wishes:
		case <-changed:
		case <-timer.C:
		}
		now, snap := time.Now(), q.Snapshot()
		progress, before := way.advance(snap.Totals), working
		working = busy(snap)
		switch {
		case working && (progress || !before):
			until = now.Add(stuckFor)
		case !working && until.After(now.Add(settle)):
			until = now.Add(settle)
		}
		left := until.Sub(now)
		switch {
		case !wanted || left <= 0:
			letGo()
			refused = false
		case release == nil && !refused:
			var err error
			if release, err = a.hold(ctx); err != nil && ctx.Err() == nil {
				refused = true
				a.log.Info("nothing keeps this computer awake", "err", err)
			}
		}
		if left > 0 {
			timer.Reset(left)
		}
	}
}
