package bustest

import (
	"os"
	"testing"

	"github.com/godbus/dbus/v5"
)

// Login1 is a logind that hands out inhibitors and says when the machine sleeps.
type Login1 struct {
	t    testing.TB
	conn *dbus.Conn
	held chan *Inhibitor
}

// Inhibitor is one that was asked for.
type Inhibitor struct {
	What, Who, Why, Mode string
	Released             <-chan struct{} // closed when its descriptor is
}

// most is how many inhibitors a test may leave unlooked at.
const most = 64

// NewLogin1 puts a logind on a bus.
func NewLogin1(t testing.TB, address string) *Login1 {
	t.Helper()
	l := &Login1{t: t, conn: Join(t, address, "org.freedesktop.login1"), held: make(chan *Inhibitor, most)}
	calls := make(chan *dbus.Message, most)
	l.conn.Eavesdrop(calls) // raw, because an answer with a descriptor must be on its way before this end is closed
	done := make(chan struct{})
	go func() {
		defer close(done)
		for m := range calls {
			if m.Type == dbus.TypeMethodCall {
				l.answer(m)
			}
		}
	}()
	t.Cleanup(func() {
		_ = l.conn.Close() // its bus may have ended
		<-done
	})
	return l
}

// Held gets each inhibitor when it has been handed out.
func (l *Login1) Held() <-chan *Inhibitor { return l.held }

// Sleeps says that the machine is about to sleep (true), or has woken up (false).
func (l *Login1) Sleeps(about bool) {
	l.t.Helper()
	if err := l.conn.Emit("/org/freedesktop/login1", "org.freedesktop.login1.Manager.PrepareForSleep", about); err != nil {
		l.t.Error(err)
	}
}

// answer hands out the write end of a pipe, as logind does, and sees it closed at the read end.
func (l *Login1) answer(m *dbus.Message) {
	in := &Inhibitor{}
	if member, _ := m.Headers[dbus.FieldMember].Value().(string); member != "Inhibit" {
		l.t.Errorf("logind was asked for %s", member)
		return
	}
	if err := dbus.Store(m.Body, &in.What, &in.Who, &in.Why, &in.Mode); err != nil {
		l.t.Errorf("Inhibit: %v", err)
		return
	}
	read, write, err := os.Pipe()
	if err != nil {
		l.t.Error(err)
		return
	}
	fd := dbus.UnixFD(write.Fd()) //nolint:gosec // a descriptor fits
	l.conn.Send(&dbus.Message{
		Type: dbus.TypeMethodReply,
		Headers: map[dbus.HeaderField]dbus.Variant{
			dbus.FieldDestination: m.Headers[dbus.FieldSender],
			dbus.FieldReplySerial: dbus.MakeVariant(m.Serial()),
			dbus.FieldSignature:   dbus.MakeVariant(dbus.SignatureOf(fd)),
		},
		Body: []any{fd},
	}, nil)
	_ = write.Close() // the message carried a copy
	released := make(chan struct{})
	in.Released = released
	go func() { // ends with the descriptor's last holder, at the latest the asking process
		defer close(released)
		_, _ = read.Read(make([]byte, 1))
		_ = read.Close()
	}()
	l.held <- in
}
