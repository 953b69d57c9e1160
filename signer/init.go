package signer

import (
	"context"
	"strconv"
	"time"

	"longshore/signer/api"
)

// initUpload creates a multipart upload, or finds the one that an earlier call
// with the same uploadRef made.
func (s *Signer) initUpload(ctx context.Context, c *call, req *api.InitRequest) (any, error) {
	if err := c.mayBegin(); err != nil {
		return nil, err
	}
	vault, err := s.mode()
	if err != nil {
		return nil, err
	}
	mode, err := modeOf(req.Checksum, vault)
	if err != nil {
		return nil, err
	}
	pl, err := s.planOf(c.rules, req)
	if err != nil {
		return nil, err
	}
	if req.UploadRef == "" {
		req.UploadRef = newRef().String()
	}
	f, err := s.checkFile(c, fileFields{
		fileName: req.FileName, relativePath: req.RelativePath, mimeType: req.MimeType,
		uploadRef: req.UploadRef, batchRef: req.BatchRef, metadata: req.Metadata,
	})
	if err != nil {
		return nil, err
	}
	c.ref, c.key, c.size = req.UploadRef, f.key, pl.size
	f.meta.modTime, f.meta.plan, f.meta.mode = req.ModTime, pl, mode
	cl := claims{
		key: f.key, principal: c.principal, ref: f.parts.ref, plan: pl, mode: mode,
		policy: c.policy.version, limit: c.rules.maxObjectSize, encryption: encryptedUnder(c.rules.kmsKeyID),
	}

	seen, same := s.refs.note(refID{c.principal, f.parts.ref}, refPlan{key: f.key, plan: pl, mode: mode})
	if seen && !same {
		return nil, fail(api.CodeRefConflict, "")
	}
	if req.Retry || seen {
		if resp, err := s.findUpload(ctx, c.policy, cl); err != nil || resp != nil {
			return resp, err
		}
	}
	in := c.rules.createInput(f)
	in.CRC64NVME = mode == api.ChecksumCRC64NVME
	up, err := s.storage.CreateUpload(ctx, in)
	if err != nil {
		return nil, err
	}
	return s.initResponse(cl, up)
}

// planOf reads the declared size and part size.
func (s *Signer) planOf(by *rules, req *api.InitRequest) (plan, error) {
	size := int64(unknownSize)
	switch {
	case req.Size != nil && *req.Size < 0:
		return plan{}, fail(api.CodeBadRequest, "size must not be negative.")
	case req.Size != nil:
		size = *req.Size
	case !by.simpleClients:
		return plan{}, fail(api.CodeSizeRequired, "")
	}
	if req.PartSize < 0 {
		return plan{}, fail(api.CodeBadRequest, "partSize must not be negative.")
	}
	return makePlan(size, req.PartSize, s.cfg.PartSize, by.maxObjectSize)
}

// findUpload looks for what an earlier call left: the finished object, else an
// open upload of the key. It gives nil if there is neither.
func (s *Signer) findUpload(ctx context.Context, p *policy, cl claims) (any, error) {
	obj, err := s.storage.Stat(ctx, cl.key)
	if err == nil {
		out, err := s.foundObject(p, obj, cl)
		if err == nil {
			err = s.abortOthers(ctx, cl)
		}
		return out, err
	}
	if !isFailure(err, FailNotFound) {
		return nil, err
	}
	up, parts, err := s.fullestUpload(ctx, cl.key)
	if err != nil || up == nil {
		return nil, err
	}
	if up.Algorithm != "" && (up.Algorithm == "CRC64NVME") != (cl.mode == api.ChecksumCRC64NVME) {
		return nil, fail(api.CodeRefConflict, "")
	}
	if len(p.kmsKeys) > 1 {
		cl.encryption = encryption{kind: policyKMSKey} // an earlier call chose the key, perhaps under an earlier policy
	}
	for _, p := range parts {
		if cl.plan.checkPart(p.PartNumber, &p.Size) != nil {
			return nil, fail(api.CodeRefConflict, "")
		}
	}
	return s.initResponse(cl, *up)
}

// fullestUpload gives the key's upload that holds most parts, and the oldest of
// those; nil if there is none. The oldest alone will not do: versitygw counts
// an upload's age from its last part. The others are aborted when this one ends.
func (s *Signer) fullestUpload(ctx context.Context, key string) (*OpenUpload, []StoredPart, error) {
	ups, err := s.storage.ListUploads(ctx, key)
	if err != nil {
		return nil, nil, err
	}
	var best *OpenUpload
	var held []StoredPart
	for _, up := range ups {
		parts, err := s.storage.ListParts(ctx, up.UploadKey)
		if isFailure(err, FailNoSuchUpload) {
			continue // ended since it was listed
		}
		if err != nil {
			return nil, nil, err
		}
		if best == nil || len(parts) > len(held) {
			best, held = &up, parts
		}
	}
	if best != nil && best.AbortDate.IsZero() { // without it the client only cannot warn: no reason to fail
		if date, err := s.storage.AbortDate(ctx, best.UploadKey); err == nil {
			best.AbortDate = date
		}
	}
	return best, held, nil
}

// foundObject answers a retried init whose object is stored: ours, of another
// plan (ref_conflict), or not ours (key_taken).
func (s *Signer) foundObject(p *policy, obj StoredObject, cl claims) (any, error) {
	meta := obj.Metadata
	if meta[api.MetaUploadRef] != cl.ref.String() {
		return nil, fail(api.CodeKeyTaken, "")
	}
	if cl.plan.known() && obj.Size != cl.plan.size ||
		meta[api.MetaMode] != cl.mode ||
		meta[api.MetaPartSize] != strconv.FormatInt(cl.plan.partSize, 10) {
		return nil, fail(api.CodeRefConflict, "")
	}
	// It was made by an earlier call, perhaps under an earlier policy.
	if !fitsOne(obj, p.kmsKeys) {
		return nil, fail(api.CodeEncryptionMismatch, "")
	}
	out := s.object(obj, cl.mode)
	return api.InitResponse{ObjectKey: cl.key, PartSize: cl.plan.partSize, Checksum: cl.mode, Object: &out}, nil
}

func (s *Signer) initResponse(cl claims, up OpenUpload) (any, error) {
	cl.uploadID = up.UploadID
	sealed, err := s.seals.seal(cl)
	if err != nil {
		return nil, failBecause(api.CodeInternal, err)
	}
	return api.InitResponse{
		UploadID: sealed, ObjectKey: cl.key, PartSize: cl.plan.partSize, Checksum: cl.mode,
		ResumeBefore: timeOrNil(up.AbortDate),
	}, nil
}

func timeOrNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
