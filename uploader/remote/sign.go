package remote

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"longshore/signer/api"
	"longshore/uploader"
)

// SignParts implements uploader.Signer. More than 100 parts are split over several calls.
func (s *Signer) SignParts(ctx context.Context, up uploader.Upload, parts []uploader.PartToSign) (uploader.SignedParts, error) {
	signed := make(uploader.SignedParts, len(parts))
	for chunk := range slices.Chunk(parts, api.MaxBatch) {
		if err := s.signChunk(ctx, up, chunk, signed); err != nil {
			return nil, err
		}
	}
	return signed, nil
}

func (s *Signer) signChunk(ctx context.Context, up uploader.Upload, parts []uploader.PartToSign, signed uploader.SignedParts) error {
	const op = "sign-parts"
	req := api.PartURLsRequest{UploadID: up.UploadID, ObjectKey: up.Key}
	bare := !slices.ContainsFunc(parts, func(p uploader.PartToSign) bool { return p.Checksum != "" })
	for _, p := range parts {
		if bare {
			req.PartNumbers = append(req.PartNumbers, int(p.PartNumber))
			continue
		}
		size := p.Size
		req.Parts = append(req.Parts, api.PartToSign{PartNumber: int(p.PartNumber), Size: &size, Checksum: p.Checksum})
	}
	var a api.PartURLsResponse
	if err := s.post(ctx, op, api.PathGetPartURLs, req, &a); err != nil {
		return err
	}
	for _, p := range parts {
		n := strconv.Itoa(int(p.PartNumber))
		r, err := signedRequest(op, a.URLs[n], a.Headers[n], a.ExpiresIn)
		if err != nil {
			return err
		}
		signed[p.PartNumber] = r
	}
	return nil
}

// SignObjects implements uploader.Signer. More than 100 objects are split over several calls.
func (s *Signer) SignObjects(ctx context.Context, objects []uploader.CreateRequest) ([]uploader.SignedObject, error) {
	signed := make([]uploader.SignedObject, 0, len(objects))
	for chunk := range slices.Chunk(objects, api.MaxBatch) {
		part, err := s.signObjects(ctx, chunk)
		if err != nil {
			return nil, err
		}
		signed = append(signed, part...)
	}
	return signed, nil
}

func (s *Signer) signObjects(ctx context.Context, objects []uploader.CreateRequest) ([]uploader.SignedObject, error) {
	const op = "sign-objects"
	req := api.PutURLsRequest{Objects: make([]api.ObjectToPut, len(objects))}
	for i, o := range objects {
		req.Objects[i] = api.ObjectToPut{
			UploadRef: string(o.Attempt), FileName: o.FileName, MimeType: mimeType(o.ContentType),
			Size: o.Size, Checksum: o.Sum, RelativePath: o.RelPath, BatchRef: string(o.Batch), ModTime: modTime(o.ModTime),
		}
	}
	var a api.PutURLsResponse
	id, err := s.postItems(ctx, op, api.PathPutURLs, req, &a)
	if err != nil {
		return nil, err
	}
	if len(a.Objects) != len(objects) {
		return nil, badResponse(op, "not one answer for each object")
	}
	signed := make([]uploader.SignedObject, len(objects))
	for i, o := range a.Objects {
		if o.UploadRef != string(objects[i].Attempt) {
			return nil, badResponse(op, "an answer is about another object")
		}
		if o.Error != "" {
			signed[i].Err = itemError(op, id, o.Error, o.Message)
			continue
		}
		r, err := signedRequest(op, o.URL, o.Headers, o.ExpiresIn)
		if err != nil {
			return nil, err
		}
		if !validKey(o.ObjectKey) {
			return nil, badResponse(op, "an object's key is missing or too long")
		}
		signed[i] = uploader.SignedObject{Key: o.ObjectKey, SignedRequest: r}
	}
	return signed, nil
}

// StatObjects implements uploader.Signer. More than 100 keys are split over several calls.
func (s *Signer) StatObjects(ctx context.Context, keys []string) ([]uploader.ObjectStat, error) {
	stats := make([]uploader.ObjectStat, 0, len(keys))
	for chunk := range slices.Chunk(keys, api.MaxBatch) {
		part, err := s.statObjects(ctx, chunk)
		if err != nil {
			return nil, err
		}
		stats = append(stats, part...)
	}
	return stats, nil
}

func (s *Signer) statObjects(ctx context.Context, keys []string) ([]uploader.ObjectStat, error) {
	const op = "stat"
	var a api.StatObjectsResponse
	id, err := s.postItems(ctx, op, api.PathStatObjects, api.StatObjectsRequest{ObjectKeys: keys}, &a)
	if err != nil {
		return nil, err
	}
	if len(a.Objects) != len(keys) {
		return nil, badResponse(op, "not one answer for each key")
	}
	stats := make([]uploader.ObjectStat, len(keys))
	for i, o := range a.Objects {
		switch {
		case o.ObjectKey != keys[i]:
			return nil, badResponse(op, "an answer is about another key")
		case o.Error != "":
			stats[i].Err = itemError(op, id, o.Error, o.Message)
			continue
		case !o.Found:
			continue
		case o.Size < 0, o.ETag == "":
			return nil, badResponse(op, "an object's size or ETag is missing")
		}
		stats[i] = uploader.ObjectStat{Found: true, Attempt: uploader.AttemptID(o.UploadRef), Object: uploader.Object{
			Key: o.ObjectKey, Size: o.Size, ETag: o.ETag, VersionID: o.VersionID, FileURL: o.FileURL,
			Checksum: o.Checksum, Encryption: o.Encryption,
		}}
	}
	return stats, nil
}

// signedRequest checks one signed PUT and takes from its headers only what may be sent (PROTOCOL, "What the client
// checks"). Whether the URL is one of the vault's pinned origins is the engine's to see.
func signedRequest(op, rawURL string, headers map[string]string, expiresIn int) (uploader.SignedRequest, error) {
	u, err := url.Parse(rawURL)
	if err != nil || u.Host == "" || u.User != nil || (u.Scheme != "https" && u.Scheme != "http") {
		return uploader.SignedRequest{}, badResponse(op, "a signed URL is missing or malformed")
	}
	if expiresIn <= 0 {
		return uploader.SignedRequest{}, badResponse(op, "a signed URL has no lifetime")
	}
	h := make(http.Header, len(headers))
	for name, value := range headers {
		if !sendable(name) {
			continue
		}
		if !wellFormed(name, value) {
			return uploader.SignedRequest{}, badResponse(op, "a header of a signed URL is malformed")
		}
		h.Set(name, value)
	}
	lifetime := time.Duration(min(expiresIn, int(maxLifetime/time.Second))) * time.Second
	return uploader.SignedRequest{URL: rawURL, Header: h, Lifetime: lifetime}, nil
}

func sendable(name string) bool {
	name = strings.ToLower(name)
	return strings.HasPrefix(name, "x-amz-") || strings.HasPrefix(name, "content-") || name == "if-none-match"
}

// wellFormed tells whether net/http can send the header (RFC 9110, 5.1 and 5.5). What it refuses would look like a
// network that is down, and be tried again for ever.
func wellFormed(name, value string) bool {
	for i := range len(name) {
		c := name[i]
		if !('a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0) {
			return false
		}
	}
	for i := range len(value) {
		if c := value[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}
