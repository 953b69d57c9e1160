package remote

import (
	"context"

	"longshore/signer/api"
	"longshore/uploader"
)

// CompleteBatch implements uploader.Signer. An answer without what was asked for, or about another number of objects,
// is CodeBadResponse.
func (s *Signer) CompleteBatch(ctx context.Context, req uploader.BatchRequest) (uploader.BatchAnswer, error) {
	const op = "complete-batch"
	body := api.CompleteBatchRequest{BatchRef: string(req.Batch), Page: req.Page, Pages: req.Pages}
	for _, o := range req.Objects {
		body.Objects = append(body.Objects, api.BatchObject{ObjectKey: o.Key, Size: o.Size, Checksum: o.Checksum, RelativePath: o.RelPath})
	}
	var a api.CompleteBatchResponse
	if err := s.post(ctx, op, api.PathCompleteBatch, body, &a); err != nil {
		return uploader.BatchAnswer{}, err
	}
	m := a.Manifest
	switch {
	case req.Page && (a.Page == "" || len(a.Page) >= api.MaxPageTokenLen):
		return uploader.BatchAnswer{}, badResponse(op, "the page's token is missing or too long")
	case req.Page:
		return uploader.BatchAnswer{Page: a.Page}, nil
	case m == nil || !validKey(m.ObjectKey) || m.RootHash == "":
		return uploader.BatchAnswer{}, badResponse(op, "the manifest's key or hash is missing")
	case len(req.Objects) > 0 && m.Objects != len(req.Objects):
		return uploader.BatchAnswer{}, badResponse(op, "the manifest lists another number of objects")
	}
	return uploader.BatchAnswer{Key: m.ObjectKey, RootHash: m.RootHash, Objects: m.Objects}, nil
}
