package signer

import (
	"context"
	"errors"

	"longshore/signer/api"
)

// putURLs signs up to api.MaxBatch single PUTs. It has no effect in the
// storage. What is wrong with one object fails that object only; a storage that
// cannot sign fails the call.
func (s *Signer) putURLs(ctx context.Context, c *call, req *api.PutURLsRequest) (any, error) {
	if err := c.mayBegin(); err != nil {
		return nil, err
	}
	if len(req.Objects) == 0 {
		return nil, fail(api.CodeBadRequest, "Send at least one object.")
	}
	if len(req.Objects) > api.MaxBatch {
		return nil, fail(api.CodeTooManyItems, "")
	}
	mode, err := s.mode()
	if err != nil {
		return nil, err
	}
	c.items, c.size = len(req.Objects), 0
	resp := api.PutURLsResponse{Objects: make([]api.PutURL, len(req.Objects))}
	refs := make(map[string]bool, len(req.Objects))
	for i, o := range req.Objects {
		out, err := s.putURL(ctx, c, mode, o)
		if refs[o.UploadRef] {
			out, err = api.PutURL{}, fail(api.CodeBadRef, "The uploadRef comes twice in this call.")
		}
		refs[o.UploadRef] = true
		if err != nil {
			ce, ok := errors.AsType[*callError](err)
			if !ok {
				return nil, err
			}
			out = api.PutURL{Error: ce.code, Message: ce.sentence()}
		}
		out.UploadRef = o.UploadRef
		if out.Error == "" {
			c.size += o.Size
		} else {
			c.refused++
		}
		resp.Objects[i] = out
	}
	return resp, nil
}

func (s *Signer) putURL(ctx context.Context, c *call, mode string, o api.ObjectToPut) (api.PutURL, error) {
	if o.Size < 0 {
		return api.PutURL{}, fail(api.CodeBadRequest, "size must not be negative.")
	}
	if o.Size > min(c.rules.maxObjectSize, api.MaxPartSize) {
		return api.PutURL{}, fail(api.CodeObjectTooLarge, "")
	}
	if err := checkSum(mode, o.Checksum); err != nil {
		return api.PutURL{}, err
	}
	f, err := s.checkFile(c, fileFields{
		fileName: o.FileName, relativePath: o.RelativePath, mimeType: o.MimeType,
		uploadRef: o.UploadRef, batchRef: o.BatchRef, metadata: o.Metadata,
	})
	if err != nil {
		return api.PutURL{}, err
	}
	f.meta.modTime, f.meta.plan, f.meta.mode = o.ModTime, plan{size: o.Size}, mode
	in := PutInput{
		CreateInput: c.rules.createInput(f),
		Size:        o.Size, IfNoneMatch: !s.cfg.NoConditionalWrites, Lifetime: s.cfg.URLLifetime,
	}
	if mode == api.ChecksumMD5 {
		in.MD5 = o.Checksum
	} else {
		in.CRC64 = o.Checksum
	}
	signed, err := s.storage.PresignPut(ctx, in)
	if err != nil {
		return api.PutURL{}, err
	}
	seconds, at := expiry(signed.ExpiresIn)
	return api.PutURL{
		ObjectKey: f.key, URL: signed.URL, Headers: headerMap(signed.Headers), ExpiresIn: seconds, ExpiresAt: &at,
	}, nil
}
