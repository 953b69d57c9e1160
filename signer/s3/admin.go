package s3

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"longshore/signer"
	"longshore/signer/bucket"
)

// Admin is a Storage that can also read and write the bucket's own settings.
// Only setup and doctor open one; a signer that serves never does.
type Admin struct {
	*Storage
	client *awss3.Client
}

var _ bucket.Vault = (*Admin)(nil)

// NewAdmin is New for setup and doctor.
func NewAdmin(ctx context.Context, cfg Config) (*Admin, error) {
	client, at, err := openClient(ctx, cfg)
	if err != nil {
		return nil, err
	}
	return &Admin{Storage: newStorage(client, client.Options().Credentials, cfg, at), client: client}, nil
}

// Look asks for the bucket. The SDK does not repeat it: a wrong clock must be
// seen, not worked around.
func (a *Admin) Look(ctx context.Context) (bucket.Sight, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	sight := bucket.Sight{Asked: a.now()}
	out, err := a.client.HeadBucket(ctx, &awss3.HeadBucketInput{Bucket: &a.bucket}, once)
	sight.Answered = a.now()
	if err != nil {
		if h := responseHeader(err); h != nil {
			readSight(&sight, h)
		}
		return sight, storageError(ctx, "HeadBucket", err)
	}
	if raw, ok := awsmiddleware.GetRawResponse(out.ResultMetadata).(*smithyhttp.Response); ok {
		readSight(&sight, raw.Header)
	}
	return sight, nil
}

// readSight reads what a server says of itself.
func readSight(s *bucket.Sight, h http.Header) {
	s.Region, s.Server = h.Get("X-Amz-Bucket-Region"), cleanServer(h.Get("Server"))
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		s.Date = date
	}
}

// cleanServer keeps the product's name, and none of what a server may put there.
func cleanServer(s string) string {
	name, _, _ := strings.Cut(s, "/")
	name, _, _ = strings.Cut(name, " ")
	if strings.Contains(name, ":") || cleanCode(name) != name {
		return ""
	}
	return name
}

// responseHeader is the header of the answer that err came with, or nil.
func responseHeader(err error) http.Header {
	if re, ok := errors.AsType[*smithyhttp.ResponseError](err); ok && re.Response != nil && re.Response.Response != nil {
		return re.Response.Header
	}
	return nil
}

// Credentials fetches credentials from the chain.
func (a *Admin) Credentials(ctx context.Context) (bucket.Credentials, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	c, err := a.creds.Retrieve(ctx)
	if err != nil {
		return bucket.Credentials{}, storageError(ctx, "RetrieveCredentials", err)
	}
	source, _, _ := strings.Cut(c.Source, ":") // "SharedConfigCredentials: /home/…"
	out := bucket.Credentials{Source: source}
	if c.CanExpire {
		out.Ends = c.Expires
	}
	return out, nil
}

// CreateProbe starts an upload with any encryption header, right or wrong.
func (a *Admin) CreateProbe(ctx context.Context, key string, h bucket.Header) (signer.UploadKey, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	req := &awss3.CreateMultipartUploadInput{
		Bucket: &a.bucket, Key: &key, ServerSideEncryption: types.ServerSideEncryption(h.Algorithm), SSEKMSKeyId: orNil(h.KeyID),
	}
	if h.CRC64NVME {
		req.ChecksumAlgorithm, req.ChecksumType = types.ChecksumAlgorithmCrc64nvme, types.ChecksumTypeFullObject
	}
	out, err := a.client.CreateMultipartUpload(ctx, req, once)
	if err != nil {
		return signer.UploadKey{}, storageError(ctx, "CreateMultipartUpload", err)
	}
	return signer.UploadKey{Key: key, UploadID: aws.ToString(out.UploadId)}, nil
}

// PutProbe writes an empty object.
func (a *Admin) PutProbe(ctx context.Context, key string, h bucket.Header, ifNoneMatch bool) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	req := &awss3.PutObjectInput{
		Bucket: &a.bucket, Key: &key, Body: bytes.NewReader(nil), ContentLength: aws.Int64(0),
		ChecksumCRC64NVME:    aws.String(emptyCRC),
		ServerSideEncryption: types.ServerSideEncryption(h.Algorithm), SSEKMSKeyId: orNil(h.KeyID),
	}
	if ifNoneMatch {
		req.IfNoneMatch = aws.String("*")
	}
	out, err := a.client.PutObject(ctx, req, once)
	if err != nil {
		return "", storageError(ctx, "PutObject", err)
	}
	return versionID(aws.ToString(out.VersionId)), nil
}

// emptyCRC is the CRC64NVME of no bytes, in base64.
const emptyCRC = "AAAAAAAAAAA="

// DeleteProbe deletes a probe's object.
func (a *Admin) DeleteProbe(ctx context.Context, key, version string) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	_, err := a.client.DeleteObject(ctx, &awss3.DeleteObjectInput{Bucket: &a.bucket, Key: &key, VersionId: orNil(version)})
	return storageError(ctx, "DeleteObject", err)
}

func orNil(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
