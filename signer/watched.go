package signer

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// maxWatched bounds what is read of a file, in bytes.
const maxWatched = 16 << 20

// emptyGrace is how long a file must stay empty to be believed: an editor may
// empty it before it writes.
const emptyGrace = 2 * time.Second

// watched is a file of the operator's that is read again when it changes. One
// that became unreadable or malformed leaves the last good content in force: an
// editor's half-written save must not lock everybody out. The log says so.
type watched[T any] struct {
	path  string
	what  string // "token file"
	parse func(data []byte) (T, error)
	log   *slog.Logger

	mu         sync.Mutex
	stamp      fileStamp
	emptySince time.Time // zero if it is not empty
	value      T
	unusable   bool // what is there now is not what value is
}

// fileStamp tells one state of the file from another. Time and size alone will
// not do: a file that takes the place of another may have both of it.
type fileStamp struct{ info os.FileInfo }

func (s fileStamp) same(o fileStamp) bool {
	if s.info == nil || o.info == nil {
		return s.info == nil && o.info == nil
	}
	return os.SameFile(s.info, o.info) && s.info.ModTime().Equal(o.info.ModTime()) && s.info.Size() == o.info.Size()
}

// watch reads the file for the first time. Errors name no path.
func watch[T any](path, what string, log *slog.Logger, parse func([]byte) (T, error)) (*watched[T], error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	w := &watched[T]{path: path, what: what, parse: parse, log: log}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w, w.loadLocked()
}

// current gives the content, read again if the file has changed.
func (w *watched[T]) current() T {
	w.mu.Lock()
	defer w.mu.Unlock()
	st, err := w.stampOf()
	if err == nil && (st.same(w.stamp) || w.halfWrittenLocked(st)) {
		return w.value
	}
	defer func() { w.unusable = err != nil }()
	if err == nil {
		err = w.loadLocked()
		if err == nil {
			w.log.Info(w.what + " read again")
		}
	}
	if err != nil && !w.stamp.same(st) {
		w.stamp = st // complain once per change
		w.log.Error(w.what+" not usable, the last good content stays in force", "reason", err.Error())
	}
	return w.value
}

// outdated tells whether the last good content is in force because what is there
// now cannot be used.
func (w *watched[T]) outdated() bool {
	w.current()
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.unusable
}

// halfWrittenLocked tells a file that is empty, and has not been so for long.
func (w *watched[T]) halfWrittenLocked(st fileStamp) bool {
	if st.info.Size() > 0 {
		w.emptySince = time.Time{}
		return false
	}
	if w.emptySince.IsZero() {
		w.emptySince = time.Now()
	}
	return time.Since(w.emptySince) < emptyGrace
}

// reparse reads what is there once more after prepare has changed what parse
// goes by.
func (w *watched[T]) reparse(prepare func()) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	prepare()
	return w.loadLocked()
}

func (w *watched[T]) loadLocked() error {
	st, err := w.stampOf()
	if err != nil {
		return err
	}
	if st.info.Size() > maxWatched {
		return fmt.Errorf("the %s is larger than 16 MiB", w.what)
	}
	data, err := os.ReadFile(w.path)
	if err != nil {
		return fmt.Errorf("read the %s: %w", w.what, pathless(err))
	}
	value, err := w.parse(data)
	if err != nil {
		return err
	}
	w.value, w.stamp = value, st
	return nil
}

func (w *watched[T]) stampOf() (fileStamp, error) {
	fi, err := os.Stat(w.path)
	if err != nil {
		return fileStamp{}, fmt.Errorf("look at the %s: %w", w.what, pathless(err))
	}
	return fileStamp{fi}, nil
}

// pathless drops the path from an error of package os.
func pathless(err error) error {
	if pe, ok := errors.AsType[*os.PathError](err); ok {
		return pe.Err
	}
	return err
}
