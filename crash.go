package main

import (
	"os"
	"path/filepath"
	"runtime/debug"

	"longshore/app"
)

const (
	crashName = "crash.log"
	maxCrash  = 1 << 20 // bytes; a longer one is begun anew
)

// logCrashes makes the Go runtime write what it prints when the program crashes into the state folder too, where
// somebody can find it: a window has no terminal. That it cannot is no reason not to start.
func logCrashes(stateDir string) {
	if stateDir == "" {
		var err error
		if stateDir, err = app.DefaultStateDir(); err != nil {
			return
		}
	}
	path := filepath.Join(stateDir, crashName)
	flags := os.O_CREATE | os.O_APPEND | os.O_WRONLY
	if info, err := os.Stat(path); err == nil && info.Size() > maxCrash {
		flags |= os.O_TRUNC
	}
	file, err := os.OpenFile(path, flags, 0o600) //nolint:gosec // the state folder's own file
	if err != nil {
		return
	}
	_ = debug.SetCrashOutput(file, debug.CrashOptions{}) // it keeps a descriptor of its own
	_ = file.Close()
}
