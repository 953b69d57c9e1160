//go:build unix && !darwin

package bus

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"

	"github.com/godbus/dbus/v5"
)

// ErrNone says that there is no session bus: nobody is logged in to a desktop.
var ErrNone = errors.New("no session bus: there is no desktop")

// Session connects to the bus of this user's desktop. ErrNone when there is none. The caller closes the connection.
func Session(ctx context.Context) (*dbus.Conn, error) {
	address := sessionAddress()
	if address == "" {
		return nil, ErrNone
	}
	return dbus.Connect(address, dbus.WithContext(ctx))
}

// System connects to the bus of the whole machine. The caller closes the connection.
func System(ctx context.Context) (*dbus.Conn, error) {
	return dbus.ConnectSystemBus(dbus.WithContext(ctx))
}

// HasSession tells whether there is a session bus to connect to.
func HasSession() bool { return sessionAddress() != "" }

func sessionAddress() string {
	if address := os.Getenv("DBUS_SESSION_BUS_ADDRESS"); address != "" && address != "autolaunch:" {
		return address
	}
	run := filepath.Join("/run/user", strconv.Itoa(os.Getuid()))
	for _, name := range []string{"bus", "dbus-session"} {
		path := filepath.Join(run, name)
		if _, err := os.Stat(path); err == nil {
			return "unix:path=" + dbus.EscapeBusAddressValue(path)
		}
	}
	return ""
}
