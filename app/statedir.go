package app

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"longshore/uploader"
)

// DefaultStateDir is where the queue of this user lives: ~/.local/state/longshore (or under $XDG_STATE_HOME) on Linux
// and its kin, the user's Application Support on macOS, %LocalAppData% on Windows.
func DefaultStateDir() (string, error) {
	switch runtime.GOOS {
	case "windows":
		if dir := os.Getenv("LocalAppData"); filepath.IsAbs(dir) {
			return filepath.Join(dir, "Longshore"), nil
		}
	case "darwin":
	default:
		if dir := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
			return filepath.Join(dir, "longshore"), nil
		}
	}
	home, err := os.UserHomeDir()
	if err != nil || !filepath.IsAbs(home) {
		return "", fail("state-folder", uploader.CodeBadConfig,
			say("no-home"), err)
	}
	switch runtime.GOOS {
	case "windows":
		return filepath.Join(home, "AppData", "Local", "Longshore"), nil
	case "darwin":
		return filepath.Join(home, "Library", "Application Support", "Longshore"), nil
	}
	return filepath.Join(home, ".local", "state", "longshore"), nil
}

// StateDir is the absolute path of a state folder, "" standing for the usual one. It need not be there.
func StateDir(dir string) (string, error) {
	if dir == "" {
		return DefaultStateDir()
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", fail("state-folder", uploader.CodeBadConfig, say("state-path"), err)
	}
	return dir, nil
}

// makeStateDir returns the absolute path of the state folder, and makes the folder if it is missing.
func makeStateDir(dir string) (string, error) {
	dir, err := StateDir(dir)
	if err != nil {
		return "", err
	}
	switch info, err := os.Stat(dir); {
	case err == nil && !info.IsDir():
		return "", fail("state-folder", uploader.CodeBadConfig, say("state-is-file"), nil)
	case err == nil:
		return dir, nil
	}
	switch err := os.MkdirAll(dir, 0o700); {
	case err == nil:
		return dir, nil
	case diskFull(err):
		return "", uploader.E("state-folder", uploader.CodeDiskFull, err)
	case errors.Is(err, fs.ErrPermission), readOnly(err):
		return "", uploader.E("state-folder", uploader.CodeReadOnly, err)
	default:
		return "", fail("state-folder", uploader.CodeBadConfig, say("state-not-made"), err)
	}
}
