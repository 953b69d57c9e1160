package e2e

import (
	"errors"
	"io"
	"net"
	"syscall"
	"testing"
	"time"
)

// TestALineInFullFlow strikes connections whose receiver does not read, and others
// whose receiver goes away in that moment: that locks toxiproxy up. The line does
// what it is told, and neither strike nor heal nor the end waits for anybody.
func TestALineInFullFlow(t *testing.T) {
	server, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	t.Cleanup(func() { _ = server.Close() })
	crowded := func(t *testing.T) (l *line, client, there net.Conn) {
		t.Helper()
		l = newLine(t, server.Addr().String())
		client, err := net.Dial("tcp", l.addr)
		check(t, err)
		check(t, server.(*net.TCPListener).SetDeadline(time.Now().Add(patience)))
		there, err = server.Accept()
		check(t, err)
		t.Cleanup(func() { _, _ = client.Close(), there.Close() })
		for err == nil { // until nothing more goes in
			check(t, client.SetWriteDeadline(time.Now().Add(100*time.Millisecond)))
			_, err = client.Write(make([]byte, mib))
		}
		check(t, client.SetDeadline(time.Now().Add(patience)))
		check(t, there.SetDeadline(time.Now().Add(patience)))
		return l, client, there
	}
	for then, want := range map[blow]error{cut: nil, reset: syscall.ECONNRESET, swallow: syscall.ECONNRESET} {
		l, client, there := crowded(t)
		l.strike(harm{up, 1000, then})
		if l.struck() != 0 {
			t.Error("it struck before a byte moved")
		}
		refused := make(chan struct{})
		go func() {
			defer close(refused)
			for err := error(nil); err == nil; {
				_, err = client.Write(make([]byte, mib))
			}
		}()
		heard := make(chan error, 1)
		go func() {
			_, err := io.Copy(io.Discard, there)
			heard <- err
		}()
		waitFor(t, "the line to strike", func() bool { return l.struck() == 1 })
		if then == swallow {
			l.heal(t)
		}
		if err := <-heard; !errors.Is(err, want) {
			t.Errorf("blow %d: the server hears %v, want %v", then, err, want)
		}
		<-refused
	}
	for range 20 {
		l, _, there := crowded(t)
		gone := make(chan struct{})
		go func() {
			defer close(gone)
			_ = there.Close()
		}()
		l.strike(harm{up, 0, reset})
		l.heal(t)
		l.away()
		<-gone
	}
}
