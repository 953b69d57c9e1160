package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"longshore/internal/s3test"
)

// simplestClient is the client of the design that the protocol's first three
// calls come from: required fields alone, no size, no checksum, 10 MB slices,
// one URL at a time. It knows nothing of this repository. It returns the key.
func simplestClient(signer, name string, file io.Reader) (key string, err error) {
	call := func(path string, in map[string]any) (out map[string]any, err error) {
		body, err := json.Marshal(in)
		if err != nil {
			return nil, err
		}
		resp, err := rawClient.Post(signer+path, "application/json", bytes.NewReader(body))
		if err != nil {
			return nil, err
		}
		defer resp.Body.Close()
		if resp.StatusCode != 200 {
			return nil, fmt.Errorf("%s: %s", path, resp.Status)
		}
		err = json.NewDecoder(resp.Body).Decode(&out)
		return out, err
	}
	up, err := call("/v1/init-upload", map[string]any{"fileName": name, "mimeType": "application/octet-stream"})
	if err != nil {
		return "", err
	}
	id, key := up["uploadId"], up["objectKey"].(string)
	var parts []map[string]any
	slice := make([]byte, 10_000_000)
	for n := 1; ; n++ {
		size, readErr := io.ReadFull(file, slice)
		if readErr == io.EOF && n > 1 {
			break
		}
		part, err := call("/v1/get-part-url", map[string]any{"uploadId": id, "objectKey": key, "partNumber": n})
		if err != nil {
			return "", err
		}
		req, err := http.NewRequest(http.MethodPut, part["url"].(string), bytes.NewReader(slice[:size]))
		if err != nil {
			return "", err
		}
		resp, err := rawClient.Do(req)
		if err != nil {
			return "", err
		}
		resp.Body.Close()
		if resp.StatusCode != 200 {
			return "", fmt.Errorf("part %d: %s", n, resp.Status)
		}
		parts = append(parts, map[string]any{"PartNumber": n, "ETag": resp.Header.Get("ETag")})
	}
	done, err := call("/v1/complete-upload", map[string]any{"uploadId": id, "objectKey": key, "parts": parts})
	if err == nil && done["fileUrl"] == "" {
		err = fmt.Errorf("complete-upload names no file")
	}
	return key, err
}

func TestSimplestClient(t *testing.T) {
	data := seeded(25_000_000, 1)
	t.Run("demo vault", func(t *testing.T) {
		demo := s3test.Demo(t)
		key, err := simplestClient(demo.URL, "simple \"file\".bin", bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		stored, err := os.ReadFile(demo.Path(key))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(stored, data) {
			t.Error("the stored file differs from the one sent")
		}
	})
	t.Run("minio with kms", func(t *testing.T) {
		r := newMinIO(t, "--allow-simple-clients")
		key, err := simplestClient(r.URL, "simple.bin", bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		out, err := r.s3.Client().GetObject(t.Context(), &s3.GetObjectInput{Bucket: &r.s3.Bucket, Key: &key})
		if err != nil {
			t.Fatal(err)
		}
		defer out.Body.Close()
		stored, err := io.ReadAll(out.Body)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(stored, data) {
			t.Error("the stored object differs from the file sent")
		}
		if out.ServerSideEncryption != types.ServerSideEncryptionAwsKms {
			t.Errorf("the object is encrypted with %q, want aws:kms", out.ServerSideEncryption)
		}
		r.wantNoOpenUploads(t, key)
	})
	t.Run("not allowed by default", func(t *testing.T) {
		r := newVersity(t)
		a := post(t, r.URL, "/v1/init-upload", map[string]any{"fileName": "a", "mimeType": "text/plain"})
		wantCode(t, a, "size_required")
	})
}
