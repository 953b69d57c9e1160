package store

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"longshore/uploader"
)

// errUncertain means that a commit failed so late that only the next start can tell whether it holds.
var errUncertain = errors.New("store: outcome of a commit is unknown")

// Options sets how a store is opened. The zero value is right for a program.
type Options struct {
	Executable   string        // program that is run for checks; "" for this one. Its main must begin as the package comment says
	CheckTimeout time.Duration // for one check or salvage; 0 for 30 s and a second per 4 MiB of file
	Log          *slog.Logger  // nil for none; gets counts and codes, never paths

	migrations   []migration // nil for the package's own
	compactAbove int64       // bytes; 0 for compactAbove
	wholeBelow   int64       // bytes; 0 for wholeBelow
}

// DB is an open store. All methods may be called from any goroutine; see uploader.Journal for who may call Apply.
type DB struct {
	bolt      *bolt.DB
	folder    folder
	lock      *os.File
	recovered *Recovery
	warning   string

	wholeBelow int64

	mapped  atomic.Int64 // receipts that were read since shed
	written atomic.Int64 // records that were written since shed
	suspect atomic.Bool  // something in the file is wrong: the next start must check it
	broken  atomic.Bool  // no more changes: see errUncertain
	closing sync.Once
	closed  error
}

var _ uploader.Journal = (*DB)(nil)

// Recovered tells what happened when the file was found damaged at Open, else nil. It is told again at every start
// until a clean Close.
func (db *DB) Recovered() *Recovery { return db.recovered }

// Warning is a sentence for the user about the folder itself (it lies on a network file system), or "".
func (db *DB) Warning() string { return db.warning }

// Close ends the store; it waits for calls that are under way. Only after a nil error is the next start spared a check of the
// file. A second Close returns what the first did.
func (db *DB) Close() error {
	db.closing.Do(func() { db.closed = wrap("close-journal", db.close(), uploader.CodeJournalBroken) })
	return db.closed
}

func (db *DB) close() error {
	told := error(nil)
	if db.recovered != nil && !db.suspect.Load() {
		told = db.update(func(t *tx) error { return t.drop(kindMeta, []byte(metaRecovery)) })
	}
	err := errors.Join(told, guard(db.bolt.Close))
	if err == nil && !db.suspect.Load() {
		err = db.folder.markClean(db.wholeBelow)
	}
	return errors.Join(err, db.lock.Close())
}

// update runs one write transaction. Any error means that nothing of it holds, but for errUncertain.
func (db *DB) update(fn func(*tx) error) error {
	if db.broken.Load() {
		return uploader.E("journal", uploader.CodeJournalBroken, errUncertain)
	}
	id, inCommit := 0, false
	err := guard(func() error {
		return db.bolt.Update(func(b *bolt.Tx) error {
			id = b.ID()
			err := fn(newTx(b))
			inCommit = err == nil
			return err
		})
	})
	if err == nil {
		return nil
	}
	if inCommit && db.visible(id) {
		db.suspect.Store(true)
		db.broken.Store(true)
		err = errUncertain
	}
	return db.fail(err)
}

// visible tells whether a commit that reported an error can nevertheless be seen: its meta page was written, but
// perhaps is not on the disk.
func (db *DB) visible(id int) bool {
	seen := true
	err := guard(func() error {
		return db.bolt.View(func(b *bolt.Tx) error {
			seen = b.ID() >= id
			return nil
		})
	})
	return seen || err != nil
}

func (db *DB) view(ctx context.Context, fn func(*tx) error) error {
	if err := ctx.Err(); err != nil {
		return uploader.E("journal", uploader.CodeCancelled, err)
	}
	return db.fail(guard(func() error {
		return db.bolt.View(func(b *bolt.Tx) error { return fn(newTx(b)) })
	}))
}

// fail gives an error its code, and remembers when it says that the file is damaged.
func (db *DB) fail(err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, berrors.ErrDatabaseNotOpen) {
		return uploader.E("journal", uploader.CodeInternal, errClosed)
	}
	if errors.Is(err, errDamaged) {
		db.suspect.Store(true)
	}
	return wrap("journal", err, uploader.CodeInternal)
}

// guard turns a panic of bbolt, and a fault in its memory map, into errDamaged.
func guard(fn func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if recover() != nil {
			err = errDamaged
		}
	}()
	return fn()
}
