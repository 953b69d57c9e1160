package app

import (
	"errors"
	"fmt"

	"longshore/internal/redact"
	"longshore/uploader"
)

// Problem is an error as a person and an administrator read it.
type Problem struct {
	Code     uploader.Code `json:"code"`
	Sentence string        `json:"sentence"` // for the user, with a next step, in English
	// Key and Args say the sentence in other languages, if it is not the code's own: a key of the table of sayings, and
	// pairs of name and text.
	Key    string   `json:"-"`
	Args   []string `json:"-"`
	Detail string   `json:"detail"` // technical; no path, no URL behind its host, no token
}

// failure is an error with a sentence of its own, more exact than its code's.
type failure struct {
	code   uploader.Code
	saying saying
	err    error
}

func (f *failure) Error() string { return f.saying.String() }
func (f *failure) Unwrap() error { return f.err }

// fail makes an error with a sentence of its own.
func fail(op string, code uploader.Code, s saying, cause error) error {
	return &failure{code: code, saying: s, err: uploader.E(op, code, redact.Err(cause))}
}

// ErrOwnerGone says that the process that owned the state folder has ended.
var ErrOwnerGone = errors.New("the owner of the state folder has gone")

func ownerGone(cause error) error {
	return fail("session", uploader.CodeCancelled,
		say("owner-gone"), fmt.Errorf("%w: %w", ErrOwnerGone, cause))
}

// Explain returns the sentence and the details of an error.
func Explain(err error) Problem {
	var f *failure
	if errors.As(err, &f) {
		return Problem{Code: f.code, Key: f.saying.key, Args: f.saying.args, Sentence: f.saying.String(), Detail: redact.Err(f.err).Error()}
	}
	code := uploader.CodeOf(err)
	return Problem{Code: code, Sentence: code.Sentence(), Detail: redact.Err(err).Error()}
}

// ProblemOf is what Explain makes of an error, from what a row of the queue keeps of one.
func ProblemOf(code uploader.Code, detail string) *Problem {
	return &Problem{Code: code, Sentence: code.Sentence(), Detail: redact.Text(detail)}
}

// asError turns any error into an *uploader.Error, which is what crosses a seam of the engine.
func asError(err error) error {
	var e *uploader.Error
	if errors.As(err, &e) {
		return e
	}
	return uploader.E("app", uploader.CodeInternal, redact.Err(err))
}
