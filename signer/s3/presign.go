package s3

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/smithy-go/encoding/httpbinding"

	"longshore/signer"
)

// unsignedPayload leaves the body's hash out of the signature. The signed
// checksum header binds the body instead.
const unsignedPayload = "UNSIGNED-PAYLOAD"

// PresignPart signs the PUT of one part.
func (s *Storage) PresignPart(ctx context.Context, in signer.PartInput) (signer.SignedRequest, error) {
	length := int64(0)
	if in.Size != nil {
		length = *in.Size
	}
	return s.signPut(ctx, put{
		key: in.Key, length: length, lifetime: in.Lifetime,
		query:   url.Values{"partNumber": {strconv.Itoa(in.PartNumber)}, "uploadId": {in.UploadID}, "x-id": {"UploadPart"}},
		headers: checksumHeaders(in.CRC64NVME, in.MD5),
	})
}

// PresignPut signs the PUT of one whole object.
func (s *Storage) PresignPut(ctx context.Context, in signer.PutInput) (signer.SignedRequest, error) {
	h := checksumHeaders(in.CRC64, in.MD5)
	h.Set("Content-Type", in.ContentType)
	for name, value := range in.Metadata {
		h.Set("X-Amz-Meta-"+name, value)
	}
	if in.KMSKeyID != "" {
		h.Set("X-Amz-Server-Side-Encryption", "aws:kms")
		h.Set("X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id", in.KMSKeyID)
	}
	if in.BucketKey {
		h.Set("X-Amz-Server-Side-Encryption-Bucket-Key-Enabled", "true")
	}
	if in.StorageClass != "" {
		h.Set("X-Amz-Storage-Class", in.StorageClass)
	}
	if in.Tagging != "" {
		h.Set("X-Amz-Tagging", in.Tagging)
	}
	if in.IfNoneMatch {
		h.Set("If-None-Match", "*")
	}
	return s.signPut(ctx, put{
		key: in.Key, length: in.Size, lifetime: in.Lifetime, query: url.Values{"x-id": {"PutObject"}}, headers: h,
	})
}

func checksumHeaders(crc, md5 string) http.Header {
	h := make(http.Header)
	if crc != "" {
		h.Set("X-Amz-Checksum-Crc64nvme", crc)
	}
	if md5 != "" {
		h.Set("Content-Md5", md5)
	}
	return h
}

// put is a PUT to be signed. A length of 0 is not signed: Signature Version 4
// has no way to, and the checksum of no bytes binds an empty body as well.
type put struct {
	key      string
	length   int64 // bytes
	query    url.Values
	headers  http.Header
	lifetime time.Duration
}

// signPut signs with the SDK's Signature Version 4 directly. Its presign client
// does the same three times slower, which a batch of 100 parts feels, and adds
// checksum headers of its own.
func (s *Storage) signPut(ctx context.Context, p put) (signer.SignedRequest, error) {
	creds, lifetime, err := s.credentials(ctx, p.lifetime)
	if err != nil {
		return signer.SignedRequest{}, err
	}
	p.query.Set("X-Amz-Expires", strconv.FormatInt(int64(lifetime/time.Second), 10))
	req := &http.Request{
		Method: http.MethodPut, Header: p.headers, ContentLength: p.length,
		URL: &url.URL{
			Scheme: s.site.base.Scheme, Host: s.site.base.Host, Path: s.site.base.Path + "/" + p.key,
			RawPath:  httpbinding.EscapePath(s.site.base.Path+"/"+p.key, false),
			RawQuery: p.query.Encode(),
		},
	}
	signed, headers, err := s.v4.PresignHTTP(ctx, creds, req, unsignedPayload, s.site.service, s.site.region, s.now(),
		func(o *v4.SignerOptions) {
			o.DisableURIPathEscaping = true // S3 signs the path as it is sent
			o.DisableHeaderHoisting = true  // S3 ignores headers that are moved into the query
		})
	if err != nil {
		return signer.SignedRequest{}, storageError(ctx, "Presign", err)
	}
	headers.Del("Host")
	return signer.SignedRequest{URL: signed, Headers: headers, ExpiresIn: lifetime}, nil
}

// credentials fetches credentials and cuts the lifetime to their end.
func (s *Storage) credentials(ctx context.Context, lifetime time.Duration) (aws.Credentials, time.Duration, error) {
	creds, err := s.creds.Retrieve(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return creds, 0, ctx.Err()
		}
		return creds, 0, &signer.StorageError{Op: "RetrieveCredentials", Failure: signer.FailCredentials, Code: noAnswer(err), Err: err}
	}
	if creds.CanExpire {
		lifetime = min(lifetime, creds.Expires.Sub(s.now()))
	}
	lifetime = lifetime.Truncate(time.Second)
	if lifetime < time.Second {
		return creds, 0, &signer.StorageError{Op: "RetrieveCredentials", Failure: signer.FailCredentials, Code: "ExpiredCredentials"}
	}
	return creds, lifetime, nil
}
