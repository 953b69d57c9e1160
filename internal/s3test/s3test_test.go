package s3test_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"go.uber.org/goleak"

	"longshore/internal/s3test"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// both runs a test against each server.
func both(t *testing.T, test func(t *testing.T, s *s3test.Server)) {
	t.Run("versitygw", func(t *testing.T) { test(t, s3test.VersityGW(t)) })
	t.Run("minio", func(t *testing.T) { test(t, s3test.MinIO(t)) })
}

func put(t *testing.T, s *s3test.Server, key, body string) *s3.PutObjectOutput {
	t.Helper()
	in := &s3.PutObjectInput{
		Bucket:            &s.Bucket,
		Key:               &key,
		Body:              strings.NewReader(body),
		ChecksumAlgorithm: types.ChecksumAlgorithmCrc64nvme,
	}
	if s.KMSKeyID != "" {
		in.ServerSideEncryption = types.ServerSideEncryptionAwsKms
		in.SSEKMSKeyId = &s.KMSKeyID
	}
	out, err := s.Client().PutObject(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestServerKeepsObjectsAcrossRestart(t *testing.T) {
	both(t, func(t *testing.T, s *s3test.Server) {
		if n := len(s.Objects(t)); n != 0 {
			t.Fatalf("a new server has %d objects, want none", n)
		}
		put(t, s, "a/b.txt", "hello")
		s.Child.Kill()
		if _, err := s.Client().HeadBucket(t.Context(), &s3.HeadBucketInput{Bucket: &s.Bucket}); err == nil {
			t.Fatal("the server answers after Kill")
		}
		s.Restart(t)
		if got := s.Objects(t); len(got) != 1 || got["a/b.txt"] != 5 {
			t.Fatalf("objects after restart = %v, want a/b.txt of 5 bytes", got)
		}
	})
}

func TestOpenUploadsAreCounted(t *testing.T) {
	both(t, func(t *testing.T, s *s3test.Server) {
		key := "open/upload.bin"
		out, err := s.Client().CreateMultipartUpload(t.Context(),
			&s3.CreateMultipartUploadInput{Bucket: &s.Bucket, Key: &key})
		if err != nil {
			t.Fatal(err)
		}
		if got := s.OpenUploads(t, key); len(got) != 1 || got[0] != key+" "+aws.ToString(out.UploadId) {
			t.Fatalf("open uploads = %q, want the one just created", got)
		}
		if n := s.CountOpenUploads(t); n != 1 {
			t.Fatalf("%d open uploads in the bucket, want 1", n)
		}
		_, err = s.Client().AbortMultipartUpload(t.Context(), &s3.AbortMultipartUploadInput{
			Bucket: &s.Bucket, Key: &key, UploadId: out.UploadId,
		})
		if err != nil {
			t.Fatal(err)
		}
		if n := s.CountOpenUploads(t, key); n != 0 {
			t.Fatalf("%d open uploads after the abort, want none", n)
		}
	})
}

func TestVersityGWStoresPlainFiles(t *testing.T) {
	s := s3test.VersityGW(t)
	put(t, s, "tree/leaf.txt", "plain")
	got, err := os.ReadFile(filepath.Join(s.Dir, s.Bucket, "tree", "leaf.txt"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, []byte("plain")) {
		t.Fatalf("file on disk = %q, want the object's bytes", got)
	}
}

func TestMinIOEncryptsWithKMS(t *testing.T) {
	s := s3test.MinIO(t)
	if out := put(t, s, "secret.bin", "cipher me"); out.ServerSideEncryption != types.ServerSideEncryptionAwsKms {
		t.Fatalf("PUT reports encryption %q, want aws:kms", out.ServerSideEncryption)
	}
	head, err := s.Client().HeadObject(t.Context(), &s3.HeadObjectInput{
		Bucket: &s.Bucket, Key: aws.String("secret.bin"), ChecksumMode: types.ChecksumModeEnabled,
	})
	if err != nil {
		t.Fatal(err)
	}
	if head.ServerSideEncryption != types.ServerSideEncryptionAwsKms {
		t.Errorf("stored encryption = %q, want aws:kms", head.ServerSideEncryption)
	}
	if got, want := aws.ToString(head.SSEKMSKeyId), "arn:aws:kms:"+s.KMSKeyID; got != want {
		t.Errorf("key id = %q, want %q", got, want)
	}
	if aws.ToString(head.ChecksumCRC64NVME) == "" {
		t.Error("the stored object reports no CRC64NVME")
	}
}

func TestPausedServerIsSilentAndResumes(t *testing.T) {
	s := s3test.VersityGW(t)
	if err := s.Child.Pause(); err != nil {
		t.Fatal(err)
	}
	head := func(wait time.Duration) error {
		ctx, cancel := context.WithTimeout(t.Context(), wait)
		defer cancel()
		_, err := s.Client().HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &s.Bucket})
		return err
	}
	if err := head(300 * time.Millisecond); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("a paused server's answer = %v, want silence", err)
	}
	if err := s.Child.Resume(); err != nil {
		t.Fatal(err)
	}
	if err := head(10 * time.Second); err != nil {
		t.Fatalf("after Resume: %v", err)
	}
}
