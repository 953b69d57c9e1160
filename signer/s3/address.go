package s3

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
)

func checkEndpoint(endpoint string) error {
	if endpoint == "" {
		return nil
	}
	u, err := url.Parse(endpoint)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") ||
		u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return errors.New("s3: the endpoint must be http:// or https:// with a host and no query")
	}
	return nil
}

// bucketURL is the address of the bucket that signed URLs point to. It signs a
// sample, because only the SDK knows its own rules for regions, partitions and
// names of buckets. The credentials are made up: none are needed for an address.
func bucketURL(ctx context.Context, p Presigner, bucket string) (*url.URL, error) {
	const sample = "x"
	out, err := p.PresignPutObject(ctx, &awss3.PutObjectInput{Bucket: &bucket, Key: aws.String(sample)},
		awss3.WithPresignClientFromClientOptions(func(o *awss3.Options) {
			o.Credentials = credentials.NewStaticCredentialsProvider("sample", "sample", "")
		}))
	if err != nil {
		return nil, fmt.Errorf("s3: find the bucket's address: %w", err)
	}
	u, err := url.Parse(out.URL)
	if err != nil {
		return nil, errors.New("s3: the SDK gave a malformed address")
	}
	return &url.URL{Scheme: u.Scheme, Host: strings.ToLower(u.Host), Path: strings.TrimSuffix(u.Path, "/"+sample)}, nil
}

// DataOrigins is the one origin that signed URLs point to.
func (s *Storage) DataOrigins() []string {
	return []string{s.base.Scheme + "://" + s.base.Host}
}

// ObjectURL is the unsigned address of key. It is an identifier: reading it
// needs credentials.
func (s *Storage) ObjectURL(key string) string {
	u := *s.base
	u.Path += "/" + key
	return u.String()
}
