package power

import (
	"errors"

	"os/exec"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"go.uber.org/goleak"

	"longshore/internal/bustest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patience = 30 * time.Second

func got[T any](t *testing.T, what string, c <-chan T) (v T) {
	t.Helper()
	select {
	case v = <-c:
	case <-time.After(patience):
		t.Fatalf("waited in vain for %s", what)
	}
	return v
}

func hold1(t *testing.T, how string) *Lock {
	t.Helper()
	l, err := Hold(t.Context(), "Longshore", "Files are being sent")
	if err != nil {
		t.Fatal(err)
	}
	if l.How != how {
		t.Errorf("it was held by %s, want %s", l.How, how)
	}
	return l
}

func TestLogind(t *testing.T) {
	address := bustest.Start(t)
	bustest.System(t, address)
	bustest.Session(t, bustest.Nowhere)
	login := bustest.NewLogin1(t, address)
	l := hold1(t, "logind")
	in := got(t, "the inhibitor", login.Held())
	if in.What != "sleep" || in.Mode != "block" || in.Who != "Longshore" || in.Why != "Files are being sent" {
		t.Errorf("%+v", in)
	}
	child := exec.CommandContext(t.Context(), "sleep", "600") // must not hold it on
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = child.Process.Kill()
		_ = child.Wait()
	}()
	select {
	case <-in.Released:
		t.Error("it was let go at once")
	default:
	}
	if err := l.Release(); err != nil {
		t.Fatal(err)
	}
	got(t, "the release", in.Released)
}

// session is a desktop's portal and its older interface, each of which may be missing.
type session struct {
	said   chan string
	handle dbus.ObjectPath
}

func (s session) Inhibit(window string, flags uint32, options map[string]dbus.Variant) (dbus.ObjectPath, *dbus.Error) {
	if flags != portalSuspend || window != "" || options["reason"].Value() != "Files are being sent" {
		return "", dbus.MakeFailedError(errors.New("unexpected arguments"))
	}
	s.said <- "inhibit"
	return s.handle, nil
}

func (s session) Close() *dbus.Error {
	s.said <- "close"
	return nil
}

func TestPortalWithoutLogind(t *testing.T) {
	address := bustest.Start(t)
	bustest.System(t, bustest.Nowhere)
	bustest.Session(t, address)
	conn := bustest.Join(t, address, "org.freedesktop.portal.Desktop")
	s := session{make(chan string, 4), "/org/freedesktop/portal/desktop/request/1"}
	bustest.Offer(t, conn, s, "/org/freedesktop/portal/desktop", "org.freedesktop.portal.Inhibit")
	bustest.Offer(t, conn, s, s.handle, "org.freedesktop.portal.Request")
	l := hold1(t, "portal")
	if err := l.Release(); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"inhibit", "close"} {
		if said := got(t, want, s.said); said != want {
			t.Errorf("the portal was asked to %s, want %s", said, want)
		}
	}
}

type desktop struct{ said chan any }

func (d desktop) Inhibit(program, why string) (uint32, *dbus.Error) {
	d.said <- program + ": " + why
	return 77, nil
}

func (d desktop) UnInhibit(cookie uint32) *dbus.Error {
	d.said <- cookie
	return nil
}

func TestOldDesktop(t *testing.T) {
	address := bustest.Start(t)
	bustest.System(t, bustest.Nowhere)
	bustest.Session(t, address)
	d := desktop{make(chan any, 4)}
	bustest.Offer(t, bustest.Join(t, address, "org.freedesktop.PowerManagement"), d,
		"/org/freedesktop/PowerManagement/Inhibit", "org.freedesktop.PowerManagement.Inhibit")
	l := hold1(t, "desktop")
	if err := l.Release(); err != nil {
		t.Fatal(err)
	}
	for _, want := range []any{"Longshore: Files are being sent", uint32(77)} {
		if said := got(t, "the desktop", d.said); said != want {
			t.Errorf("the desktop was told %v, want %v", said, want)
		}
	}
}

func TestNobodyToAsk(t *testing.T) {
	bus := bustest.Start(t) // one with nobody on it
	for _, session := range []string{bustest.Nowhere, bus} {
		bustest.System(t, bustest.Nowhere)
		bustest.Session(t, session)
		if _, err := Hold(t.Context(), "Longshore", "Files are being sent"); !errors.Is(err, ErrNone) {
			t.Errorf("%v", err)
		}
	}
}
