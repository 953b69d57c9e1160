package api

import "time"

// Limits of a batch's manifest. A page's request stays far below
// MaxCompleteBody, and so do the tokens of all pages.
const (
	MaxManifestPage  = 500                                // objects of one complete-batch call
	MaxManifestPages = 1000                               // pages of one manifest
	MaxBatchObjects  = MaxManifestPage * MaxManifestPages // objects of one batch
	MaxPageTokenLen  = 400                                // a page's token is shorter than this
)

// CompleteBatchRequest asks for the manifest of a batch that is whole. It may
// be repeated: the manifest is written once, and a repeat is answered the same.
//
// A batch of up to MaxManifestPage objects needs one call, with Objects. A
// larger one sends its objects in pages, each with Page set, and then the
// tokens of all pages, in order, in Pages.
type CompleteBatchRequest struct {
	BatchRef string `json:"batchRef"`
	// Objects are 1 to MaxManifestPage stored objects by rising uploadRef, each once.
	Objects []BatchObject `json:"objects,omitempty"`
	// Page says that Objects are one page of several.
	Page bool `json:"page,omitempty"`
	// Pages are the tokens that the calls with Page were answered with; Objects
	// is empty then.
	Pages []string `json:"pages,omitempty"`
}

// BatchObject is one stored object of a batch, as the client knows it. The
// signer looks at it before it is listed.
type BatchObject struct {
	ObjectKey string `json:"objectKey"`
	Size      int64  `json:"size"` // bytes
	// Checksum is the whole object's CRC64NVME where the client has a confirmed one.
	Checksum string `json:"checksum,omitempty"`
	// RelativePath is the file's path as init-upload and put-urls take it, or
	// its name. It is used only where the key says no names and the vault is
	// configured to write them into manifests.
	RelativePath string `json:"relativePath,omitempty"`
}

// CompleteBatchResponse holds the token of a page, or the manifest.
type CompleteBatchResponse struct {
	Page     string    `json:"page,omitempty"`
	Manifest *Manifest `json:"manifest,omitempty"`
}

// Manifest is a stored manifest as complete-batch answers it.
type Manifest struct {
	ObjectKey  string    `json:"objectKey"`
	FileURL    string    `json:"fileUrl"` // without any signature
	ETag       string    `json:"eTag"`
	VersionID  string    `json:"versionId,omitempty"`
	Encryption string    `json:"encryption"` // one of the Encryption constants
	Created    time.Time `json:"created"`    // by the clock of the signer that wrote it
	Objects    int       `json:"objects"`
	Bytes      int64     `json:"bytes"`    // of all objects
	RootHash   string    `json:"rootHash"` // ManifestFile.RootHash
}

// ManifestKind and ManifestVersion tell a manifest from other JSON.
const (
	ManifestKind    = "longshore-manifest"
	ManifestVersion = 1
)

// ManifestFile is the manifest's own JSON, for those who read the vault. Either
// Objects or Pages is set.
type ManifestFile struct {
	Kind     string    `json:"kind"`     // ManifestKind
	Version  int       `json:"version"`  // ManifestVersion
	Tool     string    `json:"tool"`     // what wrote it, with its version
	Created  time.Time `json:"created"`  // UTC, whole seconds
	BatchRef string    `json:"batchRef"` // the drop
	Count    int       `json:"count"`    // of objects
	Bytes    int64     `json:"bytes"`    // of all objects
	// RootHash is the SHA-256, in hex, of the SHA-256 of each page (raw, in
	// order). A page's is that of its lines, each with its line feed; a
	// manifest with Objects is one page, of those lines without the commas.
	RootHash string           `json:"rootHash"`
	Objects  []ManifestObject `json:"objects,omitempty"`
	Pages    []ManifestPage   `json:"pages,omitempty"`
}

// ManifestObject is one line of a page or of Objects. S3 confirmed all of it
// when the manifest was written, but for a Path that the key does not hold.
type ManifestObject struct {
	Key       string `json:"key"`
	Path      string `json:"path,omitempty"` // within the drop; absent where the vault stores no names
	Size      int64  `json:"size"`           // bytes
	Checksum  string `json:"checksum,omitempty"`
	Verified  string `json:"verified"` // one of the Verified constants
	ETag      string `json:"eTag"`
	VersionID string `json:"versionId,omitempty"`
}

// ManifestPage is one page of a large manifest: an object of one
// ManifestObject a line (application/x-ndjson).
type ManifestPage struct {
	Key    string `json:"key"`
	Size   int64  `json:"size"`   // bytes of the page
	SHA256 string `json:"sha256"` // of the page, in hex
	Count  int    `json:"count"`  // objects in it
	Bytes  int64  `json:"bytes"`  // of its objects
}
