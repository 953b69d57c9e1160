package s3test

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// lookTimeout bounds one look at the server.
const lookTimeout = 30 * time.Second

// lookContext works inside t.Cleanup too, where t.Context is already cancelled.
func lookContext(t testing.TB) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(t.Context()), lookTimeout)
}

// Objects returns the bucket's objects, key to size in bytes, every page.
func (s *Server) Objects(t testing.TB) map[string]int64 {
	t.Helper()
	ctx, cancel := lookContext(t)
	defer cancel()
	objects := map[string]int64{}
	pages := s3.NewListObjectsV2Paginator(s.Client(), &s3.ListObjectsV2Input{Bucket: &s.Bucket})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			t.Fatalf("s3test: list objects: %v", err)
		}
		for _, o := range page.Contents {
			objects[aws.ToString(o.Key)] = aws.ToInt64(o.Size)
		}
	}
	return objects
}

// OpenUploads returns one "key uploadId" for each multipart upload that is
// neither completed nor aborted, every page: of the whole bucket, or of whole
// keys. (MinIO finds nothing for a prefix that is only part of a key.)
func (s *Server) OpenUploads(t testing.TB, keys ...string) []string {
	t.Helper()
	if len(keys) == 0 {
		keys = []string{""}
	}
	ctx, cancel := lookContext(t)
	defer cancel()
	var open []string
	for _, key := range keys {
		in := &s3.ListMultipartUploadsInput{Bucket: &s.Bucket}
		if key != "" {
			in.Prefix = aws.String(key)
		}
		pages := s3.NewListMultipartUploadsPaginator(s.Client(), in)
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				t.Fatalf("s3test: list uploads: %v", err)
			}
			for _, u := range page.Uploads {
				open = append(open, aws.ToString(u.Key)+" "+aws.ToString(u.UploadId))
			}
		}
	}
	return open
}

// CountOpenUploads is the number of OpenUploads.
func (s *Server) CountOpenUploads(t testing.TB, keys ...string) int {
	t.Helper()
	return len(s.OpenUploads(t, keys...))
}
