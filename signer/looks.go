package signer

import (
	"context"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"longshore/signer/api"
)

// listParts gives every part the storage holds of an upload.
func (s *Signer) listParts(ctx context.Context, c *call, req *api.UploadRequest) (any, error) {
	cl, err := s.ownClaims(c, req.UploadID, req.ObjectKey)
	if err != nil {
		return nil, err
	}
	parts, err := s.storage.ListParts(ctx, cl.storageKey())
	if err != nil {
		return nil, err
	}
	resp := api.ListPartsResponse{Parts: make([]api.Part, len(parts))}
	for i, p := range parts {
		resp.Parts[i] = api.Part{PartNumber: p.PartNumber, ETag: p.ETag, Size: p.Size}
		if cl.mode == api.ChecksumCRC64NVME {
			resp.Parts[i].Checksum = p.CRC64NVME
		}
	}
	c.items = len(parts)
	return resp, nil
}

// maxLooks is how many objects one call looks at at the same time, and
// maxLooksOfAll how many all calls together.
const (
	maxLooks      = 32
	maxLooksOfAll = 256
)

// look looks at an object once there is a place for that.
func (s *Signer) look(ctx context.Context, key string) (StoredObject, error) {
	select {
	case s.looking <- struct{}{}:
		defer func() { <-s.looking }()
		return s.storage.Stat(ctx, key)
	case <-ctx.Done():
		return StoredObject{}, ctx.Err()
	}
}

// statObjects looks at up to api.MaxBatch keys of the caller's own.
func (s *Signer) statObjects(ctx context.Context, c *call, req *api.StatObjectsRequest) (any, error) {
	if len(req.ObjectKeys) == 0 {
		return nil, fail(api.CodeBadRequest, "Send at least one key.")
	}
	if len(req.ObjectKeys) > api.MaxBatch {
		return nil, fail(api.CodeTooManyItems, "")
	}
	c.items = len(req.ObjectKeys)
	resp := api.StatObjectsResponse{Objects: make([]api.ObjectStat, len(req.ObjectKeys))}
	return resp, s.lookAtAll(len(req.ObjectKeys), func(i int) error {
		resp.Objects[i] = s.statObject(ctx, c, req.ObjectKeys[i])
		return nil
	})
}

// lookAtAll calls look with 0 to n-1, up to maxLooks at a time, and begins none
// after one that failed. Its goroutines make many looks each: the stack of a new
// one would have to grow for the first.
func (s *Signer) lookAtAll(n int, look func(i int) error) error {
	var g errgroup.Group
	var next atomic.Int64
	var failed atomic.Bool
	for range min(n, maxLooks) {
		g.Go(s.guarded(func() error {
			for !failed.Load() {
				i := int(next.Add(1)) - 1
				if i >= n {
					break
				}
				if err := look(i); err != nil {
					failed.Store(true)
					return err
				}
			}
			return nil
		}))
	}
	return g.Wait()
}

func (s *Signer) statObject(ctx context.Context, c *call, key string) api.ObjectStat {
	out := api.ObjectStat{ObjectKey: key}
	if !c.owns(key) {
		ce := asCallError(fail(api.CodeForbiddenKey, ""))
		out.Error, out.Message = ce.code, ce.sentence()
		return out
	}
	obj, err := s.look(ctx, key)
	if isFailure(err, FailNotFound) {
		return out
	}
	if err != nil {
		ce := asCallError(err)
		out.Error, out.Message = ce.code, ce.sentence()
		return out
	}
	out.Found, out.Size, out.ETag, out.Checksum = true, obj.Size, obj.ETag, obj.CRC64NVME
	out.UploadRef, out.VersionID, out.Encryption = obj.Metadata[api.MetaUploadRef], obj.VersionID, encryptionOf(obj)
	out.FileURL = s.storage.ObjectURL(key)
	return out
}

// owns tells whether a template, present or old, made key for the caller.
func (c *call) owns(key string) bool {
	for _, t := range c.policy.templates {
		if parts, ok := t.parse(key); ok && parts.principal == c.principal {
			return true
		}
	}
	return false
}
