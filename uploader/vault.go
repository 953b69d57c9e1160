package uploader

import "time"

// Checksum says how a vault proves what it stored.
type Checksum string

// The checksum modes of PROTOCOL ("Checksums belong to the upload") and DESIGN §4 (last paragraph).
const (
	// ChecksumCRC64NVME: every part and the whole object carry a CRC64NVME that S3 verifies.
	ChecksumCRC64NVME Checksum = "crc64nvme"
	// ChecksumMD5: every part carries a Content-MD5; the object as a whole is not verified by S3.
	ChecksumMD5 Checksum = "md5"
	// ChecksumNone: sizes only.
	ChecksumNone Checksum = "none"
)

// Verified says what a receipt may claim.
type Verified string

// What was really verified, in the words of DESIGN §4.
const (
	VerifiedFullObject Verified = "full-object-crc64nvme"
	VerifiedPartMD5    Verified = "part-md5"
	VerifiedSizeOnly   Verified = "size-only"
)

// verifies is what a receipt may claim of an object that a look has found: in these modes S3 has refused every byte
// without its checksum, and a look compares the whole object's where there is one.
func (c Checksum) verifies() Verified {
	switch c {
	case ChecksumCRC64NVME:
		return VerifiedFullObject
	case ChecksumMD5:
		return VerifiedPartMD5
	}
	return VerifiedSizeOnly
}

// Vault is one configured signer as the user pinned it. The journal keeps it; no secret is in it, only the path of
// the file that holds the token.
type Vault struct {
	ID          VaultID
	Name        string   // what the signer calls itself; shown to the user
	SignerURL   string   // base address, no trailing slash
	TokenFile   string   // "" for none
	CAFile      string   // PEM, trusted for this vault's hosts alone; "" for the system's
	DataOrigins []string // scheme://host[:port], pinned when the vault was added; bytes go nowhere else
	Checksum    Checksum // as the capabilities said when it was last connected
	Encryption  string   // "aws:kms" or "none", as the capabilities said
	AddedAt     time.Time
}
