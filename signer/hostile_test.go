package signer_test

import (
	"context"
	"log/slog"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"longshore/signer"
	"longshore/signer/api"
)

// TestHangingUpHidesNothing: who hangs up at once must not have a refusal, or
// what was served, recorded and counted as something else.
func TestHangingUpHidesNothing(t *testing.T) {
	var log syncBuffer
	v := tokenVault(t, newFake(), func(c *signer.Config) {
		c.Audit, c.CheckEvery = slog.New(slog.NewJSONHandler(&log, nil)), -1
	})
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	hangUp := func(r *http.Request) { *r = *r.WithContext(gone) }
	stat := api.StatObjectsRequest{ObjectKeys: []string{"x"}}
	v.post(api.PathStatObjects, stat, hangUp, func(r *http.Request) { r.Header.Set("Authorization", "Bearer a-guess-of-a-token") })
	v.post(api.PathStatObjects, []byte("{"), hangUp)
	v.post(api.PathStatObjects, stat, hangUp)
	var codes []string
	for _, l := range auditOf(t, &log, "call") {
		codes = append(codes, l.Code)
	}
	if got := strings.Join(codes, " "); got != "unauthorized bad_request ok" {
		t.Errorf("recorded as %s", got)
	}
	if text := scrape(v); !strings.Contains(text, `longshore_signer_refusals_total{reason="unauthorized"} 1`) {
		t.Errorf("the refusal was not counted:\n%s", text)
	}
}

// TestPanicsApart: looks at objects run on goroutines of their own, where a
// panic would end the process.
func TestPanicsApart(t *testing.T) {
	var log syncBuffer
	fake := newFake()
	v := tokenVault(t, fake, func(c *signer.Config) {
		c.Audit, c.CheckEvery = slog.New(slog.NewJSONHandler(&log, nil)), -1
	})
	o := toPut("f", []byte("x"), api.ChecksumCRC64NVME)
	o.BatchRef = batchA
	key := mustCall[api.PutURLsResponse](v, api.PathPutURLs, api.PutURLsRequest{Objects: []api.ObjectToPut{o}}).Objects[0].ObjectKey
	fake.before = func(op string, _ int) error {
		if op == "stat" {
			panic("secret-name")
		}
		return nil
	}
	v.wantCode(api.CodeInternal, api.PathStatObjects, api.StatObjectsRequest{ObjectKeys: []string{key}})
	v.wantCode(api.CodeInternal, api.PathCompleteBatch, api.CompleteBatchRequest{BatchRef: batchA, Objects: []api.BatchObject{{ObjectKey: key, Size: 1}}})
	if text := scrape(v); !strings.Contains(text, "longshore_signer_panics_total 2") {
		t.Errorf("the panics were not counted:\n%s", text)
	}
	if strings.Contains(log.all(), "secret") || !strings.Contains(log.all(), "panic, at ") {
		t.Errorf("the record should say where, and nothing else:\n%s", log.all())
	}
}

// TestSeveralTypesAreNone: browsers take the last of several types with commas
// between, so that it would be served as what the rules do not allow.
func TestSeveralTypesAreNone(t *testing.T) {
	policy, _ := policyFile(t, "[defaults]\ncontent_types = [\"image/*\"]\n")
	v := openVault(t, signer.Config{Storage: newFake(), Policy: policy})
	for _, kind := range []string{
		"image/png, text/html", "image/png,text/html", "image/png;x=y, text/html", "image/, text/html", "image/png;charset=x,text/html;a=b",
		"image/png/text/html", "image", "image/", "/png", "image/<script>", "image/png; q", `image/png; x="`,
	} {
		r := initRequest([]byte("x"))
		r.MimeType = kind
		v.wantCode(api.CodeBadRequest, api.PathInitUpload, r)
	}
	for _, kind := range []string{"image/png", "IMAGE/PNG", `image/svg+xml; charset=utf-8`, `image/png; x="a, text/html"`} {
		r := initRequest([]byte("x"))
		r.MimeType = kind
		mustCall[api.InitResponse](v, api.PathInitUpload, r)
	}
}

// TestPagesCannotUseALocalSigner: without sign-in no page of another site may
// have its visitor's browser call, not even as for an image, without Origin.
func TestPagesCannotUseALocalSigner(t *testing.T) {
	v := fakeVault(t, newFake())
	for site, status := range map[string]int{"cross-site": 403, "same-site": 403, "same-origin": 200, "none": 200, "": 200} {
		if a := v.send(http.MethodGet, api.PathCapabilities, nil, func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", site) }); a.status != status {
			t.Errorf("%q: %d", site, a.status)
		}
	}
}

func TestConfigThatWouldLimitNothing(t *testing.T) {
	for name, edit := range map[string]func(*signer.Config){
		"rate not a number":   func(c *signer.Config) { c.Rate = math.NaN() },
		"endless rate":        func(c *signer.Config) { c.Rate = math.Inf(1) },
		"any sandboxed page":  func(c *signer.Config) { c.AllowedOrigins = []string{"null"} },
		"every page":          func(c *signer.Config) { c.AllowedOrigins = []string{"*"} },
		"a pattern":           func(c *signer.Config) { c.AllowedOrigins = []string{"https://*.example"} },
		"a path":              func(c *signer.Config) { c.AllowedOrigins = []string{"https://app.example/"} },
		"capitals":            func(c *signer.Config) { c.AllowedOrigins = []string{"https://App.example"} },
		"the port of https":   func(c *signer.Config) { c.AllowedOrigins = []string{"https://app.example:443"} },
		"no scheme of pages":  func(c *signer.Config) { c.AllowedOrigins = []string{"file://x"} },
		"with a user":         func(c *signer.Config) { c.AllowedOrigins = []string{"https://u@app.example"} },
		"with spaces":         func(c *signer.Config) { c.AllowedOrigins = []string{"https://app.example https://b.example"} },
		"an empty one":        func(c *signer.Config) { c.AllowedOrigins = []string{""} },
		"good, and one empty": func(c *signer.Config) { c.AllowedOrigins = []string{"https://app.example:8443", ""} },
	} {
		cfg := signer.Config{Storage: newFake(), NoKMS: true, SealKeys: [][]byte{testSealKey}, Auth: signer.NoAuth()}
		edit(&cfg)
		if sg, err := signer.New(cfg); err == nil {
			_ = sg.Shutdown(t.Context())
			t.Errorf("%s was taken", name)
		}
	}
	for _, rate := range []string{"nan", "inf", "0", "0.0"} {
		if _, err := signer.OpenPolicyFile(policyText(t, "[defaults]\nrate = "+rate+"\n"), nil); err == nil {
			t.Errorf("rate = %s in a policy was taken", rate)
		}
	}
}

func policyText(t testing.TB, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "policy.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
