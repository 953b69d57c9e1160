package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"

	"longshore/signer/api"
)

// asProgram makes the test binary be the demo itself, so that signals, the
// working directory and exit codes are those of a real process.
const asProgram = "LONGSHORE_DEMO_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// demo is a running child.
type demo struct {
	cmd    *exec.Cmd
	url    string
	stdin  io.WriteCloser
	stderr *bytes.Buffer
	out    *bufio.Scanner
}

func command(t *testing.T, args ...string) *demo {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	d := &demo{cmd: exec.CommandContext(ctx, self, args...), stderr: &bytes.Buffer{}}
	d.cmd.Env = append(os.Environ(), asProgram+"=1")
	d.cmd.Stderr = d.stderr
	return d
}

// start runs the demo on dir and waits for its ready line.
func start(t *testing.T, dir string, args ...string) *demo {
	t.Helper()
	d := command(t, append([]string{"--data", dir}, args...)...)
	stdout, err := d.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if d.stdin, err = d.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	d.out = bufio.NewScanner(stdout)
	if d.out.Scan() {
		if url, ok := strings.CutPrefix(d.out.Text(), "ready "); ok {
			d.url = url
			return d
		}
	}
	t.Fatalf("the first line is %q, want the ready line: %v\n%s", d.out.Text(), d.cmd.Wait(), d.stderr)
	return nil
}

// wait reads what is left and returns the exit code.
func (d *demo) wait(t *testing.T) int {
	t.Helper()
	for d.out.Scan() {
		continue
	}
	err := d.cmd.Wait()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exit.ExitCode()
	}
	if err != nil {
		t.Fatal(err)
	}
	return 0
}

func (d *demo) stop(t *testing.T, sig os.Signal) {
	t.Helper()
	if err := d.cmd.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
	if code := d.wait(t); code != 0 {
		t.Fatalf("exit code after %v = %d, want 0\n%s", sig, code, d.stderr)
	}
}

// call makes one signer call and decodes its answer.
func call[Out any](t *testing.T, d *demo, path string, in any) Out {
	t.Helper()
	body, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, d.url+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	status, raw := do(t, req)
	if status != http.StatusOK {
		t.Fatalf("%s: status %d: %s", path, status, raw)
	}
	var out Out
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatalf("%s: %v in %s", path, err, raw)
	}
	return out
}

func do(t *testing.T, req *http.Request) (int, []byte) {
	t.Helper()
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, raw
}

// begin starts an upload as the simplest client does: a name and a type.
func begin(t *testing.T, d *demo, name string) api.InitResponse {
	t.Helper()
	return call[api.InitResponse](t, d, "/v1/init-upload",
		map[string]any{"fileName": name, "mimeType": "application/octet-stream"})
}

// finish sends one part and completes.
func finish(t *testing.T, d *demo, up api.InitResponse, content []byte) {
	t.Helper()
	part := call[api.PartURLResponse](t, d, "/v1/get-part-url",
		map[string]any{"uploadId": up.UploadID, "objectKey": up.ObjectKey, "partNumber": 1})
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, part.URL, bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range part.Headers {
		req.Header.Set(name, value)
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("PUT of the part: status %d", resp.StatusCode)
	}
	call[api.Object](t, d, "/v1/complete-upload", map[string]any{
		"uploadId": up.UploadID, "objectKey": up.ObjectKey,
		"parts": []map[string]any{{"PartNumber": 1, "ETag": resp.Header.Get("ETag")}},
	})
}

func checkFile(t *testing.T, dir, key string, want []byte) {
	t.Helper()
	got, err := os.ReadFile(filepath.Join(dir, bucket, filepath.FromSlash(key)))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Fatalf("the file in the vault's folder has %d bytes that differ from the %d sent", len(got), len(want))
	}
}

// freeAddr keeps an address for two starts in a row: the signer's answers name
// the S3 server's.
func freeAddr(t *testing.T) string {
	t.Helper()
	addr, err := resolve(t.Context(), "--listen", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return addr
}

func TestObjectsAndOpenUploadsSurviveARestart(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "vault folder")
	args := []string{"--listen", freeAddr(t), "--s3-listen", freeAddr(t)}
	content := make([]byte, 100_000)
	_, _ = rand.Read(content)

	d := start(t, dir, args...)
	done, open := begin(t, d, "before.bin"), begin(t, d, "across.bin")
	finish(t, d, done, content)
	checkFile(t, dir, done.ObjectKey, content)
	d.stop(t, syscall.SIGTERM)

	d = start(t, dir, args...)
	checkFile(t, dir, done.ObjectKey, content)
	stat := call[api.StatObjectsResponse](t, d, "/v1/stat-objects", map[string]any{"objectKeys": []string{done.ObjectKey}})
	if len(stat.Objects) != 1 || !stat.Objects[0].Found || stat.Objects[0].Size != int64(len(content)) {
		t.Fatalf("stat after the restart = %+v, want the object of %d bytes", stat, len(content))
	}
	finish(t, d, open, content) // sealed and signed by the process before
	checkFile(t, dir, open.ObjectKey, content)
	d.stop(t, os.Interrupt)
}

func TestSecretsArePrivateAndBesideTheBucket(t *testing.T) {
	dir := t.TempDir()
	d := start(t, dir, "--listen", "127.0.0.1:0", "--s3-listen", "127.0.0.1:0")
	defer d.stop(t, syscall.SIGTERM)
	info, err := os.Stat(filepath.Join(dir, secretsFile))
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode of the secrets = %v, want 0600", info.Mode().Perm())
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".longshore-probe-*")); len(left) > 0 {
		t.Errorf("probe files were left behind: %d", len(left))
	}
}

func TestStopsWhenStandardInputEnds(t *testing.T) {
	d := start(t, t.TempDir(), "--listen", "127.0.0.1:0", "--s3-listen", "127.0.0.1:0", "--until-eof")
	if err := d.stdin.Close(); err != nil {
		t.Fatal(err)
	}
	if code := d.wait(t); code != 0 {
		t.Fatalf("exit code = %d, want 0\n%s", code, d.stderr)
	}
}

func TestBadInputIsSaidInWords(t *testing.T) {
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	taken := l.Addr().String()
	file := filepath.Join(t.TempDir(), "a-file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	damaged := t.TempDir()
	if err := os.WriteFile(filepath.Join(damaged, secretsFile), []byte(`{"accessKey":`), 0o600); err != nil {
		t.Fatal(err)
	}
	free := []string{"--listen", "127.0.0.1:0", "--s3-listen", "127.0.0.1:0"}
	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"no folder":       {nil, 2, "--data DIR"},
		"extra argument":  {[]string{"--data", t.TempDir(), "what"}, 2, "--data DIR"},
		"signer's port":   {[]string{"--data", t.TempDir(), "--listen", taken, "--s3-listen", "127.0.0.1:0"}, 1, "another address with --listen"},
		"S3 port":         {[]string{"--data", t.TempDir(), "--listen", "127.0.0.1:0", "--s3-listen", taken}, 1, "another address with --s3-listen"},
		"not loopback":    {[]string{"--data", t.TempDir(), "--listen", "0.0.0.0:0"}, 1, "must be a loopback address"},
		"no port":         {[]string{"--data", t.TempDir(), "--listen", "127.0.0.1"}, 1, "needs an address with a port"},
		"a file":          {append([]string{"--data", file}, free...), 1, "choose one you may write to"},
		"damaged secrets": {append([]string{"--data", damaged}, free...), 1, "remove that file"},
	} {
		t.Run(name, func(t *testing.T) {
			d := command(t, c.args...)
			err := d.cmd.Run()
			exit, ok := errors.AsType[*exec.ExitError](err)
			if !ok || exit.ExitCode() != c.code {
				t.Fatalf("ended with %v, want exit code %d\n%s", err, c.code, d.stderr)
			}
			if !strings.Contains(d.stderr.String(), c.says) {
				t.Fatalf("says %q, want %q in it", d.stderr, c.says)
			}
			if strings.Contains(d.stderr.String(), os.TempDir()) {
				t.Fatalf("the sentence holds a local path: %s", d.stderr)
			}
		})
	}
}

// TestSidecarIsUsedWithoutXattrs runs the gateway as on a file system without extended attributes.
func TestSidecarIsUsedWithoutXattrs(t *testing.T) {
	base := t.TempDir()
	t.Chdir(base) // the gateway changes it; Cleanup changes it back
	f, err := openFolder(filepath.Join(base, "vault"))
	if err != nil {
		t.Fatal(err)
	}
	f.sidecar = sidecarOf(f.root)
	if err := os.MkdirAll(f.sidecar, 0o700); err != nil {
		t.Fatal(err)
	}
	gw, err := startGateway(t.Context(), f, freeAddr(t))
	if err != nil {
		t.Fatal(err)
	}
	defer gw.stop()
	if err := gw.createBucket(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, err = gw.client().PutObject(t.Context(), &awss3.PutObjectInput{
		Bucket: aws.String(bucket), Key: aws.String("a/b"),
		Body: strings.NewReader("plain"), Metadata: map[string]string{"ref": "01ABC"},
	})
	if err != nil {
		t.Fatal(err)
	}
	checkFile(t, f.root, "a/b", []byte("plain"))
	head, err := gw.client().HeadObject(t.Context(), &awss3.HeadObjectInput{Bucket: aws.String(bucket), Key: aws.String("a/b")})
	if err != nil {
		t.Fatal(err)
	}
	if head.Metadata["ref"] != "01ABC" {
		t.Errorf("metadata = %v, want the ref that was stored", head.Metadata)
	}
	if _, err := os.Stat(filepath.Join(f.sidecar, bucket, "a", "b")); err != nil {
		t.Errorf("the object's metadata is not in the sidecar: %v", err)
	}
}
