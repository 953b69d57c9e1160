package uploader_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"longshore/internal/fault"
	"longshore/signer/api"
	"longshore/uploader"
)

// signerHandler speaks the protocol for the vault in memory, as far as the engine's calls go.
func signerHandler(v *fault.Vault) http.Handler {
	s := v.Signer()
	mux := http.NewServeMux()
	mux.Handle(api.PathInitUpload, route(func(ctx context.Context, q api.InitRequest) (api.InitResponse, error) {
		made, err := s.Create(ctx, uploader.CreateRequest{
			Attempt: uploader.AttemptID(q.UploadRef), FileName: q.FileName, RelPath: q.RelativePath, Size: *q.Size, PartSize: q.PartSize,
			Checksum: uploader.Checksum(q.Checksum), Batch: uploader.BatchID(q.BatchRef),
		}, q.Retry)
		if made.Object != nil {
			o := wireObject(*made.Object)
			return api.InitResponse{ObjectKey: o.ObjectKey, Object: &o}, err
		}
		return api.InitResponse{UploadID: made.UploadID, ObjectKey: made.Key, PartSize: made.PartSize, Checksum: string(made.Checksum)}, err
	}))
	mux.Handle(api.PathGetPartURLs, route(func(ctx context.Context, q api.PartURLsRequest) (api.PartURLsResponse, error) {
		ask := make([]uploader.PartToSign, len(q.Parts))
		for i, p := range q.Parts {
			ask[i] = uploader.PartToSign{PartNumber: int32(p.PartNumber), Size: *p.Size, Checksum: p.Checksum}
		}
		signed, err := s.SignParts(ctx, uploader.Upload{UploadID: q.UploadID, Key: q.ObjectKey}, ask)
		a := api.PartURLsResponse{URLs: map[string]string{}, Headers: map[string]map[string]string{}}
		for n, r := range signed {
			name := strconv.Itoa(int(n))
			a.URLs[name], a.Headers[name], a.ExpiresIn = r.URL, flat(r.Header), int(r.Lifetime/time.Second)
		}
		return a, err
	}))
	mux.Handle(api.PathPutURLs, route(func(ctx context.Context, q api.PutURLsRequest) (api.PutURLsResponse, error) {
		ask := make([]uploader.CreateRequest, len(q.Objects))
		for i, o := range q.Objects {
			ask[i] = uploader.CreateRequest{
				Attempt: uploader.AttemptID(o.UploadRef), FileName: o.FileName, RelPath: o.RelativePath, Size: o.Size,
				Checksum: uploader.ChecksumCRC64NVME, Sum: o.Checksum,
			}
		}
		signed, err := s.SignObjects(ctx, ask)
		a := api.PutURLsResponse{}
		for i, o := range signed {
			a.Objects = append(a.Objects, api.PutURL{
				UploadRef: q.Objects[i].UploadRef, ObjectKey: o.Key, URL: o.URL, Headers: flat(o.Header), ExpiresIn: int(o.Lifetime / time.Second),
			})
		}
		return a, err
	}))
	mux.Handle(api.PathListParts, route(func(ctx context.Context, q api.UploadRequest) (api.ListPartsResponse, error) {
		held, err := s.ListParts(ctx, uploader.Upload{UploadID: q.UploadID, Key: q.ObjectKey})
		a := api.ListPartsResponse{Parts: []api.Part{}}
		for _, p := range held {
			a.Parts = append(a.Parts, api.Part{PartNumber: int(p.PartNumber), ETag: p.ETag, Size: p.Size, Checksum: p.Checksum})
		}
		return a, err
	}))
	mux.Handle(api.PathCompleteUpload, route(func(ctx context.Context, q api.CompleteRequest) (api.Object, error) {
		req := uploader.CompleteRequest{
			Upload: uploader.Upload{UploadID: q.UploadID, Key: q.ObjectKey}, Size: *q.Size, Checksum: q.Checksum,
			Attempt: uploader.AttemptID(strings.Split(q.ObjectKey, "/")[2]), // fault.Vault puts it there
		}
		for _, p := range q.Parts {
			req.Parts = append(req.Parts, uploader.Part{PartNumber: int32(p.PartNumber), ETag: p.ETag, Checksum: p.Checksum})
		}
		o, err := s.Complete(ctx, req)
		return wireObject(o), err
	}))
	mux.Handle(api.PathStatObjects, route(func(ctx context.Context, q api.StatObjectsRequest) (api.StatObjectsResponse, error) {
		stats, err := s.StatObjects(ctx, q.ObjectKeys)
		a := api.StatObjectsResponse{}
		for i, o := range stats {
			a.Objects = append(a.Objects, api.ObjectStat{
				ObjectKey: q.ObjectKeys[i], Found: o.Found, Size: o.Size, ETag: o.ETag, Checksum: o.Checksum,
				UploadRef: string(o.Attempt), Encryption: o.Encryption,
			})
		}
		return a, err
	}))
	mux.Handle(api.PathAbortUpload, route(func(ctx context.Context, q api.UploadRequest) (api.AbortResponse, error) {
		return api.AbortResponse{}, s.Abort(ctx, uploader.Upload{UploadID: q.UploadID, Key: q.ObjectKey})
	}))
	return mux
}

// route is one call: JSON in, JSON out, errors in the protocol's form.
func route[Q, A any](do func(ctx context.Context, q Q) (A, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var q Q
		if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
			panic(http.ErrAbortHandler)
		}
		a, err := do(r.Context(), q)
		w.Header().Set("Content-Type", "application/json")
		if err != nil {
			says(w, wireCodes[uploader.CodeOf(err)])
			return
		}
		_ = json.NewEncoder(w).Encode(a)
	})
}

// says answers with an error of the protocol.
func says(w http.ResponseWriter, code api.Code) {
	info, _ := code.Info()
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(info.Status)
	_ = json.NewEncoder(w).Encode(api.Error{Code: info.Code, Message: info.Message, RequestID: "FAULT"})
}

// wireCodes are the protocol's words for what the vault in memory refuses.
var wireCodes = map[uploader.Code]api.Code{
	uploader.CodeNoSuchUpload: api.CodeNoSuchUpload, uploader.CodeInvalidPart: api.CodeInvalidParts,
	uploader.CodeKeyTaken: api.CodeKeyTaken, uploader.CodeBadDigest: api.CodeChecksumMismatch,
	uploader.CodeSizeMismatch: api.CodeSizeMismatch, uploader.CodeRefused: api.CodeBadRequest,
	uploader.CodeForbidden: api.CodeForbiddenKey, uploader.CodeRefConflict: api.CodeRefConflict,
}

func wireObject(o uploader.Object) api.Object {
	return api.Object{
		FileURL: o.FileURL, ETag: o.ETag, ObjectKey: o.Key, VersionID: o.VersionID, Size: o.Size, Checksum: o.Checksum,
		Verified: string(o.Verified), Encryption: o.Encryption,
	}
}

func flat(h http.Header) map[string]string {
	m := map[string]string{}
	for name := range h {
		m[name] = h.Get(name)
	}
	return m
}
