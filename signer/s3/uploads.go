package s3

import (
	"bytes"
	"context"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"longshore/signer"
)

// once keeps the SDK from repeating a call. A repeated Create whose first
// answer was lost would leave an upload that nobody knows of; the client asks
// again with retry, and then it is found.
func once(o *awss3.Options) { o.RetryMaxAttempts = 1 }

// CreateUpload starts a multipart upload.
func (s *Storage) CreateUpload(ctx context.Context, in signer.CreateInput) (signer.OpenUpload, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	req := &awss3.CreateMultipartUploadInput{
		Bucket: &s.bucket, Key: &in.Key, ContentType: &in.ContentType, Metadata: in.Metadata,
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
	if in.CRC64NVME {
		req.ChecksumAlgorithm = types.ChecksumAlgorithmCrc64nvme
		req.ChecksumType = types.ChecksumTypeFullObject
	}
	out, err := s.api.CreateMultipartUpload(ctx, req, once)
	if err != nil {
		return signer.OpenUpload{}, storageError(ctx, "CreateMultipartUpload", err)
	}
	if aws.ToString(out.UploadId) == "" {
		return signer.OpenUpload{}, &signer.StorageError{Op: "CreateMultipartUpload", Failure: signer.FailUnknown, Status: 200}
	}
	up := signer.OpenUpload{
		UploadKey: signer.UploadKey{Key: in.Key, UploadID: *out.UploadId},
		AbortDate: aws.ToTime(out.AbortDate),
		Initiated: s.now(),
	}
	if in.CRC64NVME {
		up.Algorithm = string(types.ChecksumAlgorithmCrc64nvme)
	}
	return up, nil
}

// ListUploads lists with the whole key as prefix and keeps those whose key is
// equal, over all pages.
func (s *Storage) ListUploads(ctx context.Context, key string) ([]signer.OpenUpload, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	var found []signer.OpenUpload
	req := &awss3.ListMultipartUploadsInput{Bucket: &s.bucket, Prefix: &key}
	for {
		out, err := s.api.ListMultipartUploads(ctx, req)
		if err != nil {
			return nil, storageError(ctx, "ListMultipartUploads", err)
		}
		for _, u := range out.Uploads {
			if aws.ToString(u.Key) != key {
				continue
			}
			found = append(found, signer.OpenUpload{
				UploadKey: signer.UploadKey{Key: key, UploadID: aws.ToString(u.UploadId)},
				Initiated: aws.ToTime(u.Initiated), Algorithm: string(u.ChecksumAlgorithm),
			})
		}
		if !aws.ToBool(out.IsTruncated) || aws.ToString(out.NextKeyMarker) == "" ||
			(aws.ToString(out.NextKeyMarker) == aws.ToString(req.KeyMarker) &&
				aws.ToString(out.NextUploadIdMarker) == aws.ToString(req.UploadIdMarker)) {
			break
		}
		req.KeyMarker, req.UploadIdMarker = out.NextKeyMarker, out.NextUploadIdMarker
	}
	slices.SortStableFunc(found, func(a, b signer.OpenUpload) int { return a.Initiated.Compare(b.Initiated) })
	return found, nil
}

// ListParts lists all pages.
func (s *Storage) ListParts(ctx context.Context, id signer.UploadKey) ([]signer.StoredPart, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	var parts []signer.StoredPart
	req := &awss3.ListPartsInput{Bucket: &s.bucket, Key: &id.Key, UploadId: &id.UploadID}
	for {
		out, err := s.api.ListParts(ctx, req)
		if err != nil {
			return nil, storageError(ctx, "ListParts", err)
		}
		for _, p := range out.Parts {
			parts = append(parts, signer.StoredPart{
				PartNumber: int(aws.ToInt32(p.PartNumber)), ETag: aws.ToString(p.ETag),
				Size: aws.ToInt64(p.Size), CRC64NVME: aws.ToString(p.ChecksumCRC64NVME),
			})
		}
		next := aws.ToString(out.NextPartNumberMarker)
		if !aws.ToBool(out.IsTruncated) || next == "" || next == aws.ToString(req.PartNumberMarker) {
			return parts, nil
		}
		req.PartNumberMarker = &next
	}
}

// AbortDate asks for one part, because S3 tells the date with any list of them.
func (s *Storage) AbortDate(ctx context.Context, id signer.UploadKey) (time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	out, err := s.api.ListParts(ctx, &awss3.ListPartsInput{Bucket: &s.bucket, Key: &id.Key, UploadId: &id.UploadID, MaxParts: aws.Int32(1)})
	if err != nil {
		return time.Time{}, storageError(ctx, "ListParts", err)
	}
	return aws.ToTime(out.AbortDate), nil
}

// CompleteUpload finishes an upload. The SDK turns an error in the body of a
// 200 into an error.
func (s *Storage) CompleteUpload(ctx context.Context, in signer.CompleteInput) (signer.StoredObject, error) {
	req := &awss3.CompleteMultipartUploadInput{
		Bucket: &s.bucket, Key: &in.Key, UploadId: &in.UploadID,
		MultipartUpload: &types.CompletedMultipartUpload{Parts: make([]types.CompletedPart, len(in.Parts))},
	}
	for i, p := range in.Parts {
		cp := types.CompletedPart{PartNumber: aws.Int32(int32(p.PartNumber)), ETag: aws.String(p.ETag)}
		if p.CRC64NVME != "" {
			cp.ChecksumCRC64NVME = aws.String(p.CRC64NVME)
		}
		req.MultipartUpload.Parts[i] = cp
	}
	if in.Size >= 0 {
		req.MpuObjectSize = aws.Int64(in.Size)
	}
	if in.CRC64NVME != "" {
		req.ChecksumCRC64NVME = aws.String(in.CRC64NVME)
		req.ChecksumType = types.ChecksumTypeFullObject
	}
	if in.IfNoneMatch {
		req.IfNoneMatch = aws.String("*")
	}
	out, err := s.api.CompleteMultipartUpload(ctx, req)
	if err != nil {
		return signer.StoredObject{}, storageError(ctx, "CompleteMultipartUpload", err)
	}
	return signer.StoredObject{
		Key: in.Key, Size: -1, ETag: aws.ToString(out.ETag), VersionID: versionID(aws.ToString(out.VersionId)),
		CRC64NVME:  fullObjectCRC(aws.ToString(out.ChecksumCRC64NVME), string(out.ChecksumType)),
		Encryption: string(out.ServerSideEncryption), KMSKeyID: aws.ToString(out.SSEKMSKeyId),
	}, nil
}

// AbortUpload asks once to abort.
func (s *Storage) AbortUpload(ctx context.Context, id signer.UploadKey) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	_, err := s.api.AbortMultipartUpload(ctx, &awss3.AbortMultipartUploadInput{
		Bucket: &s.bucket, Key: &id.Key, UploadId: &id.UploadID,
	})
	return storageError(ctx, "AbortMultipartUpload", err)
}

// UploadPart sends body as a part with the checksum in in, right or wrong.
// Without one no ChecksumAlgorithm is set: the SDK would compute a right one.
func (s *Storage) UploadPart(ctx context.Context, in signer.PartInput, body []byte) error {
	req := &awss3.UploadPartInput{
		Bucket: &s.bucket, Key: &in.Key, UploadId: &in.UploadID, PartNumber: aws.Int32(int32(in.PartNumber)),
		Body: bytes.NewReader(body), ContentLength: aws.Int64(int64(len(body))),
	}
	if in.CRC64NVME != "" {
		req.ChecksumCRC64NVME = &in.CRC64NVME
	}
	if in.MD5 != "" {
		req.ContentMD5 = &in.MD5
	}
	_, err := s.api.UploadPart(ctx, req)
	return storageError(ctx, "UploadPart", err)
}
