package signer

import (
	"context"
	"errors"
	"time"
)

// measured is a Storage that counts and times the calls of another one, and
// notes whether it answers.
type measured struct {
	Storage
	m     *metrics
	reach *reach
}

// ask runs one call of the storage.
func ask[T any](s measured, op string, call func() (T, error)) (T, error) {
	began := time.Now()
	out, err := call()
	s.m.storageSeconds.WithLabelValues(op).Observe(time.Since(began).Seconds())
	s.note(op, err)
	return out, err
}

// note counts a failure. An object or upload that is not there is an answer,
// not a failure.
func (s measured) note(op string, err error) {
	se, known := errors.AsType[*StorageError](err)
	switch {
	case err == nil, known && answers(se.Failure):
		s.reach.answered()
		return
	case known:
		s.m.storageErrors.WithLabelValues(op, string(se.Failure)).Inc()
	case errors.Is(err, context.Canceled):
		s.m.storageErrors.WithLabelValues(op, "cancelled").Inc()
	case errors.Is(err, context.DeadlineExceeded):
		s.m.storageErrors.WithLabelValues(op, "timeout").Inc()
	default:
		s.m.storageErrors.WithLabelValues(op, string(FailUnknown)).Inc()
	}
}

// answers tells the failures that a storage in good order gives.
func answers(f Failure) bool {
	switch f {
	case FailNotFound, FailNoSuchUpload, FailPrecondition, FailConflict, FailInvalidPart, FailTooSmall, FailBadDigest:
		return true
	}
	return false
}

// CreateUpload measures the storage's.
func (s measured) CreateUpload(ctx context.Context, in CreateInput) (OpenUpload, error) {
	return ask(s, "create", func() (OpenUpload, error) { return s.Storage.CreateUpload(ctx, in) })
}

// PresignPart counts signatures; signing asks the storage for nothing.
func (s measured) PresignPart(ctx context.Context, in PartInput) (SignedRequest, error) {
	out, err := s.Storage.PresignPart(ctx, in)
	if err != nil {
		s.note("sign", err)
		return out, err
	}
	s.m.partSigned.Inc()
	return out, nil
}

// PresignPut counts signatures.
func (s measured) PresignPut(ctx context.Context, in PutInput) (SignedRequest, error) {
	out, err := s.Storage.PresignPut(ctx, in)
	if err != nil {
		s.note("sign", err)
		return out, err
	}
	s.m.putSigned.Inc()
	return out, nil
}

// ListUploads measures the storage's.
func (s measured) ListUploads(ctx context.Context, key string) ([]OpenUpload, error) {
	return ask(s, "list-uploads", func() ([]OpenUpload, error) { return s.Storage.ListUploads(ctx, key) })
}

// ListParts measures the storage's.
func (s measured) ListParts(ctx context.Context, id UploadKey) ([]StoredPart, error) {
	return ask(s, "list-parts", func() ([]StoredPart, error) { return s.Storage.ListParts(ctx, id) })
}

// AbortDate measures the storage's.
func (s measured) AbortDate(ctx context.Context, id UploadKey) (time.Time, error) {
	return ask(s, "abort-date", func() (time.Time, error) { return s.Storage.AbortDate(ctx, id) })
}

// CompleteUpload measures the storage's.
func (s measured) CompleteUpload(ctx context.Context, in CompleteInput) (StoredObject, error) {
	return ask(s, "complete", func() (StoredObject, error) { return s.Storage.CompleteUpload(ctx, in) })
}

// AbortUpload measures the storage's.
func (s measured) AbortUpload(ctx context.Context, id UploadKey) error {
	_, err := ask(s, "abort", func() (struct{}, error) { return struct{}{}, s.Storage.AbortUpload(ctx, id) })
	return err
}

// Stat measures the storage's.
func (s measured) Stat(ctx context.Context, key string) (StoredObject, error) {
	return ask(s, "stat", func() (StoredObject, error) { return s.Storage.Stat(ctx, key) })
}

// UploadPart measures the storage's.
func (s measured) UploadPart(ctx context.Context, in PartInput, body []byte) error {
	_, err := ask(s, "upload-part", func() (struct{}, error) { return struct{}{}, s.Storage.UploadPart(ctx, in, body) })
	return err
}

// PutObject measures the storage's.
func (s measured) PutObject(ctx context.Context, in PutInput, body []byte) error {
	_, err := ask(s, "put-object", func() (struct{}, error) { return struct{}{}, s.Storage.PutObject(ctx, in, body) })
	return err
}
