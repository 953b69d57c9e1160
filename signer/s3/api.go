package s3

import (
	"context"

	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
)

// API lists the calls of the SDK's client that the signer uses. The bucket's
// policy needs these IAM actions, on the bucket or its keys, and no others
// (AWS docs, "Required permissions for Amazon S3 API operations"):
//
//	CreateMultipartUpload    s3:PutObject, kms:GenerateDataKey and kms:Decrypt on the KMS key
//	UploadPart               s3:PutObject (the probe; and what presigned part URLs do)
//	CompleteMultipartUpload  s3:PutObject
//	AbortMultipartUpload     s3:AbortMultipartUpload
//	ListParts                s3:ListMultipartUploadParts
//	ListMultipartUploads     s3:ListBucketMultipartUploads on the bucket
//	HeadObject               s3:GetObject, kms:Decrypt; s3:ListBucket so that a missing key is 404, not 403
//
// Presigned PUTs of whole objects need s3:PutObject, with the KMS actions of
// Create. Nothing deletes objects.
type API interface {
	CreateMultipartUpload(context.Context, *awss3.CreateMultipartUploadInput, ...func(*awss3.Options)) (*awss3.CreateMultipartUploadOutput, error)
	UploadPart(context.Context, *awss3.UploadPartInput, ...func(*awss3.Options)) (*awss3.UploadPartOutput, error)
	CompleteMultipartUpload(context.Context, *awss3.CompleteMultipartUploadInput, ...func(*awss3.Options)) (*awss3.CompleteMultipartUploadOutput, error)
	AbortMultipartUpload(context.Context, *awss3.AbortMultipartUploadInput, ...func(*awss3.Options)) (*awss3.AbortMultipartUploadOutput, error)
	ListParts(context.Context, *awss3.ListPartsInput, ...func(*awss3.Options)) (*awss3.ListPartsOutput, error)
	ListMultipartUploads(context.Context, *awss3.ListMultipartUploadsInput, ...func(*awss3.Options)) (*awss3.ListMultipartUploadsOutput, error)
	HeadObject(context.Context, *awss3.HeadObjectInput, ...func(*awss3.Options)) (*awss3.HeadObjectOutput, error)
}
