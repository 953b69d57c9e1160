// Package roundtrip asks the system's TCP how long a connection's round trips take (docs/adr/0010-round-trips.md). Linux
// and Windows tell; elsewhere nobody does, and who asks does without.
package roundtrip

import (
	"net"
	"syscall"
	"time"
)

// Of tells a connection's round trip of late and the least it ever had. ok is false where the system does not say, or
// says what cannot be.
func Of(conn net.Conn) (now, least time.Duration, ok bool) {
	c, can := conn.(syscall.Conn)
	if !can {
		return 0, 0, false
	}
	raw, err := c.SyscallConn()
	if err != nil {
		return 0, 0, false
	}
	if err := raw.Control(func(fd uintptr) { now, least, ok = ask(fd) }); err != nil {
		return 0, 0, false
	}
	return now, least, ok && least > 0 && now > 0
}
