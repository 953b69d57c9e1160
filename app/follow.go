package app

import (
	"context"
	"errors"
	"time"

	"longshore/uploader"
)

// followEvery is how close together two looks at the queue are.
const followEvery = 100 * time.Millisecond

// FileResult is what became of one file.
type FileResult struct {
	Path     string            `json:"path"`
	Key      string            `json:"key"`
	Size     int64             `json:"size"`
	Checksum string            `json:"checksum"` // base64 CRC64NVME of the whole object, "" if S3 confirmed none
	ETag     string            `json:"eTag"`
	Verified uploader.Verified `json:"verified"`
	State    uploader.State    `json:"state"` // done, failed, source-changed or cancelled; waiting for what Follow gave up on
	Error    *Problem          `json:"error"`
}

// Progress sums up the followed entries.
type Progress struct {
	Files, Done, Failed, Cancelled, Paused int
	Asked                                  int // of those that are paused: the vault has them already, and the user is to say what is wanted
	Again                                  int // files that it has already and that are sent again
	LeftOut                                int // files that are in none of these numbers, because it has them already
	Empty                                  int // empty folders, of which nothing is stored
	Gone                                   int // what had gone before it could be looked at
	Bytes, Sent                            int64
	Rate                                   float64       // bytes per second
	Left                                   time.Duration // 0 when unknown
	Scanning                               bool
	Active                                 bool          // bytes move
	Waiting                                uploader.Code // what the rest waits for, "" if nothing
	Late                                   uploader.Late // an upload may not make its vault's deadline, "" if all will
	Deadline                               time.Time     // the first such; zero if Late is ""
	Trouble                                uploader.Code // what holds up the whole queue (its disk is full), "" if nothing
}

// Stored tells whether every file is in the vault.
func (p Progress) Stored() bool { return !p.Scanning && p.Done == p.Files && p.Failed+p.Cancelled == 0 }

// Follower hears what becomes of entries. Its functions are called one after the other, and may be nil.
type Follower struct {
	File     func(FileResult) // once for every file that has ended, and for those that are given up on
	Progress func(Progress)   // after every change
	// Receipts looks up what storage confirmed of each stored file; without it FileResult has no checksum and no ETag.
	Receipts bool
	// GiveUp ends Follow when all that is left waits for a person: a sign-in, a drive that is not there, or a word on what
	// the vault has already. Without it Follow goes on waiting.
	GiveUp bool
	// Heir opens the folder again when its owner has gone: Follow goes on with that session. The caller closes it. nil
	// ends Follow instead.
	Heir func(context.Context) (Session, error)
}

// Follow watches entries until every file of theirs has ended. Entries that somebody removes count as cancelled,
// unless they are in the history. The error is the context's, or the session's when that ended first; files that have
// ended by then have been told.
func Follow(ctx context.Context, s Session, ids []uploader.EntryID, f Follower) (Progress, error) {
	w := newWatcher(s, ids, f)
	changed, cancel := s.Subscribe()
	defer func() { cancel() }()
	for {
		looked := time.Now()
		if w.look(ctx, s.Snapshot()) {
			return w.sum, nil
		}
		select {
		case <-ctx.Done():
			return w.sum, ctx.Err()
		case <-s.Ended():
			if w.look(ctx, s.Snapshot()) {
				return w.sum, nil
			}
			heir, err := w.inherit(ctx)
			if err != nil {
				return w.sum, err
			}
			cancel()
			s, w.session = heir, heir
			changed, cancel = s.Subscribe()
			continue
		case <-changed:
		}
		if wait(ctx, followEvery-time.Since(looked)) != nil {
			return w.sum, ctx.Err()
		}
	}
}

// inherit is how a watch goes on when its session has ended: with the heir's, if there is one.
func (w *watcher) inherit(ctx context.Context) (Session, error) {
	end := endOf(w.session)
	if w.f.Heir == nil || !errors.Is(end, ErrOwnerGone) {
		return nil, end
	}
	return w.f.Heir(ctx)
}

// endOf is why a session ended.
func endOf(s Session) error {
	if err := s.Err(); err != nil {
		return err
	}
	return fail("session", uploader.CodeCancelled, say("closed"), nil)
}
