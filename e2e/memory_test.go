package e2e

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// sparseGiB is how large the sparse file of TestMemoryOfTheCLI is: 64 GiB as the
// issue has it with LONGSHORE_SPARSE_GIB=64, less by default, because bytes that
// nobody keeps still pass through the loopback.
const sparseGiB = 8

// TestMemoryOfTheCLI: what the CLI keeps in memory does not grow with the file.
func TestMemoryOfTheCLI(t *testing.T) {
	gib := int64(sparseGiB)
	if s := os.Getenv("LONGSHORE_SPARSE_GIB"); s != "" {
		n, err := strconv.ParseInt(s, 10, 64)
		check(t, err)
		gib = n
	}
	d := newDiscard(t)
	_, url := startSigner(t, []string{"AWS_ACCESS_KEY_ID=a", "AWS_SECRET_ACCESS_KEY=b", "AWS_EC2_METADATA_DISABLED=true", "HOME=" + t.TempDir()},
		"serve", "--listen", "127.0.0.1:0", "--bucket", "vault", "--region", "us-east-1", "--s3-endpoint", d.URL, "--no-kms", "--checksum", "crc64nvme", "--rate", "-1")
	measure := func(size int64) int64 {
		c := newClient(t)
		path := filepath.Join(c.home, "sparse.img")
		writeFile(t, path, nil)
		check(t, os.Truncate(path, size))
		before, begun := d.received(), time.Now()
		p := c.start(t, "upload", "--signer", url, "--json", path)
		peak := p.peakMemory(t)
		if code := p.waitWithin(t, 20*time.Minute); code != 0 {
			t.Fatalf("exit code %d: %s", code, p.stderr.String())
		}
		p.result(t).wantDone(t, size)
		if got := d.received() - before; got != size {
			t.Errorf("%d bytes were received of a file of %d", got, size)
		}
		m := peak()
		t.Logf("%d GiB in %v: %.1f MiB resident at most", size>>30, time.Since(begun).Round(time.Millisecond), float64(m)/mib)
		if m > memoryLimit {
			t.Errorf("%d MiB resident, more than %d", m/mib, memoryLimit/mib)
		}
		return m
	}
	small, large := measure(1<<30), measure(gib<<30)
	if ratio := float64(large) / float64(small); ratio > 1.5 {
		t.Errorf("the memory grows with the file: %.1f times for %d times the bytes", ratio, gib)
	}
}
