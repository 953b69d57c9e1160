package signer

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"longshore/signer/api"
)

// asyncAfter is when a caller that prefers so is told to ask again (PROTOCOL).
const asyncAfter = 20 * time.Second

// completeUpload finishes an upload. The work runs apart from the request and
// outlives it; asking again joins it, or finds the object.
func (s *Signer) completeUpload(ctx context.Context, c *call, req *api.CompleteRequest) (any, error) {
	cl, err := s.ownClaims(c, req.UploadID, req.ObjectKey)
	if err != nil {
		return nil, err
	}
	c.items = len(req.Parts)
	in, err := completeInput(cl, req)
	if err != nil {
		return nil, err
	}
	fl, err := s.apart(ctx, c, cl.storageKey(), digestOf(in), func(ctx context.Context) (api.Object, error) {
		return s.finish(ctx, cl, in)
	})
	if err != nil {
		return nil, err
	}
	var async <-chan time.Time
	if c.preferAsync {
		t := time.NewTimer(asyncAfter)
		defer t.Stop()
		async = t.C
	}
	select {
	case <-fl.done:
		if fl.err != nil {
			return nil, fl.err
		}
		return fl.object, nil
	case <-async:
		return api.CompletingResponse{State: api.StateCompleting}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// digestOf tells one Complete of an upload from another with other parts.
func digestOf(in CompleteInput) [sha256.Size]byte {
	b, err := json.Marshal(in)
	if err != nil {
		panic(err) // strings and integers always marshal
	}
	return sha256.Sum256(b)
}

// completeInput checks what the client sent against the upload's plan, without
// asking the storage. Parts are sorted.
func completeInput(cl claims, req *api.CompleteRequest) (CompleteInput, error) {
	in := CompleteInput{UploadKey: cl.storageKey(), Size: cl.plan.size, CRC64NVME: req.Checksum}
	if req.Size != nil {
		if *req.Size < 0 || cl.plan.known() && *req.Size != cl.plan.size {
			return in, fail(api.CodeSizeMismatch, "The size is not the one init-upload was given.")
		}
		in.Size = *req.Size
	}
	whole := cl.mode
	if whole == api.ChecksumMD5 {
		whole = api.ChecksumNone // S3 has no MD5 of an object in parts
	}
	if err := checkSum(whole, req.Checksum); err != nil {
		return in, err
	}
	if in.Size == 0 && in.CRC64NVME != "" {
		if in.CRC64NVME != emptyCRC {
			return in, fail(api.CodeChecksumMismatch, "")
		}
		// MinIO refuses the checksum of an empty object in parts, even the
		// right one. The size says all there is to say.
		in.CRC64NVME = ""
	}
	if len(req.Parts) == 0 {
		return in, fail(api.CodeInvalidParts, "The list of parts is empty.")
	}
	if len(req.Parts) > cl.plan.parts() {
		return in, fail(api.CodeBadPartNumber, "")
	}
	if cl.plan.known() && len(req.Parts) < cl.plan.parts() {
		return in, fail(api.CodeInvalidParts, "")
	}
	for _, p := range req.Parts {
		if err := checkListed(cl, p); err != nil {
			return in, err
		}
		sp := StoredPart{PartNumber: p.PartNumber, ETag: p.ETag}
		if cl.mode == api.ChecksumCRC64NVME {
			sp.CRC64NVME = p.Checksum
		}
		in.Parts = append(in.Parts, sp)
	}
	slices.SortFunc(in.Parts, func(a, b StoredPart) int { return cmp.Compare(a.PartNumber, b.PartNumber) })
	for i := 1; i < len(in.Parts); i++ {
		if in.Parts[i].PartNumber == in.Parts[i-1].PartNumber {
			return in, fail(api.CodeInvalidParts, "A part number comes twice.")
		}
	}
	return in, nil
}

// checkListed checks one part of a Complete. With MD5 a client may repeat the
// part's checksum; S3 has checked it already.
func checkListed(cl claims, p api.Part) error {
	if err := cl.plan.checkPart(p.PartNumber, nil); err != nil {
		return err
	}
	if p.ETag == "" || len(p.ETag) > 256 || !headerSafe(p.ETag) {
		return fail(api.CodeInvalidParts, "A part has no ETag, or one that S3 cannot have written.")
	}
	if cl.mode == api.ChecksumMD5 && p.Checksum == "" {
		return nil
	}
	return checkSum(cl.mode, p.Checksum)
}

// finish completes an upload and settles the outcome.
func (s *Signer) finish(ctx context.Context, cl claims, in CompleteInput) (api.Object, error) {
	in.IfNoneMatch = !s.cfg.NoConditionalWrites
	obj, err := s.completeOrSettle(ctx, cl, in)
	if err != nil {
		return api.Object{}, err
	}
	if err := s.abortOthers(ctx, cl); err != nil {
		// The object is stored; asking again finds it and clears away the rest.
		return api.Object{}, failBecause(api.CodeUnknownOutcome, err)
	}
	if !s.encrypted(cl, obj) {
		return api.Object{}, fail(api.CodeEncryptionMismatch, "")
	}
	return s.object(obj, cl.mode), nil
}

func (s *Signer) completeOrSettle(ctx context.Context, cl claims, in CompleteInput) (StoredObject, error) {
	err := s.checkStored(ctx, cl, &in)
	if isFailure(err, FailNoSuchUpload) {
		return s.settle(ctx, cl, in, false)
	}
	if err != nil {
		return StoredObject{}, err
	}
	if s.cfg.NoConditionalWrites {
		// Stands in for If-None-Match: an object that is there already is
		// looked at, not overwritten.
		obj, err := s.storage.Stat(ctx, cl.key)
		if err == nil {
			return obj, checkOurs(obj, cl, in)
		}
		if !isFailure(err, FailNotFound) {
			return StoredObject{}, err
		}
	}
	obj, err := s.storage.CompleteUpload(ctx, in)
	switch {
	case err == nil && s.sufficient(obj, in):
		obj.Size = in.Size
		return obj, nil
	case err == nil || unsettled(err):
		return s.settle(ctx, cl, in, true)
	}
	return StoredObject{}, completeError(err)
}

// completeError is asCallError for a Complete that was refused. A plain 400 is
// about the list of parts or their sum: S3 has no own code for a size that is
// not x-amz-mp-object-size.
func completeError(err error) error {
	if se, ok := errors.AsType[*StorageError](err); ok && se.Failure == FailRefused && se.Status == http.StatusBadRequest {
		return failBecause(api.CodeInvalidParts, se)
	}
	return err
}

// sufficient tells whether the answer of Complete alone proves that our object
// is stored as it should be. What it lacks, a look at the object adds.
func (s *Signer) sufficient(obj StoredObject, in CompleteInput) bool {
	return in.CRC64NVME != "" && obj.CRC64NVME == in.CRC64NVME && in.Size >= 0 && obj.ETag != "" &&
		(s.cfg.NoKMS || obj.Encryption != "")
}

// unsettled tells the failures that leave open whether the object is stored
// (DESIGN §4 "The end game").
func unsettled(err error) bool {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return true
	}
	for _, f := range []Failure{FailUnknown, FailThrottled, FailConflict, FailPrecondition, FailNoSuchUpload, FailNotFound} {
		if isFailure(err, f) {
			return true
		}
	}
	return false
}

// checkStored lists the parts where the URLs did not bind them to the plan, and
// holds them against it: uploads without a CRC64NVME, or without a declared
// size. It fills in the size. Over the limit the upload is aborted.
func (s *Signer) checkStored(ctx context.Context, cl claims, in *CompleteInput) error {
	if cl.mode == api.ChecksumCRC64NVME && cl.plan.known() {
		return nil
	}
	stored, err := s.storage.ListParts(ctx, in.UploadKey)
	if err != nil {
		return err
	}
	byNumber := make(map[int]StoredPart, len(stored))
	for _, p := range stored {
		byNumber[p.PartNumber] = p
	}
	var sum int64
	for _, p := range in.Parts {
		have, ok := byNumber[p.PartNumber]
		if !ok || bareETag(have.ETag) != bareETag(p.ETag) {
			return fail(api.CodeInvalidParts, "")
		}
		if cl.plan.checkPart(p.PartNumber, &have.Size) != nil {
			return fail(api.CodeSizeMismatch, "")
		}
		sum += have.Size
	}
	if sum > cl.limitOr(s.cfg.MaxObjectSize) {
		if err := s.abortUntilGone(ctx, in.UploadKey); err != nil {
			return err
		}
		return fail(api.CodeObjectTooLarge, "")
	}
	if in.Size >= 0 && in.Size != sum {
		return fail(api.CodeSizeMismatch, "")
	}
	in.Size = sum
	return nil
}

func bareETag(e string) string { return strings.Trim(e, `"`) }
