package s3test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// VersityGW starts versitygw on its posix backend and creates the bucket. An
// object with key k is the plain file Dir/Bucket/k; open uploads are in a hidden
// folder beside. It has no KMS.
func VersityGW(t testing.TB) *Server {
	t.Helper()
	path := tool(t, "versitygw")
	base := t.TempDir()
	s := &Server{Dir: filepath.Join(base, "data")}
	meta := filepath.Join(base, "meta")
	for _, dir := range []string{s.Dir, meta} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatalf("s3test: %v", err)
		}
	}
	return launch(t, s, func(port string) (string, []string, []string) {
		args := []string{
			"--access", accessKey, "--secret", secretKey, "--region", region,
			"--port", "127.0.0.1:" + port, "--keep-alive", "--quiet", "posix",
		}
		// Objects' metadata live in extended attributes. Some temporary file
		// systems have none; there the gateway says so and we use its sidecar.
		if s.Child != nil && strings.Contains(s.Child.Log(), "xattr") {
			args = append(args, "--sidecar", meta)
		}
		return path, append(args, s.Dir), environ("HOME=" + base)
	})
}
