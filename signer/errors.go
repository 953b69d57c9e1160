package signer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"longshore/signer/api"
)

// callError is what a call is answered with when it fails.
type callError struct {
	code       api.Code
	message    string        // empty: the table's sentence
	retryAfter time.Duration // 0: no Retry-After
	cause      error         // for the log; its text holds no names, keys or URLs
	challenge  string        // WWW-Authenticate of a 401 or 403; empty: the least there can be
}

func (e *callError) Error() string {
	if e.cause != nil {
		return string(e.code) + ": " + e.cause.Error()
	}
	return string(e.code)
}

func (e *callError) Unwrap() error { return e.cause }

// sentence is what the client is told.
func (e *callError) sentence() string {
	if e.message != "" {
		return e.message
	}
	info, _ := e.code.Info()
	return info.Message
}

// fail makes a callError; an empty message means the table's sentence.
func fail(code api.Code, message string) error {
	return &callError{code: code, message: message}
}

// failItem refuses one item of a list, named by its place and nothing else.
func failItem(code api.Code, at int, why string) error {
	return fail(code, fmt.Sprintf("Object %d of the list cannot be listed: %s.", at+1, why))
}

// failBecause keeps the cause for the log.
func failBecause(code api.Code, cause error) error {
	return &callError{code: code, cause: cause}
}

// defaultRetryAfter is sent where the storage throttles without saying how long.
const defaultRetryAfter = 2 * time.Second

// credentialsRetryAfter is when a signer whose credentials are over may have
// new ones: it asks for them with every call.
const credentialsRetryAfter = 5 * time.Second

// asCallError turns any error of a handler into what the client is told. A
// failure of the storage means the same in every call but Complete and Abort,
// which settle theirs themselves.
func asCallError(err error) *callError {
	if ce, ok := errors.AsType[*callError](err); ok {
		return ce
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return &callError{code: api.CodeStorageError, cause: err}
	}
	se, ok := errors.AsType[*StorageError](err)
	if !ok {
		return &callError{code: api.CodeInternal, cause: err}
	}
	ce := &callError{code: api.CodeStorageError, cause: se}
	switch se.Failure {
	case FailNoSuchUpload:
		ce.code = api.CodeNoSuchUpload
	case FailDenied:
		ce.code = api.CodeStorageDenied
	case FailCredentials:
		ce.retryAfter = credentialsRetryAfter
		ce.code, ce.message = api.CodeNotReady, "The signer's own credentials are over or its clock is wrong; try again in a while."
	case FailThrottled:
		ce.code, ce.retryAfter = api.CodeStorageBusy, max(se.RetryAfter, defaultRetryAfter)
	case FailInvalidPart:
		ce.code = api.CodeInvalidParts
	case FailTooSmall:
		ce.code = api.CodePartTooSmall
	case FailBadDigest:
		ce.code = api.CodeChecksumMismatch
	}
	return ce
}

// isFailure tells whether err is a StorageError of that kind.
func isFailure(err error, f Failure) bool {
	se, ok := errors.AsType[*StorageError](err)
	return ok && se.Failure == f
}
