package signer

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"longshore/signer/api"
)

// Defaults of Config.
const (
	DefaultKeyTemplate = "uploads/{principal}/{date}/{uploadRef}/{path}"
	DefaultURLLifetime = 15 * time.Minute
	DefaultPartSize    = 16 << 20 // bytes
	DefaultRate        = 500      // calls a second and principal
	DefaultBurst       = 1000     // calls
	MinSealKey         = 32       // bytes of each seal key
	maxURLLifetime     = 7 * 24 * time.Hour
)

// ChecksumAuto as Config.Checksum lets the signer probe what the storage verifies.
const ChecksumAuto = "auto"

// Config is all a Signer needs to know. Storage, SealKeys, Auth and one of
// KMSKeyID and NoKMS are required; the zero value of the rest is a sound default.
type Config struct {
	Storage Storage
	// Name is what people call the vault; shown by capabilities.
	Name string

	// KMSKeyID encrypts every object with aws:kms under this key. Without it
	// NoKMS must be set: encryption fails closed (PROTOCOL).
	KMSKeyID string
	NoKMS    bool

	// SealKeys seal upload ids: the first seals, each of them opens, so that a
	// key can be changed without breaking running uploads. MinSealKey bytes or
	// more each, shared by all signers of a vault.
	SealKeys [][]byte
	// Auth tells who calls: NoAuth(), a *TokenFile, an *OIDC or TokensOr.
	Auth Authenticator
	// Policy says what the members of each group may do, on top of the values
	// here; nil: the values here hold for everybody. It serves one Signer.
	Policy *PolicyFile
	// AllowedOrigins may call from web pages, as "https://host:port". Requests
	// with any other Origin are refused.
	AllowedOrigins []string

	// KeyTemplate makes keys; empty is DefaultKeyTemplate. OldKeyTemplates were
	// used before: their keys can still be asked after.
	KeyTemplate     string
	OldKeyTemplates []string

	// ManifestTemplate makes the keys of batches' manifests; empty is
	// DefaultManifestTemplate. No file may have such a key.
	ManifestTemplate string
	// ManifestNames writes files' paths into manifests also where the key
	// template keeps names out of keys. The path is then the client's word.
	ManifestNames bool
	// Tool is what manifests say wrote them; empty is "longshore-signer".
	Tool string

	// AllowSimpleClients takes uploads without a declared size. Their size is
	// added up and held against MaxObjectSize before they are completed.
	AllowSimpleClients bool
	// AllowForms signs forms for small files of web pages (api.PathForm), where
	// simple clients are allowed. Storage must be a FormStorage.
	AllowForms bool
	// MaxObjectSize in bytes; 0 is api.MaxObjectSize.
	MaxObjectSize int64
	// PartSize in bytes for files it fits; 0 is DefaultPartSize. A whole
	// number of MiB, api.MinPartSize to api.MaxPartSize.
	PartSize int64
	// URLLifetime of signed URLs; 0 is DefaultURLLifetime. 1 s to 7 days.
	URLLifetime time.Duration
	// Checksum is ChecksumAuto (also when empty), api.ChecksumCRC64NVME or
	// api.ChecksumMD5.
	Checksum string
	// NoConditionalWrites is for storages that do not know If-None-Match on
	// writes. The signer then looks at the key before it completes.
	NoConditionalWrites bool

	// Rate (calls a second) and Burst (calls) bound each principal; 0 is the
	// default, a negative Rate is no limit.
	Rate  float64
	Burst int

	// Limits bound what is under way at once; what is zero has a default.
	Limits Limits
	// CheckEvery is how often the storage is asked whether it is still there
	// while nothing else asks it; 0 is DefaultCheckEvery, negative never.
	CheckEvery time.Duration

	// Logger takes the signer's own messages, and Audit a line for each call
	// (docs/operations.md has its fields). A nil Logger discards, a nil Audit is
	// Logger.
	Logger, Audit *slog.Logger
}

// withDefaults checks c and fills in defaults.
func (c Config) withDefaults() (Config, error) {
	if err := c.checkRequired(); err != nil {
		return c, err
	}
	if c.KeyTemplate == "" {
		c.KeyTemplate = DefaultKeyTemplate
	}
	if c.ManifestTemplate == "" {
		c.ManifestTemplate = DefaultManifestTemplate
	}
	if c.Tool == "" {
		c.Tool = "longshore-signer"
	}
	if c.MaxObjectSize == 0 {
		c.MaxObjectSize = api.MaxObjectSize
	}
	if c.PartSize == 0 {
		c.PartSize = DefaultPartSize
	}
	if c.URLLifetime == 0 {
		c.URLLifetime = DefaultURLLifetime
	}
	if c.Checksum == "" {
		c.Checksum = ChecksumAuto
	}
	if c.Rate == 0 {
		c.Rate = DefaultRate
	}
	if c.Burst == 0 {
		c.Burst = DefaultBurst
	}
	if c.Name == "" {
		c.Name = "Longshore vault"
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Audit == nil {
		c.Audit = c.Logger
	}
	if c.CheckEvery == 0 {
		c.CheckEvery = DefaultCheckEvery
	}
	c.Limits = c.Limits.withDefaults()
	return c, c.checkLimits()
}

func (c Config) checkRequired() error {
	switch {
	case c.Storage == nil:
		return errors.New("signer: no storage given")
	case c.AllowForms && !signsForms(c.Storage):
		return errors.New("signer: this storage signs no forms")
	case c.Auth == nil:
		return errors.New("signer: say how callers sign in")
	case c.KMSKeyID == "" && !c.NoKMS:
		return errors.New("signer: give a KMS key id, or say that the vault has no KMS encryption")
	case c.KMSKeyID != "" && c.NoKMS:
		return errors.New("signer: a KMS key id and no KMS contradict each other")
	case len(c.SealKeys) == 0:
		return errors.New("signer: no seal key given")
	}
	for _, o := range c.AllowedOrigins {
		if !browserOrigin(o) {
			return errors.New("signer: an allowed origin is like https://app.example, as browsers write it: in small letters, without a path, without the port that goes without saying")
		}
	}
	for _, k := range c.SealKeys {
		if len(k) < MinSealKey {
			return fmt.Errorf("signer: a seal key needs at least %d bytes", MinSealKey)
		}
	}
	return nil
}

func (c Config) checkLimits() error {
	switch {
	case c.MaxObjectSize < 1 || c.MaxObjectSize > api.MaxObjectSize:
		return fmt.Errorf("signer: the largest object must be 1 to %d bytes", int64(api.MaxObjectSize))
	case c.PartSize < api.MinPartSize || c.PartSize > api.MaxPartSize || c.PartSize%(1<<20) != 0:
		return errors.New("signer: the part size must be whole MiB, 5 MiB to 5 GiB")
	case c.URLLifetime < time.Second || c.URLLifetime > maxURLLifetime:
		return errors.New("signer: URLs must live 1 second to 7 days")
	case !c.Limits.valid():
		return errors.New("signer: a limit must not be negative")
	case !finiteRate(c.Rate):
		return errors.New("signer: the rate must be a number of calls; a negative rate is no limit")
	case c.Burst < 1:
		return errors.New("signer: the burst must be at least 1 call")
	}
	switch c.Checksum {
	case ChecksumAuto, api.ChecksumCRC64NVME, api.ChecksumMD5:
		return nil
	}
	return errors.New("signer: checksum must be auto, crc64nvme or md5")
}
