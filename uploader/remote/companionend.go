package remote

import (
	"context"
	"errors"
	"net/http"

	"longshore/signer/api"
	"longshore/uploader"
)

// companionPart is a part as S3 lists it.
type companionPart struct {
	PartNumber int    `json:"PartNumber"`
	ETag       string `json:"ETag"`
	Size       int64  `json:"Size"`
}

// ListParts implements uploader.Signer.
func (c *Companion) ListParts(ctx context.Context, up uploader.Upload) ([]uploader.Part, error) {
	parts, err := c.list(ctx, up)
	if err != nil {
		return nil, c.gone(ctx, up, err)
	}
	return parts, nil
}

func (c *Companion) list(ctx context.Context, up uploader.Upload) ([]uploader.Part, error) {
	const op = "list-parts"
	var a []companionPart
	if _, err := c.s.do(ctx, call{op: op, method: http.MethodGet, path: companionPath(up, ""), list: true}, &a); err != nil {
		return nil, err
	}
	parts := make([]uploader.Part, len(a))
	last := 0
	for i, p := range a {
		if p.PartNumber <= last || p.PartNumber > api.MaxParts || p.Size < 0 || p.ETag == "" {
			return nil, badResponse(op, "a part's number, size or ETag makes no sense")
		}
		last = p.PartNumber
		parts[i] = uploader.Part{PartNumber: int32(p.PartNumber), ETag: p.ETag, Size: p.Size} //nolint:gosec // at most 10,000
	}
	return parts, nil
}

// gone says what a failed call about an upload means. Companion answers 500 in the same words whether S3 does not know
// the upload or fails itself. So another upload is begun, listed and aborted: if that works and this one still fails,
// this one is CodeNoSuchUpload. Any other failure stays what it is.
func (c *Companion) gone(ctx context.Context, up uploader.Upload, err error) error {
	if uploader.CodeOf(err) != uploader.CodeServer {
		return err
	}
	const op = "list-parts"
	other, beginErr := c.begin(ctx, op, companionFile{Filename: checkName, Type: "application/octet-stream", Metadata: map[string]string{}})
	if beginErr != nil {
		return err
	}
	_, listErr := c.list(ctx, other)
	if dropErr := c.drop(ctx, op, other); listErr != nil || dropErr != nil {
		return err
	}
	if _, again := c.list(ctx, up); uploader.CodeOf(again) != uploader.CodeServer {
		return err // it answered after all, or fails otherwise: nothing is known
	}
	return uploader.E(op, uploader.CodeNoSuchUpload, errors.New("S3 lists other uploads, but not this one"))
}

// Complete implements uploader.Signer. S3's own Complete may be repeated for a while, so a call without an answer is
// made once more before the outcome is called unknown.
func (c *Companion) Complete(ctx context.Context, req uploader.CompleteRequest) (uploader.Object, error) {
	const op = "complete"
	var body struct {
		Parts []companionEnd `json:"parts"`
	}
	for _, p := range req.Parts {
		body.Parts = append(body.Parts, companionEnd{PartNumber: int(p.PartNumber), ETag: p.ETag})
	}
	var a struct{ Location, Key string }
	send := func() error { return c.s.post(ctx, op, companionPath(req.Upload, "/complete"), body, &a) }
	err := send()
	if code := uploader.CodeOf(err); code == uploader.CodeServer || code == uploader.CodeNetwork {
		if err := pause(ctx, c.again); err != nil {
			return uploader.Object{}, uploader.E(op, uploader.CodeCancelled, err)
		}
		err = send()
	}
	switch {
	case uploader.CodeOf(err) == uploader.CodeServer:
		return uploader.Object{}, uploader.E(op, uploader.CodeUnknown, errors.New("S3 refused or failed, and Companion does not say which"))
	case err != nil:
		return uploader.Object{}, err
	case a.Key != req.Key:
		return uploader.Object{}, badResponse(op, "the answer is about another key")
	}
	return uploader.Object{Key: a.Key, Size: req.Size, FileURL: a.Location, Verified: uploader.VerifiedSizeOnly}, nil
}

// companionEnd is a part in the list of Complete.
type companionEnd struct {
	PartNumber int    `json:"PartNumber"`
	ETag       string `json:"ETag"`
}

// Abort implements uploader.Signer.
func (c *Companion) Abort(ctx context.Context, up uploader.Upload) error {
	err := c.drop(ctx, "abort", up)
	if err == nil {
		return nil
	}
	if err = c.gone(ctx, up, err); uploader.CodeOf(err) == uploader.CodeNoSuchUpload {
		return nil
	}
	return err
}

func (c *Companion) drop(ctx context.Context, op string, up uploader.Upload) error {
	_, err := c.s.do(ctx, call{op: op, method: http.MethodDelete, path: companionPath(up, "")}, &struct{}{})
	return err
}
