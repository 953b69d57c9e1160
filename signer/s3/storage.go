// Package s3 is the signer's storage on Amazon S3 and servers that speak its
// protocol: it implements signer.Storage. It is the only package of the
// program that imports aws-sdk-go-v2.
//
// It must not know callers, policy, sealed ids or HTTP routes: it is told a key
// and does as told. It adds no retries of meaning beyond the SDK's own.
package s3

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"

	"longshore/signer"
)

// Config says which bucket to use and how to reach it.
type Config struct {
	Bucket string // required
	Region string // required
	// Endpoint is the scheme://host[:port] of a server other than Amazon's;
	// keys are then addressed by path (endpoint/bucket/key). Empty is Amazon S3.
	Endpoint string
	// AccessKey and SecretKey are static credentials. Both empty: the SDK's
	// usual chain (environment, shared files, web identity, instance role).
	AccessKey string
	SecretKey string
	// SessionToken goes with static credentials that a session gave out.
	SessionToken string
	// Now is the wall clock; nil is time.Now. Tests set it.
	Now func() time.Time
}

// callTimeout ends a call that hangs, all its pages and repetitions together.
// CompleteUpload has none of its own: S3 may take minutes.
const callTimeout = time.Minute

// Storage implements signer.Storage on one bucket. It is safe for concurrent use.
type Storage struct {
	api     API
	http    aws.HTTPClient // api's
	v4      *sigv4         // of URLs
	headers *v4.Signer     // of requests
	creds   aws.CredentialsProvider
	bucket  string
	site    site
	now     func() time.Time
}

var _ signer.Storage = (*Storage)(nil)

// New loads the credentials chain and prepares the clients. It makes no call
// to the bucket. Errors are a missing bucket or region, a malformed endpoint,
// or a broken AWS configuration file.
func New(ctx context.Context, cfg Config) (*Storage, error) {
	client, at, err := openClient(ctx, cfg)
	if err != nil {
		return nil, err
	}
	return newStorage(client, client.Options().Credentials, cfg, at), nil
}

// openClient checks cfg, makes the SDK's client and finds the bucket's address.
func openClient(ctx context.Context, cfg Config) (*awss3.Client, site, error) {
	if cfg.Bucket == "" || cfg.Region == "" {
		return nil, site{}, errors.New("s3: bucket and region are required")
	}
	if (cfg.AccessKey == "") != (cfg.SecretKey == "") {
		return nil, site{}, errors.New("s3: give both access key and secret key, or neither")
	}
	if err := checkEndpoint(cfg.Endpoint); err != nil {
		return nil, site{}, err
	}
	ac, err := loadConfig(ctx, cfg)
	if err != nil {
		return nil, site{}, err
	}
	ac.Credentials = &sessions{now: wallClock(cfg), open: func(ctx context.Context) (aws.CredentialsProvider, error) {
		fresh, err := loadConfig(ctx, cfg)
		return fresh.Credentials, err
	}}
	client := awss3.NewFromConfig(ac, func(o *awss3.Options) {
		// The SDK would otherwise add a CRC32 of its own to calls that have no
		// checksum.
		o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired
		o.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired
		if cfg.Endpoint != "" {
			o.BaseEndpoint = aws.String(strings.TrimSuffix(cfg.Endpoint, "/"))
			o.UsePathStyle = true
		}
	})
	at, err := siteOf(ctx, client, cfg.Bucket)
	return client, at, err
}

// loadConfig reads the AWS configuration, with a chain of providers that report
// the true end of what they hand out.
func loadConfig(ctx context.Context, cfg Config) (aws.Config, error) {
	opts := []func(*awsconfig.LoadOptions) error{
		awsconfig.WithRegion(cfg.Region),
		awsconfig.WithCredentialsCacheOptions(func(o *aws.CredentialsCacheOptions) { o.ExpiryWindow = 0 }),
		awsconfig.WithHTTPClient(awshttp.NewBuildableClient().WithTransportOptions(keepConnections)),
	}
	if cfg.AccessKey != "" {
		opts = append(opts, awsconfig.WithCredentialsProvider(
			credentials.NewStaticCredentialsProvider(cfg.AccessKey, cfg.SecretKey, cfg.SessionToken)))
	}
	ac, err := awsconfig.LoadDefaultConfig(ctx, opts...)
	if err != nil {
		return aws.Config{}, fmt.Errorf("s3: load the AWS configuration: %w", err)
	}
	return ac, nil
}

// idleConnections is how many connections to the storage are kept while nothing uses them. A call that looks at many
// objects uses 32 at once, and several such calls come together; with the SDK's 10, most looks would begin with a
// handshake.
const idleConnections = 128

func keepConnections(t *http.Transport) {
	t.MaxIdleConns, t.MaxIdleConnsPerHost = idleConnections, idleConnections
}

func wallClock(cfg Config) func() time.Time {
	if cfg.Now != nil {
		return cfg.Now
	}
	return time.Now
}

func newStorage(client *awss3.Client, creds aws.CredentialsProvider, cfg Config, at site) *Storage {
	return &Storage{
		api: client, http: client.Options().HTTPClient, v4: newSigv4(at), headers: newHeaderSigner(),
		creds: creds, bucket: cfg.Bucket, site: at, now: wallClock(cfg),
	}
}
