package store

import (
	"context"
	"fmt"
	"os"
	"reflect"
	"testing"
	"time"

	"go.uber.org/goleak"

	"longshore/uploader"
)

// TestMain is also the main of the children: the checking one of the product, and those of the tests.
func TestMain(m *testing.M) {
	if IsCheckChild() {
		os.Exit(CheckMain())
	}
	if name := os.Getenv(testChildEnv); name != "" {
		os.Exit(testMain(name, os.Args[1:]))
	}
	// The race detector makes every process linger for a second at its end; our children are hundreds.
	if err := os.Setenv("GORACE", "atexit_sleep_ms=0 "+os.Getenv("GORACE")); err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m)
}

func mustOpen(t testing.TB, dir string) *DB {
	t.Helper()
	return mustOpenWith(t, dir, Options{})
}

func mustOpenWith(t testing.TB, dir string, opts Options) *DB {
	t.Helper()
	db, err := Open(context.Background(), dir, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func mustClose(t testing.TB, db *DB) {
	t.Helper()
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

func apply(t testing.TB, db *DB, records ...uploader.Record) {
	t.Helper()
	if err := db.Apply(context.Background(), records); err != nil {
		t.Fatal(err)
	}
}

func wantCode(t testing.TB, err error, code uploader.Code) {
	t.Helper()
	if got := uploader.CodeOf(err); got != code {
		t.Fatalf("code %q, want %q (%v)", got, code, err)
	}
}

func mustLoad(t testing.TB, db *DB) uploader.Queue {
	t.Helper()
	q, err := db.Load(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func same(t testing.TB, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("got  %+v\nwant %+v", got, want)
	}
}

// now has nanoseconds and a past, like the times of files.
var now = time.Date(2026, 11, 23, 14, 0, 0, 123456789, time.UTC)

func id(kind string, n int) string { return fmt.Sprintf("01%s%0*d", kind, 24-len(kind), n) }

func aVault(n int) uploader.Vault {
	return uploader.Vault{ID: uploader.VaultID(id("V", n)), Name: "Radiology", SignerURL: "https://signer.test", TokenFile: "/t",
		CAFile: "/ca", DataOrigins: []string{"https://s3.test", "https://s4.test"}, Checksum: uploader.ChecksumCRC64NVME,
		Encryption: "aws:kms", AddedAt: now, SignIn: uploader.SignInOIDC, Account: "keychain:a", CA: "pem", Proxy: "none", Renamed: true,
		OIDC: uploader.OIDC{Issuer: "https://login.test", ClientID: "c", Scopes: []string{"openid", "x"}, Audience: "a", IDToken: true, TokenFiles: true}}
}

func aBatch(n int) uploader.Batch {
	return uploader.Batch{ID: uploader.BatchID(id("B", n)), Vault: aVault(1).ID, Scanning: true, AddedAt: now}
}

func anEntry(batch, n int) uploader.Entry {
	return uploader.Entry{ID: uploader.EntryID(id("E", n)), Batch: aBatch(batch).ID, Path: "/data/study", Name: "study", Dir: true,
		Order: int64(n)}
}

func aJob(batch, entry, n int) uploader.Job {
	rel := fmt.Sprintf("study/%d.dcm", n)
	return uploader.Job{ID: uploader.JobID(id("J", n)), Batch: aBatch(batch).ID, Entry: anEntry(batch, entry).ID, Vault: aVault(1).ID,
		Path: "/data/" + rel, RelPath: rel, Size: int64(n) << 20, Fingerprint: aFingerprint(n), State: uploader.Queued,
		Order: int64(n), Revision: 1, AddedAt: now}
}

func aFingerprint(n int) uploader.Fingerprint {
	return uploader.Fingerprint{Size: int64(n) << 20, ModTime: now.Add(-time.Hour), ChangeTime: now.Add(-time.Minute), Device: 1 << 63,
		Inode: uint64(n), Mount: "8:1", Unstable: true}
}

func anAttempt(j uploader.Job, n int) uploader.Attempt {
	at := uploader.AttemptID(id("A", n))
	return uploader.Attempt{ID: at, Job: j.ID, Vault: j.Vault, Phase: uploader.PhaseUploading,
		Request: uploader.CreateRequest{Attempt: at, FileName: "a.dcm", RelPath: j.RelPath, ContentType: "application/dicom", Size: j.Size,
			PartSize: 16 << 20, Checksum: uploader.ChecksumCRC64NVME, Sum: "c3Vt", Batch: j.Batch, ModTime: now},
		Fingerprint: aFingerprint(n), UploadID: "sealed", Key: "uploads/p/k", PartSize: 16 << 20,
		Checksum: uploader.ChecksumCRC64NVME, ResumeBefore: now.Add(time.Hour), StartedAt: now}
}

func aPart(n int32) uploader.Part {
	return uploader.Part{PartNumber: n, ETag: `"e"`, Size: 16 << 20, Checksum: "AAAAAAAAAAA="}
}

func aReceipt(j uploader.Job, a uploader.AttemptID, at time.Time) uploader.Receipt {
	return uploader.Receipt{Job: j.ID, Batch: j.Batch, Attempt: a, Vault: j.Vault, Path: j.Path, RelPath: j.RelPath, Size: j.Size,
		Key: "k", FileURL: "https://s3.test/k", ETag: `"e"`, VersionID: "v1", Checksum: "AAAAAAAAAAA=",
		Verified: uploader.VerifiedFullObject, Encryption: "aws:kms", Source: "read", StartedAt: now, FinishedAt: at, ModTime: j.Fingerprint.ModTime}
}

// next is the job's following revision in this state.
func next(j uploader.Job, s uploader.State) uploader.Job {
	j.State = s
	j.Revision++
	return j
}
