package s3

import (
	"context"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"longshore/signer"
)

// PresignPart signs the PUT of one part.
func (s *Storage) PresignPart(ctx context.Context, in signer.PartInput) (signer.SignedRequest, error) {
	length := int64(0)
	if in.Size != nil {
		length = *in.Size
	}
	query := [...]field{{"partNumber", strconv.Itoa(in.PartNumber)}, {"uploadId", in.UploadID}, {"x-id", "UploadPart"}}
	var room [4]field
	return s.signPut(ctx, in.Key, length, in.Lifetime, query[:], withChecksum(room[:0], in.CRC64NVME, in.MD5))
}

// PresignPut signs the PUT of one whole object.
func (s *Storage) PresignPut(ctx context.Context, in signer.PutInput) (signer.SignedRequest, error) {
	h := withChecksum(nil, in.CRC64, in.MD5)
	add := func(name, value string) {
		if value != "" {
			h = append(h, field{name, value})
		}
	}
	h = append(h, field{"content-type", in.ContentType})
	for name, value := range in.Metadata {
		h = append(h, field{"x-amz-meta-" + name, value})
	}
	if in.KMSKeyID != "" {
		add("x-amz-server-side-encryption", "aws:kms")
		add("x-amz-server-side-encryption-aws-kms-key-id", in.KMSKeyID)
	}
	if in.BucketKey {
		add("x-amz-server-side-encryption-bucket-key-enabled", "true")
	}
	add("x-amz-storage-class", in.StorageClass)
	add("x-amz-tagging", in.Tagging)
	if in.IfNoneMatch {
		add("if-none-match", "*")
	}
	return s.signPut(ctx, in.Key, in.Size, in.Lifetime, []field{{"x-id", "PutObject"}}, h)
}

func withChecksum(h []field, crc, md5 string) []field {
	if crc != "" {
		h = append(h, field{"x-amz-checksum-crc64nvme", crc})
	}
	if md5 != "" {
		h = append(h, field{"content-md5", md5})
	}
	return h
}

// signPut signs a PUT. A length of 0 is not signed: Signature Version 4 has no
// way to, and the checksum of no bytes binds an empty body as well.
func (s *Storage) signPut(ctx context.Context, key string, length int64, lifetime time.Duration, query, headers []field) (signer.SignedRequest, error) {
	creds, lifetime, err := s.credentials(ctx, lifetime)
	if err != nil {
		return signer.SignedRequest{}, err
	}
	if length > 0 {
		headers = append(headers, field{"content-length", strconv.FormatInt(length, 10)})
	}
	headers = append(headers, field{"host", s.v4.host})
	inOrder(headers)
	url := s.v4.presign(creds, s.now(), lifetime, key, query, headers)
	return signer.SignedRequest{URL: url, Headers: toSend(headers), ExpiresIn: lifetime}, nil
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
