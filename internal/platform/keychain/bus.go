package keychain

import (
	"errors"

	"longshore/internal/platform/bus"
)

// errNoBus says that there is no desktop session whose keychain could be asked.
var errNoBus = errors.New("no session bus: there is no desktop, hence no Secret Service")

// reachable tells whether there is a session bus. Without one the library under the keychain would start one
// (dbus-launch), and with it a keychain of its own: both would outlive this program, and nobody could unlock it.
func reachable() error {
	if !bus.HasSession() {
		return errNoBus
	}
	return nil
}
