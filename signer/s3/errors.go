package s3

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"longshore/signer"
)

// failureOfCode reads S3's error codes, as text, because servers do not send
// every error in the shape the SDK has a type for. Source: AWS docs, "Error
// responses"; XAmzContentChecksumMismatch is MinIO's.
func failureOfCode(code string) (f signer.Failure, ok bool) {
	switch code {
	case "NoSuchUpload":
		return signer.FailNoSuchUpload, true
	case "NoSuchKey", "NotFound":
		return signer.FailNotFound, true
	case "PreconditionFailed":
		return signer.FailPrecondition, true
	case "ConditionalRequestConflict", "OperationAborted":
		return signer.FailConflict, true
	case "InvalidPart", "InvalidPartOrder":
		return signer.FailInvalidPart, true
	case "EntityTooSmall":
		return signer.FailTooSmall, true
	case "BadDigest", "InvalidDigest", "XAmzContentChecksumMismatch":
		return signer.FailBadDigest, true
	case "ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "InvalidToken", "RequestTimeTooSkewed", "RequestExpired":
		return signer.FailCredentials, true
	case "SlowDown", "SlowDownRead", "SlowDownWrite", "TooManyRequests", "Throttling", "RequestLimitExceeded":
		return signer.FailThrottled, true
	}
	return "", false
}

// storageError tells what err of the SDK means. Errors of ctx stay themselves.
func storageError(ctx context.Context, op string, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	se := &signer.StorageError{Op: op, Failure: signer.FailUnknown, Err: err}
	if re, ok := errors.AsType[*smithyhttp.ResponseError](err); ok && re.Response != nil {
		se.Status = re.HTTPStatusCode()
		se.RetryAfter = retryAfter(re.Response.Header)
	}
	if ae, ok := errors.AsType[smithy.APIError](err); ok {
		se.Code = cleanCode(ae.ErrorCode())
	}
	if se.Status == 0 && se.Code == "" {
		if se.Code = noAnswer(err); se.Code == noCredentials {
			se.Failure = signer.FailCredentials
		}
		return se
	}
	if f, ok := failureOfCode(se.Code); ok {
		se.Failure = f
		return se
	}
	se.Failure = failureOfStatus(op, se.Status)
	return se
}

// failureOfStatus decides where the code says nothing, as in answers to HEAD,
// which have no body.
func failureOfStatus(op string, status int) signer.Failure {
	switch {
	case status == http.StatusNotFound && op == opHead:
		return signer.FailNotFound
	case status == http.StatusBadRequest && op == opHead: // so S3 answers a session that is over
		return signer.FailCredentials
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return signer.FailDenied
	case status == http.StatusPreconditionFailed:
		return signer.FailPrecondition
	case status == http.StatusConflict:
		return signer.FailConflict
	case status == http.StatusTooManyRequests, status == http.StatusServiceUnavailable:
		return signer.FailThrottled
	case status == http.StatusRequestTimeout:
		return signer.FailUnknown
	case status >= 400 && status < 500, status == http.StatusNotImplemented:
		return signer.FailRefused
	}
	return signer.FailUnknown
}

// cleanCode keeps what an S3 error code can be, so that nothing else that a
// server may put there reaches a log.
func cleanCode(code string) string {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.:" // Amazon's KMS.DisabledException, MinIO's kms:KeyNotFound
	if len(code) > 64 || strings.Trim(code, letters) != "" {
		return "malformed"
	}
	return code
}

// retryAfter reads Retry-After in seconds; S3 does not send the form with a date.
func retryAfter(h http.Header) time.Duration {
	n, err := strconv.Atoi(h.Get("Retry-After"))
	if err != nil || n < 0 || n > 3600 {
		return 0
	}
	return time.Duration(n) * time.Second
}
