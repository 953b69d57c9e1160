package bucket

import (
	"context"
	"time"

	"longshore/signer"
)

// Document is one of a bucket's settings that S3 keeps as a whole.
type Document string

// The documents. Policy is JSON, all others are S3's XML.
const (
	Lifecycle    Document = "lifecycle"
	Encryption   Document = "encryption"
	CORS         Document = "cors"
	Policy       Document = "policy"
	Versioning   Document = "versioning"          // read only
	ObjectLock   Document = "object lock"         // read only
	PublicAccess Document = "public access block" // read only
)

// Vault is what setup and doctor need of a bucket. signer/s3.Admin implements
// it.
//
// Errors are *signer.StorageError, or the context's. Every call may be
// repeated.
type Vault interface {
	// Read gives a document as the server sent it; nil when none is set.
	Read(ctx context.Context, d Document) ([]byte, error)
	// Write replaces a document by exactly these bytes. An empty policy is
	// deleted. Only Lifecycle, Encryption, CORS and Policy can be written.
	Write(ctx context.Context, d Document, body []byte) error
	// Look asks for the bucket itself. A Sight comes back with an error too, as
	// far as the server answered.
	Look(ctx context.Context) (Sight, error)
	// Credentials fetches the credentials that all calls are signed with.
	Credentials(ctx context.Context) (Credentials, error)

	// CreateProbe starts an upload with this encryption header.
	CreateProbe(ctx context.Context, key string, h Header) (signer.UploadKey, error)
	// PutProbe writes an empty object, with If-None-Match: * if wanted, and
	// gives its version ("" without versioning).
	PutProbe(ctx context.Context, key string, h Header, ifNoneMatch bool) (version string, err error)
	// DeleteProbe deletes an object, or one version of it.
	DeleteProbe(ctx context.Context, key, version string) error

	UploadPart(ctx context.Context, in signer.PartInput, body []byte) error
	ListParts(ctx context.Context, id signer.UploadKey) ([]signer.StoredPart, error)
	ListUploads(ctx context.Context, key string) ([]signer.OpenUpload, error)
	CompleteUpload(ctx context.Context, in signer.CompleteInput) (signer.StoredObject, error)
	AbortUpload(ctx context.Context, id signer.UploadKey) error
	Stat(ctx context.Context, key string) (signer.StoredObject, error)
	DataOrigins() []string
	ObjectURL(key string) string
}

// Header is the encryption that a request asks for in its headers. The zero
// value sends none.
type Header struct {
	Algorithm string // "aws:kms", "AES256"; empty: no header
	KeyID     string // empty: no header
	CRC64NVME bool   // declare the algorithm of the parts' checksums
}

// Sight is what a bucket looks like from outside.
type Sight struct {
	Region string // "" if the server did not say
	Server string // its Server header, "AmazonS3", "MinIO" or "VERSITYGW"
	// Date is the server's clock, Asked and Answered ours before and after. Date
	// is zero when the server sent none.
	Date            time.Time
	Asked, Answered time.Time
}

// Credentials tell where the signing credentials are from and when they end.
type Credentials struct {
	Source string    // the SDK's name for where they are from; no path
	Ends   time.Time // zero: they do not
}
