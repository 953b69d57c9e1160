package remote

import (
	"context"
	"errors"
	"net/http"
	"time"

	"longshore/signer/api"
	"longshore/uploader"
)

// Create implements uploader.Signer.
func (s *Signer) Create(ctx context.Context, req uploader.CreateRequest, retry bool) (uploader.Created, error) {
	const op = "create"
	size := req.Size
	var a api.InitResponse
	err := s.post(ctx, op, api.PathInitUpload, api.InitRequest{
		FileName: req.FileName, MimeType: mimeType(req.ContentType), Size: &size, Checksum: wireMode(req.Checksum),
		UploadRef: string(req.Attempt), Retry: retry, PartSize: req.PartSize,
		RelativePath: req.RelPath, BatchRef: string(req.Batch), ModTime: modTime(req.ModTime),
	}, &a)
	if err != nil {
		return uploader.Created{}, err
	}
	if a.Object != nil {
		o, err := checkObject(op, *a.Object)
		if err != nil {
			return uploader.Created{}, err
		}
		return uploader.Created{Object: &o}, nil
	}
	switch {
	case !validKey(a.ObjectKey), a.UploadID == "", len(a.UploadID) >= api.MaxUploadIDLen:
		return uploader.Created{}, badResponse(op, "the key or the upload id is missing or too long")
	case !knownMode(a.Checksum):
		return uploader.Created{}, badResponse(op, "the checksum mode is unknown")
	case a.PartSize <= 0, a.PartSize > api.MaxPartSize, req.Size > a.PartSize*api.MaxParts:
		return uploader.Created{}, badResponse(op, "the part size makes no sense")
	}
	c := uploader.Created{
		Upload:   uploader.Upload{UploadID: a.UploadID, Key: a.ObjectKey},
		PartSize: a.PartSize, Checksum: uploader.Checksum(a.Checksum),
	}
	if a.ResumeBefore != nil {
		c.ResumeBefore = *a.ResumeBefore
	}
	return c, nil
}

// ListParts implements uploader.Signer.
func (s *Signer) ListParts(ctx context.Context, up uploader.Upload) ([]uploader.Part, error) {
	const op = "list-parts"
	var a api.ListPartsResponse
	err := s.post(ctx, op, api.PathListParts, api.UploadRequest{UploadID: up.UploadID, ObjectKey: up.Key}, &a)
	if err != nil {
		return nil, err
	}
	parts := make([]uploader.Part, len(a.Parts))
	last := 0
	for i, p := range a.Parts {
		if p.PartNumber <= last || p.PartNumber > api.MaxParts || p.Size < 0 || p.ETag == "" {
			return nil, badResponse(op, "a part's number, size or ETag makes no sense")
		}
		last = p.PartNumber
		parts[i] = uploader.Part{PartNumber: int32(p.PartNumber), ETag: p.ETag, Size: p.Size, Checksum: p.Checksum} //nolint:gosec // at most 10,000
	}
	return parts, nil
}

// Complete implements uploader.Signer. While the signer answers that S3 is at work it asks again with the same call;
// after half an hour of that, and for a confirmation without the checksum, the outcome is CodeUnknown.
func (s *Signer) Complete(ctx context.Context, req uploader.CompleteRequest) (uploader.Object, error) {
	const op = "complete"
	size := req.Size
	body := api.CompleteRequest{
		UploadID: req.UploadID, ObjectKey: req.Key, Parts: make([]api.Part, len(req.Parts)), Size: &size, Checksum: req.Checksum,
	}
	for i, p := range req.Parts {
		body.Parts[i] = api.Part{PartNumber: int(p.PartNumber), ETag: p.ETag, Checksum: p.Checksum}
	}
	var a api.Object
	for begun := time.Now(); ; {
		status, err := s.do(ctx, call{op: op, method: http.MethodPost, path: api.PathCompleteUpload, body: body, async: true}, &a)
		if err != nil {
			return uploader.Object{}, err
		}
		if status == http.StatusOK {
			break
		}
		if time.Since(begun) > maxCompleting {
			return uploader.Object{}, uploader.E(op, uploader.CodeUnknown, errors.New("still completing after half an hour"))
		}
		if err := pause(ctx, s.pollEvery); err != nil {
			return uploader.Object{}, uploader.E(op, uploader.CodeCancelled, err)
		}
	}
	o, err := checkObject(op, a)
	switch {
	case err != nil:
		return uploader.Object{}, err
	case o.Key != req.Key:
		return uploader.Object{}, badResponse(op, "the answer is about another key")
	case o.Size != req.Size:
		return uploader.Object{}, uploader.E(op, uploader.CodeSizeMismatch, errors.New("the stored object has another size"))
	case req.Checksum != "" && o.Checksum != req.Checksum:
		return uploader.Object{}, uploader.E(op, uploader.CodeUnknown, errors.New("the answer does not confirm the checksum"))
	}
	return o, nil
}

// Abort implements uploader.Signer.
func (s *Signer) Abort(ctx context.Context, up uploader.Upload) error {
	err := s.post(ctx, "abort", api.PathAbortUpload, api.UploadRequest{UploadID: up.UploadID, ObjectKey: up.Key}, &api.AbortResponse{})
	if uploader.CodeOf(err) == uploader.CodeNoSuchUpload {
		return nil
	}
	return err
}

// checkObject refuses a confirmation that lacks what a receipt needs.
func checkObject(op string, a api.Object) (uploader.Object, error) {
	switch {
	case !validKey(a.ObjectKey), a.ETag == "", a.Size < 0:
		return uploader.Object{}, badResponse(op, "the object's key, ETag or size is missing")
	case a.Verified != api.VerifiedFullObject && a.Verified != api.VerifiedPartMD5 && a.Verified != api.VerifiedSizeOnly:
		return uploader.Object{}, badResponse(op, "the object's kind of verification is unknown")
	case a.Verified == api.VerifiedFullObject && a.Checksum == "":
		return uploader.Object{}, uploader.E(op, uploader.CodeUnknown, errors.New("verified, but without a checksum"))
	}
	return uploader.Object{
		Key: a.ObjectKey, Size: a.Size, ETag: a.ETag, VersionID: a.VersionID, FileURL: a.FileURL,
		Checksum: a.Checksum, Verified: uploader.Verified(a.Verified), Encryption: a.Encryption,
	}, nil
}

func validKey(key string) bool { return key != "" && len(key) <= api.MaxKeyLen }

func mimeType(t string) string {
	if t == "" {
		return "application/octet-stream"
	}
	return t
}

// wireMode leaves the mode "none" out: an upload without a checksum is the simple client's (PROTOCOL).
func wireMode(c uploader.Checksum) string {
	if c == uploader.ChecksumNone {
		return ""
	}
	return string(c)
}

func modTime(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
