package main

import (
	"encoding/pem"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"longshore/internal/s3test"
	"longshore/signer/bucket"
)

// TestHTTPSVault sets up and examines a server behind TLS whose certificate is
// signed by an authority of the house.
func TestHTTPSVault(t *testing.T) {
	srv := s3test.VersityGW(t)
	backend, err := url.Parse(srv.Endpoint)
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewTLSServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(backend)
		r.Out.Host = r.In.Host // it is signed
	}})
	defer front.Close()
	dir := t.TempDir()
	secure := *srv
	secure.Endpoint = front.URL
	args := func(command string, more ...string) []string { return at(t, &secure, command, more...) }

	t.Setenv("AWS_CA_BUNDLE", writeFile(t, dir, "ca.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: front.Certificate().Raw})))
	got := program(t, args("setup", "--yes")...)
	if got.code != exitShort || !strings.Contains(got.out, "applied     policy") {
		t.Errorf("%+v", got)
	}
	if policy := mustRead(t, adminOf(t, srv), bucket.Policy); !strings.Contains(policy, bucket.SidTLS) || strings.Contains(policy, "trial") {
		t.Errorf("policy: %s", policy)
	}
	report, _ := doctorJSON(t, args("doctor"))
	for _, line := range []string{"bucket", "policy", "data origin"} {
		if c := report.line(line); c.Status != bucket.OK {
			t.Errorf("%s: %+v", line, c)
		}
	}
	if c := report.line("data origin"); !strings.Contains(c.Text, "certificate ends in") {
		t.Errorf("%+v", c)
	}
	t.Setenv("AWS_CA_BUNDLE", writeFile(t, dir, "none.pem", []byte("nothing")))
	if got := program(t, args("doctor")...); got.code != exitError || strings.Contains(got.errs, dir) {
		t.Errorf("a file without certificates: %+v", got)
	}
	t.Setenv("AWS_CA_BUNDLE", "")
	report, got = doctorJSON(t, args("doctor"))
	if got.code != exitError || !strings.Contains(report.line("bucket").Do, "certificate") || !strings.Contains(report.line("data origin").Text, "not trusted") {
		t.Errorf("an authority that is not known: %+v", got)
	}
}
