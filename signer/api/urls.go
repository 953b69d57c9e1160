package api

import "time"

// PartURLRequest asks for the signed URL of one part.
type PartURLRequest struct {
	UploadID   string `json:"uploadId"`
	ObjectKey  string `json:"objectKey"`
	PartNumber int    `json:"partNumber"`
	// Size in bytes; needed with a checksum when the upload has no declared size.
	Size *int64 `json:"size,omitempty"`
	// Checksum of the part, in the upload's mode; refused when it has none.
	Checksum string `json:"checksum,omitempty"`
}

// PartURLResponse is one signed PUT. Headers must be sent exactly as given:
// S3 refuses unsigned x-amz-* headers and a wrong value breaks the signature.
type PartURLResponse struct {
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers"`
	// ExpiresIn in seconds, counted from when the request was sent.
	ExpiresIn int `json:"expiresIn"`
	// ExpiresAt by the signer's clock; for people, not for comparing with a
	// client's clock.
	ExpiresAt time.Time `json:"expiresAt"`
}

// PartToSign is one part of a PartURLsRequest.
type PartToSign struct {
	PartNumber int    `json:"partNumber"`
	Size       *int64 `json:"size,omitempty"`
	Checksum   string `json:"checksum,omitempty"`
}

// PartURLsRequest asks for 1 to MaxBatch part URLs of one upload. Exactly one
// of PartNumbers (uploads without checksums) and Parts is set.
type PartURLsRequest struct {
	UploadID    string       `json:"uploadId"`
	ObjectKey   string       `json:"objectKey"`
	PartNumbers []int        `json:"partNumbers,omitempty"`
	Parts       []PartToSign `json:"parts,omitempty"`
}

// PartURLsResponse holds URLs and headers by part number, written in decimal.
type PartURLsResponse struct {
	URLs      map[string]string            `json:"urls"`
	Headers   map[string]map[string]string `json:"headers"`
	ExpiresIn int                          `json:"expiresIn"` // seconds from when the request was sent
	ExpiresAt time.Time                    `json:"expiresAt"`
}

// ObjectToPut is one small object of a PutURLsRequest. UploadRef, FileName,
// MimeType, Size and Checksum are required; see InitRequest for the rest.
type ObjectToPut struct {
	UploadRef string `json:"uploadRef"`
	FileName  string `json:"fileName"`
	MimeType  string `json:"mimeType"`
	Size      int64  `json:"size"` // bytes, 0 to MaxPartSize
	// Checksum in the vault's mode (Capabilities.Checksum): CRC64NVME or MD5.
	Checksum     string            `json:"checksum"`
	RelativePath string            `json:"relativePath,omitempty"`
	BatchRef     string            `json:"batchRef,omitempty"`
	ModTime      *time.Time        `json:"modTime,omitempty"`
	Metadata     map[string]string `json:"metadata,omitempty"`
}

// PutURLsRequest asks for 1 to MaxBatch signed PUTs of whole objects. It has no
// effect in S3 and may be repeated at will.
type PutURLsRequest struct {
	Objects []ObjectToPut `json:"objects"`
}

// PutURL is the answer for one object of a PutURLsRequest, in the order asked:
// a signed PUT, or Error.
type PutURL struct {
	UploadRef string            `json:"uploadRef"`
	ObjectKey string            `json:"objectKey,omitempty"`
	URL       string            `json:"url,omitempty"`
	Headers   map[string]string `json:"headers,omitempty"`
	ExpiresIn int               `json:"expiresIn,omitempty"` // seconds from when the request was sent
	ExpiresAt *time.Time        `json:"expiresAt,omitempty"`
	// Error and Message are set, and the rest but UploadRef empty, on failure.
	Error   Code   `json:"error,omitempty"`
	Message string `json:"message,omitempty"`
}

// PutURLsResponse answers each object of the request, in its order.
type PutURLsResponse struct {
	Objects []PutURL `json:"objects"`
}

// StatObjectsRequest asks after 1 to MaxBatch keys of the caller.
type StatObjectsRequest struct {
	ObjectKeys []string `json:"objectKeys"`
}

// ObjectStat is what S3 says of one key. Found false with no Error means that
// S3 answered "not found"; with an Error nothing is known of the key.
type ObjectStat struct {
	ObjectKey  string `json:"objectKey"`
	Found      bool   `json:"found"`
	Size       int64  `json:"size"`
	ETag       string `json:"eTag"`
	Checksum   string `json:"checksum,omitempty"`  // the object's CRC64NVME if S3 holds one
	UploadRef  string `json:"uploadRef,omitempty"` // from the object's metadata
	VersionID  string `json:"versionId,omitempty"`
	Encryption string `json:"encryption"` // one of the Encryption constants; empty when not found
	// FileURL is the object's address without any signature.
	FileURL string `json:"fileUrl,omitempty"`
	Error   Code   `json:"error,omitempty"`
	Message string `json:"message,omitempty"`
}

// StatObjectsResponse answers each key of the request, in its order.
type StatObjectsResponse struct {
	Objects []ObjectStat `json:"objects"`
}
