package signer

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"longshore/signer/api"
)

// getPartURL signs one part.
func (s *Signer) getPartURL(ctx context.Context, c *call, req *api.PartURLRequest) (any, error) {
	cl, err := s.ownClaims(c, req.UploadID, req.ObjectKey)
	if err != nil {
		return nil, err
	}
	signed, err := s.signPart(ctx, cl, api.PartToSign{PartNumber: req.PartNumber, Size: req.Size, Checksum: req.Checksum})
	if err != nil {
		return nil, err
	}
	in, at := expiry(signed.ExpiresIn)
	return api.PartURLResponse{URL: signed.URL, Headers: headerMap(signed.Headers), ExpiresIn: in, ExpiresAt: at}, nil
}

// getPartURLs signs up to api.MaxBatch parts of one upload.
func (s *Signer) getPartURLs(ctx context.Context, c *call, req *api.PartURLsRequest) (any, error) {
	if (len(req.PartNumbers) == 0) == (len(req.Parts) == 0) {
		return nil, fail(api.CodeBadRequest, "Send either partNumbers or parts, and at least one.")
	}
	if len(req.PartNumbers) > api.MaxBatch || len(req.Parts) > api.MaxBatch {
		return nil, fail(api.CodeTooManyItems, "")
	}
	cl, err := s.ownClaims(c, req.UploadID, req.ObjectKey)
	if err != nil {
		return nil, err
	}
	parts := req.Parts
	for _, n := range req.PartNumbers {
		parts = append(parts, api.PartToSign{PartNumber: n})
	}
	c.items = len(parts)
	return s.signParts(ctx, cl, parts)
}

// signParts writes an api.PartURLsResponse as it signs: whole, it would be
// several times as large as its text.
func (s *Signer) signParts(ctx context.Context, cl claims, parts []api.PartToSign) (any, error) {
	urls, headers := s.answers.get(), s.answers.get()
	least := s.cfg.URLLifetime
	urls.WriteString(`{"urls":{`)
	for i, p := range parts {
		signed, err := s.signPart(ctx, cl, p)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(parts[:i], func(before api.PartToSign) bool { return before.PartNumber == p.PartNumber }) {
			return nil, fail(api.CodeBadRequest, "A part number comes twice.")
		}
		least = min(least, signed.ExpiresIn)
		writeMember(urls, i, p.PartNumber)
		writeQuoted(urls, signed.URL)
		writeMember(headers, i, p.PartNumber)
		writeHeaders(headers, signed.Headers)
	}
	urls.WriteString(`},"headers":{`)
	urls.Write(headers.Bytes())
	s.answers.put(headers)
	in, at := expiry(least)
	fmt.Fprintf(urls, "},\"expiresIn\":%d,\"expiresAt\":%q}\n", in, at.Format(time.RFC3339))
	return urls, nil
}

// writeMember begins the i-th member of an object, whose name is a number.
func writeMember(to *bytes.Buffer, i, name int) {
	if i > 0 {
		to.WriteByte(',')
	}
	to.WriteByte('"')
	to.Write(strconv.AppendInt(to.AvailableBuffer(), int64(name), 10))
	to.WriteString(`":`)
}

func writeHeaders(to *bytes.Buffer, h http.Header) {
	between := byte('{')
	for name, values := range h {
		to.WriteByte(between)
		writeQuoted(to, strings.ToLower(name))
		to.WriteByte(':')
		writeQuoted(to, strings.Join(values, ","))
		between = ','
	}
	if between == '{' {
		to.WriteByte(between)
	}
	to.WriteByte('}')
}

// signPart holds a part against the upload's plan and signs it. With a checksum
// mode its size and checksum are bound into the URL.
func (s *Signer) signPart(ctx context.Context, cl claims, p api.PartToSign) (SignedRequest, error) {
	if err := cl.plan.checkPart(p.PartNumber, p.Size); err != nil {
		return SignedRequest{}, err
	}
	if err := checkSum(cl.mode, p.Checksum); err != nil {
		return SignedRequest{}, err
	}
	in := PartInput{UploadKey: cl.storageKey(), PartNumber: p.PartNumber, Size: p.Size, Lifetime: s.cfg.URLLifetime}
	switch cl.mode {
	case api.ChecksumCRC64NVME:
		in.CRC64NVME = p.Checksum
	case api.ChecksumMD5:
		in.MD5 = p.Checksum
	}
	if cl.mode != api.ChecksumNone && p.Size == nil {
		if !cl.plan.known() {
			return SignedRequest{}, fail(api.CodeBadPartSize, "The part's size is needed, since the upload declared none.")
		}
		size := cl.plan.sizeOf(p.PartNumber)
		in.Size = &size
	}
	return s.storage.PresignPart(ctx, in)
}

// expiry gives a lifetime in seconds and as the signer's own time.
func expiry(d time.Duration) (seconds int, at time.Time) {
	return int(d / time.Second), time.Now().UTC().Add(d).Truncate(time.Second)
}

// headerMap flattens signed headers; S3's have one value each.
func headerMap(h http.Header) map[string]string {
	out := make(map[string]string, len(h))
	for k, v := range h {
		out[strings.ToLower(k)] = strings.Join(v, ",")
	}
	return out
}
