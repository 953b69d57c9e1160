//go:build unix && !darwin

package sleep

import (
	"context"
	"errors"

	"github.com/godbus/dbus/v5"

	"longshore/internal/platform/bus"
)

// mostSignals is how many may wait. The machine does not fall asleep faster than woke returns.
const mostSignals = 16

var errEnded = errors.New("the system's bus has ended")

// watch hears logind, which says true before the machine sleeps and false when it has woken up.
func watch(ctx context.Context, woke func()) error {
	conn, err := bus.System(context.WithoutCancel(ctx))
	if err != nil {
		return errors.Join(ErrNone, err)
	}
	defer conn.Close()
	signals := make(chan *dbus.Signal, mostSignals)
	conn.Signal(signals)
	err = conn.AddMatchSignalContext(ctx, dbus.WithMatchSender("org.freedesktop.login1"),
		dbus.WithMatchObjectPath("/org/freedesktop/login1"),
		dbus.WithMatchInterface("org.freedesktop.login1.Manager"), dbus.WithMatchMember("PrepareForSleep"))
	if err != nil {
		return errors.Join(ErrNone, err)
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case s, ok := <-signals:
			if !ok {
				return errEnded
			}
			if s.Name == "org.freedesktop.login1.Manager.PrepareForSleep" && len(s.Body) == 1 && s.Body[0] == false {
				woke()
			}
		}
	}
}
