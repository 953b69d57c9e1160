//go:build unix && !darwin

package power

import (
	"context"
	"errors"
	"os"

	"github.com/godbus/dbus/v5"
	"golang.org/x/sys/unix"

	"longshore/internal/platform/bus"
)

// hold asks, in this order: logind, which every desktop's own suspending goes through; the desktop portal, for programs
// in a sandbox; and the older interface of desktops. The one for screen savers is left out: it would keep the screen
// on, and unlocked.
func hold(ctx context.Context, program, why string) (*Lock, error) {
	l, system := logind(ctx, program, why)
	if system == nil {
		return l, nil
	}
	conn, err := bus.Session(context.WithoutCancel(ctx)) // the lock lives as long as the connection
	if err != nil {
		return nil, errors.Join(ErrNone, system, err)
	}
	l, portal := viaPortal(ctx, conn, why)
	if portal == nil {
		return l, nil
	}
	l, desktop := viaDesktop(ctx, conn, program, why)
	if desktop == nil {
		return l, nil
	}
	return nil, errors.Join(ErrNone, system, portal, desktop, conn.Close())
}

// logind keeps the machine awake as long as a descriptor is open.
func logind(ctx context.Context, program, why string) (*Lock, error) {
	conn, err := bus.System(context.WithoutCancel(ctx))
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	var fd dbus.UnixFD
	err = conn.Object("org.freedesktop.login1", "/org/freedesktop/login1").
		CallWithContext(ctx, "org.freedesktop.login1.Manager.Inhibit", 0, "sleep", program, why, "block").Store(&fd)
	if err != nil {
		return nil, err
	}
	unix.CloseOnExec(int(fd))                                                             // a program that we start would hold it on
	return &Lock{How: "logind", release: os.NewFile(uintptr(fd), "inhibitor").Close}, nil //nolint:gosec // a descriptor is not negative
}

// portalSuspend is the portal's flag for "do not suspend".
const portalSuspend = uint32(4)

func viaPortal(ctx context.Context, conn *dbus.Conn, why string) (*Lock, error) {
	const name = "org.freedesktop.portal.Desktop"
	var handle dbus.ObjectPath
	err := conn.Object(name, "/org/freedesktop/portal/desktop").
		CallWithContext(ctx, "org.freedesktop.portal.Inhibit.Inhibit", 0, "", portalSuspend, map[string]dbus.Variant{"reason": dbus.MakeVariant(why)}).
		Store(&handle)
	if err != nil {
		return nil, err
	}
	return &Lock{How: "portal", release: func() error {
		return errors.Join(ask(conn.Object(name, handle), "org.freedesktop.portal.Request.Close"), conn.Close())
	}}, nil
}

func viaDesktop(ctx context.Context, conn *dbus.Conn, program, why string) (*Lock, error) {
	const name = "org.freedesktop.PowerManagement.Inhibit"
	object := conn.Object("org.freedesktop.PowerManagement", "/org/freedesktop/PowerManagement/Inhibit")
	var cookie uint32
	if err := object.CallWithContext(ctx, name+".Inhibit", 0, program, why).Store(&cookie); err != nil {
		return nil, err
	}
	return &Lock{How: "desktop", release: func() error {
		return errors.Join(ask(object, name+".UnInhibit", cookie), conn.Close())
	}}, nil
}

func ask(object dbus.BusObject, method string, args ...any) error {
	ctx, cancel := context.WithTimeout(context.Background(), askWait)
	defer cancel()
	return object.CallWithContext(ctx, method, 0, args...).Err
}
