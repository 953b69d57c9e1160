package store

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"syscall"

	berrors "go.etcd.io/bbolt/errors"

	"longshore/uploader"
)

// errClosed is what a closed store answers.
var errClosed = errors.New("store: closed")

// ours are the errors whose text is known to hold no path.
var ours = []error{
	errConflict, errDamaged, errClosed, errUncertain, errChild, errSlow, errNewer,
	berrors.ErrInvalid, berrors.ErrVersionMismatch, berrors.ErrChecksum, berrors.ErrTimeout, berrors.ErrMaxSizeReached,
	berrors.ErrDatabaseNotOpen, berrors.ErrValueTooLarge, berrors.ErrKeyTooLarge, context.Canceled, context.DeadlineExceeded,
}

// wrap turns any error into an *uploader.Error with the code that fits, otherwise this one.
func wrap(op string, err error, otherwise uploader.Code) error {
	var done *uploader.Error
	if err == nil || errors.As(err, &done) {
		return err
	}
	return uploader.E(op, codeOf(err, otherwise), redacted(err))
}

func codeOf(err error, otherwise uploader.Code) uploader.Code {
	switch {
	case errors.Is(err, errConflict):
		return uploader.CodeJournalConflict
	case errors.Is(err, errNewer):
		return uploader.CodeJournalNewer
	case errors.Is(err, errDamaged), errors.Is(err, errUncertain):
		return uploader.CodeJournalBroken
	case errors.Is(err, berrors.ErrTimeout), errors.Is(err, errLocked):
		return uploader.CodeJournalBusy
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return uploader.CodeCancelled
	case isErrno(err, fullErrnos):
		return uploader.CodeDiskFull
	case isErrno(err, deniedErrnos), errors.Is(err, fs.ErrPermission):
		return uploader.CodeReadOnly
	}
	return otherwise
}

// isErrno also looks at the text, because bbolt flattens the errors of a growing file with %s.
func isErrno(err error, wanted []syscall.Errno) bool {
	var no syscall.Errno
	if errors.As(err, &no) {
		return slices.Contains(wanted, no)
	}
	for _, w := range wanted {
		if strings.Contains(err.Error(), w.Error()) {
			return true
		}
	}
	return false
}

// redacted keeps what may be shown: the errors of the system without their paths, and texts of our own.
func redacted(err error) error {
	var no syscall.Errno
	if errors.As(err, &no) {
		return no
	}
	for _, no := range slices.Concat(fullErrnos, deniedErrnos) {
		if strings.Contains(err.Error(), no.Error()) {
			return no
		}
	}
	for _, e := range ours {
		if errors.Is(err, e) {
			return e
		}
	}
	if strings.HasPrefix(err.Error(), "store: ") {
		return err
	}
	return nil
}
