package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"longshore/internal/s3test"
	"longshore/signer/api"
)

func TestUsageErrors(t *testing.T) {
	base := []string{"serve", "--listen", "127.0.0.1:0", "--bucket", "b", "--region", "r"}
	for name, args := range map[string][]string{
		"nothing":                 {},
		"unknown command":         {"sail"},
		"no flags":                {"serve"},
		"no encryption":           base,
		"both encryptions":        append(base[:len(base):len(base)], "--no-kms", "--kms-key-id", "k"),
		"unknown flag":            append(base[:len(base):len(base)], "--no-kms", "--nope"),
		"stray argument":          append(base[:len(base):len(base)], "--no-kms", "stray"),
		"auth none in the open":   {"serve", "--listen", "0.0.0.0:0", "--bucket", "b", "--region", "r", "--no-kms"},
		"auth none everywhere":    {"serve", "--listen", ":0", "--bucket", "b", "--region", "r", "--no-kms"},
		"tokens without seal key": append(base[:len(base):len(base)], "--no-kms", "--auth", "tokens:f"),
		"unknown auth":            append(base[:len(base):len(base)], "--no-kms", "--auth", "ldap"),
		"half of TLS":             append(base[:len(base):len(base)], "--no-kms", "--tls-cert", "f"),
		"listen without port":     {"serve", "--listen", "127.0.0.1", "--bucket", "b", "--region", "r", "--no-kms"},
	} {
		var out, errs bytes.Buffer
		if code := run(t.Context(), args, &out, &errs); code != exitUsage || errs.Len() == 0 || out.Len() != 0 {
			t.Errorf("%s: exit %d, stdout %q, stderr %q", name, code, out.String(), errs.String())
		}
	}
}

func TestHelp(t *testing.T) {
	for _, args := range [][]string{{"help"}, {"--help"}, {"serve", "--help"}, {"serve", "-h"}} {
		var out, errs bytes.Buffer
		if code := run(t.Context(), args, &out, &errs); code != exitOK || !strings.Contains(out.String(), "longshore-signer serve") || errs.Len() != 0 {
			t.Errorf("%v: exit %d, stderr %q", args, code, errs.String())
		}
	}
}

func TestStartErrors(t *testing.T) {
	dir := t.TempDir()
	short := writeFile(t, dir, "short", []byte("too short"))
	missing := filepath.Join(dir, "missing")
	tokens := writeFile(t, dir, "tokens", []byte("0123456789abcdef alice\n"))
	key := writeFile(t, dir, "key", bytes.Repeat([]byte{1}, 32))
	base := []string{"serve", "--listen", "127.0.0.1:0", "--bucket", "b", "--region", "r", "--no-kms"}
	for name, extra := range map[string][]string{
		"short seal key":   {"--seal-key-file", short},
		"missing seal key": {"--seal-key-file", missing},
		"missing tokens":   {"--seal-key-file", key, "--auth", "tokens:" + missing},
		"missing cert":     {"--tls-cert", missing, "--tls-key", missing},
		"bad template":     {"--key-template", "{path}"},
		"bad endpoint":     {"--s3-endpoint", "127.0.0.1:9000", "--auth", "tokens:" + tokens, "--seal-key-file", key},
	} {
		var out, errs bytes.Buffer
		code := run(t.Context(), append(base[:len(base):len(base)], extra...), &out, &errs)
		if code != exitError || out.Len() != 0 || strings.Contains(errs.String(), dir) {
			t.Errorf("%s: exit %d, stdout %q, stderr %q", name, code, out.String(), errs.String())
		}
	}
}

// TestServe runs the program over TLS with tokens, against a real S3 server.
func TestServe(t *testing.T) {
	srv := s3test.VersityGW(t)
	t.Setenv("AWS_ACCESS_KEY_ID", srv.AccessKey)
	t.Setenv("AWS_SECRET_ACCESS_KEY", srv.SecretKey)
	dir := t.TempDir()
	cert, key, roots := selfSigned(t, dir)
	const token = "0123456789abcdef"
	metrics := s3test.FreeAddr(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	outR, outW := io.Pipe()
	var errs bytes.Buffer
	exit := make(chan int, 1)
	args := []string{
		"serve", "--listen", "127.0.0.1:0", "--bucket", srv.Bucket, "--region", srv.Region, "--s3-endpoint", srv.Endpoint, "--no-kms",
		"--auth", "tokens:" + writeFile(t, dir, "tokens", []byte(token+" alice\n")),
		"--seal-key-file", writeFile(t, dir, "seal", bytes.Repeat([]byte{3}, 32)),
		"--tls-cert", cert, "--tls-key", key, "--metrics-listen", metrics, "--name", "Test vault",
	}
	go func() {
		exit <- run(ctx, args, outW, &errs)
		_ = outW.Close()
	}()
	out := bufio.NewScanner(outR)
	if !out.Scan() || !strings.HasPrefix(out.Text(), "ready https://127.0.0.1:") {
		t.Fatalf("first line %q, stderr %s", out.Text(), errs.String())
	}
	url := strings.TrimPrefix(out.Text(), "ready ")
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}

	var caps api.Capabilities
	fetch(t, client, http.MethodGet, url+api.PathCapabilities, "", "", &caps)
	if caps.Name != "Test vault" || caps.Auth.Type != api.AuthBearer || caps.DataOrigins[0] != srv.Endpoint || caps.Checksum != api.ChecksumCRC64NVME {
		t.Errorf("%+v", caps)
	}
	var e api.Error
	if status := fetch(t, client, http.MethodPost, url+api.PathInitUpload, "", `{}`, &e); status != http.StatusUnauthorized || e.Code != api.CodeUnauthorized {
		t.Errorf("without a token: %d %+v", status, e)
	}
	var up api.InitResponse
	if status := fetch(t, client, http.MethodPost, url+api.PathInitUpload, token, `{"fileName":"a","mimeType":"text/plain","size":5}`, &up); status != http.StatusOK || up.UploadID == "" {
		t.Errorf("init: %d", status)
	}
	resp := getWhenUp(t, "http://"+metrics+"/metrics")
	text, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if err != nil || !strings.Contains(string(text), `{code="ok",route="init-upload"} 1`) {
		t.Errorf("metrics: %v %s", err, text)
	}
	stop()
	if code := <-exit; code != exitOK {
		t.Errorf("exit %d, stderr %s", code, errs.String())
	}
	for line := range strings.Lines(errs.String()) {
		if !json.Valid([]byte(line)) {
			t.Errorf("a log line is not JSON: %s", line)
		}
	}
}

// TestNotReadyPrintsNothing starts without a storage: it must serve, say that
// it is not ready, and still stop cleanly.
func TestNotReadyPrintsNothing(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "x")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "y")
	addr := s3test.FreeAddr(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var out, errs bytes.Buffer
	exit := make(chan int, 1)
	args := []string{"serve", "--listen", addr, "--bucket", "b", "--region", "r", "--no-kms", "--s3-endpoint", "http://" + s3test.FreeAddr(t)}
	go func() { exit <- run(ctx, args, &out, &errs) }()
	resp := getWhenUp(t, "http://"+addr+api.PathReady)
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("readyz: %d", resp.StatusCode)
	}
	stop()
	if code := <-exit; code != exitOK || out.Len() != 0 {
		t.Errorf("exit %d, stdout %q, stderr %s", code, out.String(), errs.String())
	}
}

// getWhenUp asks until the listener answers.
func getWhenUp(t *testing.T, url string) *http.Response {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	give := time.After(10 * time.Second)
	for {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := client.Do(req)
		if err == nil {
			return resp
		}
		select {
		case <-tick.C:
		case <-give:
			t.Fatal(err)
		}
	}
}

func fetch(t *testing.T, c *http.Client, method, url, token, body string, out any) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if err := json.NewDecoder(resp.Body).Decode(out); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode
}

func writeFile(t *testing.T, dir, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// selfSigned makes a certificate for 127.0.0.1.
func selfSigned(t *testing.T, dir string) (cert, key string, roots *x509.CertPool) {
	t.Helper()
	priv, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &priv.PublicKey, priv)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(priv)
	if err != nil {
		t.Fatal(err)
	}
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	roots = x509.NewCertPool()
	roots.AppendCertsFromPEM(certPEM)
	return writeFile(t, dir, "cert.pem", certPEM),
		writeFile(t, dir, "key.pem", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})), roots
}
