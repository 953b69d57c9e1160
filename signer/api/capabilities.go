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
}

// Encryption is how the vault encrypts at rest.
type Encryption struct {
	Mode  string `json:"mode"`            // EncryptionKMS or EncryptionNone
	KeyID string `json:"keyId,omitempty"` // only for callers who are signed in
}

// Auth is how to sign in.
type Auth struct {
	Type string `json:"type"` // AuthNone or AuthBearer
}

// Health is the answer of PathHealth and PathReady.
type Health struct {
	Status string `json:"status"` // "ok" or "not_ready"
	Reason string `json:"reason,omitempty"`
}
