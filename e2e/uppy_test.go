package e2e

import (
	"bytes"
	"io"
	"mime"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

const webToken = "a-token-of-the-page-0123456789"

// webBytes are what web/page.js uploads.
func webBytes(n int) []byte {
	out := make([]byte, n)
	x := uint32(12345)
	for i := range out {
		x = x*1103515245 + 12345
		out[i] = byte(x >> 16)
	}
	return out
}

// newWebRig is a signer with sign-in and with the routes for Uppy, behind the
// site of an application. MinIO lets browsers in by itself.
func newWebRig(t *testing.T, more ...string) (*rig, *site) {
	t.Helper()
	s := newSite(t)
	tokens := filepath.Join(t.TempDir(), "tokens")
	writeFile(t, tokens, []byte(webToken+" page\n"))
	r := newMinIO(t, append([]string{
		"--auth", "tokens:" + tokens, "--allow-simple-clients", "--allow-origin", s.URL, "--companion-prefix", "/companion",
	}, more...)...)
	var err error
	if s.signer, err = url.Parse(r.URL); err != nil {
		t.Fatal(err)
	}
	return r, s
}

// TestUppy runs the lines of docs/web.md in Chromium: a file in eight parts,
// paused and resumed, and a small one.
func TestUppy(t *testing.T) {
	r, s := newWebRig(t)
	for _, c := range []struct{ heading, modules string }{{"Uppy 5", "uppy5"}, {"Uppy 6", "uppy6"}} {
		lines := strings.ReplaceAll(docLines(t, c.heading), "https://vault.example.org", r.URL)
		script := bundle(t, webModules(t, c.modules), lines)
		t.Run(c.heading+" in parts, paused and resumed", func(t *testing.T) {
			r.reset(t)
			plan := webPlan{Size: 37*mib + 123, Name: "a b+ü & größe.bin", RelativePath: "/Folder ü 1/a b+ü & größe.bin", Pause: true}
			report := s.visit(t, webToken, plan, script)
			r.wantFromPage(t, report, plan)
			if report.AtResume < 1 || report.AtResume > 7 {
				t.Errorf("%d parts were stored when it was resumed", report.AtResume)
			}
			if n := r.data.count(isOp(opList)); n < 2 { // one to resume, one of the signer's before it completes
				t.Errorf("the parts were listed %d times: it was not resumed", n)
			}
		})
		t.Run(c.heading+" small", func(t *testing.T) {
			r.reset(t)
			plan := webPlan{Size: 1000, Name: "small.bin"}
			r.wantFromPage(t, s.visit(t, webToken, plan, script), plan)
		})
		t.Run(c.heading+" without a token", func(t *testing.T) {
			r.reset(t)
			report := s.visit(t, "not-the-token-of-the-page", webPlan{Size: 1000, Name: "small.bin"}, script)
			if report.Stored != 0 || len(report.Errors) == 0 || r.data.count(isOp(opCreate)) != 0 {
				t.Errorf("%+v", report)
			}
		})
	}
}

// TestUppyForms: with --companion-params a small file goes as one form.
func TestUppyForms(t *testing.T) {
	r, s := newWebRig(t, "--companion-params")
	for _, c := range []struct{ heading, modules string }{{"Uppy 5", "uppy5"}, {"Uppy 6", "uppy6"}} {
		t.Run(c.heading, func(t *testing.T) {
			r.reset(t)
			lines := strings.ReplaceAll(docLines(t, c.heading), "https://vault.example.org", r.URL)
			lines = strings.ReplaceAll(lines, "shouldUseMultipart: true", "shouldUseMultipart: false")
			plan := webPlan{Size: 70_000, Name: "a b+ü.bin"}
			report := s.visit(t, webToken, plan, bundle(t, webModules(t, c.modules), lines))
			r.wantFromPage(t, report, plan)
			if n := r.data.count(isOp(opCreate)); n != 0 {
				t.Errorf("%d multipart uploads were begun", n)
			}
		})
	}
}

// wantFromPage wants the plan's file as the newest and only new object, byte by
// byte, with its name, its metadata and the vault's encryption.
func (r *rig) wantFromPage(t *testing.T, report webReport, plan webPlan) {
	t.Helper()
	if report.Stored != 1 || len(report.Errors) != 0 {
		t.Fatalf("the page says: %+v", report)
	}
	address, err := url.Parse(report.URL)
	if err != nil {
		t.Fatal(err)
	}
	key := strings.TrimPrefix(address.Path, "/"+r.s3.Bucket+"/")
	name := strings.TrimPrefix(plan.RelativePath, "/")
	if name == "" {
		name = plan.Name
	}
	if !strings.HasSuffix(key, "/"+name) {
		t.Errorf("the key %q does not end in %q", key, name)
	}
	out, err := r.s3.Client().GetObject(t.Context(), &s3.GetObjectInput{Bucket: &r.s3.Bucket, Key: &key})
	if err != nil {
		t.Fatal(err)
	}
	defer out.Body.Close()
	got, err := io.ReadAll(out.Body)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, webBytes(plan.Size)) {
		t.Errorf("the object has %d bytes that are not those sent (%d)", len(got), plan.Size)
	}
	caption, err := new(mime.WordDecoder).DecodeHeader(out.Metadata["caption"])
	if err != nil || caption != "Größe 7" || out.Metadata["upload-ref"] == "" {
		t.Errorf("metadata %v (%v)", out.Metadata, err)
	}
	if out.ServerSideEncryption != "aws:kms" {
		t.Errorf("encrypted with %q", out.ServerSideEncryption)
	}
	r.wantNoOpenUploads(t, key)
	for _, x := range r.data.exchanges(func(x exchange) bool { return x.Method == http.MethodPut || x.Method == http.MethodPost }) {
		if x.Header.Get("Cookie") != "" || x.Header.Get("Authorization") != "" && strings.Contains(x.Header.Get("Authorization"), webToken) {
			t.Error("the page's token or cookie went to S3")
		}
	}
}
