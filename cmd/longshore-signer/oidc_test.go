package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/minio/crc64nvme"

	"longshore/internal/oidctest"
	"longshore/internal/s3test"
	"longshore/signer/api"
)

func TestAuthFlagMistakes(t *testing.T) {
	base := []string{"serve", "--listen", "127.0.0.1:0", "--bucket", "b", "--region", "r", "--no-kms", "--seal-key-file", "f"}
	oidc := []string{"--auth", "oidc", "--oidc-issuer", "https://i", "--oidc-audience", "a", "--oidc-client-id", "c"}
	for name, more := range map[string][]string{
		"oidc alone":          {"--auth", "oidc"},
		"no audience":         {"--auth", "oidc", "--oidc-issuer", "https://i", "--oidc-client-id", "c"},
		"no client":           {"--auth", "oidc", "--oidc-issuer", "https://i", "--oidc-audience", "a"},
		"issuer, no oidc":     {"--auth", "tokens:f", "--oidc-issuer", "https://i"},
		"none and oidc":       append([]string{"--auth", "none"}, oidc...),
		"tokens twice":        {"--auth", "tokens:f", "--auth", "tokens:g"},
		"tokens, no file":     {"--auth", "tokens:"},
		"a scheme of its own": {"--auth", "ldap"},
	} {
		var out, errs bytes.Buffer
		if code := run(t.Context(), append(base[:len(base):len(base)], more...), &out, &errs); code != exitUsage || errs.Len() == 0 {
			t.Errorf("%s: exit %d, %q", name, code, errs.String())
		}
	}
	var out, errs bytes.Buffer
	unsafe := slices.Concat(base[:len(base)-2], []string{
		"--seal-key-file", writeFile(t, t.TempDir(), "key", bytes.Repeat([]byte{1}, 32)), "--auth", "oidc", "--oidc-issuer", "http://login.example.org", "--oidc-audience", "a", "--oidc-client-id", "c",
	})
	if code := run(t.Context(), unsafe, &out, &errs); code != exitError || !strings.Contains(errs.String(), "https") {
		t.Errorf("an issuer without TLS: exit %d, %q", code, errs.String())
	}
}

func TestCheckPolicy(t *testing.T) {
	dir := t.TempDir()
	good := writeFile(t, dir, "good", []byte("[groups.ward]\nmax_object_size = \"5 GiB\"\n"))
	bad := writeFile(t, dir, "bad", []byte("[groups.ward]\nmax_object_sice = 5\n"))
	for name, c := range map[string]struct {
		args      []string
		code      int
		out, errs string
	}{
		"good":    {[]string{good}, exitOK, "5 GiB", ""},
		"bad":     {[]string{bad}, exitError, "", "line 2: there is no setting groups.ward.max_object_sice"},
		"missing": {[]string{filepath.Join(dir, "x")}, exitError, "", "policy file"},
		"none":    {nil, exitUsage, "", "Usage"},
		"help":    {[]string{"--help"}, exitOK, "Usage", ""},
	} {
		var out, errs bytes.Buffer
		code := run(t.Context(), append([]string{"check-policy"}, c.args...), &out, &errs)
		if code != c.code || !strings.Contains(out.String(), c.out) || !strings.Contains(errs.String(), c.errs) || strings.Contains(errs.String(), dir) {
			t.Errorf("%s: exit %d, stdout %q, stderr %q", name, code, out.String(), errs.String())
		}
	}
}

// signerProgram is a running `serve`.
type signerProgram struct {
	url string
	log bytes.Buffer // to be read after end
	end func()
}

func startProgram(t *testing.T, args []string) *signerProgram {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	outR, outW := io.Pipe()
	p := &signerProgram{}
	exit := make(chan int, 1)
	go func() {
		exit <- run(ctx, args, outW, &p.log)
		_ = outW.Close()
	}()
	p.end = sync.OnceFunc(func() {
		stop()
		if code := <-exit; code != exitOK {
			t.Errorf("exit %d, stderr %s", code, p.log.String())
		}
	})
	out := bufio.NewScanner(outR)
	if !out.Scan() {
		stop()
		t.Fatalf("not ready: exit %d, stderr %s", <-exit, p.log.String())
	}
	p.url = strings.TrimPrefix(out.Text(), "ready ")
	t.Cleanup(p.end)
	return p
}

func sum64(b []byte) string {
	return base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint64(nil, crc64nvme.Checksum(b)))
}

// TestTwoProgramsOneVault signs somebody in at a real provider and sends one
// file through two signers in turn, of which the first is stopped midway.
func TestTwoProgramsOneVault(t *testing.T) {
	srv := s3test.VersityGW(t)
	t.Setenv("AWS_ACCESS_KEY_ID", srv.AccessKey)
	t.Setenv("AWS_SECRET_ACCESS_KEY", srv.SecretKey)
	p := oidctest.Start(t, oidctest.Options{GroupsClaim: "realm_access.roles"})
	dir := t.TempDir()
	args := []string{
		"serve", "--listen", "127.0.0.1:0", "--bucket", srv.Bucket, "--region", srv.Region, "--s3-endpoint", srv.Endpoint, "--no-kms",
		"--auth", "oidc", "--auth", "tokens:" + writeFile(t, dir, "tokens", []byte("0123456789abcdef robot groups=ward\n")),
		"--oidc-issuer", p.Issuer, "--oidc-audience", p.Audience, "--oidc-client-id", p.ClientID, "--oidc-groups-claim", "realm_access.roles",
		"--policy", writeFile(t, dir, "policy", []byte("require_group = true\n[groups.ward]\nkey_template = \"ward/{principal}/{uploadRef}/{path}\"\n")),
		"--seal-key-file", writeFile(t, dir, "seal", bytes.Repeat([]byte{3}, 32)), "--part-size", fmt.Sprint(5 << 20), "--log-level", "debug",
	}
	first, second := startProgram(t, args), startProgram(t, args)
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	alice, bob := p.SignIn(t, "alice").Access, p.SignIn(t, "bob").Access

	var caps api.Capabilities
	fetch(t, client, http.MethodGet, first.url+api.PathCapabilities, "", "", &caps)
	if caps.Auth.Type != api.AuthOIDC || caps.Auth.Issuer != p.Issuer || caps.Auth.ClientID != p.ClientID || !caps.Auth.Tokens || caps.Auth.Token != api.TokenAccess {
		t.Errorf("%+v", caps.Auth)
	}
	data := bytes.Repeat([]byte("0123456789"), 1<<20)
	begin := fmt.Sprintf(`{"fileName":"private.mov","mimeType":"video/quicktime","size":%d,"checksum":"crc64nvme"}`, len(data))
	var e api.Error
	if status := fetch(t, client, http.MethodPost, first.url+api.PathInitUpload, bob, begin, &e); status != http.StatusForbidden || e.Code != api.CodeForbiddenGroup {
		t.Errorf("bob, who is in no group: %d %+v", status, e)
	}
	var up api.InitResponse
	if status := fetch(t, client, http.MethodPost, first.url+api.PathInitUpload, "0123456789abcdef", begin, &up); status != http.StatusOK || !strings.HasPrefix(up.ObjectKey, "ward/") {
		t.Fatalf("a machine: %d %+v", status, up)
	}
	if status := fetch(t, client, http.MethodPost, second.url+api.PathAbortUpload, "0123456789abcdef", jsonOf(t, api.UploadRequest{UploadID: up.UploadID, ObjectKey: up.ObjectKey}), &struct{}{}); status != http.StatusOK {
		t.Fatalf("abort at the other signer: %d", status)
	}
	if status := fetch(t, client, http.MethodPost, first.url+api.PathInitUpload, alice, begin, &up); status != http.StatusOK {
		t.Fatalf("init: %d", status)
	}
	done := api.CompleteRequest{UploadID: up.UploadID, ObjectKey: up.ObjectKey, Checksum: sum64(data)}
	for i, part := range [][]byte{data[:5<<20], data[5<<20:]} {
		at := second
		if i == 0 {
			at = first
		}
		var signed api.PartURLResponse
		ask := jsonOf(t, api.PartURLRequest{UploadID: up.UploadID, ObjectKey: up.ObjectKey, PartNumber: i + 1, Checksum: sum64(part)})
		if status := fetch(t, client, http.MethodPost, at.url+api.PathGetPartURL, alice, ask, &signed); status != http.StatusOK {
			t.Fatalf("part %d: %d", i+1, status)
		}
		done.Parts = append(done.Parts, api.Part{PartNumber: i + 1, ETag: putPart(t, client, signed, part), Checksum: sum64(part)})
		if i == 0 {
			first.end()
		}
	}
	var obj api.Object
	if status := fetch(t, client, http.MethodPost, second.url+api.PathCompleteUpload, alice, jsonOf(t, done), &obj); status != http.StatusOK || obj.Verified != api.VerifiedFullObject {
		t.Fatalf("complete: %d %+v", status, obj)
	}
	if got := srv.Objects(t); got[up.ObjectKey] != int64(len(data)) || srv.CountOpenUploads(t) != 0 {
		t.Errorf("the vault holds %v", got)
	}
	second.end()
	for _, log := range []string{first.log.String(), second.log.String()} {
		for _, no := range []string{alice, bob, "subject-", "alice", "private", "0123456789abcdef", up.ObjectKey, up.UploadID} {
			if strings.Contains(log, no) {
				t.Errorf("the log holds %q", no)
			}
		}
		if !strings.Contains(log, `"group":"ward"`) {
			t.Errorf("the audit does not name the group: %s", log)
		}
	}
}

func jsonOf(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func putPart(t *testing.T, client *http.Client, signed api.PartURLResponse, part []byte) (etag string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, signed.URL, bytes.NewReader(part))
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range signed.Headers {
		req.Header.Set(k, v)
	}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("PUT: %d", resp.StatusCode)
	}
	return resp.Header.Get("ETag")
}
