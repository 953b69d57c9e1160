package bucket

import (
	"errors"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strings"
)

// Prefix starts the Id or Sid of all that is ours in a bucket's settings. All
// else is somebody else's and is kept.
const Prefix = "longshore-"

// Defaults and limits of Desired.
const (
	// DefaultAbortAfterDays is how long an incomplete upload may take.
	DefaultAbortAfterDays = 3
	// SafeAbortAfterDays is what Examine warns below: a weekend in the middle of
	// an upload must not end it.
	SafeAbortAfterDays = 7
	// MaxAbortAfterDays is ten years.
	MaxAbortAfterDays = 3650
	// DefaultProbePrefix is where probes are made: under the default key
	// template's first segment and the alias that the signer's own probe uses.
	DefaultProbePrefix = "uploads/longshore-probe/"
	// DefaultKeyPrefix starts every key of the default key template.
	DefaultKeyPrefix = "uploads/"
)

// Ids of what is ours.
const (
	AbortRuleID      = Prefix + "abort-incomplete-uploads"
	CORSRuleID       = Prefix + "browser-uploads"
	SidTLS           = Prefix + "deny-without-tls"
	SidNotKMS        = Prefix + "deny-other-encryption"
	SidOtherKey      = Prefix + "deny-other-kms-key"
	SidCustomerKey   = Prefix + "deny-customer-keys"
	SidNoHeader      = Prefix + "deny-without-encryption-header" // strict
	trialPrefix      = Prefix + "trial-"
	encryptionHeader = "s3:x-amz-server-side-encryption"
	keyHeader        = "s3:x-amz-server-side-encryption-aws-kms-key-id"
	customerHeader   = "s3:x-amz-server-side-encryption-customer-algorithm"
)

// Desired is what a vault's bucket must be. Check it before use.
type Desired struct {
	Bucket string
	Region string // decides the partition of ARNs
	// Amazon says that the server is Amazon's own, which knows everything asked
	// for here and wants KMS keys by their ARN.
	Amazon bool
	// TLS says that the bucket is reached by https. Without it, a policy that
	// refuses requests without TLS would lock out whoever set it.
	TLS bool
	// KMSKey is the ARN, or on other servers the name, of the key that encrypts
	// every object; "" for a vault without KMS.
	KMSKey string
	// GroupKeys are further keys that the rules of groups name (serve's --policy).
	GroupKeys []string
	// AbortAfterDays is after how many days an incomplete upload is aborted.
	AbortAfterDays int
	// Origins are the web pages' origins, as https://host[:port], that may upload
	// from a browser; none leaves CORS as it is.
	Origins []string
	// Strict refuses uploads without an encryption header too, which default
	// encryption would otherwise cover.
	Strict bool
	// ProbePrefix starts the keys of probes. It ends in a slash.
	ProbePrefix string
	// KeyPrefix starts the keys of all uploads: the fixed beginning of the key
	// template.
	KeyPrefix string
}

// WithDefaults fills in what is empty.
func (d Desired) WithDefaults() Desired {
	if d.AbortAfterDays == 0 {
		d.AbortAfterDays = DefaultAbortAfterDays
	}
	if d.ProbePrefix == "" {
		d.ProbePrefix = DefaultProbePrefix
	}
	return d
}

// Check says what is wrong with d, in words for the administrator.
func (d Desired) Check() error {
	switch {
	case d.Bucket == "":
		return errors.New("the bucket has no name")
	case d.AbortAfterDays < 1 || d.AbortAfterDays > MaxAbortAfterDays:
		return fmt.Errorf("incomplete uploads must be aborted after 1 to %d days", MaxAbortAfterDays)
	case d.Strict && d.KMSKey == "":
		return errors.New("strict is about the encryption header: it needs a KMS key")
	case !strings.HasSuffix(d.ProbePrefix, "/") || strings.ContainsAny(d.ProbePrefix, "*?$"):
		return errors.New("the probe prefix must end in a slash and hold no *, ? or $")
	case d.KMSKey == "" && len(d.GroupKeys) > 0:
		return errors.New("the policy file names KMS keys, and the vault is to have none")
	case d.Amazon && !allOf(d.keys(), isKeyARN):
		return errors.New("give the KMS key by its ARN (arn:aws:kms:REGION:ACCOUNT:key/ID): Amazon looks up an id or alias in the account of whoever asks, which may hold another key")
	}
	for _, o := range d.Origins {
		if u, err := url.Parse(o); err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") || u.Path != "" || u.RawQuery != "" || strings.Contains(o, "*") {
			return fmt.Errorf("%q is not an origin: write https://host or https://host:port", o)
		}
	}
	return nil
}

// keys are all keys that uploads may ask for, the vault's first.
func (d Desired) keys() []string {
	if d.KMSKey == "" {
		return nil
	}
	out := []string{d.KMSKey}
	for _, k := range d.GroupKeys {
		if !slices.Contains(out, k) {
			out = append(out, k)
		}
	}
	return out
}

func allOf(list []string, is func(string) bool) bool {
	return !slices.ContainsFunc(list, func(s string) bool { return !is(s) })
}

// isKeyARN tells an ARN of a key from ids, aliases and ARNs of aliases.
func isKeyARN(key string) bool {
	f := strings.Split(key, ":")
	return len(f) == 6 && f[0] == "arn" && f[2] == "kms" && f[3] != "" && f[4] != "" && strings.HasPrefix(f[5], "key/")
}

// AbortRule is the lifecycle rule that ends incomplete uploads, on every key.
type AbortRule struct {
	ID   string
	Days int
}

// AbortRule gives the rule.
func (d Desired) AbortRule() AbortRule { return AbortRule{ID: AbortRuleID, Days: d.AbortAfterDays} }

// DefaultEncryption covers uploads that say nothing of encryption.
type DefaultEncryption struct {
	Algorithm string // "aws:kms"
	KeyID     string
	BucketKey bool // one call to KMS for many objects
}

// DefaultEncryption is what d asks for; ok is false for a vault without KMS.
func (d Desired) DefaultEncryption() (e DefaultEncryption, ok bool) {
	return DefaultEncryption{Algorithm: "aws:kms", KeyID: d.KMSKey, BucketKey: true}, d.KMSKey != ""
}

// CORSRule lets web pages send parts.
type CORSRule struct {
	ID             string
	AllowedOrigins []string
	AllowedMethods []string
	AllowedHeaders []string
	ExposeHeaders  []string
	MaxAgeSeconds  int
}

// CORSRule is what d asks for; ok is false without origins. The headers are
// those that the signer signs, and a wildcard for S3's own; S3 takes no wildcard
// among those it exposes, so each checksum is named.
func (d Desired) CORSRule() (r CORSRule, ok bool) {
	return CORSRule{
		ID: CORSRuleID, AllowedOrigins: d.Origins, AllowedMethods: []string{"PUT"},
		AllowedHeaders: []string{"content-type", "content-md5", "if-none-match", "x-amz-*"},
		ExposeHeaders: []string{
			"ETag", "x-amz-checksum-crc64nvme", "x-amz-checksum-crc32", "x-amz-checksum-crc32c",
			"x-amz-checksum-sha1", "x-amz-checksum-sha256", "x-amz-version-id",
		},
		MaxAgeSeconds: 3600,
	}, len(d.Origins) > 0
}

// Header is the encryption header that the signer sends.
func (d Desired) Header() Header { return d.headers()[0] }

// headers are all that the signer sends, one for each key.
func (d Desired) headers() []Header {
	if d.KMSKey == "" {
		return []Header{{}}
	}
	var out []Header
	for _, k := range d.keys() {
		out = append(out, Header{Algorithm: "aws:kms", KeyID: k})
	}
	return out
}

// SlowestUplink is the rate in Mbit/s, rounded up to a tenth, that sends 100 GB
// (10¹¹ bytes) within the days.
func SlowestUplink(days int) float64 {
	const bits = 8 * 100e9
	return math.Ceil(bits/float64(days*86400)/1e6*10) / 10
}
