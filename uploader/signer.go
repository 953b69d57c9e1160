package uploader

import (
	"context"
	"net/http"
	"time"
)

// Signer is the control plane as the engine sees it. Every call is safe to repeat after a crash: a repeat has the
// effect of one call. Errors are *Error with a Code; the code says what may be retried. An error with CodeUnknown
// (or any network code) promises nothing about whether the effect happened.
// uploader/remote implements it over HTTP.
type Signer interface {
	// Capabilities asks what the vault can do. It sends no secret, no token either.
	Capabilities(ctx context.Context) (Capabilities, error)
	// Create starts a multipart upload, or with retry finds the one this AttemptID already started. When that one
	// is already finished, Created.Object is set and nothing else. CodeRefConflict: same attempt, different request.
	Create(ctx context.Context, req CreateRequest, retry bool) (Created, error)
	// SignParts signs up to 100 parts. It has no effect at S3.
	SignParts(ctx context.Context, up Upload, parts []PartToSign) (SignedParts, error)
	// SignObjects signs up to 100 single PUTs, one result for each request in the same order. It has no effect at S3.
	SignObjects(ctx context.Context, objects []CreateRequest) ([]SignedObject, error)
	// ListParts lists every part S3 holds, in order. CodeNoSuchUpload: it is finished, aborted or never was.
	ListParts(ctx context.Context, up Upload) ([]Part, error)
	// Complete finishes the upload; a repeat of a finished one returns the object. A nil error promises that S3 has
	// confirmed the object with this size and, in mode crc64nvme, this checksum.
	Complete(ctx context.Context, req CompleteRequest) (Object, error)
	// StatObjects looks at up to 100 keys, one result for each in the same order. Of a key whose Err is set nothing is
	// known: unknown is not absent.
	StatObjects(ctx context.Context, keys []string) ([]ObjectStat, error)
	// CompleteBatch stores a page of a batch's manifest, or the manifest itself, after a look at everything it lists. A
	// repeat answers the same. CodeKeyTaken: the batch has another manifest. CodeRefused: an object is not as it is said to be.
	CompleteBatch(ctx context.Context, req BatchRequest) (BatchAnswer, error)
	// Abort ends an upload; nil also when it is gone already.
	Abort(ctx context.Context, up Upload) error
}

// Capabilities is what a vault says of itself.
type Capabilities struct {
	Kind        string // KindSigner or KindCompanion
	Name        string
	Checksum    Checksum
	MinPartSize int64
	MaxPartSize int64
	PartSize    int64 // the signer's default
	MaxParts    int
	MaxObject   int64 // bytes; 0 for no limit of its own
	URLLifetime time.Duration
	DataOrigins []string
	Encryption  string // "aws:kms" or "none"
	SignIn      string // SignInNone, SignInBearer or SignInOIDC
	OIDC        OIDC   // where to sign in, with SignInOIDC
	// ManifestPage is how many objects CompleteBatch takes at once; 0: the vault writes no manifests.
	ManifestPage int
	Names        Names // how much of a file's name its object's key holds
	// ManifestNames says that manifests hold the names of files whose keys do not.
	ManifestNames bool
}

// Names is how much of a file's name a vault stores.
type Names string

// The signer's own words. A signer that does not say, and a Companion, count as NamesPath.
const (
	NamesPath      Names = "path"
	NamesExtension Names = "extension"
	NamesNone      Names = "none"
)

// StoresNames tells whether what files and folders are called gets into the vault, other than an extension.
func (c Capabilities) StoresNames() bool {
	return c.ManifestNames || c.Names != NamesNone && c.Names != NamesExtension
}

// CreateRequest is everything that defines one attempt's object. It is journalled before it is sent.
type CreateRequest struct {
	Attempt     AttemptID // the uploadRef
	FileName    string
	RelPath     string // with folders, "" if none
	ContentType string
	Size        int64
	PartSize    int64 // 0 for a single PUT
	Checksum    Checksum
	Sum         string // single PUT only: the object's checksum in that mode, base64
	Batch       BatchID
	ModTime     time.Time
}

// Upload names an open multipart upload.
type Upload struct {
	UploadID string // sealed, opaque
	Key      string
}

// Created answers Create.
type Created struct {
	Upload
	PartSize     int64
	Checksum     Checksum
	ResumeBefore time.Time
	Object       *Object // set when the attempt is already finished
}

// PartToSign binds a URL to these bytes and this length.
type PartToSign struct {
	PartNumber int32
	Size       int64
	Checksum   string
}

// SignedRequest is a PUT that S3 will accept, for a while. It is never written to disk or to a log.
type SignedRequest struct {
	URL    string
	Header http.Header // to be sent exactly
	// Lifetime counts from the moment the request for it was sent, never against this machine's clock.
	Lifetime time.Duration
}

// SignedParts answers SignParts, by part number.
type SignedParts map[int32]SignedRequest

// SignedObject answers one object of SignObjects.
type SignedObject struct {
	Key string
	SignedRequest
	Err error // an *Error when this one was refused
}

// CompleteRequest finishes an upload.
type CompleteRequest struct {
	Upload
	Attempt  AttemptID
	Parts    []Part // in order
	Size     int64
	Checksum string // of the whole object, "" outside mode crc64nvme
	Mode     Checksum
}

// Object is what S3 confirmed.
type Object struct {
	Key        string
	Size       int64
	ETag       string
	VersionID  string
	FileURL    string
	Checksum   string
	Verified   Verified
	Encryption string
}

// ObjectStat is a look at one key.
type ObjectStat struct {
	Found   bool
	Attempt AttemptID // whose object it is, "" if it does not say
	Object
	Err error // an *Error when the vault cannot say of this key whether it is there
}

// Connection is a vault made ready: its signer, and the transport for its bytes.
type Connection struct {
	Signer    Signer
	Transport http.RoundTripper // data plane, for this vault's hosts alone; owned by the Connector
	Origins   []string          // pinned data origins
	Checksum  Checksum
	// PartSize is the smallest part to plan with, in bytes; 0 for the default of 16 MiB.
	PartSize int64
	// PartsOnly says that the vault takes no single PUTs: a file that fits in one part is an upload of one part.
	PartsOnly bool
}

// Connector turns a configured vault into a connection. It makes no network call; it reads token and CA files, and
// returns an *Error (CodeBadConfig, CodeUnauthorized) when they cannot be used. The engine caches the result until
// Reconnect; Close is the Connector's own affair.
type Connector interface {
	Connect(v Vault) (Connection, error)
}
