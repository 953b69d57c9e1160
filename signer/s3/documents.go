package s3

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"longshore/signer"
	"longshore/signer/bucket"
)

// The SDK drops what it does not know when it reads a bucket's settings, and
// would so delete it when they are written back: another's lifecycle rule could
// lose a field that is newer than this program. Settings are therefore read and
// written as the bytes they are. The SDK does all the rest.

// maxDocument bounds a document's size in bytes; S3's own limits are far below.
const maxDocument = 4 << 20

// notSet are the codes that say that a document is not there.
func notSet(err error) bool {
	se, ok := errors.AsType[*signer.StorageError](err)
	if !ok {
		return false
	}
	switch se.Code {
	case "NoSuchLifecycleConfiguration", "ServerSideEncryptionConfigurationNotFoundError", "NoSuchCORSConfiguration",
		"NoSuchBucketPolicy", "ObjectLockConfigurationNotFoundError", "NoSuchPublicAccessBlockConfiguration":
		return true
	}
	return false
}

// Read gives a document as the server sent it; nil when none is set.
func (a *Admin) Read(ctx context.Context, d bucket.Document) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	var body []byte
	op, err := a.read(ctx, d, keepBody(&body))
	if err = storageError(ctx, op, err); notSet(err) {
		return nil, nil
	}
	return body, err
}

func (a *Admin) read(ctx context.Context, d bucket.Document, keep func(*awss3.Options)) (op string, err error) {
	b := &a.bucket
	switch d {
	case bucket.Lifecycle:
		_, err = a.client.GetBucketLifecycleConfiguration(ctx, &awss3.GetBucketLifecycleConfigurationInput{Bucket: b}, keep)
		return "GetBucketLifecycleConfiguration", err
	case bucket.Encryption:
		_, err = a.client.GetBucketEncryption(ctx, &awss3.GetBucketEncryptionInput{Bucket: b}, keep)
		return "GetBucketEncryption", err
	case bucket.CORS:
		_, err = a.client.GetBucketCors(ctx, &awss3.GetBucketCorsInput{Bucket: b}, keep)
		return "GetBucketCors", err
	case bucket.Policy:
		_, err = a.client.GetBucketPolicy(ctx, &awss3.GetBucketPolicyInput{Bucket: b}, keep)
		return "GetBucketPolicy", err
	case bucket.Versioning:
		_, err = a.client.GetBucketVersioning(ctx, &awss3.GetBucketVersioningInput{Bucket: b}, keep)
		return "GetBucketVersioning", err
	case bucket.ObjectLock:
		_, err = a.client.GetObjectLockConfiguration(ctx, &awss3.GetObjectLockConfigurationInput{Bucket: b}, keep)
		return "GetObjectLockConfiguration", err
	case bucket.PublicAccess:
		_, err = a.client.GetPublicAccessBlock(ctx, &awss3.GetPublicAccessBlockInput{Bucket: b}, keep)
		return "GetPublicAccessBlock", err
	}
	return "Read", fmt.Errorf("s3: there is no document %q", d)
}

// Write replaces a document by exactly these bytes. An empty policy is deleted.
func (a *Admin) Write(ctx context.Context, d bucket.Document, body []byte) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	op, err := a.write(ctx, d, body)
	return storageError(ctx, op, err)
}

// write gives the SDK stand-ins that pass its own checks; sendBody puts the
// document in their place before anything is hashed or signed.
func (a *Admin) write(ctx context.Context, d bucket.Document, body []byte) (op string, err error) {
	b, send := &a.bucket, sendBody(body)
	switch d {
	case bucket.Lifecycle:
		_, err = a.client.PutBucketLifecycleConfiguration(ctx, &awss3.PutBucketLifecycleConfigurationInput{
			Bucket: b, LifecycleConfiguration: &types.BucketLifecycleConfiguration{Rules: []types.LifecycleRule{}},
			TransitionDefaultMinimumObjectSize: a.transitionMinimum(ctx),
		}, send)
		return "PutBucketLifecycleConfiguration", err
	case bucket.Encryption:
		_, err = a.client.PutBucketEncryption(ctx, &awss3.PutBucketEncryptionInput{
			Bucket: b, ServerSideEncryptionConfiguration: &types.ServerSideEncryptionConfiguration{Rules: []types.ServerSideEncryptionRule{}},
		}, send)
		return "PutBucketEncryption", err
	case bucket.CORS:
		_, err = a.client.PutBucketCors(ctx, &awss3.PutBucketCorsInput{
			Bucket: b, CORSConfiguration: &types.CORSConfiguration{CORSRules: []types.CORSRule{}},
		}, send)
		return "PutBucketCors", err
	case bucket.Policy:
		if len(body) == 0 {
			_, err = a.client.DeleteBucketPolicy(ctx, &awss3.DeleteBucketPolicyInput{Bucket: b})
			return "DeleteBucketPolicy", err
		}
		_, err = a.client.PutBucketPolicy(ctx, &awss3.PutBucketPolicyInput{Bucket: b, Policy: aws.String(string(body))})
		return "PutBucketPolicy", err
	}
	return "Write", fmt.Errorf("s3: %q cannot be written", d)
}

// transitionMinimum is the one part of the lifecycle settings that S3 keeps in a
// header; writing the rules without it would set it back.
func (a *Admin) transitionMinimum(ctx context.Context) types.TransitionDefaultMinimumObjectSize {
	out, err := a.client.GetBucketLifecycleConfiguration(ctx, &awss3.GetBucketLifecycleConfigurationInput{Bucket: &a.bucket})
	if err != nil {
		return "" // none is set, or the write will fail as this did
	}
	return out.TransitionDefaultMinimumObjectSize
}

// keepBody copies the body of an answer of success to into.
func keepBody(into *[]byte) func(*awss3.Options) {
	m := middleware.DeserializeMiddlewareFunc("LongshoreKeepBody", func(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (middleware.DeserializeOutput, middleware.Metadata, error) {
		out, meta, err := next.HandleDeserialize(ctx, in)
		resp, ok := out.RawResponse.(*smithyhttp.Response)
		if err != nil || !ok || resp.StatusCode/100 != 2 {
			return out, meta, err
		}
		body, err := io.ReadAll(io.LimitReader(resp.Body, maxDocument+1))
		if err != nil || len(body) > maxDocument {
			return out, meta, errors.Join(errors.New("s3: a setting of the bucket could not be read whole"), err)
		}
		*into = body
		resp.Body = struct {
			io.Reader
			io.Closer
		}{bytes.NewReader(body), resp.Body}
		return out, meta, nil
	})
	return withMiddleware(func(s *middleware.Stack) error { return s.Deserialize.Add(m, middleware.After) })
}

// sendBody sends body in place of what the SDK has put together.
func sendBody(body []byte) func(*awss3.Options) {
	m := middleware.BuildMiddlewareFunc("LongshoreSendBody", func(ctx context.Context, in middleware.BuildInput, next middleware.BuildHandler) (middleware.BuildOutput, middleware.Metadata, error) {
		req, ok := in.Request.(*smithyhttp.Request)
		if !ok {
			return middleware.BuildOutput{}, middleware.Metadata{}, errors.New("s3: the SDK has another kind of request")
		}
		req, err := req.SetStream(bytes.NewReader(body))
		if err != nil {
			return middleware.BuildOutput{}, middleware.Metadata{}, err
		}
		in.Request = req
		return next.HandleBuild(ctx, in)
	})
	return withMiddleware(func(s *middleware.Stack) error { return s.Build.Add(m, middleware.Before) })
}

func withMiddleware(add func(*middleware.Stack) error) func(*awss3.Options) {
	return func(o *awss3.Options) { o.APIOptions = append(o.APIOptions, add) }
}
