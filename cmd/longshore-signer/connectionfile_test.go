package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"longshore/internal/connfile"
)

func TestConnectionFileFromTheSignersFlags(t *testing.T) {
	out := filepath.Join(t.TempDir(), "north.longshore")
	args := []string{
		"connection-file", "--signer", "https://vault.example.org", "--bucket", "scans", "--region", "eu-central-1", "--kms-key-id", "k",
		"--auth", "oidc", "--oidc-issuer", "https://login.example.org", "--oidc-audience", "a", "--oidc-client-id", "c",
		"--name", "Radiology North", "--operator", "Hospital IT", "--parallel", "12", "--limit", "20 MB/s", "--out", out,
	}
	var stdout, stderr bytes.Buffer
	if code := run(t.Context(), args, &stdout, &stderr); code != exitOK {
		t.Fatalf("%d: %s", code, &stderr)
	}
	data, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	f, err := connfile.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	if f.Name != "Radiology North" || f.SignIn.Issuer != "https://login.example.org" || f.Defaults.Parallel != 12 ||
		len(f.DataOrigins) != 1 || f.DataOrigins[0] != "https://scans.s3.eu-central-1.amazonaws.com" {
		t.Errorf("%+v", f)
	}
	if code := run(t.Context(), args, &stdout, &stderr); code != exitError {
		t.Errorf("wrote over it: %d", code)
	}
	for name, c := range map[string][]string{
		"no address": {"connection-file", "--bucket", "b", "--region", "r"},
		"no bucket":  {"connection-file", "--signer", "https://v.example.org"},
		"password":   {"connection-file", "--signer", "https://v.example.org", "--bucket", "b", "--region", "r", "--proxy", "http://a:b@p"},
	} {
		stderr.Reset()
		if code := run(t.Context(), c, &stdout, &stderr); code == exitOK || strings.Contains(stderr.String(), "a:b") {
			t.Errorf("%s: %d %s", name, code, &stderr)
		}
	}
}
