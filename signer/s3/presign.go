package s3

import (
	"context"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"longshore/signer"
)

// partRequest never sets ChecksumAlgorithm: with it and no value the SDK signs
// the checksum of an empty body, and S3 then refuses every real one.
func (s *Storage) partRequest(in signer.PartInput) *awss3.UploadPartInput {
	req := &awss3.UploadPartInput{
		Bucket: &s.bucket, Key: &in.Key, UploadId: &in.UploadID,
		PartNumber: aws.Int32(int32(in.PartNumber)), ContentLength: in.Size,
	}
	if in.CRC64NVME != "" {
		req.ChecksumCRC64NVME = &in.CRC64NVME
	}
	if in.MD5 != "" {
		req.ContentMD5 = &in.MD5
	}
	return req
}

// PresignPart signs the PUT of one part.
func (s *Storage) PresignPart(ctx context.Context, in signer.PartInput) (signer.SignedRequest, error) {
	lifetime, opt, err := s.signing(ctx, in.Lifetime)
	if err != nil {
		return signer.SignedRequest{}, err
	}
	out, err := s.presign.PresignUploadPart(ctx, s.partRequest(in), opt)
	return signedRequest(ctx, "PresignUploadPart", out, lifetime, err)
}

// PresignPut signs the PUT of one whole object.
func (s *Storage) PresignPut(ctx context.Context, in signer.PutInput) (signer.SignedRequest, error) {
	lifetime, opt, err := s.signing(ctx, in.Lifetime)
	if err != nil {
		return signer.SignedRequest{}, err
	}
	req := &awss3.PutObjectInput{
		Bucket: &s.bucket, Key: &in.Key, ContentType: &in.ContentType,
		ContentLength: &in.Size, Metadata: in.Metadata,
	}
	if in.CRC64 != "" {
		req.ChecksumCRC64NVME = &in.CRC64
	}
	if in.MD5 != "" {
		req.ContentMD5 = &in.MD5
	}
	if in.KMSKeyID != "" {
		req.ServerSideEncryption = types.ServerSideEncryptionAwsKms
		req.SSEKMSKeyId = &in.KMSKeyID
	}
	if in.IfNoneMatch {
		req.IfNoneMatch = aws.String("*")
	}
	out, err := s.presign.PresignPutObject(ctx, req, opt)
	return signedRequest(ctx, "PresignPutObject", out, lifetime, err)
}

// signing fetches credentials and cuts the lifetime to their end. Credentials
// may be renewed before the URL is signed; that only makes them live longer.
func (s *Storage) signing(ctx context.Context, lifetime time.Duration) (time.Duration, func(*awss3.PresignOptions), error) {
	creds, err := s.creds.Retrieve(ctx)
	if err != nil {
		return 0, nil, storageError(ctx, "RetrieveCredentials", err)
	}
	if creds.CanExpire {
		lifetime = min(lifetime, creds.Expires.Sub(s.now()))
	}
	lifetime = lifetime.Truncate(time.Second)
	if lifetime < time.Second {
		return 0, nil, &signer.StorageError{Op: "RetrieveCredentials", Failure: signer.FailDenied, Code: "ExpiredCredentials"}
	}
	return lifetime, awss3.WithPresignExpires(lifetime), nil
}

func signedRequest(ctx context.Context, op string, out *v4.PresignedHTTPRequest, lifetime time.Duration, err error) (signer.SignedRequest, error) {
	if err != nil {
		return signer.SignedRequest{}, storageError(ctx, op, err)
	}
	h := make(http.Header, len(out.SignedHeader))
	for k, v := range out.SignedHeader {
		if k != "Host" {
			h[http.CanonicalHeaderKey(k)] = v
		}
	}
	return signer.SignedRequest{URL: out.URL, Headers: h, ExpiresIn: lifetime}, nil
}
