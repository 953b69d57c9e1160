package s3

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"longshore/signer"
)

const opHead = "HeadObject"

// Stat looks at an object with its checksum. A quick look tells what is there, and
// that nothing is; the SDK is asked when it does neither, and it alone decides what
// another answer means, and whether to ask again.
func (s *Storage) Stat(ctx context.Context, key string) (signer.StoredObject, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	if obj, err := s.quickLook(ctx, key); !errors.Is(err, errAskSDK) {
		return obj, err
	}
	return s.askSDK(ctx, key)
}

func (s *Storage) askSDK(ctx context.Context, key string) (signer.StoredObject, error) {
	out, err := s.api.HeadObject(ctx, &awss3.HeadObjectInput{
		Bucket: &s.bucket, Key: &key, ChecksumMode: types.ChecksumModeEnabled,
	})
	if err != nil {
		return signer.StoredObject{}, storageError(ctx, opHead, err)
	}
	obj := signer.StoredObject{
		Key: key, Size: aws.ToInt64(out.ContentLength), ETag: aws.ToString(out.ETag),
		VersionID:  versionID(aws.ToString(out.VersionId)),
		CRC64NVME:  fullObjectCRC(aws.ToString(out.ChecksumCRC64NVME), string(out.ChecksumType)),
		Encryption: string(out.ServerSideEncryption), KMSKeyID: aws.ToString(out.SSEKMSKeyId),
		Metadata: make(map[string]string, len(out.Metadata)),
	}
	for k, v := range out.Metadata {
		obj.Metadata[strings.ToLower(k)] = v
	}
	return obj, nil
}

// quickAgent is how the storage's log names such a request.
const quickAgent = "longshore-signer"

// emptySum is the SHA-256 of no bytes.
const emptySum = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

// newHeaderSigner makes the SDK's signer as its client for S3 has it.
func newHeaderSigner() *v4.Signer {
	return v4.NewSigner(func(o *v4.SignerOptions) {
		o.DisableURIPathEscaping = true // S3 signs the path as it is sent
	})
}

// quickLook is a HeadObject without the SDK's forty layers around it, which took
// twice as long as the request itself and grew the stack of every goroutine that
// made one: a manifest looks at each object of a drop. Signer, client and its
// connections are the SDK's. Anything but a whole answer of 200 or a 404 is errAskSDK.
func (s *Storage) quickLook(ctx context.Context, key string) (signer.StoredObject, error) {
	req, err := s.headRequest(ctx, key)
	if err != nil {
		return signer.StoredObject{}, errAskSDK
	}
	resp, err := s.http.Do(req)
	if err != nil {
		return signer.StoredObject{}, errAskSDK
	}
	switch err := resp.Body.Close(); {
	case err != nil:
	case resp.StatusCode == http.StatusOK && resp.ContentLength >= 0:
		return seen(key, resp), nil
	case resp.StatusCode == http.StatusNotFound: // the SDK's word for it
		return signer.StoredObject{}, &signer.StorageError{
			Op: opHead, Failure: signer.FailNotFound, Status: resp.StatusCode, Code: "NotFound", Err: errors.New("404 to HEAD"),
		}
	}
	return signer.StoredObject{}, errAskSDK
}

// errAskSDK means that a quick look does not say.
var errAskSDK = errors.New("ask the SDK")

func (s *Storage) headRequest(ctx context.Context, key string) (*http.Request, error) {
	creds, err := s.creds.Retrieve(ctx)
	if err != nil {
		return nil, err
	}
	at := s.site.base
	path := at.Path + "/" + key
	req := (&http.Request{
		Method: http.MethodHead, Host: at.Host, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		URL: &url.URL{Scheme: at.Scheme, Host: at.Host, Path: path, RawPath: string(appendEscaped(nil, path, true))},
		Header: http.Header{
			"X-Amz-Checksum-Mode": {"ENABLED"}, "X-Amz-Content-Sha256": {emptySum}, "User-Agent": {quickAgent},
		},
	}).WithContext(ctx)
	return req, s.headers.SignHTTP(ctx, creds, req, emptySum, s.site.service, s.site.region, s.now())
}

// seen reads an answer as the SDK does.
func seen(key string, resp *http.Response) signer.StoredObject {
	h := resp.Header
	obj := signer.StoredObject{
		Key: key, Size: resp.ContentLength, ETag: h.Get("ETag"), VersionID: versionID(h.Get("X-Amz-Version-Id")),
		CRC64NVME:  fullObjectCRC(h.Get("X-Amz-Checksum-Crc64nvme"), h.Get("X-Amz-Checksum-Type")),
		Encryption: h.Get("X-Amz-Server-Side-Encryption"), KMSKeyID: h.Get("X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id"),
		Metadata: map[string]string{},
	}
	const prefix = "X-Amz-Meta-"
	for name, values := range h {
		if len(name) >= len(prefix) && strings.EqualFold(name[:len(prefix)], prefix) {
			obj.Metadata[strings.ToLower(name[len(prefix):])] = values[0]
		}
	}
	return obj
}

// versionID drops the "null" that buckets without versioning may answer.
func versionID(v string) string {
	if v == "null" {
		return ""
	}
	return v
}

// fullObjectCRC gives the checksum if it is that of the whole object. A
// CRC64NVME has no other type in S3; servers that leave the type out mean it.
func fullObjectCRC(sum, kind string) string {
	if kind == string(types.ChecksumTypeComposite) {
		return ""
	}
	return sum
}
