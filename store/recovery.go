package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Recovery says what became of a damaged file.
type Recovery struct {
	SetAside string    // base name of the damaged file in the state folder; "" if there was no file any more
	Jobs     int       // jobs that are in the queue again
	Lost     int       // jobs that are known to have been there and are not any more
	Unknown  bool      // there may be more losses than Lost says; folders of the queue are walked again
	At       time.Time // when it was found
}

// String says it in words, without a path.
func (r *Recovery) String() string {
	s := "Longshore's notes were damaged."
	if r.SetAside == "" {
		s = "Longshore's notes were gone."
	}
	s += " " + files(r.Jobs, "is", "are") + " in the queue again."
	switch {
	case r.Lost > 0 && r.Unknown:
		s += " At least " + files(r.Lost, "", "") + " could not be read: look whether something is missing and add it again."
	case r.Lost > 0:
		s += " " + files(r.Lost, "", "") + " could not be read: look what is missing and add it again."
	case r.Unknown:
		s += " Files, history or settings may be missing: look, and add again what is not there."
	default:
		s += " Nothing is missing."
	}
	if r.SetAside != "" {
		s += " The damaged file was kept as " + r.SetAside + "."
	}
	return s
}

// files says how many files, with the verb that goes with the number.
func files(n int, one, many string) string {
	if n == 1 {
		return strings.TrimSpace("1 file " + one)
	}
	return strings.TrimSpace(fmt.Sprintf("%d files %s", n, many))
}

func (r *Recovery) save(b *bolt.DB) error {
	raw, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return b.Update(func(bt *bolt.Tx) error {
		return saveText(newTx(bt), kindMeta, []byte(metaRecovery), string(raw))
	})
}

// loadRecovery returns nil when there is nothing to tell.
func loadRecovery(b *bolt.DB) (*Recovery, error) {
	var r *Recovery
	err := b.View(func(bt *bolt.Tx) error {
		raw, found, err := load(newTx(bt), kindMeta, []byte(metaRecovery), textField)
		if err != nil || !found {
			return err
		}
		r = &Recovery{}
		if err := json.Unmarshal([]byte(raw), r); err != nil {
			return errDamaged
		}
		return nil
	})
	return r, err
}

// checkInChild returns nil for a sound file, errDamaged for one that is not, any other error when that is not known.
// Where no child can be had (the program was replaced while it ran, say) our own reader does what it can here.
func checkInChild(ctx context.Context, f folder, opts Options) error {
	err := ask(ctx, opts, request{Folder: string(f)})
	switch {
	case errors.Is(err, errNoChild):
		opts.Log.Warn("journal is checked in-process", "reason", "no child")
		if err = checkPages(f.path(fileQueue)); err != nil && answerTo(err).Damaged {
			return errDamaged
		}
	case errors.Is(err, errChild), errors.Is(err, errSlow):
		return errDamaged
	}
	return err
}

// replace salvages what it can into a new file, sets the damaged one aside and puts the new one in its place. A crash
// in the middle leaves either the damaged file or a complete new one, never neither: see finishReplace.
func replace(ctx context.Context, f folder, opts Options) error {
	aside := asideName(time.Now())
	err := ask(ctx, opts, request{Folder: string(f), Salvage: true, Aside: aside})
	switch {
	case err == nil:
	case errors.Is(err, errNoChild):
		err = salvage(f, aside)
	case errors.Is(err, errChild), errors.Is(err, errDamaged):
		// Nothing of it can be read. It is kept, and the user is told.
		opts.Log.Error("journal could not be salvaged", "error", err)
		lost := &Recovery{SetAside: aside, Unknown: true, At: time.Now().UTC()}
		err = create(f, fileSalvaged, 1+len(opts.migrations), lost.save)
	}
	if err != nil {
		return err // errSlow too: a slow disk is no reason to start with an empty queue
	}
	if err := f.rename(fileQueue, aside); err != nil {
		return err
	}
	return f.rename(fileSalvaged, fileQueue)
}

// settle brings the folder into one of two states: queue.db is there, or there is none and none is to be expected.
// It reports whether queue.db is there.
func settle(f folder, opts Options) (bool, error) {
	there, err := f.exists(fileQueue)
	if err != nil {
		return false, err
	}
	if there {
		schema, ok, err := peekSchema(f.path(fileQueue))
		if err != nil {
			return false, err
		}
		if ok && schema > 1+len(opts.migrations) {
			return false, errNewer
		}
		return true, errors.Join(f.remove(fileTemp), f.remove(fileSalvaged))
	}
	ready, err := f.exists(fileSalvaged)
	if err != nil || !ready {
		return false, err
	}
	return true, f.rename(fileSalvaged, fileQueue)
}

// begin makes the first file of a folder. If there was one before (a scanner for viruses took it, say), the user is told
// that it is gone.
func begin(f folder, opts Options) error {
	var tell func(*bolt.DB) error
	if f.hadQueue() {
		gone := &Recovery{Unknown: true, At: time.Now().UTC()}
		tell = gone.save
	}
	return create(f, fileQueue, 1+len(opts.migrations), tell)
}
