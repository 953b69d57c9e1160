package s3

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/minio/crc64nvme"

	"longshore/internal/s3test"
	"longshore/signer"
)

// TestServersTakeOurSignature: what is equal to the SDK's is still only worth what
// a server says of it. Keys with all that paths escape, metadata in no order, a
// key of a day and of a session.
func TestServersTakeOurSignature(t *testing.T) {
	body := []byte("some bytes")
	sum := crc64nvme.New()
	_, _ = sum.Write(body) // a hash takes everything
	crc := base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint64(nil, sum.Sum64()))
	for name, start := range map[string]func(testing.TB) *s3test.Server{
		"versitygw": s3test.VersityGW,
		"MinIO":     s3test.MinIO,
		"MinIO, a session": func(t testing.TB) *s3test.Server {
			return s3test.MinIO(t).Limited(t, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::*"}]}`)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := start(t)
			st := open(t, Config{Bucket: srv.Bucket, Region: srv.Region, Endpoint: srv.Endpoint, AccessKey: srv.AccessKey, SecretKey: srv.SecretKey, SessionToken: srv.SessionToken})
			for _, key := range []string{"a b/c d", "plus+and%2Bpercent%", "~!*'()&$@=;:,?#[]<>|^`\"", "Grüße/日本/😀", "dots.../.x..y/end.", "tab\there"} {
				size := int64(len(body))
				in := signer.PutInput{
					CreateInput: signer.CreateInput{Key: key, ContentType: "text/plain; charset=utf-8", Metadata: map[string]string{"z": "last", "a-b": "x y", "a": "a=b&c+d/%20", "b2": "~"}},
					Size:        size, CRC64: crc, Lifetime: time.Minute,
				}
				signed, err := st.PresignPut(t.Context(), in)
				if err != nil {
					t.Fatal(err)
				}
				if answer := put(t, signed, body); answer != "" {
					t.Errorf("%q: %s", key, answer)
					continue
				}
				if answer := put(t, signed, []byte("other byte")); !strings.HasPrefix(answer, "400") {
					t.Errorf("%q: other bytes: %s", key, answer)
				}
				head, err := srv.Client().HeadObject(t.Context(), &awss3.HeadObjectInput{Bucket: &srv.Bucket, Key: &key})
				if err != nil || head.Metadata["a"] != in.Metadata["a"] || head.Metadata["z"] != "last" || aws.ToString(head.ContentType) != in.ContentType {
					t.Errorf("%q: %v, %+v", key, err, head)
				}
				up, err := st.CreateUpload(t.Context(), signer.CreateInput{Key: key, CRC64NVME: true})
				if err != nil {
					t.Fatal(err)
				}
				part, err := st.PresignPart(t.Context(), signer.PartInput{UploadKey: signer.UploadKey{Key: key, UploadID: up.UploadID}, PartNumber: 10_000, Size: &size, CRC64NVME: crc, Lifetime: time.Minute})
				if err != nil {
					t.Fatal(err)
				}
				if answer := put(t, part, body); answer != "" {
					t.Errorf("a part of %q: %s", key, answer)
				}
			}
		})
	}
}

// TestAnEndpointWithItsSchemesPort: Go's clients send a port in Host as it stands
// in the URL, and the signature is over a Host without it.
func TestAnEndpointWithItsSchemesPort(t *testing.T) {
	srv := s3test.MinIO(t)
	st := open(t, Config{Bucket: srv.Bucket, Region: srv.Region, Endpoint: "http://s3.example:80", AccessKey: srv.AccessKey, SecretKey: srv.SecretKey})
	signed, err := st.PresignPut(t.Context(), signer.PutInput{CreateInput: signer.CreateInput{Key: "k", ContentType: "text/plain"}, Size: 1, Lifetime: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, strings.TrimPrefix(srv.Endpoint, "http://"))
	}}
	t.Cleanup(transport.CloseIdleConnections)
	if answer := putBy(t, &http.Client{Transport: transport}, signed, []byte("x")); answer != "" {
		t.Error(answer)
	}
}

// put sends body as signed, and gives what the server says if it is not 200.
func put(t *testing.T, signed signer.SignedRequest, body []byte) string {
	t.Helper()
	transport := new(http.Transport)
	defer transport.CloseIdleConnections()
	return putBy(t, &http.Client{Transport: transport}, signed, body)
}

func putBy(t *testing.T, client *http.Client, signed signer.SignedRequest, body []byte) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, signed.URL, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header = signed.Headers
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(resp.Body)
	if err := resp.Body.Close(); err != nil {
		t.Error(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode == http.StatusOK {
		return ""
	}
	return resp.Status + " " + string(text)
}
