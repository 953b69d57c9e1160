package signer

import (
	"bytes"
	"context"
	"encoding/base64"
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
	part, err := cl.checkPart(api.PartToSign{PartNumber: req.PartNumber, Size: req.Size, Checksum: req.Checksum})
	if err != nil {
		return nil, err
	}
	signed, err := s.signPart(ctx, cl, part)
	if err != nil {
		return nil, err
	}
	in, at := expiry(signed.ExpiresIn)
	return api.PartURLResponse{URL: signed.URL, Headers: headerMap(signed.Headers), ExpiresIn: in, ExpiresAt: at}, nil
}

// checkPartURLs takes a call for up to api.MaxBatch parts of one upload. What it
// gives the call to wait with is a third of a body with checksums, and never more
// than 3 KiB.
func (s *Signer) checkPartURLs(c *call, req *api.PartURLsRequest) (work, error) {
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
	c.items = max(len(req.PartNumbers), len(req.Parts))
	parts := make([]checkedPart, 0, c.items)
	add := func(p api.PartToSign) error {
		part, err := cl.checkPart(p)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(parts, func(before checkedPart) bool { return before.number == part.number }) {
			return fail(api.CodeBadRequest, "A part number comes twice.")
		}
		parts = append(parts, part)
		return nil
	}
	for _, p := range req.Parts {
		if err := add(p); err != nil {
			return nil, err
		}
	}
	for _, n := range req.PartNumbers {
		if err := add(api.PartToSign{PartNumber: n}); err != nil {
			return nil, err
		}
	}
	return func(ctx context.Context) (any, error) { return s.signParts(ctx, cl, parts) }, nil
}

// checkedPart is a part that fits its upload, in as little room as it takes: a
// thousand calls may wait with a hundred of them each.
type checkedPart struct {
	size   int64    // bytes; unknownSize if it is not bound into the URL
	sum    [16]byte // in the upload's mode
	number int32
}

// checkPart holds a part against the upload's plan. With a checksum mode its
// size and checksum are to be bound into the URL.
func (c claims) checkPart(p api.PartToSign) (checkedPart, error) {
	out := checkedPart{size: unknownSize, number: int32(p.PartNumber)}
	if err := c.plan.checkPart(p.PartNumber, p.Size); err != nil {
		return out, err
	}
	if err := checkSum(c.mode, p.Checksum); err != nil {
		return out, err
	}
	_, _ = base64.StdEncoding.Decode(out.sum[:], []byte(p.Checksum)) // checked
	switch {
	case p.Size != nil:
		out.size = *p.Size
	case c.mode != api.ChecksumNone && !c.plan.known():
		return out, fail(api.CodeBadPartSize, "The part's size is needed, since the upload declared none.")
	case c.mode != api.ChecksumNone:
		out.size = c.plan.sizeOf(p.PartNumber)
	}
	return out, nil
}

// What an answer has besides URLs and headers, in bytes: around all of them, and
// with each part, whose number is written in three places.
const (
	answerFrame  = 128
	answerDigits = 24
)

// signParts writes an api.PartURLsResponse as it signs: whole, it would be
// several times as large as its text.
func (s *Signer) signParts(ctx context.Context, cl claims, parts []checkedPart) (any, error) {
	var urls *bytes.Buffer
	headers := s.texts.get(0) // small, and given back before the call has its answer
	least := s.cfg.URLLifetime
	for i, p := range parts {
		signed, err := s.signPart(ctx, cl, p)
		if err != nil {
			return nil, err
		}
		least = min(least, signed.ExpiresIn)
		writeMember(headers, i, p.number)
		writeHeaders(headers, signed.Headers)
		if i == 0 { // the others are as long, but for their numbers
			urls = s.answers.get(answerFrame + len(parts)*(len(signed.URL)+headers.Len()+answerDigits))
			urls.WriteString(`{"urls":{`)
		}
		writeMember(urls, i, p.number)
		writeQuoted(urls, signed.URL)
	}
	urls.WriteString(`},"headers":{`)
	urls.Write(headers.Bytes())
	s.texts.put(headers)
	in, at := expiry(least)
	fmt.Fprintf(urls, "},\"expiresIn\":%d,\"expiresAt\":%q}\n", in, at.Format(time.RFC3339))
	return urls, nil
}

// writeMember begins the i-th member of an object, whose name is a number.
func writeMember(to *bytes.Buffer, i int, name int32) {
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

func (s *Signer) signPart(ctx context.Context, cl claims, p checkedPart) (SignedRequest, error) {
	in := PartInput{UploadKey: cl.storageKey(), PartNumber: int(p.number), Lifetime: s.cfg.URLLifetime}
	if p.size != unknownSize {
		in.Size = &p.size
	}
	switch cl.mode {
	case api.ChecksumCRC64NVME:
		in.CRC64NVME = base64.StdEncoding.EncodeToString(p.sum[:8])
	case api.ChecksumMD5:
		in.MD5 = base64.StdEncoding.EncodeToString(p.sum[:])
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
