package deploy

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"longshore/internal/s3test"
)

// TestOnPremisesAsThePageSays runs the commands of docs/operations.md "From an
// on-premises S3 to a working vault" in their order, in one shell, as a new user
// would. A block begins with <!-- try --> or, where it ends with another code
// than 0, <!-- try: CODE -->.
func TestOnPremisesAsThePageSays(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the page's commands are for a Unix shell")
	}
	page, err := os.ReadFile("../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	tools, err := filepath.Abs("../.tools/bin")
	if err != nil {
		t.Fatal(err)
	}
	for _, tool := range []string{"minio", "mc"} {
		if _, err := os.Stat(filepath.Join(tools, tool)); err != nil {
			t.Fatalf("%s is not there: scripts/tools.sh %s", tool, tool)
		}
	}
	programs := filepath.Dir(buildAsIn(t, dockerfile(t)))
	build := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-o", programs, "./cmd/longshore-cli")
	build.Dir, build.Env = "..", append(os.Environ(), "CGO_ENABLED=0")
	if text, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	dir := t.TempDir()
	sh := exec.CommandContext(t.Context(), "bash", "-c", script(t, string(page)))
	sh.Dir = dir
	sh.Env = []string{"HOME=" + dir, "PATH=" + programs + ":" + tools + ":" + os.Getenv("PATH")}
	sh.Cancel = func() error { return sh.Process.Signal(syscall.SIGTERM) }
	sh.WaitDelay = 20 * time.Second
	out, err := sh.CombinedOutput()
	if err != nil {
		logs, _ := os.ReadFile(filepath.Join(dir, "signer.log"))
		t.Fatalf("%v\n%s\nsigner.log:\n%s", err, out, logs)
	}
	for _, want := range []string{
		"applied     encryption", "ok       upload: create, part, list, complete and abort are allowed", "ok       signer's vault", "Stored: 1 file", "scan.dat",
	} {
		if !strings.Contains(string(out), want) {
			t.Errorf("%q is not in what it prints:\n%s", want, out)
		}
	}
}

// script joins the page's blocks, with ports that are free.
func script(t *testing.T, page string) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("set -u\ntrap 'kill $(jobs -p) 2>/dev/null; wait' EXIT\n")
	blocks := regexp.MustCompile("(?s)<!-- try(?:: ([0-9]+))? -->\n```sh\n(.*?)```").FindAllStringSubmatch(page, -1)
	if len(blocks) < 8 {
		t.Fatalf("the page has %d blocks to try", len(blocks))
	}
	for i, m := range blocks {
		code := m[1]
		if code == "" {
			code = "0"
		}
		fmt.Fprintf(&b, "%src=$?; [ $rc = %s ] || { echo \"block %d ended with $rc, not %s\"; exit 1; }\n", m[2], code, i+1, code)
	}
	text := b.String()
	for _, addr := range []string{"127.0.0.1:9000", "127.0.0.1:8443"} {
		if !strings.Contains(text, addr) {
			t.Fatalf("the page does not use %s", addr)
		}
		text = strings.ReplaceAll(text, addr, s3test.FreeAddr(t))
	}
	return text
}
