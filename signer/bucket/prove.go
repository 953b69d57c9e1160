package bucket

import (
	"context"
	"crypto/md5"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"hash/crc64"
	"time"

	"longshore/signer"
)

// cleanTimeout bounds the clearing away after a probe, which runs on when the
// probe's own time is over.
const cleanTimeout = 30 * time.Second

// stepError says which call of a probe failed.
type stepError struct {
	op  string // the SDK's operation
	err error
}

func (e *stepError) Error() string { return e.op + ": " + shortError(e.err) }
func (e *stepError) Unwrap() error { return e.err }

// probeKey is a key nobody has.
func (d Desired) probeKey() string { return d.ProbePrefix + rand.Text() + "/probe" }

// clean aborts a probe's upload, whatever has become of ctx.
func clean(ctx context.Context, v Vault, id signer.UploadKey) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanTimeout)
	defer cancel()
	err := v.AbortUpload(ctx, id)
	if isFailure(err, signer.FailNoSuchUpload) {
		return nil
	}
	return err
}

// proveUpload runs what every upload runs: create, one part, list, complete,
// abort. It leaves nothing behind: Complete names a part that was never sent, so
// that it can only be refused, either for that or, which is what is asked here,
// for want of permission.
func proveUpload(ctx context.Context, v Vault, key string, h Header) (err error) {
	id, err := v.CreateProbe(ctx, key, h)
	if err != nil {
		return &stepError{"CreateMultipartUpload", err}
	}
	defer func() {
		if cerr := clean(ctx, v, id); cerr != nil && err == nil {
			err = &stepError{"AbortMultipartUpload", cerr}
		}
	}()
	if err := sendPart(ctx, v, id); err != nil {
		return &stepError{"UploadPart", err}
	}
	if _, err := v.ListParts(ctx, id); err != nil {
		return &stepError{"ListParts", err}
	}
	missing := signer.StoredPart{PartNumber: 2, ETag: `"00000000000000000000000000000000"`}
	_, err = v.CompleteUpload(ctx, signer.CompleteInput{UploadKey: id, Parts: []signer.StoredPart{missing}, Size: -1})
	if isFailure(err, signer.FailDenied) {
		return &stepError{"CompleteMultipartUpload", err}
	}
	return nil
}

// sendPart sends one byte, with Content-MD5: buckets with Object Lock refuse a
// part without any checksum.
func sendPart(ctx context.Context, v Vault, id signer.UploadKey) error {
	part := []byte{1}
	sum := md5.Sum(part)
	return v.UploadPart(ctx, signer.PartInput{UploadKey: id, PartNumber: 1, MD5: base64.StdEncoding.EncodeToString(sum[:])}, part)
}

// crc64NVME is the checksum of a few bytes as S3 writes it.
func crc64NVME(b []byte) string {
	const polynomial = 0x9a6c9329ac4bc9b5 // reversed; AWS docs, "Checking object integrity"
	sum := crc64.Checksum(b, crc64.MakeTable(polynomial))
	return base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint64(nil, sum))
}

// refuses tells whether an upload with this header is denied.
func refuses(ctx context.Context, v Vault, key string, h Header) (bool, error) {
	id, err := v.CreateProbe(ctx, key, h)
	switch {
	case isFailure(err, signer.FailDenied):
		return true, nil
	case err != nil:
		return false, &stepError{"CreateMultipartUpload", err}
	}
	if err := clean(ctx, v, id); err != nil {
		return false, &stepError{"AbortMultipartUpload", err}
	}
	return false, nil
}

// wrongHeader asks for another encryption than the vault's.
var wrongHeader = Header{Algorithm: "AES256"}

// until repeats ask until it is satisfied or patience is over: Amazon's settings
// take seconds to hold everywhere. It gives ask's last answer.
func until(ctx context.Context, patience time.Duration, ask func(context.Context) (bool, error)) (bool, error) {
	deadline := time.Now().Add(patience)
	for delay := 250 * time.Millisecond; ; delay = min(2*delay, 2*time.Second) {
		ok, err := ask(ctx)
		if ok || ctx.Err() != nil || time.Now().Add(delay).After(deadline) {
			return ok, err
		}
		t := time.NewTimer(delay)
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
		}
	}
}
