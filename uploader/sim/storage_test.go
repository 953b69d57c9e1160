package sim

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"longshore/signer"
)

// scale is how many bytes of the signer's world one byte of this world is.
const scale = 128 << 10

// storage is the bucket as the signer speaks to it, with faults.
type storage struct{ w *world }

var _ signer.Storage = storage{}

// call is one request to S3: it may be slow, fail before or after its effect, or have it twice.
func (s storage) call(ctx context.Context, op, key string, effect func(r *roll) error) error {
	w := s.w
	r := w.luck.call("s3 "+op, label(key), 0)
	if err := sleep(ctx, r.between(time.Millisecond, 30*time.Millisecond)); err != nil {
		return err
	}
	if w.expired.Load() {
		return s3Error(op, signer.FailCredentials)
	}
	if !w.fails(r, "s3 "+op) {
		return effect(r)
	}
	switch kind := r.pick(10); kind {
	case 0, 1:
		w.trace.add("s3: %s %s: 500", op, label(key))
		return s3Error(op, signer.FailUnknown)
	case 2:
		w.trace.add("s3: %s %s: 503 slow down", op, label(key))
		return s3Error(op, signer.FailThrottled)
	case 3:
		w.trace.add("s3: %s %s: 403", op, label(key))
		return s3Error(op, signer.FailDenied)
	case 4:
		d := r.between(time.Second, 58*time.Second) // signer/s3 gives a call up after a minute
		w.trace.add("s3: %s %s: takes %v", op, label(key), d)
		if err := sleep(ctx, d); err != nil {
			return err
		}
		return effect(r)
	case 5:
		w.trace.add("s3: %s %s: delivered twice", op, label(key))
		if err := effect(r); err != nil {
			return err
		}
		return effect(r)
	default:
		err := effect(r)
		w.trace.add("s3: %s %s: its answer is lost (%v)", op, label(key), err)
		return s3Error(op, signer.FailUnknown)
	}
}

func (s storage) CreateUpload(ctx context.Context, in signer.CreateInput) (open signer.OpenUpload, err error) {
	err = s.call(ctx, "create", in.Key, func(*roll) error {
		open = s.w.bucket.create(in)
		s.w.trace.add("s3: create %s: %s", label(in.Key), open.UploadID)
		return nil
	})
	return open, err
}

func (s storage) PresignPart(_ context.Context, in signer.PartInput) (signer.SignedRequest, error) {
	sig := &signature{key: in.Key, upload: in.UploadID, part: in.PartNumber, size: -1, crc: in.CRC64NVME, md5: in.MD5}
	h := http.Header{}
	if in.CRC64NVME != "" {
		h.Set("X-Amz-Checksum-Crc64nvme", in.CRC64NVME)
	}
	if in.MD5 != "" {
		h.Set("Content-Md5", in.MD5)
	}
	if in.Size != nil {
		sig.size = *in.Size / scale
		h.Set("Content-Length", fmt.Sprint(sig.size))
	}
	return s.signed(sig, h, in.Lifetime)
}

func (s storage) PresignPut(_ context.Context, in signer.PutInput) (signer.SignedRequest, error) {
	sig := &signature{key: in.Key, size: in.Size / scale, crc: in.CRC64, md5: in.MD5, in: in}
	h := http.Header{"Content-Type": {in.ContentType}, "Content-Length": {fmt.Sprint(sig.size)}}
	if in.IfNoneMatch {
		h.Set("If-None-Match", "*")
	}
	return s.signed(sig, h, in.Lifetime)
}

func (s storage) signed(sig *signature, h http.Header, lifetime time.Duration) (signer.SignedRequest, error) {
	if s.w.expired.Load() {
		return signer.SignedRequest{}, s3Error("presign", signer.FailCredentials)
	}
	lifetime = min(lifetime, s.w.urlLifetime)
	sig.expires = s.w.now().Add(lifetime)
	return signer.SignedRequest{URL: dataOrigin + "/?sig=" + s.w.bucket.sign(sig), Headers: h, ExpiresIn: lifetime}, nil
}

func (s storage) ListUploads(ctx context.Context, key string) (open []signer.OpenUpload, err error) {
	err = s.call(ctx, "list-uploads", key, func(*roll) error {
		open = s.w.bucket.listUploads(key)
		return nil
	})
	for i := range open { // no list of uploads tells it
		open[i].AbortDate = time.Time{}
	}
	return open, err
}

// AbortDate is what S3 tells with a list of parts.
func (s storage) AbortDate(ctx context.Context, id signer.UploadKey) (date time.Time, err error) {
	err = s.call(ctx, "list-parts", id.Key, func(*roll) error {
		for _, open := range s.w.bucket.listUploads(id.Key) {
			if open.UploadKey == id {
				date = open.AbortDate
			}
		}
		return nil
	})
	return date, err
}

// ListParts asks page by page; between two pages the upload may change or go.
func (s storage) ListParts(ctx context.Context, id signer.UploadKey) (parts []signer.StoredPart, err error) {
	const pageSize = 3
	for after := 0; ; {
		var page []signer.StoredPart
		err := s.call(ctx, "list-parts", id.Key, func(*roll) (err error) {
			page, err = s.w.bucket.listParts(id, after, pageSize)
			return err
		})
		if err != nil {
			return nil, err
		}
		parts = append(parts, page...)
		if len(page) < pageSize {
			return parts, nil
		}
		after = page[pageSize-1].PartNumber
	}
}

// CompleteUpload may take minutes, and answer 200 with an error in the body or without what a receipt needs.
func (s storage) CompleteUpload(ctx context.Context, in signer.CompleteInput) (o signer.StoredObject, err error) {
	err = s.call(ctx, "complete", in.Key, func(r *roll) (err error) {
		if s.w.fails(r, "s3 complete") {
			d := r.between(time.Second, 20*time.Minute)
			s.w.trace.add("s3: complete %s: S3 is at it for %v", label(in.Key), d)
			if err := sleep(ctx, d); err != nil {
				if r.chance(0.5) { // S3 goes on though nobody listens
					_, _ = s.w.bucket.complete(in)
				}
				return err
			}
		}
		if s.w.fails(r, "s3 complete") {
			s.w.trace.add("s3: complete %s: 200 with an error in its body", label(in.Key))
			return &signer.StorageError{Op: "CompleteMultipartUpload", Failure: signer.FailUnknown, Status: 200, Code: "InternalError"}
		}
		o, err = s.w.bucket.complete(in)
		s.w.trace.add("s3: complete %s %s: %v", in.UploadID, label(in.Key), err)
		return err
	})
	full := o
	o.Size, o.Metadata = -1, nil // its answer names neither
	if err == nil && full.Key != "" && s.w.fails(s.w.luck.call("s3 complete answer", label(in.Key), 0), "s3 complete") {
		s.w.trace.add("s3: complete %s: the answer says little", label(in.Key))
		o = signer.StoredObject{Key: in.Key, Size: -1}
	}
	return o, err
}

func (s storage) AbortUpload(ctx context.Context, id signer.UploadKey) error {
	return s.call(ctx, "abort", id.Key, func(r *roll) error {
		err := s.w.bucket.abort(id, r.chance(0.5))
		s.w.trace.add("s3: abort %s of %s: %v", id.UploadID, label(id.Key), err)
		return err
	})
}

func (s storage) Stat(ctx context.Context, key string) (o signer.StoredObject, err error) {
	err = s.call(ctx, "stat", key, func(*roll) (err error) {
		o, err = s.w.bucket.stat(key)
		return err
	})
	return o, err
}

// UploadPart belongs to the probe, which this world's vaults are spared by their configuration.
func (s storage) UploadPart(context.Context, signer.PartInput, []byte) error {
	return s3Error("UploadPart", signer.FailBadDigest)
}

func (s storage) DataOrigins() []string { return []string{dataOrigin} }

func (s storage) ObjectURL(key string) string { return dataOrigin + "/" + key }

// sleep waits in virtual time, or until the context ends.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}
