package sim

import (
	"context"

	"longshore/uploader"
)

// lens is the client's end of the scale: through it the real client and the real signer see MiBs where the engine plans
// bytes.
type lens struct{ uploader.Signer }

func (l lens) grown(r uploader.CreateRequest) uploader.CreateRequest {
	r.Size, r.PartSize = r.Size*scale, r.PartSize*scale
	return r
}

func (l lens) Create(ctx context.Context, req uploader.CreateRequest, retry bool) (uploader.Created, error) {
	c, err := l.Signer.Create(ctx, l.grown(req), retry)
	c.PartSize /= scale
	if c.Object != nil {
		c.Object.Size /= scale
	}
	return c, err
}

func (l lens) SignParts(ctx context.Context, up uploader.Upload, parts []uploader.PartToSign) (uploader.SignedParts, error) {
	grown := make([]uploader.PartToSign, len(parts))
	for i, p := range parts {
		p.Size *= scale
		grown[i] = p
	}
	return l.Signer.SignParts(ctx, up, grown)
}

func (l lens) SignObjects(ctx context.Context, objects []uploader.CreateRequest) ([]uploader.SignedObject, error) {
	grown := make([]uploader.CreateRequest, len(objects))
	for i, o := range objects {
		grown[i] = l.grown(o)
	}
	return l.Signer.SignObjects(ctx, grown)
}

func (l lens) ListParts(ctx context.Context, up uploader.Upload) ([]uploader.Part, error) {
	parts, err := l.Signer.ListParts(ctx, up)
	for i := range parts {
		parts[i].Size /= scale
	}
	return parts, err
}

func (l lens) Complete(ctx context.Context, req uploader.CompleteRequest) (uploader.Object, error) {
	req.Size *= scale
	o, err := l.Signer.Complete(ctx, req)
	o.Size /= scale
	return o, err
}

func (l lens) CompleteBatch(ctx context.Context, req uploader.BatchRequest) (uploader.BatchAnswer, error) {
	grown := make([]uploader.BatchObject, len(req.Objects))
	for i, o := range req.Objects {
		o.Size *= scale
		grown[i] = o
	}
	req.Objects = grown
	return l.Signer.CompleteBatch(ctx, req)
}

func (l lens) StatObjects(ctx context.Context, keys []string) ([]uploader.ObjectStat, error) {
	stats, err := l.Signer.StatObjects(ctx, keys)
	for i := range stats {
		stats[i].Size /= scale
	}
	return stats, err
}
