package signer

import (
	"errors"
	"runtime"
	"strconv"
	"strings"

	"longshore/signer/api"
)

// guarded runs one piece of a call on a goroutine of its own. A panic there
// would end the process, and with it the Completes of others.
func (s *Signer) guarded(work func() error) func() error {
	return func() (err error) {
		defer func() {
			if recover() != nil { // its value may hold names
				s.metrics.panics.Inc()
				err = failBecause(api.CodeInternal, errors.New("panic, at "+panicSite()))
			}
		}()
		return work()
	}
}

// panicSite is the line that panicked, for a deferred function that has recovered: the first frame below the
// runtime's.
func panicSite() string {
	var pcs [32]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	panicking := false
	for {
		f, more := frames.Next()
		own := strings.HasPrefix(f.Function, "runtime.")
		if panicking && !own {
			return f.Function + ":" + strconv.Itoa(f.Line)
		}
		if panicking = panicking || own; !more {
			return "an unknown line"
		}
	}
}
