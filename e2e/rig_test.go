package e2e

import (
	"crypto/rand"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"longshore/internal/s3test"
)

// rig is a vault to break: client → control → signer → data → S3, and client →
// data → S3. data counts what reaches the server; both can be made to fail.
type rig struct {
	s3      *s3test.Server
	data    *proxy // in front of S3
	control *proxy // in front of the signer
	direct  string // the signer's own address
	URL     string // what a client is given
	signer  *proc
	args    []string
	env     []string
}

var readyLine = regexp.MustCompile(`(?m)^ready (https?://\S+)$`)

// newRig starts a signer with the whole-way proxies on an S3 server.
func newRig(t testing.TB, srv *s3test.Server, more ...string) *rig {
	t.Helper()
	r := &rig{s3: srv, data: newProxy(t, srv.Endpoint)}
	seal := filepath.Join(t.TempDir(), "seal.key")
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	writeFile(t, seal, key)
	r.args = append([]string{
		"serve", "--bucket", srv.Bucket, "--region", srv.Region, "--s3-endpoint", r.data.URL,
		"--seal-key-file", seal, "--rate", "-1",
	}, more...)
	if srv.KMSKeyID != "" {
		r.args = append(r.args, "--kms-key-id", srv.KMSKeyID)
	} else {
		r.args = append(r.args, "--no-kms")
	}
	r.env = []string{
		"AWS_ACCESS_KEY_ID=" + srv.AccessKey, "AWS_SECRET_ACCESS_KEY=" + srv.SecretKey,
		"AWS_EC2_METADATA_DISABLED=true", "HOME=" + t.TempDir(),
	}
	r.signer, r.direct = startSigner(t, r.env, append(r.args, "--listen", "127.0.0.1:0")...)
	r.control = newProxy(t, r.direct)
	r.URL = r.control.URL
	return r
}

// newVersity is a rig on a server whose objects are plain files.
func newVersity(t testing.TB, more ...string) *rig { return newRig(t, s3test.VersityGW(t), more...) }

// newMinIO is a rig on a server with KMS.
func newMinIO(t testing.TB, more ...string) *rig { return newRig(t, s3test.MinIO(t), more...) }

// startSigner runs bin/longshore-signer and waits until it is ready.
func startSigner(t testing.TB, env []string, args ...string) (*proc, string) {
	t.Helper()
	p := startProc(t, childOptions{env: env}, program(t, "longshore-signer"), args...)
	waitFor(t, "the signer's ready line", func() bool {
		return readyLine.MatchString(p.stdout.String()) || !p.running()
	})
	found := readyLine.FindStringSubmatch(p.stdout.String())
	if found == nil {
		t.Fatalf("the signer did not start: %s", p.stderr.String())
	}
	return p, found[1]
}

// reset takes faults back and forgets what was counted, for the next of several
// tests on one rig.
func (r *rig) reset(t testing.TB) {
	t.Helper()
	r.data.clear()
	r.control.clear()
	r.settle(t)
	r.data.forget()
	r.control.forget()
}

// settle waits until nothing is under way at the servers.
func (r *rig) settle(t testing.TB) {
	t.Helper()
	waitFor(t, "the servers to be idle", func() bool { return r.data.idle() && r.control.idle() })
}

// file reads a stored object from versitygw's folder.
func (r *rig) path(key string) string {
	return filepath.Join(r.s3.Dir, r.s3.Bucket, filepath.FromSlash(key))
}

// wantNoOpenUploads fails if a multipart upload is left at the server. MinIO
// tells only by key.
func (r *rig) wantNoOpenUploads(t testing.TB, keys ...string) {
	t.Helper()
	if open := r.s3.OpenUploads(t, keys...); len(open) != 0 {
		t.Errorf("%d uploads are left open: %q", len(open), open)
	}
}

func writeFile(t testing.TB, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// oneLine is a string fit for a failure message.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// deadAddress is a loopback address where nobody listens.
func deadAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
