// Package autostart makes a program start when this user logs in, and undoes it: an .desktop file on a Linux desktop, a
// value of the Run key on Windows, a launch agent on macOS. What stands there is the only record of it.
//
// It must not know what the program is.
package autostart

// Entry is the program that starts at login.
type Entry struct {
	ID   string   // reverse DNS, "app.longshore.Longshore": it names the entry on Linux and macOS
	Name string   // for people; it names the entry on Windows
	Args []string // the program's absolute path and its arguments
}

// Enabled tells whether an entry of this ID is there and counts, whatever its arguments.
func (e Entry) Enabled() (bool, error) { return e.enabled() }

// Enable makes the entry, or brings it up to date: the program may have moved.
func (e Entry) Enable() error { return e.enable() }

// Disable removes the entry; nil also when there is none.
func (e Entry) Disable() error { return e.disable() }
