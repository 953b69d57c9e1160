package signer_test

import (
	"testing"

	"longshore/internal/s3test"
	"longshore/signer/bucket"
)

// TestLeastPrivilege runs the protocol with exactly the permissions that the
// table lists for serve, on a server that enforces them. That each is needed is
// shown in signer/bucket.
func TestLeastPrivilege(t *testing.T) {
	srv := s3test.MinIO(t)
	want := bucket.Desired{Bucket: srv.Bucket, Region: srv.Region, KMSKey: srv.KMSKeyID}.WithDefaults()
	policy, err := want.RolePolicy(bucket.RoleServe)
	if err != nil {
		t.Fatal(err)
	}
	limited := srv.Limited(t, string(policy))
	for name, run := range map[string]func(*testing.T, *s3test.Server){
		"whole protocol":        testWholeProtocol,
		"zero bytes":            testZeroBytes,
		"simple client":         testSimpleClient,
		"md5 parts":             testMD5Parts,
		"put urls":              testPutURLs,
		"tampered part":         testTamperedPart,
		"replays":               testReplays,
		"no conditional writes": testReplaysUnconditional,
		"retried init":          testRetriedInit,
		"abort":                 testAbort,
		"two signers":           testTwoSigners,
		"manifest":              testManifest,
		"manifest by md5":       testManifestMD5,
		"manifest looked for":   testManifestUnconditional,
	} {
		t.Run(name, func(t *testing.T) { run(t, limited) })
	}
	if open := openUploads(t, srv); len(open) != 0 {
		t.Errorf("%d uploads were left open: %v", len(open), open)
	}
}
