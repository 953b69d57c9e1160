package s3

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/smithy-go/encoding/httpbinding"
)

// sdkURL is what the SDK's signer makes of the same PUT.
func sdkURL(t testing.TB, at site, creds aws.Credentials, now time.Time, lifetime time.Duration, key string, length int64, query, headers []field) (string, http.Header) {
	q := url.Values{"X-Amz-Expires": {strconv.Itoa(int(lifetime / time.Second))}}
	for _, f := range query {
		q.Set(f.name, f.value)
	}
	h := http.Header{}
	for _, f := range headers {
		h.Set(f.name, f.value)
	}
	path := at.base.Path + "/" + key
	req := &http.Request{Method: http.MethodPut, Header: h, ContentLength: length, URL: &url.URL{
		Scheme: at.base.Scheme, Host: at.base.Host, Path: path, RawPath: httpbinding.EscapePath(path, false), RawQuery: q.Encode(),
	}}
	out, sent, err := v4.NewSigner().PresignHTTP(t.Context(), creds, req, unsignedPayload, at.service, at.region, now, func(o *v4.SignerOptions) {
		o.DisableURIPathEscaping = true // S3 signs the path as it is sent
		o.DisableHeaderHoisting = true  // S3 ignores headers that are moved into the query
	})
	if err != nil {
		t.Fatal(err)
	}
	sent.Del("Host")
	return out, sent
}

// sameAsSDK holds a URL of ours and its headers against the SDK's.
func sameAsSDK(t *testing.T, v *sigv4, creds aws.Credentials, now time.Time, key string, length int64, query, headers []field) {
	t.Helper()
	want, wantSent := sdkURL(t, v.site, creds, now, time.Minute, key, length, query, headers)
	all := slices.Concat(headers, []field{{"host", v.host}})
	if length > 0 {
		all = append(all, field{"content-length", strconv.FormatInt(length, 10)})
	}
	inOrder(all)
	if got := v.presign(creds, now, time.Minute, key, query, all); got != want {
		t.Errorf("ours:    %s\nthe SDK's: %s", got, want)
	}
	if sent := toSend(all); !maps.EqualFunc(sent, wantSent, func(a, b []string) bool { return strings.Join(a, "|") == strings.Join(b, "|") }) {
		t.Errorf("to send %v, the SDK says %v", sent, wantSent)
	}
}

// TestSignsAsTheSDK: our signer is the SDK's, only smaller.
func TestSignsAsTheSDK(t *testing.T) {
	noon := time.Date(2026, 11, 27, 23, 59, 59, 0, time.FixedZone("", -3600))
	for _, base := range []string{
		"https://vault.s3.eu-central-1.amazonaws.com", "http://127.0.0.1:9000/vault", "https://s3.example:443/vault", "http://s3.example:80/v", "https://s3.example:80/v",
		"http://[::1]:9000/vault", "https://[::1]:443/v", "https://s3.example/behind%20a/proxy/vault",
	} {
		u, err := url.Parse(base)
		if err != nil {
			t.Fatal(err)
		}
		v := newSigv4(site{base: u, region: "eu-central-1", service: "s3"})
		for i, creds := range []aws.Credentials{
			{AccessKeyID: "AKID", SecretAccessKey: "secret"}, {AccessKeyID: "ASIA/+=", SecretAccessKey: "other", SessionToken: "to+ken/with=all &that"},
		} {
			now := noon.Add(time.Duration(i) * time.Hour) // over midnight in UTC, and another key
			sameAsSDK(t, v, creds, now, "uploads/a b/ü+%25~!*'()/x", 1<<24,
				[]field{{"partNumber", "10000"}, {"uploadId", "2~a/b+c=&d ü"}, {"x-id", "UploadPart"}}, []field{{"x-amz-checksum-crc64nvme", "AAAAAAAAAA+/="}})
			sameAsSDK(t, v, creds, now, "k", 0, []field{{"x-id", "PutObject"}}, []field{
				{"content-type", "text/plain;  charset=utf-8 "}, {"if-none-match", "*"}, {"x-amz-meta-b", " a   b\t "}, {"x-amz-meta-a", ""},
				{"x-amz-server-side-encryption", "aws:kms"}, {"x-amz-tagging", "a=b%20c"}, {"content-md5", "1B2M2Y8AsgTpgAmY7PhCfg=="},
			})
		}
	}
}

// FuzzSignsAsTheSDK looks for a key or a value of which the two make different URLs.
func FuzzSignsAsTheSDK(f *testing.F) {
	v := newSigv4(site{base: &url.URL{Scheme: "https", Host: "s3.example", Path: "/vault"}, region: "r", service: "s3"})
	f.Add("uploads/a b", "text/plain", "x  y", "id", "token", int64(5))
	f.Fuzz(func(t *testing.T, key, kind, meta, id, token string, length int64) {
		sameAsSDK(t, v, aws.Credentials{AccessKeyID: "A", SecretAccessKey: "S", SessionToken: token}, time.Unix(1_800_000_000, 0), key, length,
			[]field{{"uploadId", id}}, []field{{"content-type", kind}, {"x-amz-meta-m", meta}})
	})
}
