package signer

import (
	"context"
	"crypto/sha256"
	"time"

	"longshore/signer/api"
)

// How often and how fast an abort is repeated: a part in flight can outlive
// one (AWS docs, AbortMultipartUpload).
const (
	abortTries = 5
	abortPause = time.Second
)

// abortUpload ends an upload without an object. It answers once the storage
// knows the upload no more; one that was completed is gone too, and its object
// stays.
func (s *Signer) abortUpload(ctx context.Context, c *call, req *api.UploadRequest) (any, error) {
	cl, err := s.ownClaims(c, req.UploadID, req.ObjectKey)
	if err != nil {
		return nil, err
	}
	fl, err := s.apart(ctx, c, cl.storageKey(), sha256.Sum256([]byte("abort")), func(ctx context.Context) (api.Object, error) {
		if err := s.abortUntilGone(ctx, cl.storageKey()); err != nil {
			return api.Object{}, err
		}
		return api.Object{}, s.abortOthers(ctx, cl)
	})
	if err != nil {
		return nil, err
	}
	select {
	case <-fl.done:
		return api.AbortResponse{}, fl.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// abortUntilGone aborts until ListParts says NoSuchUpload.
func (s *Signer) abortUntilGone(ctx context.Context, id UploadKey) error {
	var last error
	for try := range abortTries {
		if try > 0 && !pause(ctx, abortPause) {
			return ctx.Err()
		}
		last = s.storage.AbortUpload(ctx, id)
		if last != nil && !isFailure(last, FailNoSuchUpload) {
			if !unsettled(last) {
				return last
			}
			continue
		}
		_, err := s.storage.ListParts(ctx, id)
		if isFailure(err, FailNoSuchUpload) {
			return nil
		}
		last = err
	}
	return failBecause(api.CodeStorageError, last)
}

// abortOthers aborts what else is open under the key once the upload's own end
// is settled: an init that was repeated, by the client or unseen on its way,
// leaves more than one. It is asked every time, because only the storage knows.
func (s *Signer) abortOthers(ctx context.Context, cl claims) error {
	var last error
	for try := range abortTries {
		if try > 0 && !pause(ctx, abortPause) {
			return ctx.Err()
		}
		if last = s.abortAll(ctx, cl.key); last == nil {
			return nil
		}
	}
	s.cfg.Logger.Warn("uploads of a repeated init may stay open", "uploadRef", cl.ref.String(), "reason", last.Error())
	if isFailure(last, FailDenied) || isFailure(last, FailRefused) {
		return nil // it never may: the bucket's lifecycle rule clears what stays
	}
	return failBecause(api.CodeStorageError, last)
}

func (s *Signer) abortAll(ctx context.Context, key string) error {
	ups, err := s.storage.ListUploads(ctx, key)
	for _, up := range ups {
		if err == nil {
			err = s.abortUntilGone(ctx, up.UploadKey)
		}
	}
	return err
}
