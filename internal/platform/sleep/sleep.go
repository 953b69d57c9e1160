// Package sleep tells when the computer has woken up, as far as the system says so.
//
// It must not know what is done then. It is no promise: a program that must notice every sleep compares clocks too.
package sleep

import (
	"context"
	"errors"
)

// ErrNone says that this system tells nobody, or nobody without a window.
var ErrNone = errors.New("this system does not tell when it wakes up")

// Watch calls woke each time the computer has woken up, one call after another, until ctx ends; then it returns nil. It
// returns earlier when the system does not tell, or no longer.
func Watch(ctx context.Context, woke func()) error { return watch(ctx, woke) }
