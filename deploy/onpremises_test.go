package deploy

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"longshore/internal/s3test"
)

// TestOnPremisesAsThePageSays runs the commands of docs/operations.md "From an
// on-premises S3 to a working vault" in their order, in one shell, as a new user
// would, against each server. A block begins with <!-- try -->, or <!-- try SERVER -->
// where it is for one of them, and ends in ": CODE" where it ends with another
// code than 0.
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
	for _, tool := range []string{"minio", "mc", "versitygw"} {
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
	for server, says := range map[string][]string{
		"minio":     {"applied     encryption", "and KMS gives and opens keys"},
		"versitygw": {"applied     policy", "2 statements of others stay", "ok       policy: has all that setup asks for"},
	} {
		t.Run(server, func(t *testing.T) {
			out := runPage(t, script(t, string(page), server), programs+":"+tools)
			for _, want := range append(says, "ok       upload: create, part, list, complete and abort are allowed", "ok       signer's vault", "Stored: 1 file", "scan.dat") {
				if !strings.Contains(out, want) {
					t.Errorf("%q is not in what it prints:\n%s", want, out)
				}
			}
		})
	}
}

// runPage runs a script in an empty folder and gives what it prints.
func runPage(t *testing.T, script, path string) string {
	t.Helper()
	dir := t.TempDir()
	sh := exec.CommandContext(t.Context(), "bash", "-c", script)
	sh.Dir = dir
	sh.Env = []string{"HOME=" + dir, "PATH=" + path + ":" + os.Getenv("PATH")}
	sh.Cancel = func() error { return sh.Process.Signal(syscall.SIGTERM) }
	sh.WaitDelay = 20 * time.Second
	out, err := sh.CombinedOutput()
	if err != nil {
		logs, _ := os.ReadFile(filepath.Join(dir, "signer.log"))
		t.Fatalf("%v\n%s\nsigner.log:\n%s", err, out, logs)
	}
	return string(out)
}

// TestPapersAsThePageSays prints the documents as "By hand" says, and looks
// whether the key lets in both who serves and who runs setup.
func TestPapersAsThePageSays(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the page's commands are for a Unix shell")
	}
	page, err := os.ReadFile("../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)<!-- print -->\n```sh\n(.*?)```").FindAllStringSubmatch(string(page), -1)
	if len(blocks) != 2 {
		t.Fatalf("the page has %d blocks that print", len(blocks))
	}
	programs := filepath.Dir(buildAsIn(t, dockerfile(t)))
	text := "set -eu\n" + blocks[0][1] + blocks[1][1] + "cat key-policy.json serve-role.json setup-role.json trust.json\n"
	out := runPage(t, text, programs)
	for _, want := range []string{
		`"arn:aws:iam::111122223333:role/longshore-signer",`, `"arn:aws:iam::111122223333:role/administrator"`,
		`"kms:EncryptionContext:aws:s3:arn"`, `"s3:PutBucketPolicy"`, `{"Service":"ecs-tasks.amazonaws.com"}`, `:key/1234abcd-`,
	} {
		if !strings.Contains(out, want) {
			t.Errorf("%s is not in what it prints:\n%s", want, out)
		}
	}
}

// script joins the blocks of the page that are for a server, with ports that are
// free. Those for it alone stand where the first for one server alone stands.
func script(t *testing.T, page, server string) string {
	t.Helper()
	var before, own, after []string
	blocks := regexp.MustCompile("(?s)<!-- try(?: ([a-z]+))?(?:: ([0-9]+))? -->\n```sh\n(.*?)```").FindAllStringSubmatch(page, -1)
	for i, m := range blocks {
		code := m[2]
		if code == "" {
			code = "0"
		}
		text := fmt.Sprintf("%src=$?; [ $rc = %s ] || { echo \"block %d ended with $rc, not %s\"; exit 1; }\n", m[3], code, i+1, code)
		switch {
		case m[1] == server:
			own = append(own, text)
		case m[1] != "":
			// another server's
		case i == 0:
			before = append(before, text)
		default:
			after = append(after, text)
		}
	}
	if len(before) != 1 || len(own) == 0 || len(after) != 4 {
		t.Fatalf("the page has %d, %d and %d blocks for %s", len(before), len(own), len(after), server)
	}
	text := "set -u\ntrap 'kill $(jobs -p) 2>/dev/null; wait' EXIT\n" + strings.Join(slices.Concat(before, own, after), "")
	for _, addr := range []string{"127.0.0.1:9000", "127.0.0.1:8443"} {
		if !strings.Contains(text, addr) {
			t.Fatalf("the page does not use %s", addr)
		}
		text = strings.ReplaceAll(text, addr, s3test.FreeAddr(t))
	}
	return text
}
