package api

// Capabilities describes a vault. It is answered without a token, and then
// holds nothing secret: no key id (PROTOCOL).
type Capabilities struct {
	Protocol int    `json:"protocol"` // Version
	Name     string `json:"name"`     // what people call the vault
	// Checksum is the strongest mode the vault verifies.
	Checksum    string `json:"checksum"`
	URLLifetime int    `json:"urlLifetime"` // seconds
	MaxBatch    int    `json:"maxBatch"`
	MaxParts    int    `json:"maxParts"`
	MinPartSize int64  `json:"minPartSize"` // bytes
	MaxPartSize int64  `json:"maxPartSize"` // bytes
	// MaxObjectSize in bytes that one object may have.
	MaxObjectSize int64 `json:"maxObjectSize"`
	PartSize      int64 `json:"partSize"` // bytes; the default for files of any ordinary size
	// DataOrigins are the scheme://host:port that signed URLs point to. A
	// client sends bytes nowhere else.
	DataOrigins []string   `json:"dataOrigins"`
	Encryption  Encryption `json:"encryption"`
	Auth        Auth       `json:"auth"`
	// ConditionalWrites says that the vault honours If-None-Match: * on
	// Complete and PUT, so that nothing is ever overwritten.
	ConditionalWrites bool `json:"conditionalWrites"`
	// SimpleClients says that uploads without a declared size are taken.
	SimpleClients bool `json:"simpleClients"`
	// ManifestPage is how many objects one complete-batch call takes; 0 or
	// absent: the vault writes no manifests.
	ManifestPage int `json:"manifestPage,omitempty"`
	// Names is how much of a file's name and path the keys of its objects hold:
	// NamesPath, NamesExtension or NamesNone. A client sends no more of it than
	// that. Absent: the signer does not say, and may need all of it.
	Names string `json:"names,omitempty"`
	// ManifestNames says that manifests hold the names of files whose keys do
	// not: complete-batch is where they are sent then, and nowhere else.
	ManifestNames bool `json:"manifestNames,omitempty"`
}

// How much of a name a vault stores (Capabilities.Names).
const (
	NamesPath      = "path"
	NamesExtension = "extension"
	NamesNone      = "none"
)

// Encryption is how the vault encrypts at rest.
type Encryption struct {
	Mode  string `json:"mode"`            // EncryptionKMS or EncryptionNone
	KeyID string `json:"keyId,omitempty"` // only for callers who are signed in
}

// Auth is how to sign in. All but Type is for AuthOIDC: enough to sign in at
// the issuer as a public client, with an authorization code and PKCE or a
// device code (OpenID Connect Core 1.0; RFC 7636, 8252, 8628).
type Auth struct {
	Type     string   `json:"type"`               // AuthNone, AuthBearer or AuthOIDC
	Issuer   string   `json:"issuer,omitempty"`   // without a trailing slash that the provider does not have
	ClientID string   `json:"clientId,omitempty"` // of the public client for desktop and command line
	Scopes   []string `json:"scopes,omitempty"`   // to be asked for
	// Audience is sent as "audience" to providers that need to be asked for
	// the signer's; empty: not sent.
	Audience string `json:"audience,omitempty"`
	// Token is what the client sends as bearer: TokenAccess or TokenID. Empty
	// means TokenAccess.
	Token string `json:"token,omitempty"`
	// Tokens says that bearer tokens from the signer's file are taken too, for
	// machines.
	Tokens bool `json:"tokens,omitempty"`
}

// Health is the answer of PathHealth and PathReady.
type Health struct {
	Status string `json:"status"` // "ok" or "not_ready"
	Reason string `json:"reason,omitempty"`
}
