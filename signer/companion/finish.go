package companion

import (
	"net/http"
	"strings"

	"longshore/signer/api"
)

// completeRequest lists parts in any order, each ETag with its quotes (Uppy 5,
// and Uppy 6 after a pause) or without (Uppy 6).
type completeRequest struct {
	Parts []struct {
		PartNumber int    `json:"PartNumber"`
		ETag       string `json:"ETag"`
	} `json:"parts"`
}

// maxCompleteBody is room for 10,000 parts, in bytes.
const maxCompleteBody = 1 << 20

// completeAnswer lacks Companion's bucket.
type completeAnswer struct {
	Location string `json:"location"`
	Key      string `json:"key"`
}

// complete finishes an upload. It answers when S3 has, which may take minutes.
func (h handler) complete(r *http.Request, up api.UploadRequest) reply {
	var object api.Object
	answer, ok := translate(h, r, api.PathCompleteUpload, maxCompleteBody, func(req completeRequest) (any, error) {
		call := api.CompleteRequest{UploadID: up.UploadID, ObjectKey: up.ObjectKey, Parts: make([]api.Part, len(req.Parts))}
		for i, p := range req.Parts {
			call.Parts[i] = api.Part{PartNumber: p.PartNumber, ETag: quoted(p.ETag)}
		}
		return call, nil
	}, &object)
	if !ok {
		return answer
	}
	return answer.with(http.StatusOK, completeAnswer{Location: object.FileURL, Key: object.ObjectKey})
}

// quoted gives an ETag the quotes that S3 writes; an empty one stays empty, to
// be refused.
func quoted(etag string) string {
	if bare := strings.Trim(etag, `"`); bare != "" {
		return `"` + bare + `"`
	}
	return ""
}

// abort ends an upload without an object.
func (h handler) abort(r *http.Request, up api.UploadRequest) reply {
	answer, ok := h.post(r, api.PathAbortUpload, up, &api.AbortResponse{})
	if !ok {
		return answer
	}
	return answer.with(http.StatusOK, struct{}{})
}
