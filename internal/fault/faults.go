package fault

import (
	"context"
	"fmt"
	"sync"
	"time"

	"longshore/uploader"
)

// The ops of a vault. "sign-object" is asked once for each object of a "sign-objects" call; of its faults only the
// refusals work. Of those of "connect", only Before and the refusals.
const (
	OpConnect      = "connect"
	OpCapabilities = "capabilities"
	OpCreate       = "create"
	OpSignParts    = "sign-parts"
	OpSignObjects  = "sign-objects"
	OpSignObject   = "sign-object"
	OpPutPart      = "put-part"
	OpPutObject    = "put-object"
	OpListParts    = "list-parts"
	OpComplete     = "complete"
	OpStat         = "stat"
	OpAbort        = "abort"
	OpBatch        = "complete-batch"
)

// The ops of a journal and of a source.
const (
	OpLoad        = "load"
	OpApply       = "apply"
	OpParts       = "parts"
	OpHistory     = "history"
	OpKnown       = "known"
	OpOpen        = "open"
	OpRead        = "read"
	OpFingerprint = "fingerprint"
	OpWalk        = "walk"
)

// Forever is a Repeat without end.
const Forever = -1

// Fault is what befalls one call. The zero Fault lets the call pass. In time: Before, Delay, the refusal or the
// effect, After, the answer.
type Fault struct {
	Repeat int             // so many more times; Forever
	Only   func(Call) bool // nil: any call of the op

	Before func()        // runs first
	Delay  time.Duration // passes next; the call's context ends it early
	After  func()        // runs after the effect, before the answer

	// A refusal, without effect.
	Err        error         // returned as it is
	Code       uploader.Code // an *uploader.Error of this code; of a PUT, the transport's error
	Status     int           // PUT only: S3's answer
	S3Code     string        // and its code, in XML
	Message    string        // and its message
	Body       string        // instead of XML, as text/html: what a captive portal says
	RetryAfter time.Duration // with Code, or in whole seconds with Status

	// The effect happens, the answer does not come.
	DropAnswer bool // the connection breaks: CodeNetwork of the signer (or Code, if set), a cut of a PUT
	Hang       bool // nothing comes until the call's context ends

	// PUT only: damage on the way.
	CutAfter int64 // the connection breaks after so many bytes, if that is less than all; else after all, without effect
	Corrupt  bool  // one bit of the body flips
	// Reply changes the answer of a signer's call after the effect: a signer that lies or is broken. It gets a pointer
	// to the call's result.
	Reply func(result any)
}

// refuses tells whether the fault answers instead of the vault.
func (f *Fault) refuses() bool {
	return f.Err != nil || f.Status != 0 || (f.Code != "" && !f.DropAnswer)
}

// Call is what a fault may look at.
type Call struct {
	Op      string
	Attempt uploader.AttemptID // "" where the call does not say
	Key     string             // of the first object, or a source's path
	Part    int32
	Retry   bool              // create
	Parts   []int32           // sign-parts
	Records []uploader.Record // apply
}

// Faults hands faults to calls, in the order they were added, and counts calls.
type Faults struct {
	mu    sync.Mutex
	plan  map[string][]*planned
	calls map[string]int
	now   map[string]int
	peak  map[string]int
}

type planned struct {
	Fault
	left  int
	taken int
}

func newFaults() *Faults {
	return &Faults{plan: map[string][]*planned{}, calls: map[string]int{}, now: map[string]int{}, peak: map[string]int{}}
}

// Add appends faults to an op's list.
func (f *Faults) Add(op string, faults ...Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, fault := range faults {
		left := fault.Repeat + 1
		if fault.Repeat < 0 {
			left = Forever
		}
		f.plan[op] = append(f.plan[op], &planned{Fault: fault, left: left})
	}
}

// Clear forgets the faults of an op, exercised or not; of all ops if it is "".
func (f *Faults) Clear(op string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if op == "" {
		clear(f.plan)
	}
	delete(f.plan, op)
}

// Calls is how often an op was called.
func (f *Faults) Calls(op string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls[op]
}

// Peak is how many calls of an op were under way at once, at most.
func (f *Faults) Peak(op string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.peak[op]
}

// TB is what VerifyAllFaultsExercised needs of *testing.T.
type TB interface {
	Helper()
	Errorf(format string, args ...any)
}

// VerifyAllFaultsExercised fails the test if a fault was not used as often as it should. One that is Forever must have
// been used once.
func (f *Faults) VerifyAllFaultsExercised(t TB) {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	for op, list := range f.plan {
		for i, p := range list {
			if p.left > 0 || p.taken == 0 {
				t.Errorf("fault %d of %q was exercised %d times, %d times are left", i+1, op, p.taken, p.left)
			}
		}
	}
}

// begin counts a call and returns its fault. end must be called when the call is over.
func (f *Faults) begin(c Call) (fault Fault, end func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls[c.Op]++
	f.now[c.Op]++
	f.peak[c.Op] = max(f.peak[c.Op], f.now[c.Op])
	end = func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.now[c.Op]--
	}
	for _, p := range f.plan[c.Op] {
		if p.left == 0 || (p.Only != nil && !p.Only(c)) {
			continue
		}
		p.taken++
		if p.left != Forever {
			p.left--
		}
		return p.Fault, end
	}
	return Fault{}, end
}

// enter runs Before and Delay.
func (f *Fault) enter(ctx context.Context) error {
	if f.Before != nil {
		f.Before()
	}
	return sleep(ctx, f.Delay)
}

// refusal is the error of a refused call of the signer, the journal or the source; nil if the fault does not refuse.
func (f *Fault) refusal(op string) error {
	switch {
	case f.Err != nil:
		return f.Err
	case f.refuses():
		return &uploader.Error{Op: op, Code: f.Code, RetryAfter: f.RetryAfter}
	}
	return nil
}

// sleep waits in virtual time; the context's end is an *uploader.Error.
func sleep(ctx context.Context, d time.Duration) error {
	if d > 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
	}
	if err := ctx.Err(); err != nil {
		return uploader.E("fault", uploader.CodeCancelled, fmt.Errorf("wait: %w", err))
	}
	return nil
}
