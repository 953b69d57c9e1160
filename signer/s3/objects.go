package s3

import (
	"bytes"
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"longshore/signer"
)

// PutObject stores body as one object. The SDK does not repeat it: the caller
// looks what became of it first.
func (s *Storage) PutObject(ctx context.Context, in signer.PutInput, body []byte) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	req := &awss3.PutObjectInput{
		Bucket: &s.bucket, Key: &in.Key, ContentType: &in.ContentType, Metadata: in.Metadata,
		Body: bytes.NewReader(body), ContentLength: aws.Int64(int64(len(body))),
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
	if in.BucketKey {
		req.BucketKeyEnabled = aws.Bool(true)
	}
	if in.StorageClass != "" {
		req.StorageClass = types.StorageClass(in.StorageClass)
	}
	if in.Tagging != "" {
		req.Tagging = &in.Tagging
	}
	if in.IfNoneMatch {
		req.IfNoneMatch = aws.String("*")
	}
	_, err := s.api.PutObject(ctx, req, once)
	return storageError(ctx, "PutObject", err)
}
