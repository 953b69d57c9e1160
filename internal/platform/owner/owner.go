// Package owner finds the one process that owns a state folder: its owner listens on a socket of the user's, and every
// other process of the user dials it (DESIGN §5). Unix sockets serve on Windows too, from Windows 10 on.
//
// It must not know what is said over the socket, nor decide who owns the folder: the journal's lock does. Only a
// process that holds that lock may call Listen.
package owner

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
)

// ErrNone says that no process answers for the state folder.
var ErrNone = errors.New("no process answers for this state folder")

const (
	folder     = ".owner" // in the state folder; a folder of its own can be private from its first moment
	socket     = "sock"
	maxAddress = 103 // bytes that every system's sun_path holds: 104 on macOS, with its final zero
)

// Listen makes this process reachable as the owner of the state folder. A socket that is there already is a dead
// owner's and is replaced. Closing the listener removes the socket; that must happen before the journal's lock is let
// go of, lest it remove the next owner's.
func Listen(ctx context.Context, stateDir string) (net.Listener, error) {
	var errs []error
	for _, path := range addresses(stateDir) {
		l, err := listenAt(ctx, path)
		if err == nil {
			return l, nil
		}
		errs = append(errs, err)
	}
	return nil, fmt.Errorf("owner: listen: %w", errors.Join(errs...))
}

func listenAt(ctx context.Context, path string) (net.Listener, error) {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if err := private(dir); err != nil {
		return nil, err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	var config net.ListenConfig
	l, err := config.Listen(ctx, "unix", path)
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, 0o600); err != nil && runtime.GOOS != "windows" { // there the folder's ACL holds
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// Dial connects to the owner of the state folder. The error is ErrNone when nobody listens there.
func Dial(ctx context.Context, stateDir string) (net.Conn, error) {
	var dialer net.Dialer
	for _, path := range addresses(stateDir) {
		if private(filepath.Dir(path)) != nil {
			continue // not there, or somebody else's: never speak to it
		}
		conn, err := dialer.DialContext(ctx, "unix", path)
		if err == nil {
			return conn, nil
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if !gone(err) {
			return nil, fmt.Errorf("owner: dial: %w", err)
		}
	}
	return nil, ErrNone
}

// gone tells a socket nobody listens on from other failures. A socket that is being removed counts as one.
func gone(err error) bool {
	return errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED) || refused(err)
}

// addresses lists where the socket may be: in the state folder, and for folders that are too deep, or on a file system
// without sockets, in a folder of the user's for running programs.
func addresses(stateDir string) []string {
	if abs, err := filepath.Abs(stateDir); err == nil {
		stateDir = abs
	}
	if real, err := filepath.EvalSymlinks(stateDir); err == nil {
		stateDir = real
	}
	sum := sha256.Sum256([]byte(stateDir))
	paths := []string{
		filepath.Join(stateDir, folder, socket),
		filepath.Join(runtimeDir(), hex.EncodeToString(sum[:8])),
	}
	if len(paths[0]) > maxAddress {
		return paths[1:]
	}
	return paths
}
