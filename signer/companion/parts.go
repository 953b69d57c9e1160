package companion

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"longshore/signer/api"
)

// partAnswer is a part as S3 lists it.
type partAnswer struct {
	PartNumber int    `json:"PartNumber"`
	ETag       string `json:"ETag"`
	Size       int64  `json:"Size"`
}

// list gives all parts that are stored: the signer has gone over all pages.
func (h handler) list(r *http.Request, up api.UploadRequest) reply {
	var held api.ListPartsResponse
	answer, ok := h.post(r, api.PathListParts, up, &held)
	if !ok {
		return answer
	}
	parts := make([]partAnswer, len(held.Parts))
	for i, p := range held.Parts {
		parts[i] = partAnswer{PartNumber: p.PartNumber, ETag: p.ETag, Size: p.Size}
	}
	return answer.with(http.StatusOK, parts)
}

// signAnswer is one signed PUT. Uppy 5 takes expires for the time a part may
// take, so it is what is left of the URL's life.
type signAnswer struct {
	URL       string            `json:"url"`
	Headers   map[string]string `json:"headers,omitempty"`
	Expires   int               `json:"expires"`
	ExpiresAt time.Time         `json:"expiresAt"`
}

// sign signs one part.
func (h handler) sign(r *http.Request, up api.UploadRequest, number string) reply {
	n, ok := partNumber(number)
	if !ok {
		return h.refuse(r, api.CodeBadPartNumber, "")
	}
	var signed api.PartURLResponse
	answer, ok := h.post(r, api.PathGetPartURL, api.PartURLRequest{UploadID: up.UploadID, ObjectKey: up.ObjectKey, PartNumber: n}, &signed)
	if !ok {
		return answer
	}
	return answer.with(http.StatusOK, signAnswer{
		URL: signed.URL, Headers: signed.Headers, Expires: signed.ExpiresIn, ExpiresAt: signed.ExpiresAt,
	})
}

// batchAnswer is Companion's, and how long its URLs live.
type batchAnswer struct {
	PresignedURLs map[string]string `json:"presignedUrls"`
	Expires       int               `json:"expires"`
	ExpiresAt     time.Time         `json:"expiresAt"`
}

// mostInBatch bounds the answer of a batch, in parts: it is gathered from several
// of the signer's, of which each alone is bounded.
const mostInBatch = 1000

// signBatch signs the parts of a comma-separated list, api.MaxBatch to a call
// of the signer.
func (h handler) signBatch(r *http.Request, up api.UploadRequest) reply {
	var numbers []int
	for text := range strings.SplitSeq(r.URL.Query().Get("partNumbers"), ",") {
		n, ok := partNumber(text)
		if !ok {
			return h.refuse(r, api.CodeBadPartNumber, "")
		}
		if len(numbers) == mostInBatch {
			return h.refuse(r, api.CodeTooManyItems, "Ask for at most 1,000 parts at once.")
		}
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	numbers = slices.Compact(numbers)
	out := batchAnswer{PresignedURLs: make(map[string]string, len(numbers))}
	var last reply
	for chunk := range slices.Chunk(numbers, api.MaxBatch) {
		var signed api.PartURLsResponse
		answer, ok := h.post(r, api.PathGetPartURLs, api.PartURLsRequest{UploadID: up.UploadID, ObjectKey: up.ObjectKey, PartNumbers: chunk}, &signed)
		if !ok {
			return answer
		}
		last = answer
		for n, u := range signed.URLs {
			out.PresignedURLs[n] = u
		}
		if out.Expires == 0 || signed.ExpiresIn < out.Expires {
			out.Expires, out.ExpiresAt = signed.ExpiresIn, signed.ExpiresAt
		}
	}
	return last.with(http.StatusOK, out)
}

// partNumber reads one in decimal and nothing else: Companion takes "4abc".
func partNumber(text string) (n int, ok bool) {
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= 1 && n <= api.MaxParts
}
