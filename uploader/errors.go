package uploader

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Code tells errors apart: what the engine does next and what the user reads hang on it alone. The set is closed; see
// codes.go for what each one means.
type Code string

// Error is every error that crosses a seam of the engine. Its text never holds a path, a URL query or a token.
type Error struct {
	Op         string // "create", "sign-parts", "put-part", "open", …
	Job        JobID
	Part       int32 // 0 if it is not about one part
	Code       Code
	RetryAfter time.Duration // the server's wish; 0 if it has none
	Err        error         // the cause, already redacted; may be nil
}

// ErrNotSigner is the cause of an answer, whatever its status, that has not a signer's shape: something on the way spoke,
// and whether the signer has heard the call nobody knows.
var ErrNotSigner = errors.New("not from a signer")

// E makes an *Error.
func E(op string, code Code, err error) *Error { return &Error{Op: op, Code: code, Err: err} }

func (e *Error) Error() string {
	s := e.Op + ": " + string(e.Code)
	if e.Part > 0 {
		s = fmt.Sprintf("%s part %d: %s", e.Op, e.Part, e.Code)
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

func (e *Error) Unwrap() error { return e.Err }

// CodeOf returns the code of an error: CodeCancelled for the context's own, CodeInternal for one that has none, "" for
// nil.
func CodeOf(err error) Code {
	var e *Error
	switch {
	case err == nil:
		return ""
	case errors.As(err, &e):
		return e.Code
	case errors.Is(err, context.Canceled):
		return CodeCancelled
	}
	return CodeInternal
}

// retryAfter returns the wait the server asked for, or 0.
func retryAfter(err error) time.Duration {
	var e *Error
	if errors.As(err, &e) {
		return e.RetryAfter
	}
	return 0
}

// Action is what the engine does about a code.
type Action int

// The actions. What each does to a job is written at the code that takes it.
const (
	Stop    Action = iota // the job fails; the user reads the sentence and may retry
	Retry                 // again, after a full-jitter backoff
	Wait                  // the whole vault waits (network, sign-in, throttled), probes gently, comes back on its own
	Hold                  // this job waits (drive missing), is looked at gently, comes back on its own
	Resign                // ask for a new URL, then go on
	Look                  // the outcome is unknown: look at what S3 has before anything is sent again
	Restart               // the upload is gone: start a new attempt
	Ask                   // the file changed: the user decides
)

// WaitReason is why a job waits.
type WaitReason string

// The reasons of DESIGN §4.
const (
	WaitNetwork   WaitReason = "network"
	WaitDrive     WaitReason = "drive"
	WaitSignIn    WaitReason = "sign-in"
	WaitThrottled WaitReason = "throttled"
	WaitMachine   WaitReason = "machine" // this computer is short of something
	WaitTimetable WaitReason = "timetable"
	WaitServer    WaitReason = "server" // the vault answers, but with errors of its own
)
