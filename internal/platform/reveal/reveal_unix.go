//go:build unix && !darwin

package reveal

import (
	"context"
	"net/url"
	"os/exec"
	"path/filepath"

	"longshore/internal/platform/bus"
)

// show asks the desktop's file manager over the session bus; without one that can select, the folder is opened.
func show(ctx context.Context, path string) error {
	if ask(ctx, "ShowItems", path) == nil {
		return nil
	}
	return open(ctx, filepath.Dir(path))
}

func open(ctx context.Context, dir string) error {
	if ask(ctx, "ShowFolders", dir) == nil {
		return nil
	}
	return run(ctx, exec.Command("xdg-open", dir), askWait) //nolint:noctx,gosec // the file manager outlives who asked; dir is absolute, hence no flag
}

func ask(ctx context.Context, method, path string) error {
	conn, err := bus.Session(context.WithoutCancel(ctx))
	if err != nil {
		return err
	}
	defer conn.Close()
	ctx, cancel := context.WithTimeout(ctx, askWait)
	defer cancel()
	address := url.URL{Scheme: "file", Path: path}
	return conn.Object("org.freedesktop.FileManager1", "/org/freedesktop/FileManager1").
		CallWithContext(ctx, "org.freedesktop.FileManager1."+method, 0, []string{address.String()}, "").Err
}
