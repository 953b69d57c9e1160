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

// site is where a bucket is and how requests to it are signed.
type site struct {
	base    *url.URL // address of the bucket; no slash at its end
	region  string   // of the signature's scope
	service string   // of the signature's scope, mostly "s3"
}

// siteOf signs a sample and reads the site off it, because only the SDK knows
// its own rules for regions, partitions and kinds of buckets. The credentials
// are made up: none are needed for an address.
func siteOf(ctx context.Context, client *awss3.Client, bucket string) (site, error) {
	const sample = "x"
	out, err := awss3.NewPresignClient(client).PresignPutObject(ctx, &awss3.PutObjectInput{Bucket: &bucket, Key: aws.String(sample)},
		awss3.WithPresignClientFromClientOptions(func(o *awss3.Options) {
			o.Credentials = credentials.NewStaticCredentialsProvider("sample", "sample", "")
		}))
	if err != nil {
		return site{}, fmt.Errorf("s3: find the bucket's address: %w", err)
	}
	u, err := url.Parse(out.URL)
	if err != nil {
		return site{}, errors.New("s3: the SDK gave a malformed address")
	}
	// key id / day / region / service / aws4_request
	scope := strings.Split(u.Query().Get("X-Amz-Credential"), "/")
	if u.Query().Get("X-Amz-Algorithm") != "AWS4-HMAC-SHA256" || len(scope) != 5 {
		return site{}, errors.New("s3: buckets that need another signature than version 4 are not supported")
	}
	return site{
		base:   &url.URL{Scheme: u.Scheme, Host: hostOf(u), Path: strings.TrimSuffix(u.Path, "/"+sample)},
		region: scope[2], service: scope[3],
	}, nil
}

// hostOf is u's host without the port that its scheme has anyway: some clients
// send that in Host as it stands in the URL and some leave it out, and only one of
// the two can be signed. Origins are written without it.
func hostOf(u *url.URL) string {
	host := strings.ToLower(u.Host)
	switch u.Scheme {
	case "https":
		return strings.TrimSuffix(host, ":443")
	case "http":
		return strings.TrimSuffix(host, ":80")
	}
	return host
}

// DataOrigins is the one origin that signed URLs point to.
func (s *Storage) DataOrigins() []string {
	return []string{s.site.base.Scheme + "://" + s.site.base.Host}
}

// ObjectURL is the unsigned address of key. It is an identifier: reading it
// needs credentials. A + is escaped, which URLs do not ask for: S3 reads a bare
// one in a path as a space, and would find another key.
func (s *Storage) ObjectURL(key string) string {
	u := *s.site.base
	u.Path += "/" + key
	u.RawPath = strings.ReplaceAll(u.EscapedPath(), "+", "%2B")
	return u.String()
}
