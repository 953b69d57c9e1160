package signer

import (
	"fmt"
	"time"
)

// Failure is what a StorageError means for the signer.
type Failure string

// The failures a Storage tells apart.
const (
	// FailUnknown: no answer, a broken answer or a server error. The call may
	// have had its effect.
	FailUnknown Failure = "unknown"
	// FailNotFound: the object is not there (404 on the object).
	FailNotFound Failure = "not_found"
	// FailNoSuchUpload: completed, aborted or never was.
	FailNoSuchUpload Failure = "no_such_upload"
	// FailPrecondition: 412, If-None-Match did not hold.
	FailPrecondition Failure = "precondition"
	// FailConflict: 409, another write to the key is under way.
	FailConflict Failure = "conflict"
	// FailInvalidPart: a listed part is not stored, or has another ETag,
	// checksum or order.
	FailInvalidPart Failure = "invalid_part"
	// FailTooSmall: a part other than the last is under the minimum.
	FailTooSmall Failure = "too_small"
	// FailBadDigest: the bytes do not have the checksum given.
	FailBadDigest Failure = "bad_digest"
	// FailDenied: 401 or 403.
	FailDenied Failure = "denied"
	// FailCredentials: the signer's own credentials are over or cannot be had,
	// or its clock is wrong. The call had no effect; it succeeds once that is mended.
	FailCredentials Failure = "credentials"
	// FailThrottled: 429, or 503 SlowDown; RetryAfter may be set.
	FailThrottled Failure = "throttled"
	// FailRefused: any other 4xx; the same call will not succeed.
	FailRefused Failure = "refused"
)

// StorageError is an error of a Storage. Its text holds no key, URL or message
// of the server, which may quote either.
type StorageError struct {
	Op         string // the storage call, for example "CompleteMultipartUpload"
	Failure    Failure
	Status     int           // HTTP status, 0 without an answer
	Code       string        // the server's error code, for example "SlowDown"
	RetryAfter time.Duration // 0 if the server did not say
	Err        error         // the cause; not part of the text
}

// Error names the call, the failure, status and code.
func (e *StorageError) Error() string {
	return fmt.Sprintf("storage: %s: %s (status %d, code %q)", e.Op, e.Failure, e.Status, e.Code)
}

// Unwrap gives the cause.
func (e *StorageError) Unwrap() error { return e.Err }
