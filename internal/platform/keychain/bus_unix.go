//go:build unix && !darwin

package keychain

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
)

// errNoBus says that there is no desktop session whose keychain could be asked.
var errNoBus = errors.New("no session bus: there is no desktop, hence no Secret Service")

// reachable tells whether there is a session bus. Without one the library under the keychain would start one
// (dbus-launch), and with it a keychain of its own: both would outlive this program, and nobody could unlock it.
func reachable() error {
	if address := os.Getenv("DBUS_SESSION_BUS_ADDRESS"); address != "" && address != "autolaunch:" {
		return nil
	}
	run := filepath.Join("/run/user", strconv.Itoa(os.Getuid()))
	for _, name := range []string{"bus", "dbus-session"} {
		if _, err := os.Stat(filepath.Join(run, name)); err == nil {
			return nil
		}
	}
	return errNoBus
}
