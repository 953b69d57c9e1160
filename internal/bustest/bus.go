// Package bustest starts a message bus (D-Bus) of a test's own and puts small services on it, in place of those of a
// real system: logind, the desktop portal, a file manager.
//
// It must not know what is tested with it.
package bustest

import (
	"bufio"
	"os/exec"
	"testing"

	"github.com/godbus/dbus/v5"
)

// Start starts a bus and returns its address. It ends with the test.
func Start(t testing.TB) (address string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("dbus-daemon: %v; run `make packages`", err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended with the test's context
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("dbus-daemon did not say where it is: %v", err)
	}
	return line[:len(line)-1]
}

// System makes a bus the one of the machine, for this test.
func System(t *testing.T, address string) { t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", address) }

// Session makes a bus the one of the desktop, for this test.
func Session(t *testing.T, address string) { t.Setenv("DBUS_SESSION_BUS_ADDRESS", address) }

// Nowhere is the address of no bus.
const Nowhere = "unix:path=/nonexistent/bus"

// Join connects a service's process to a bus, as the owner of names.
func Join(t testing.TB, address string, names ...string) *dbus.Conn {
	t.Helper()
	conn, err := dbus.Connect(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() }) // its bus may have ended
	for _, name := range names {
		if reply, err := conn.RequestName(name, dbus.NameFlagDoNotQueue); err != nil || reply != dbus.RequestNameReplyPrimaryOwner {
			t.Fatalf("%s: %v, %v", name, reply, err)
		}
	}
	return conn
}

// Offer puts an object with methods on the bus.
func Offer(t testing.TB, conn *dbus.Conn, object any, path dbus.ObjectPath, face string) {
	t.Helper()
	if err := conn.Export(object, path, face); err != nil {
		t.Fatal(err)
	}
}
