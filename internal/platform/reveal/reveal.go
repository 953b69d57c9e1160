// Package reveal shows a file or a folder where it lies, in the system's own file manager. It starts programs directly,
// never through a shell: a file's name is data.
//
// It must not know what the file is.
package reveal

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// Errors of Show.
var (
	ErrGone = errors.New("the file and its folder are no longer there")
	ErrNone = errors.New("no file manager on this computer")
)

// askWait bounds what shows the file. Some programs stay until their window is closed.
const askWait = 5 * time.Second

// Show opens the folder of an absolute path with the file or folder selected, where the system can; the folder alone
// otherwise, and when the file is gone. nil means that the system took it, not that anybody sees it. Not for the UI
// goroutine.
func Show(ctx context.Context, path string) error {
	if !filepath.IsAbs(path) {
		return ErrGone
	}
	path = filepath.Clean(path)
	if _, err := os.Lstat(path); err != nil {
		path = filepath.Dir(path)
		if info, err := os.Stat(path); err != nil || !info.IsDir() {
			return ErrGone
		}
		return open(ctx, path)
	}
	return show(ctx, path)
}

// run starts a program and gives it a moment to fail.
func run(ctx context.Context, cmd *exec.Cmd, patience time.Duration) error {
	if err := cmd.Start(); err != nil {
		return errors.Join(ErrNone, err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }() // ends with the file manager, at the latest
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case err := <-ended:
		return err
	case <-timer.C:
	case <-ctx.Done(): // it was started
	}
	return nil
}
