package uploader

import (
	"slices"
	"time"
)

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

// What answers at a vault's address (Vault.Kind, Capabilities.Kind).
const (
	KindSigner    = ""          // a Longshore signer
	KindCompanion = "companion" // a stock Uppy Companion, which proves nothing of what it stored
)

// How a vault knows its callers, as its capabilities say it (PROTOCOL, "Who may call").
const (
	SignInNone   = "none"
	SignInBearer = "bearer" // a token file
	SignInOIDC   = "oidc"
)

// The ways to a vault's hosts, beside the address of a proxy (Vault.Proxy).
const (
	ProxySystem = "" // as the system's settings say
	ProxyNone   = "none"
)

// OIDC says where to sign in to a vault with OpenID Connect, as a public client.
type OIDC struct {
	Issuer     string
	ClientID   string
	Scopes     []string
	Audience   string // asked for in the access token; "" for none
	IDToken    bool   // the ID token is sent, not the access token
	TokenFiles bool   // token files are taken too
}

// Equal tells whether two are the same sign-in: nothing a person agreed to differs.
func (o OIDC) Equal(p OIDC) bool {
	return o.Issuer == p.Issuer && o.ClientID == p.ClientID && o.Audience == p.Audience && o.IDToken == p.IDToken &&
		o.TokenFiles == p.TokenFiles && slices.Equal(o.Scopes, p.Scopes)
}

// Vault is one configured signer as the user pinned it. The journal keeps it; no secret is in it, only the path of
// the file that holds the token, and the name under which the system's keychain holds the refresh token.
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
	SignIn      string // SignInNone, SignInBearer, SignInOIDC; "" in a record from before it was kept
	OIDC        OIDC   // pinned like the data origins: with SignInOIDC
	Account     string // "store:name" of the refresh token, the store being "keychain" or "file"; "" before the first sign-in
	Kind        string // KindSigner or KindCompanion, pinned: a Companion may not take a signer's place unseen
	CA          string // PEM of a connection file, where there is no CAFile: trusted as that one's would be
	Proxy       string // ProxySystem, ProxyNone or http(s)://host:port, without a name and a password
	Renamed     bool   // Name is the user's, or their connection file's, not the signer's
}
