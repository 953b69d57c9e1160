package s3

import (
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"longshore/internal/s3test"
	"longshore/signer/bucket"
)

// TestDoctorOnLockedBucket: a bucket with Object Lock has versions, and with a
// default retention nothing can be deleted for good. Doctor leaves nothing in the
// first, and one empty object, ever, in the second.
func TestDoctorOnLockedBucket(t *testing.T) {
	srv := s3test.MinIO(t)
	client, name := srv.Client(), "locked"
	_, err := client.CreateBucket(t.Context(), &awss3.CreateBucketInput{Bucket: &name, ObjectLockEnabledForBucket: aws.Bool(true)})
	if err != nil {
		t.Fatal(err)
	}
	a, err := NewAdmin(t.Context(), Config{Bucket: name, Region: srv.Region, Endpoint: srv.Endpoint, AccessKey: srv.AccessKey, SecretKey: srv.SecretKey})
	if err != nil {
		t.Fatal(err)
	}
	versions := func() int {
		out, err := client.ListObjectVersions(t.Context(), &awss3.ListObjectVersionsInput{Bucket: &name})
		if err != nil {
			t.Fatal(err)
		}
		return len(out.Versions) + len(out.DeleteMarkers)
	}
	examine := func(lock string) {
		t.Helper()
		transport := &http.Transport{}
		defer transport.CloseIdleConnections()
		want := bucket.Desired{Bucket: name, Region: srv.Region, KMSKey: srv.KMSKeyID}.WithDefaults()
		lines := map[string]bucket.Check{}
		bucket.Examine(t.Context(), bucket.Exam{Vault: a, Want: want, Limit: 20 * time.Second, Transport: transport, Now: time.Now}, func(c bucket.Check) { lines[c.Name] = c })
		for _, line := range []string{"upload", "checksums", "no overwriting by PUT", "no overwriting by Complete", "versioning", "object lock"} {
			if lines[line].Status != bucket.OK {
				t.Errorf("%+v", lines[line])
			}
		}
		if lines["object lock"].Text != lock {
			t.Errorf("%+v", lines["object lock"])
		}
	}
	examine("is on, without a default retention")
	if n := versions(); n != 0 {
		t.Errorf("%d versions are left", n)
	}
	_, err = client.PutObjectLockConfiguration(t.Context(), &awss3.PutObjectLockConfigurationInput{
		Bucket: &name, ObjectLockConfiguration: &types.ObjectLockConfiguration{
			ObjectLockEnabled: types.ObjectLockEnabledEnabled,
			Rule:              &types.ObjectLockRule{DefaultRetention: &types.DefaultRetention{Mode: types.ObjectLockRetentionModeCompliance, Days: aws.Int32(1)}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		examine("is on: every object is locked for 1 day (compliance)")
		if n := versions(); n != 1 {
			t.Errorf("%d versions are left", n)
		}
	}
}
