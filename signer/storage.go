package signer

import (
	"context"
	"net/http"
	"time"
)

// Storage is what the signer needs of an S3 bucket. signer/s3 implements it.
//
// Every call may be repeated. All errors are *StorageError, or wrap one, or are
// the context's; anything else counts as FailUnknown. Keys are whole object
// keys; upload ids are the storage's own, not the sealed ones of the wire.
type Storage interface {
	// CreateUpload starts a multipart upload. nil means the storage has it.
	CreateUpload(ctx context.Context, in CreateInput) (OpenUpload, error)
	// PresignPart signs the PUT of one part. It makes no network call beyond
	// refreshing credentials.
	PresignPart(ctx context.Context, in PartInput) (SignedRequest, error)
	// PresignPut signs the PUT of one whole object; no network call either.
	PresignPut(ctx context.Context, in PutInput) (SignedRequest, error)
	// ListUploads gives the open uploads whose key equals key, oldest first.
	ListUploads(ctx context.Context, key string) ([]OpenUpload, error)
	// ListParts gives all parts of an upload by rising number, over all pages.
	// FailNoSuchUpload says that the upload is completed, aborted or never was.
	ListParts(ctx context.Context, id UploadKey) ([]StoredPart, error)
	// AbortDate is when a lifecycle rule will abort an open upload; zero if
	// there is none or the storage does not say.
	AbortDate(ctx context.Context, id UploadKey) (time.Time, error)
	// CompleteUpload finishes an upload. nil means the storage said so,
	// including in the body of a 200; the answer may lack checksum and encryption.
	CompleteUpload(ctx context.Context, in CompleteInput) (StoredObject, error)
	// AbortUpload asks once to abort; parts in flight may outlive it.
	AbortUpload(ctx context.Context, id UploadKey) error
	// Stat looks at an object. FailNotFound only when the storage said 404.
	Stat(ctx context.Context, key string) (StoredObject, error)
	// UploadPart sends one small part itself. Only the checksum probe uses it.
	UploadPart(ctx context.Context, in PartInput, body []byte) error
	// PutObject stores one whole object that the signer itself made. Lifetime
	// is not used. FailPrecondition: something is at the key already.
	PutObject(ctx context.Context, in PutInput, body []byte) error
	// DataOrigins are the scheme://host[:port] that signed URLs point to.
	DataOrigins() []string
	// ObjectURL is the unsigned address of a key.
	ObjectURL(key string) string
}

// UploadKey names an upload in the storage.
type UploadKey struct {
	Key      string
	UploadID string
}

// CreateInput describes the object that an upload will become.
type CreateInput struct {
	Key         string
	ContentType string
	Metadata    map[string]string // lower-case names without x-amz-meta-
	KMSKeyID    string            // empty: no encryption header
	// BucketKey asks for an S3 Bucket Key; false leaves it to the bucket.
	BucketKey    bool
	StorageClass string // empty: no header
	Tagging      string // "a=1&b=2" as x-amz-tagging has it; empty: no header
	// CRC64NVME creates the upload with that algorithm and type FULL_OBJECT;
	// otherwise it has no algorithm.
	CRC64NVME bool
}

// OpenUpload is an upload that is neither completed nor aborted.
type OpenUpload struct {
	UploadKey
	Initiated time.Time // zero if the storage did not say
	// AbortDate is when a lifecycle rule will abort it; zero if unknown. S3
	// says it when the upload is created and when its parts are listed.
	AbortDate time.Time
	// Algorithm is the upload's checksum algorithm in S3's spelling
	// ("CRC64NVME"); empty if it has none or the storage does not say.
	Algorithm string
}

// PartInput is one part to be signed. Empty checksum and size are not signed.
type PartInput struct {
	UploadKey
	PartNumber int
	Size       *int64 // bytes; nil leaves Content-Length unsigned
	CRC64NVME  string // base64; at most one of CRC64NVME and MD5
	MD5        string // base64
	Lifetime   time.Duration
}

// PutInput is one whole object to be signed.
type PutInput struct {
	CreateInput        // its CRC64NVME bool is not used
	Size        int64  // bytes
	CRC64       string // base64; exactly one of CRC64 and MD5
	MD5         string // base64
	IfNoneMatch bool   // sign If-None-Match: *
	Lifetime    time.Duration
}

// SignedRequest is a PUT that anybody may send until it expires.
type SignedRequest struct {
	URL     string
	Headers http.Header // to be sent exactly, without Host
	// ExpiresIn is the lifetime asked for, or the time to the end of the
	// signing credentials if that is sooner.
	ExpiresIn time.Duration
}

// StoredPart is a part the storage holds.
type StoredPart struct {
	PartNumber int
	ETag       string // quotes kept
	Size       int64  // bytes
	CRC64NVME  string // base64; empty if the storage does not say
}

// CompleteInput finishes an upload.
type CompleteInput struct {
	UploadKey
	Parts       []StoredPart // by rising PartNumber; Size is not used
	Size        int64        // bytes of the whole object; negative if unknown
	CRC64NVME   string       // base64 of the whole object; empty for none
	IfNoneMatch bool         // send If-None-Match: *
}

// StoredObject is an object as the storage describes it. Fields the storage
// did not give are empty, and Size is negative then.
type StoredObject struct {
	Key       string
	Size      int64 // bytes
	ETag      string
	VersionID string
	CRC64NVME string // base64; only a full-object one
	Metadata  map[string]string
	// Encryption is S3's x-amz-server-side-encryption, for example "aws:kms".
	Encryption string
	KMSKeyID   string
}
