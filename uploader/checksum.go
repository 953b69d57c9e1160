package uploader

import (
	"context"
	"crypto/md5"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"syscall"

	"github.com/minio/crc64nvme"
)

// sumRange reads exactly n bytes of r from off, in pieces of len(buf), and returns their checksum as S3 writes it:
// base64 of the CRC64NVME's eight bytes, big end first, or of the MD5's sixteen. In mode ChecksumNone nothing is read
// and the sum is "".
//
// Errors are those of sourceError, or CodeCancelled between two pieces; buf must not be empty.
func sumRange(ctx context.Context, r io.ReaderAt, off, n int64, mode Checksum, buf []byte) (string, error) {
	var h hash.Hash
	switch mode {
	case ChecksumCRC64NVME:
		h = crc64nvme.New()
	case ChecksumMD5:
		h = md5.New()
	case ChecksumNone:
		return "", nil
	default:
		return "", E("checksum", CodeBadResponse, errors.New("unknown checksum mode"))
	}
	for n > 0 {
		if err := ctx.Err(); err != nil {
			return "", E("checksum", CodeCancelled, err)
		}
		piece := buf[:min(int64(len(buf)), n)]
		got, err := r.ReadAt(piece, off)
		if got < len(piece) {
			return "", sourceError("checksum", err)
		}
		h.Write(piece)
		off, n = off+int64(got), n-int64(got)
	}
	return base64.StdEncoding.EncodeToString(h.Sum(nil)), nil
}

// sourceError is what a failed read of a source means: CodeSourceChanged when the file ended before its time,
// CodeDriveMissing when the system says that the device or share is gone, CodeSourceUnreadable else. An *Error stays
// what it is. The path that os puts into its errors is left out.
func sourceError(op string, err error) *Error {
	var known *Error
	if errors.As(err, &known) {
		return known
	}
	code := CodeSourceUnreadable
	switch {
	case err == nil, errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return E(op, CodeSourceChanged, errors.New("the file is shorter than it was"))
	case errors.Is(err, syscall.ENODEV), errors.Is(err, syscall.ENXIO), errors.Is(err, syscall.ESTALE):
		code = CodeDriveMissing
	}
	return E(op, code, withoutPath(err))
}

// withoutPath keeps what the system said and drops the file's name.
func withoutPath(err error) error {
	var pe *os.PathError
	if errors.As(err, &pe) {
		return fmt.Errorf("%s: %w", pe.Op, pe.Err)
	}
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return errno
	}
	return fmt.Errorf("%T", err)
}
