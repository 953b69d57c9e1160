// Package power keeps the computer from going to sleep by itself while there is work to do. The screen may still turn
// off and lock: what is on it is nobody else's business. Closing a laptop's lid puts it to sleep all the same.
//
// It must not know what the work is, nor when there is some.
package power

import (
	"context"
	"errors"
	"time"
)

// ErrNone says that nothing on this computer can be asked to keep it awake.
var ErrNone = errors.New("nothing here keeps the computer awake")

// askWait bounds one question to the system.
const askWait = 5 * time.Second

// Lock keeps the computer awake until it is released. The system ends it also when the process ends.
type Lock struct {
	How     string // which of the system's ways is used, for a log: "logind", "portal", …
	release func() error
}

// Release lets the computer sleep again. Call it once.
func (l *Lock) Release() error { return l.release() }

// Hold keeps the computer awake. program and why are shown by systems that list who does; why is a fixed sentence,
// never a name. ctx bounds the asking, not the lock. ErrNone, or what the system said: it may sleep.
func Hold(ctx context.Context, program, why string) (*Lock, error) {
	ctx, cancel := context.WithTimeout(ctx, askWait)
	defer cancel()
	return hold(ctx, program, why)
}
