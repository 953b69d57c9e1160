package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http/httptest"
	"strings"
	"testing"

	"longshore/internal/s3test"
	"longshore/signer"
	"longshore/signer/bucket"
	"longshore/signer/s3"
)

// keyARN is a key by its ARN.
const keyARN = "arn:aws:kms:eu-central-1:111122223333:key/0123abcd-0000-4000-8000-00000000cafe"

// result is what a run of the program left.
type result struct {
	code      int
	out, errs string
}

func program(t *testing.T, args ...string) result {
	t.Helper()
	var out, errs bytes.Buffer
	code := run(t.Context(), args, &out, &errs)
	return result{code, out.String(), errs.String()}
}

// at gives the flags of a command on srv and puts its credentials into the
// environment.
func at(t *testing.T, srv *s3test.Server, command string, more ...string) []string {
	t.Helper()
	t.Setenv("AWS_ACCESS_KEY_ID", srv.AccessKey)
	t.Setenv("AWS_SECRET_ACCESS_KEY", srv.SecretKey)
	t.Setenv("AWS_SESSION_TOKEN", srv.SessionToken)
	args := []string{command, "--bucket", srv.Bucket, "--region", srv.Region, "--s3-endpoint", srv.Endpoint}
	if srv.KMSKeyID == "" {
		return append(append(args, "--no-kms"), more...)
	}
	return append(append(args, "--kms-key-id", srv.KMSKeyID), more...)
}

func TestSetupAndDoctorUsage(t *testing.T) {
	amazon := []string{"--bucket", "b", "--region", "eu-central-1"}
	with := func(more ...string) []string { return append(amazon[:len(amazon):len(amazon)], more...) }
	for name, args := range map[string][]string{
		"no flags":           {},
		"no encryption":      amazon,
		"key by id":          with("--kms-key-id", "0123abcd-0000-4000-8000-00000000cafe"),
		"both encryptions":   with("--kms-key-id", keyARN, "--no-kms"),
		"bad origin":         with("--no-kms", "--allow-origin", "a.example"),
		"strict without KMS": with("--no-kms", "--strict"),
		"bad probe prefix":   with("--no-kms", "--probe-prefix", "x"),
		"stray argument":     with("--no-kms", "stray"),
		"unknown flag":       with("--no-kms", "--nope"),
	} {
		for _, command := range []string{"setup", "doctor"} {
			if got := program(t, append([]string{command}, args...)...); got.code != exitUsage || got.out != "" || !strings.Contains(got.errs, command+" --help") {
				t.Errorf("%s %s: %+v", command, name, got)
			}
		}
	}
	for name, args := range map[string][]string{
		"setup, no days":           append([]string{"setup"}, with("--no-kms", "--abort-after-days", "-1")...),
		"setup, dry and yes":       append([]string{"setup"}, with("--no-kms", "--dry-run", "--yes")...),
		"setup, unknown role":      append([]string{"setup"}, with("--no-kms", "--print-role", "king")...),
		"doctor, signer's secret":  append([]string{"doctor"}, with("--no-kms", "--signer", "https://u:p@host")...),
		"doctor, signer's address": append([]string{"doctor"}, with("--no-kms", "--signer", "host:1")...),
		"doctor, no time":          append([]string{"doctor"}, with("--no-kms", "--timeout", "0s")...),
	} {
		if got := program(t, args...); got.code != exitUsage || strings.Contains(got.errs, "u:p") {
			t.Errorf("%s: %+v", name, got)
		}
	}
	for _, command := range []string{"setup", "doctor"} {
		if got := program(t, command, "--help"); got.code != exitOK || !strings.Contains(got.out, "Exit codes:") || !strings.Contains(got.out, "-kms-key-id") {
			t.Errorf("%s --help: %+v", command, got)
		}
	}
}

func TestPrintRole(t *testing.T) {
	for _, role := range []string{"serve", "setup", "doctor"} {
		got := program(t, "setup", "--bucket", "b", "--region", "eu-central-1", "--kms-key-id", keyARN, "--print-role", role)
		var doc struct {
			Version   string
			Statement []bucket.IAMStatement
		}
		if err := json.Unmarshal([]byte(got.out), &doc); err != nil || got.code != exitOK || doc.Version != "2012-10-17" || !strings.Contains(got.out, keyARN) {
			t.Errorf("%s: %v %+v", role, err, got)
		}
	}
}

// TestPolicyFileKeys: the keys of the rules that serve is given are let in.
func TestPolicyFileKeys(t *testing.T) {
	const groupKey = "arn:aws:kms:eu-central-1:111122223333:key/99999999-0000-4000-8000-00000000cafe"
	dir := t.TempDir()
	args := []string{"setup", "--bucket", "b", "--region", "eu-central-1", "--kms-key-id", keyARN, "--print-role", "serve", "--policy"}
	good := writeFile(t, dir, "good.toml", []byte("[groups.research]\nkms_key_id = \""+groupKey+"\"\n"))
	if got := program(t, append(args, good)...); got.code != exitOK || !strings.Contains(got.out, groupKey) || !strings.Contains(got.out, keyARN) {
		t.Errorf("%+v", got)
	}
	bad := writeFile(t, dir, "bad.toml", []byte("[groups.research]\nkms_key_id = \"alias/x\"\n"))
	for _, file := range []string{bad, dir + "/missing"} {
		if got := program(t, append(args, file)...); got.code != exitUsage || strings.Contains(got.errs, dir) {
			t.Errorf("%+v", got)
		}
	}
}

// TestSetupOnMinIO goes the way of an administrator: look, apply, again.
func TestSetupOnMinIO(t *testing.T) {
	srv := s3test.MinIO(t)
	dry := program(t, at(t, srv, "setup", "--dry-run")...)
	if dry.code != exitShort || !strings.Contains(dry.out, "3 settings are to be changed") || !strings.Contains(dry.out, "3.1 Mbit/s") {
		t.Errorf("dry run: %+v", dry)
	}
	if admin := adminOf(t, srv); mustRead(t, admin, bucket.Policy) != "" || mustRead(t, admin, bucket.Encryption) != "" {
		t.Error("a dry run wrote something")
	}
	first := program(t, at(t, srv, "setup", "--yes")...)
	for _, says := range []string{"applied     encryption", "impossible  lifecycle", "stale_uploads_expiry", "anonymous callers only"} {
		if !strings.Contains(first.out, says) {
			t.Errorf("%q is not in %s", says, first.out)
		}
	}
	if first.code != exitShort || first.errs != "" || strings.Contains(first.out, srv.SecretKey) {
		t.Errorf("%+v", first)
	}
	limited := srv.Limited(t, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:ListBucket"],"Resource":["arn:aws:s3:::vault"]}]}`)
	if blind := program(t, at(t, limited, "setup", "--dry-run")...); blind.code != exitError || strings.Contains(blind.out, "nothing to change") {
		t.Errorf("settings that cannot be read: %+v", blind)
	}
	wrong := program(t, append(at(t, srv, "doctor"), "--kms-key-id", "another-key")...)
	if !strings.Contains(wrong.out, "(kms:KeyNotFound, status 404)\n         -> see in KMS that the key exists") {
		t.Errorf("a KMS key that is not there: %+v", wrong)
	}
	if again := program(t, at(t, srv, "setup", "--yes")...); again.code != exitShort || !strings.Contains(again.out, "unchanged   policy") {
		t.Errorf("again: %+v", again)
	}
	nobody := program(t, at(t, srv, "setup")...)
	if nobody.code != exitUsage || !strings.Contains(nobody.errs, "--yes") { // a test has no terminal
		t.Errorf("nobody to ask: %+v", nobody)
	}
}

func adminOf(t *testing.T, srv *s3test.Server) *s3.Admin {
	t.Helper()
	a, err := s3.NewAdmin(t.Context(), s3.Config{Bucket: srv.Bucket, Region: srv.Region, Endpoint: srv.Endpoint, AccessKey: srv.AccessKey, SecretKey: srv.SecretKey})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func mustRead(t *testing.T, a *s3.Admin, doc bucket.Document) string {
	t.Helper()
	body, err := a.Read(t.Context(), doc)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// TestSetupAsks: only a yes applies.
func TestSetupAsks(t *testing.T) {
	srv := s3test.VersityGW(t)
	args := at(t, srv, "setup", "--allow-origin", "https://a.example")
	o, err := parseSetup(args[1:], io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	a := adminOf(t, srv)
	answer := func(text string) func(io.Writer) (bool, error) {
		return func(w io.Writer) (bool, error) { return askReader(w, strings.NewReader(text)), nil }
	}
	for _, text := range []string{"", "no\n", "y\n"} {
		var out bytes.Buffer
		if code := setup(t.Context(), a, o, &out, io.Discard, answer(text)); code != exitError || !strings.Contains(out.String(), "Nothing was changed") {
			t.Errorf("%q: %d %s", text, code, out.String())
		}
		if mustRead(t, a, bucket.CORS) != "" {
			t.Errorf("%q applied", text)
		}
	}
	if code := setup(t.Context(), a, o, io.Discard, io.Discard, answer("Yes\n")); code != exitShort || !strings.Contains(mustRead(t, a, bucket.CORS), bucket.CORSRuleID) {
		t.Errorf("yes: %d", code)
	}
	failing := func(io.Writer) (bool, error) { return false, errors.New("must not be asked") }
	if code := setup(t.Context(), a, o, io.Discard, io.Discard, failing); code != exitShort {
		t.Errorf("nothing to change: %d", code)
	}
}

func TestSetupCannotLook(t *testing.T) {
	srv := s3test.VersityGW(t)
	args := at(t, srv, "setup", "--yes")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "wrong-secret")
	got := program(t, args...)
	if got.code != exitError || !strings.Contains(got.errs, "doctor") || strings.Contains(got.errs+got.out, "wrong-secret") {
		t.Errorf("%+v", got)
	}
	got = program(t, "doctor", "--bucket", srv.Bucket, "--region", srv.Region, "--s3-endpoint", srv.Endpoint, "--no-kms")
	if got.code != exitError || !strings.Contains(got.out, "the secret key does not belong") || strings.Contains(got.errs+got.out, "wrong-secret") {
		t.Errorf("%+v", got)
	}
}

// doctorReport is the doctor's JSON.
type doctorReport struct {
	Status bucket.Status
	Checks []bucket.Check
}

func (r doctorReport) line(name string) bucket.Check {
	for _, c := range r.Checks {
		if c.Name == name {
			return c
		}
	}
	return bucket.Check{}
}

func doctorJSON(t *testing.T, args []string) (doctorReport, result) {
	t.Helper()
	got := program(t, append(args, "--json")...)
	var r doctorReport
	if err := json.Unmarshal([]byte(got.out), &r); err != nil {
		t.Fatalf("%v in %+v", err, got)
	}
	for _, c := range r.Checks {
		if c.Status != bucket.OK && c.Do == "" {
			t.Errorf("%+v says not what to do", c)
		}
	}
	return r, got
}

// TestDoctor on real servers, with a signer, and with what is wrong.
func TestDoctor(t *testing.T) {
	for name, start := range map[string]func(testing.TB) *s3test.Server{"minio": s3test.MinIO, "versitygw": s3test.VersityGW} {
		t.Run(name, func(t *testing.T) {
			srv := start(t)
			program(t, at(t, srv, "setup", "--yes", "--allow-origin", "https://a.example")...)
			url := startSigner(t, srv)
			args := at(t, srv, "doctor", "--allow-origin", "https://a.example", "--signer", url)
			report, got := doctorJSON(t, args)
			if got.code != exitShort || report.Status != bucket.Warning || strings.Contains(got.out, srv.SecretKey) {
				t.Errorf("%+v", got)
			}
			for _, line := range []string{
				"credentials", "bucket", "clock", "upload", "look at objects", "checksums", "no overwriting by PUT", "no overwriting by Complete",
				"cors for https://a.example", "versioning", "object lock", "public access", "data origin", "signer", "signer's clock", "signer's vault",
				"signer for https://a.example",
			} {
				if c := report.line(line); c.Status != bucket.OK {
					t.Errorf("%s: %+v", line, c)
				}
			}
			if open := srv.OpenUploads(t); len(open) != 0 || len(srv.Objects(t)) != 0 {
				t.Errorf("left behind: %v %v", open, srv.Objects(t))
			}
			if text := program(t, args...); text.code != exitShort || !strings.Contains(text.out, "ok       upload: ") || !strings.Contains(text.out, "\n         -> ") {
				t.Errorf("%+v", text)
			}
			checkBroken(t, srv, args)
		})
	}
}

// checkBroken: what is broken is told, and the exit code is 1.
func checkBroken(t *testing.T, srv *s3test.Server, args []string) {
	t.Helper()
	for _, c := range []struct {
		edit func([]string) []string
		line string
	}{
		{func(a []string) []string { return append(a, "--bucket", "no-such-bucket") }, "bucket"},
		{func(a []string) []string { return append(a, "--s3-endpoint", "http://"+s3test.FreeAddr(t)) }, "data origin"},
		{func(a []string) []string { return append(a, "--signer", "http://"+s3test.FreeAddr(t)) }, "signer"},
		{func(a []string) []string { return append(a, "--signer", srv.Endpoint) }, "signer"},
		{func(a []string) []string { return append(a, "--allow-origin", "https://b.example") }, "signer for https://b.example"},
	} {
		report, got := doctorJSON(t, c.edit(args[:len(args):len(args)]))
		broken := false
		for _, check := range report.Checks {
			broken = broken || (check.Name == c.line && check.Status == bucket.Broken)
		}
		if got.code != exitError || report.Status != bucket.Broken || !broken {
			t.Errorf("%s: %+v", c.line, got)
		}
	}
}

// startSigner serves the vault and gives its URL.
func startSigner(t *testing.T, srv *s3test.Server) string {
	t.Helper()
	st, err := s3.New(t.Context(), s3.Config{Bucket: srv.Bucket, Region: srv.Region, Endpoint: srv.Endpoint, AccessKey: srv.AccessKey, SecretKey: srv.SecretKey})
	if err != nil {
		t.Fatal(err)
	}
	sg, err := signer.New(signer.Config{
		Storage: st, KMSKeyID: srv.KMSKeyID, NoKMS: srv.KMSKeyID == "", Auth: signer.NoAuth(), SealKeys: [][]byte{bytes.Repeat([]byte{5}, signer.MinSealKey)},
		AllowedOrigins: []string{"https://a.example"},
	})
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(sg.Handler())
	t.Cleanup(func() {
		web.Close()
		if err := sg.Shutdown(t.Context()); err != nil && t.Context().Err() == nil {
			t.Error(err)
		}
	})
	<-sg.Ready()
	return web.URL
}

// TestDoctorSaysWhichActionIsMissing runs with a session that lacks one.
func TestDoctorSaysWhichActionIsMissing(t *testing.T) {
	srv := s3test.MinIO(t)
	policy := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:ListBucket","s3:GetObject","s3:PutObject","s3:AbortMultipartUpload"],"Resource":["arn:aws:s3:::vault","arn:aws:s3:::vault/*"]}]}`
	report, got := doctorJSON(t, at(t, srv.Limited(t, policy), "doctor"))
	for line, action := range map[string]string{
		"upload": "s3:ListMultipartUploadParts", "list uploads": "s3:ListBucketMultipartUploads", "lifecycle": "s3:GetLifecycleConfiguration",
		"default encryption": "s3:GetEncryptionConfiguration", "policy": "s3:GetBucketPolicy", "versioning": "s3:GetBucketVersioning",
	} {
		if c := report.line(line); c.Status == bucket.OK || !strings.Contains(c.Do, action) {
			t.Errorf("%s: %+v", line, c)
		}
	}
	if c := report.line("no overwriting by PUT"); c.Status != bucket.OK && c.Name != "" || got.code != exitError {
		t.Errorf("exit %d, %+v", got.code, c)
	}
}
