// Package pick opens the system's own file windows: several files at once, or folders.
//
// It must not know what is done with what is chosen, nor any window toolkit: on Linux it runs zenity, matedialog or
// qarma, on Windows and macOS it asks the system.
package pick

import (
	"context"
	"errors"

	"github.com/ncruces/zenity"
)

// ErrNone says that this computer has no such window; the toolkit's own must do.
var ErrNone = errors.New("no native file window")

// Native is the system's own file window. The zero value is ready.
type Native struct{}

// Files lets the user choose files. It blocks until they have, or ctx ends. No paths and no error: they chose none.
// ErrNone and any other error: there is no such window here. Not for the UI goroutine.
func (Native) Files(ctx context.Context, title string) ([]string, error) {
	return choose(ctx, zenity.Title(title))
}

// Folders lets the user choose folders; where the system's window takes only one, one. As Files otherwise.
func (Native) Folders(ctx context.Context, title string) ([]string, error) {
	return choose(ctx, zenity.Title(title), zenity.Directory())
}

// Save lets the user name a file to make; name is what it may be called. An existing one is confirmed by them. "" and no
// error: they did not. Errors as Files.
func (Native) Save(ctx context.Context, title, name string) (string, error) {
	if !zenity.IsAvailable() {
		return "", ErrNone
	}
	path, err := zenity.SelectFileSave(zenity.Title(title), zenity.Filename(name), zenity.ConfirmOverwrite(), zenity.Context(ctx), zenity.Modal())
	switch {
	case err == nil:
		return path, nil
	case errors.Is(err, zenity.ErrCanceled):
		return "", nil
	case ctx.Err() != nil:
		return "", ctx.Err()
	}
	return "", err
}

func choose(ctx context.Context, options ...zenity.Option) ([]string, error) {
	if !zenity.IsAvailable() {
		return nil, ErrNone
	}
	options = append(options, zenity.Context(ctx), zenity.Modal())
	paths, err := zenity.SelectFileMultiple(options...)
	if errors.Is(err, zenity.ErrUnsupported) { // Windows takes one folder at a time
		var path string
		if path, err = zenity.SelectFile(options...); err == nil {
			paths = []string{path}
		}
	}
	switch {
	case err == nil:
		return paths, nil
	case errors.Is(err, zenity.ErrCanceled):
		return nil, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	}
	return nil, err
}
