package s3test_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"longshore/internal/s3test"
)

const (
	wrongCRC = "AAAAAAAAAAA="             // of no bytes
	wrongMD5 = "1B2M2Y8AsgTpgAmY7PhCfg==" // of no bytes
)

// TestCarelessServerStoresWhatDoesNotMatch: every checksum is accepted and none
// is checked, but Content-MD5. The server behind would have refused each.
func TestCarelessServerStoresWhatDoesNotMatch(t *testing.T) {
	both(t, func(t *testing.T, honest *s3test.Server) {
		front, careless := s3test.NewCareless(t, honest)
		if _, code := sendWrongPart(t, honest, "honest", wrongCRC, ""); code == "" {
			t.Error("the server behind stored a part with a wrong checksum: the front proves nothing")
		}
		id, code := sendWrongPart(t, front, "careless", wrongCRC, "")
		if code != "" {
			t.Errorf("a part with a wrong checksum was refused: %s", code)
		}
		if _, code := sendWrongPart(t, front, "md5", "", wrongMD5); code != "BadDigest" {
			t.Errorf("a part with a wrong Content-MD5: %q, want BadDigest", code)
		}
		if _, code := sendWrongPart(t, front, "no md5", "", "rubbish"); code != "InvalidDigest" {
			t.Errorf("a part with a Content-MD5 that is none: %q, want InvalidDigest", code)
		}
		key := "careless"
		parts, err := front.Client().ListParts(t.Context(), &s3.ListPartsInput{Bucket: &front.Bucket, Key: &key, UploadId: &id})
		if err != nil || len(parts.Parts) != 1 || aws.ToString(parts.Parts[0].ChecksumCRC64NVME) != "" {
			t.Fatalf("the list is %+v (%v), want one part without a checksum", parts, err)
		}
		done, err := front.Client().CompleteMultipartUpload(t.Context(), &s3.CompleteMultipartUploadInput{
			Bucket: &front.Bucket, Key: &key, UploadId: &id, MpuObjectSize: aws.Int64(99),
			ChecksumCRC64NVME: aws.String(wrongCRC), ChecksumType: types.ChecksumTypeFullObject,
			MultipartUpload: &types.CompletedMultipartUpload{Parts: []types.CompletedPart{
				{PartNumber: aws.Int32(1), ETag: parts.Parts[0].ETag, ChecksumCRC64NVME: aws.String(wrongCRC)},
			}},
		})
		if err != nil || aws.ToString(done.ChecksumCRC64NVME) != "" {
			t.Fatalf("Complete with wrong checksums and size: %+v (%v), want a success without a checksum", done, err)
		}
		head, err := front.Client().HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &front.Bucket, Key: &key, ChecksumMode: types.ChecksumModeEnabled})
		if err != nil || aws.ToString(head.ChecksumCRC64NVME) != "" || aws.ToInt64(head.ContentLength) != 5 {
			t.Fatalf("the object is %+v (%v), want 5 bytes without a checksum", head, err)
		}
		if careless.Dropped() == 0 {
			t.Error("nothing was dropped")
		}
		if checked, broken := careless.MD5Checked(); checked != 2 || broken != 1 {
			t.Errorf("%d Content-MD5 were checked and %d broken, want 2 and 1", checked, broken)
		}
		if why := careless.Refused(); len(why) != 0 {
			t.Errorf("signatures that the SDK made were refused: %q", why)
		}
	})
}

// sendWrongPart sends "hello" as a part with these checksums.
func sendWrongPart(t *testing.T, s *s3test.Server, key, crc, md5 string) (uploadID, code string) {
	t.Helper()
	create := &s3.CreateMultipartUploadInput{Bucket: &s.Bucket, Key: &key}
	in := &s3.UploadPartInput{Bucket: &s.Bucket, Key: &key, PartNumber: aws.Int32(1), Body: strings.NewReader("hello")}
	if crc != "" {
		create.ChecksumAlgorithm, create.ChecksumType = types.ChecksumAlgorithmCrc64nvme, types.ChecksumTypeFullObject
		in.ChecksumCRC64NVME = &crc
	}
	if md5 != "" {
		in.ContentMD5 = &md5
	}
	plain := func(o *s3.Options) { o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired }
	up, err := s.Client().CreateMultipartUpload(t.Context(), create, plain)
	if err != nil {
		t.Fatal(err)
	}
	in.UploadId = up.UploadId
	_, err = s.Client().UploadPart(t.Context(), in, plain)
	var failed smithy.APIError
	if errors.As(err, &failed) {
		return *up.UploadId, failed.ErrorCode()
	}
	if err != nil {
		t.Fatal(err)
	}
	return *up.UploadId, ""
}

// TestCarelessServerHoldsSignatures: it ignores checksums, not signatures.
func TestCarelessServerHoldsSignatures(t *testing.T) {
	front, careless := s3test.NewCareless(t, s3test.VersityGW(t))
	key := "signed/na me+é.bin"
	signed, err := s3.NewPresignClient(front.Client()).PresignPutObject(t.Context(), &s3.PutObjectInput{
		Bucket: &front.Bucket, Key: &key, ContentType: aws.String("text/plain"), Metadata: map[string]string{"a": "b  c"},
	}, func(o *s3.PresignOptions) {
		o.ClientOptions = append(o.ClientOptions, func(o *s3.Options) { o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired })
	})
	if err != nil {
		t.Fatal(err)
	}
	send := func(edit func(*http.Request)) int {
		req, err := http.NewRequestWithContext(t.Context(), signed.Method, signed.URL, bytes.NewReader([]byte("bytes")))
		if err != nil {
			t.Fatal(err)
		}
		for k, v := range signed.SignedHeader {
			if k != "Host" {
				req.Header[k] = v
			}
		}
		edit(req)
		client := &http.Client{Transport: &http.Transport{}}
		defer client.CloseIdleConnections()
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		_, _ = io.Copy(io.Discard, resp.Body)
		return resp.StatusCode
	}
	for name, edit := range map[string]func(*http.Request){
		"another type":       func(r *http.Request) { r.Header.Set("Content-Type", "text/html") },
		"a missing header":   func(r *http.Request) { r.Header.Del("X-Amz-Meta-A") },
		"an unsigned header": func(r *http.Request) { r.Header.Set("X-Amz-Meta-B", "c") },
		"another key":        func(r *http.Request) { r.URL.Path += "x"; r.URL.RawPath = "" },
		"another query":      func(r *http.Request) { r.URL.RawQuery += "&partNumber=2" },
		"no signature":       func(r *http.Request) { r.URL.RawQuery = "" },
	} {
		before := len(careless.Refused())
		if status := send(edit); status != http.StatusForbidden {
			t.Errorf("%s: status %d, want 403", name, status)
		}
		if len(careless.Refused()) != before+1 {
			t.Errorf("%s: the refusal was not noted", name)
		}
	}
	if status := send(func(*http.Request) {}); status != http.StatusOK {
		t.Errorf("as signed: status %d; refused %q", status, careless.Refused())
	}
	if n := front.Objects(t)[key]; n != 5 {
		t.Errorf("the object has %d bytes, want 5", n)
	}
}
