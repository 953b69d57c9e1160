package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"sync"
	"syscall"
)

// auditFile is a file of lines that is opened again when asked, so that
// logrotate may move it away.
type auditFile struct {
	path string
	also io.Writer // takes what the file does not

	mu   sync.Mutex
	file *os.File
	lost int64 // lines that went to also
}

func openAudit(path string, also io.Writer) (*auditFile, error) {
	a := &auditFile{path: path, also: also}
	return a, a.reopen()
}

// reopen opens the path anew; if that fails the old file stays in use.
func (a *auditFile) reopen() error {
	f, err := os.OpenFile(a.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("--audit-log cannot be opened: %w", withoutPath(err))
	}
	a.mu.Lock()
	old := a.file
	a.file = f
	a.mu.Unlock()
	if old != nil {
		_ = old.Close() // each line was written when it came
	}
	return nil
}

// Write writes a line. What the file does not take, because the disk is full or
// gone, goes to the log: a call that was served must be on record somewhere.
func (a *auditFile) Write(line []byte) (int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if n, err := a.file.Write(line); err != nil {
		a.lost++
		if n > 0 { // half a line: end it, if that works
			_, _ = a.file.WriteString("\n")
		}
		return a.also.Write(line)
	}
	return len(line), nil
}

func (a *auditFile) missing() float64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return float64(a.lost)
}

func (a *auditFile) close() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.file.Close()
}

// followHangups opens the file again at each SIGHUP, until stop is called.
func (a *auditFile) followHangups(log *slog.Logger) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case <-hangups:
				if err := a.reopen(); err != nil {
					log.Error("the audit log stays where it was", "reason", err.Error())
				} else {
					log.Info("audit log opened again")
				}
			case <-ctx.Done():
				return
			}
		}
	})
	return func() {
		signal.Stop(hangups)
		cancel()
		wg.Wait()
	}
}

// auditLog gives the logger of the audit lines and what ends it; without a file
// they go where the log goes.
func auditLog(o options, log *slog.Logger, stderr io.Writer) (to *slog.Logger, file *auditFile, end func() error, err error) {
	if o.auditLog == "" {
		return log, nil, func() error { return nil }, nil
	}
	if file, err = openAudit(o.auditLog, stderr); err != nil {
		return nil, nil, nil, err
	}
	to = slog.New(slog.NewJSONHandler(file, &slog.HandlerOptions{Level: min(o.logLevel, slog.LevelInfo)}))
	stop := file.followHangups(log)
	return to, file, func() error {
		stop()
		if err := file.close(); err != nil {
			return errors.New("the audit log could not be closed")
		}
		return nil
	}, nil
}
