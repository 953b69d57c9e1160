package s3

import (
	"bytes"
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"longshore/signer"
)

const opHead = "HeadObject"

// Stat looks at an object with its checksum.
func (s *Storage) Stat(ctx context.Context, key string) (signer.StoredObject, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	out, err := s.api.HeadObject(ctx, &awss3.HeadObjectInput{
		Bucket: &s.bucket, Key: &key, ChecksumMode: types.ChecksumModeEnabled,
	})
	if err != nil {
		return signer.StoredObject{}, storageError(ctx, opHead, err)
	}
	obj := signer.StoredObject{
		Key: key, Size: aws.ToInt64(out.ContentLength), ETag: aws.ToString(out.ETag),
		VersionID:  versionID(out.VersionId),
		CRC64NVME:  fullObjectCRC(out.ChecksumCRC64NVME, out.ChecksumType),
		Encryption: string(out.ServerSideEncryption), KMSKeyID: aws.ToString(out.SSEKMSKeyId),
		Metadata: make(map[string]string, len(out.Metadata)),
	}
	for k, v := range out.Metadata {
		obj.Metadata[strings.ToLower(k)] = v
	}
	return obj, nil
}

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

// versionID drops the "null" that buckets without versioning may answer.
func versionID(v *string) string {
	if aws.ToString(v) == "null" {
		return ""
	}
	return aws.ToString(v)
}

// fullObjectCRC gives the checksum if it is that of the whole object. A
// CRC64NVME has no other type in S3; servers that leave the type out mean it.
func fullObjectCRC(sum *string, kind types.ChecksumType) string {
	if kind == types.ChecksumTypeComposite {
		return ""
	}
	return aws.ToString(sum)
}
