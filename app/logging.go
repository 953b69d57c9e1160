package app

import (
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"

	"longshore/internal/redact"
)

const (
	logName  = "longshore.log"
	maxLog   = 5 << 20 // bytes; one older file of the same size is kept beside it
	oldLog   = logName + ".1"
	fileMode = 0o600
)

// openLog opens the log of the state folder: JSON lines, redacted, 10 MB at most.
func openLog(stateDir string) (*slog.Logger, io.Closer, error) {
	w := &rotating{path: filepath.Join(stateDir, logName), old: filepath.Join(stateDir, oldLog), limit: maxLog}
	if err := w.open(); err != nil {
		return nil, nil, err
	}
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{ReplaceAttr: redact.Attr})), w, nil
}

// rotating is a file that is put aside when it is full. slog calls Write from any goroutine.
type rotating struct {
	path, old string
	limit     int64

	mu   sync.Mutex
	file *os.File
	size int64
}

func (w *rotating) open() error {
	file, err := os.OpenFile(w.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, fileMode)
	if err != nil {
		return err
	}
	info, err := file.Stat()
	if err != nil {
		return errors.Join(err, file.Close())
	}
	w.file, w.size = file, info.Size()
	return nil
}

// Write appends a record. A log that cannot be written never stops an upload: slog drops the error.
func (w *rotating) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.file == nil {
		return 0, os.ErrClosed
	}
	if w.size+int64(len(p)) > w.limit && w.size > 0 {
		if err := w.rotate(); err != nil {
			return 0, err
		}
	}
	n, err := w.file.Write(p)
	w.size += int64(n)
	return n, err
}

func (w *rotating) rotate() error {
	err := w.file.Close()
	w.file = nil
	if err == nil {
		err = os.Rename(w.path, w.old)
	}
	return errors.Join(err, w.open())
}

// Close ends the log; records that come later are dropped.
func (w *rotating) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.file == nil {
		return nil
	}
	err := w.file.Close()
	w.file = nil
	return err
}
