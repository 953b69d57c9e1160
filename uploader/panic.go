package uploader

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// Nameless is deferred at the root of a goroutine: a panic goes on to end the process, with its stack, but without
// what the panicking code had to say, which may hold paths, URLs or names. What Go prints of a crash is collected by
// system logs, by a terminal's owner and by crash.log, where no name may be. The words of the Go runtime itself
// (index out of range, nil dereference, …) hold none and stay.
//
// Source: package runtime, "panic": a chain of panics is printed with all its values, so the process is ended by a
// panic of another goroutine, which has a chain of its own.
func Nameless() {
	v := recover()
	if v == nil {
		return
	}
	crash := &crashed{kind: fmt.Sprintf("%T", v), stack: debug.Stack()}
	if own, ok := v.(runtime.Error); ok {
		crash.said = own.Error()
	}
	go panic(crash)
	select {} // the process ends
}

// crashed is a panic without its words.
type crashed struct {
	kind, said string
	stack      []byte // holds addresses and numbers, never text
}

func (c *crashed) Error() string {
	said := c.said
	if said == "" {
		said = "its text is left out, it may hold names"
	}
	return "panic of type " + c.kind + ": " + said + "\n\n" + string(c.stack)
}
