package remote

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"longshore/signer/api"
	"longshore/uploader"
)

// canned answers every request with the same body, at once.
type canned []byte

func (c canned) RoundTrip(r *http.Request) (*http.Response, error) {
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return nil, err
	}
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(bytes.NewReader(c)), ContentLength: int64(len(c)), Request: r,
	}, nil
}

// BenchmarkSignObjects is a signing call for 100 small objects without the wire: encoding, decoding and checking.
func BenchmarkSignObjects(b *testing.B) {
	var ask []uploader.CreateRequest
	var answer api.PutURLsResponse
	for i := range api.MaxBatch {
		ref := fmt.Sprintf("01M8FD3WW%017d", i)
		key := "uploads/bench/2026-11-27/" + ref + "/study/1.dcm"
		ask = append(ask, uploader.CreateRequest{
			Attempt: uploader.AttemptID(ref), FileName: "1.dcm", RelPath: "study/1.dcm", ContentType: "application/dicom",
			Size: 200_000, Checksum: uploader.ChecksumCRC64NVME, Sum: "rosUhgp5mIg=",
		})
		answer.Objects = append(answer.Objects, api.PutURL{
			UploadRef: ref, ObjectKey: key, URL: "https://s3.example.org/vault/" + key + "?X-Amz-Signature=" + strings.Repeat("0", 900),
			Headers: map[string]string{"x-amz-checksum-crc64nvme": "rosUhgp5mIg=", "content-type": "application/dicom", "if-none-match": "*"}, ExpiresIn: 900,
		})
	}
	body, err := json.Marshal(answer)
	if err != nil {
		b.Fatal(err)
	}
	s, err := New(Config{Base: "https://signer.example.org", HTTP: &http.Client{Transport: canned(body)}})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		signed, err := s.SignObjects(context.Background(), ask)
		if err != nil || len(signed) != len(ask) || signed[0].Err != nil {
			b.Fatal(err, len(signed))
		}
	}
}
