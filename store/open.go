package store

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"time"

	"longshore/uploader"
)

// lockTimeout is how long bbolt may wait for its own lock. The folder's lock is held by then, so that only a foreign
// tool can have it.
const lockTimeout = 500 * time.Millisecond

// Open opens the store in dir and makes both if they are missing (0700, 0600). A damaged file is set aside and what
// can be read of it is used: see Recovered. The context bounds the waiting, not the store's life.
//
// Errors are *uploader.Error: CodeJournalBusy (another process has the folder), CodeJournalNewer (nothing was changed),
// CodeReadOnly, CodeDiskFull, CodeCancelled, CodeJournalBroken (the file could neither be used nor replaced).
func Open(ctx context.Context, dir string, opts Options) (*DB, error) {
	if IsCheckChild() {
		return nil, uploader.E("open-journal", uploader.CodeInternal, errChild)
	}
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	if opts.migrations == nil {
		opts.migrations = migrations
	}
	if opts.compactAbove == 0 {
		opts.compactAbove = compactAbove
	}
	if opts.wholeBelow == 0 {
		opts.wholeBelow = wholeBelow
	}
	if err := ctx.Err(); err != nil {
		return nil, wrap("open-journal", err, uploader.CodeCancelled)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, wrap("open-journal", err, uploader.CodeReadOnly)
	}
	f := folder(dir)
	lock, err := f.lock()
	if err != nil {
		return nil, wrap("open-journal", err, uploader.CodeReadOnly)
	}
	db, err := openLocked(ctx, f, opts)
	if err != nil {
		_ = lock.Close() // it holds nothing but the lock
		return nil, wrap("open-journal", err, uploader.CodeJournalBroken)
	}
	db.lock = lock
	if err := noteQueue(lock); err != nil { // no room for five bytes: the next start notes it
		opts.Log.Warn("journal was not noted", "code", codeOf(err, uploader.CodeInternal))
	}
	return db, nil
}

// openLocked does what is left when the folder's lock is held: make or check the file, open it, bring it up to date.
func openLocked(ctx context.Context, f folder, opts Options) (*DB, error) {
	there, err := settle(f, opts)
	if err != nil {
		return nil, err
	}
	if !there {
		if err := guard(func() error { return begin(f, opts) }); err != nil {
			return nil, err
		}
	} else if err := makeSound(ctx, f, opts); err != nil {
		return nil, err
	}
	// From here on the file may change: a crash must lead to a check.
	if err := f.markDirty(); err != nil {
		return nil, err
	}
	b, err := openBolt(f)
	if err != nil {
		return nil, err
	}
	db := &DB{bolt: b, folder: f, warning: folderWarning(string(f)), wholeBelow: opts.wholeBelow}
	if err := guard(func() error { return db.bringUp(opts) }); err != nil {
		if db.bolt != nil {
			_ = guard(db.bolt.Close) // the first error is the one that explains
		}
		return nil, err
	}
	return db, nil
}

// makeSound lets a file through that is as the last Close left it, or that passes the check; any other is replaced.
func makeSound(ctx context.Context, f folder, opts Options) error {
	clean, err := f.isClean(opts.wholeBelow)
	if err != nil || clean {
		return err
	}
	err = checkInChild(ctx, f, opts)
	if !errors.Is(err, errDamaged) {
		return err
	}
	opts.Log.Error("journal is damaged")
	return replace(ctx, f, opts)
}

// bringUp migrates and compacts a file that was just opened, and reads what the user is to be told.
func (db *DB) bringUp(opts Options) error {
	if err := migrate(db.folder, db.bolt, opts.migrations); err != nil {
		return err
	}
	done, err := compact(db.folder, db.bolt, opts.compactAbove)
	if err != nil {
		opts.Log.Warn("journal was not compacted", "code", codeOf(err, uploader.CodeInternal))
	}
	if done {
		err := db.bolt.Close()
		db.bolt = nil
		if err != nil {
			return err
		}
		if err := db.folder.rename(fileTemp, fileQueue); err != nil {
			return err
		}
		if db.bolt, err = openBolt(db.folder); err != nil {
			return err
		}
	}
	db.recovered, err = loadRecovery(db.bolt)
	if db.recovered != nil {
		opts.Log.Warn("journal was recovered", "jobs", db.recovered.Jobs, "lost", db.recovered.Lost, "unknown", db.recovered.Unknown)
	}
	return err
}
