package api

// Version is the protocol's version; it is also the first path segment, "v1".
const Version = 1

// The routes of PROTOCOL. All of them take POST and application/json, except
// PathCapabilities, PathHealth and PathReady, which take GET; PathSession also
// takes DELETE.
const (
	PathInitUpload     = "/v1/init-upload"
	PathGetPartURL     = "/v1/get-part-url"
	PathCompleteUpload = "/v1/complete-upload"
	PathGetPartURLs    = "/v1/get-part-urls"
	PathPutURLs        = "/v1/put-urls"
	PathListParts      = "/v1/list-parts"
	PathStatObjects    = "/v1/stat-objects"
	PathAbortUpload    = "/v1/abort-upload"
	PathCompleteBatch  = "/v1/complete-batch"
	PathForm           = "/v1/form"
	PathSession        = "/v1/session"
	PathCapabilities   = "/v1/capabilities"
	PathHealth         = "/healthz"
	PathReady          = "/readyz"
)

// Headers of the protocol.
const (
	// HeaderRequestID carries the id of a call in every answer.
	HeaderRequestID = "X-Request-Id"
	// HeaderPrefer with PreferAsync lets complete-upload answer 202 after 20 s.
	HeaderPrefer = "Prefer"
	// PreferAsync is the value of HeaderPrefer (RFC 7240).
	PreferAsync = "respond-async"
)

// Limits that hold for every signer (PROTOCOL; AWS docs, "Amazon S3 multipart
// upload limits").
const (
	MaxBatch        = 100                    // parts, objects or keys in one call
	MaxParts        = 10_000                 // parts of one upload
	MinPartSize     = 5 << 20                // bytes; the last part may be smaller
	MaxPartSize     = 5 << 30                // bytes
	MaxBody         = 1 << 20                // bytes of a request body
	MaxCompleteBody = 4 << 20                // bytes of a complete-upload body
	MaxUploadIDLen  = 500                    // a sealed uploadId is shorter than this
	MaxMetadata     = 1024                   // bytes of a client's own metadata, names and values
	MaxKeyLen       = 1024                   // bytes of an object key
	MaxObjectSize   = MaxParts * MaxPartSize // bytes: 10,000 parts of 5 GiB, 48.8 TiB
)

// Checksum modes, as init-upload and capabilities name them.
const (
	ChecksumCRC64NVME = "crc64nvme"
	ChecksumMD5       = "md5"
	ChecksumNone      = "none"
)

// What a stored object was really checked against (Object.Verified).
const (
	VerifiedFullObject = "full-object-crc64nvme" // S3 checked the whole object's CRC64NVME
	VerifiedPartMD5    = "part-md5"              // each part's MD5 was checked as it arrived
	VerifiedSizeOnly   = "size-only"             // only the size is known to fit
)

// Encryption modes, as objects and capabilities name them.
const (
	EncryptionKMS    = "aws:kms"
	EncryptionAES256 = "AES256"
	EncryptionNone   = "none"
)

// Names under x-amz-meta- that the signer writes on every object. Clients may
// not set them.
const (
	MetaUploadRef = "upload-ref"
	MetaBatchRef  = "batch-ref"
	MetaModTime   = "mtime"     // Unix seconds with a fraction, as rclone writes and reads it
	MetaSize      = "size"      // declared size in bytes
	MetaPartSize  = "part-size" // bytes; only on multipart uploads
	MetaMode      = "checksum-mode"
)

// Ways to sign in (Auth.Type).
const (
	AuthNone   = "none"
	AuthBearer = "bearer"
	AuthOIDC   = "oidc"
)

// The token that a client sends as bearer after it signed in (Auth.Token).
const (
	TokenAccess = "access_token"
	TokenID     = "id_token"
)

// StateCompleting is CompletingResponse.State of a 202 from complete-upload.
const StateCompleting = "completing"
