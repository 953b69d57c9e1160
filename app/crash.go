package app

import (
	"os"
	"path/filepath"
	"runtime/debug"
)

const (
	crashName = "crash.log"      // of this run
	lastCrash = "crash.last.log" // of the last run that crashed
)

// LogNames are the log's files in the state folder, oldest first.
func LogNames() []string { return []string{oldLog, logName} }

// CrashNames are the files in the state folder that hold what was printed at a crash, oldest first.
func CrashNames() []string { return []string{lastCrash, crashName} }

// LogCrashes makes the Go runtime write what it prints when the program crashes into the state folder too ("" for the
// usual one), where somebody can find it: a window has no terminal. crashed tells whether the last run left something
// there; that is kept until the next crash. Only the folder's owner may call it. That it cannot is no reason not to
// start.
func LogCrashes(stateDir string) (crashed bool) {
	if stateDir == "" {
		var err error
		if stateDir, err = DefaultStateDir(); err != nil {
			return false
		}
	}
	path := filepath.Join(stateDir, crashName)
	if info, err := os.Stat(path); err == nil && info.Size() > 0 {
		crashed = os.Rename(path, filepath.Join(stateDir, lastCrash)) == nil
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, fileMode) //nolint:gosec // the state folder's own file
	if err != nil {
		return crashed
	}
	_ = debug.SetCrashOutput(file, debug.CrashOptions{}) // it keeps a descriptor of its own
	_ = file.Close()
	return crashed
}
