package roundtrip

import (
	"io"
	"net"
	"testing"
	"time"
)

// A connection of this machine to itself has short round trips, and Linux says so; what is no connection of the system's
// has none.
func TestLinuxTellsOfAConnection(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		if c, err := l.Accept(); err == nil {
			_, _ = io.Copy(c, c) // until the test closes its end
			_ = c.Close()
		}
	}()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Write([]byte("hello")); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(c, make([]byte, 5)); err != nil {
		t.Fatal(err)
	}
	now, least, ok := Of(c)
	if !ok || least > now || now > time.Minute {
		t.Errorf("%v, at least %v, %v", now, least, ok)
	}
	near, far := net.Pipe()
	defer near.Close()
	defer far.Close()
	if _, _, ok := Of(near); ok {
		t.Error("a pipe has round trips")
	}
}
