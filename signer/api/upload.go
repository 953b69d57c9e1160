package api

import "time"

// InitRequest asks for a multipart upload. Only FileName and MimeType are
// required; the rest extends the simple client (PROTOCOL).
type InitRequest struct {
	FileName string `json:"fileName"`
	MimeType string `json:"mimeType"`
	// Size in bytes. A pointer, because a declared size of zero differs from
	// an undeclared one.
	Size *int64 `json:"size,omitempty"`
	// Checksum is ChecksumCRC64NVME, ChecksumMD5 or empty for none.
	Checksum string `json:"checksum,omitempty"`
	// UploadRef is the client's AttemptID: a ULID in upper case. Empty: the
	// signer mints one, and the call cannot be repeated safely.
	UploadRef string `json:"uploadRef,omitempty"`
	// Retry says that the same call may have been made before: the signer
	// then looks for the object and for open uploads before it creates one.
	Retry bool `json:"retry,omitempty"`
	// PartSize in bytes the client would like; 0 lets the signer choose.
	PartSize int64 `json:"partSize,omitempty"`
	// RelativePath is the file's path within the dropped folder, with '/'.
	// It takes the place of FileName in the key where the template has {path}.
	RelativePath string `json:"relativePath,omitempty"`
	// BatchRef names the drop the file came in: a ULID in upper case.
	BatchRef string `json:"batchRef,omitempty"`
	// ModTime is the file's mtime, RFC 3339; it goes into the object's metadata.
	ModTime *time.Time `json:"modTime,omitempty"`
	// Metadata are the client's own entries of the object's metadata. Names
	// are [a-z0-9-]{1,64}; the signer's own (MetaUploadRef and so on) are refused.
	// Values are printable ASCII; all together hold at most MaxMetadata bytes.
	Metadata map[string]string `json:"metadata,omitempty"`
}

// InitResponse holds either a new or found upload, or Object when a retried
// call finds the upload finished.
type InitResponse struct {
	// UploadID is opaque and sealed; it is shorter than MaxUploadIDLen.
	UploadID  string `json:"uploadId,omitempty"`
	ObjectKey string `json:"objectKey"`
	// PartSize in bytes that every part but the last must have.
	PartSize int64 `json:"partSize,omitempty"`
	// Checksum is the upload's mode: ChecksumCRC64NVME, ChecksumMD5 or ChecksumNone.
	Checksum string `json:"checksum,omitempty"`
	// ResumeBefore is when the vault's lifecycle rule aborts the upload, where known.
	ResumeBefore *time.Time `json:"resumeBefore,omitempty"`
	// Object is set, and UploadID empty, when the object is already stored.
	Object *Object `json:"object,omitempty"`
}

// Part is one part of an upload as complete-upload takes it and list-parts
// gives it.
type Part struct {
	PartNumber int    `json:"PartNumber"` // 1 to 10,000
	ETag       string `json:"ETag"`       // as S3 wrote it, quotes kept
	// Size in bytes: set in list-parts; ignored in complete-upload.
	Size int64 `json:"size,omitempty"`
	// Checksum is the part's CRC64NVME where the upload has that mode.
	Checksum string `json:"checksum,omitempty"`
}

// CompleteRequest finishes an upload. It may be repeated until it answers.
type CompleteRequest struct {
	UploadID  string `json:"uploadId"`
	ObjectKey string `json:"objectKey"`
	Parts     []Part `json:"parts"` // any order; each number once
	// Size in bytes of the object; checked against the declared one.
	Size *int64 `json:"size,omitempty"`
	// Checksum is the whole object's CRC64NVME where the upload has that mode.
	Checksum string `json:"checksum,omitempty"`
}

// Object is a stored object: the answer of complete-upload, and of a retried
// init-upload that finds its object stored.
type Object struct {
	// FileURL is the object's address without any signature.
	FileURL   string `json:"fileUrl"`
	ETag      string `json:"eTag"`
	ObjectKey string `json:"objectKey"`
	VersionID string `json:"versionId,omitempty"`
	Size      int64  `json:"size"`
	// Checksum is the object's CRC64NVME if S3 holds one.
	Checksum string `json:"checksum,omitempty"`
	// Verified is one of the Verified constants.
	Verified string `json:"verified"`
	// Encryption is one of the Encryption constants.
	Encryption string `json:"encryption"`
}

// CompletingResponse is the 202 answer of complete-upload with
// Prefer: respond-async: ask again with the same call.
type CompletingResponse struct {
	State string `json:"state"` // StateCompleting
}

// UploadRequest names one upload: the body of list-parts and abort-upload.
type UploadRequest struct {
	UploadID  string `json:"uploadId"`
	ObjectKey string `json:"objectKey"`
}

// ListPartsResponse holds all parts S3 has, over all of its pages, by number.
type ListPartsResponse struct {
	Parts []Part `json:"parts"`
}

// AbortResponse is the empty answer of abort-upload: S3 no longer knows the upload.
type AbortResponse struct{}
