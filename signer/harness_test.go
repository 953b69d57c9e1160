package signer_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/minio/crc64nvme"

	"longshore/signer"
	"longshore/signer/api"
)

// vault is a signer and a client that calls its handler directly, so that tests
// may run in a synctest bubble. The program's tests go over the network.
type vault struct {
	t      testing.TB
	signer *signer.Signer
	token  string
}

var testSealKey = bytes.Repeat([]byte{7}, 32)

// openVault starts a signer with sound defaults for what cfg leaves out, and
// waits until it is ready.
func openVault(t testing.TB, cfg signer.Config) *vault {
	t.Helper()
	v := startVault(t, cfg)
	select {
	case <-v.signer.Ready():
	case <-time.After(30 * time.Second):
		t.Fatal("the signer did not become ready")
	}
	return v
}

// startVault is openVault without the wait.
func startVault(t testing.TB, cfg signer.Config) *vault {
	t.Helper()
	if cfg.SealKeys == nil {
		cfg.SealKeys = [][]byte{testSealKey}
	}
	if cfg.Auth == nil {
		cfg.Auth = signer.NoAuth()
	}
	if cfg.KMSKeyID == "" {
		cfg.NoKMS = true
	}
	sg, err := signer.New(cfg)
	if err != nil {
		t.Fatalf("signer.New: %v", err)
	}
	v := &vault{t: t, signer: sg}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		if err := sg.Shutdown(ctx); err != nil {
			t.Errorf("Shutdown: %v", err)
		}
	})
	return v
}

// answer is what came back from a call.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// code is the error code of an answer, or empty.
func (a answer) code() api.Code {
	var e api.Error
	_ = json.Unmarshal(a.body, &e) // not JSON: no code
	return e.Code
}

// post sends v (or raw bytes) as JSON; edit may change the request.
func (v *vault) post(path string, body any, edit ...func(*http.Request)) answer {
	v.t.Helper()
	raw, ok := body.([]byte)
	if !ok {
		var err error
		if raw, err = json.Marshal(body); err != nil {
			v.t.Fatal(err)
		}
	}
	return v.send(http.MethodPost, path, raw, edit...)
}

func (v *vault) send(method, path string, body []byte, edit ...func(*http.Request)) answer {
	v.t.Helper()
	req := httptest.NewRequest(method, "http://127.0.0.1:1"+path, bytes.NewReader(body))
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/json")
	}
	if v.token != "" {
		req.Header.Set("Authorization", "Bearer "+v.token)
	}
	for _, e := range edit {
		e(req)
	}
	w := httptest.NewRecorder()
	v.signer.Handler().ServeHTTP(w, req)
	a := answer{w.Code, w.Header(), w.Body.Bytes()}
	if err := checkExchange(req, body, a); err != nil {
		v.t.Errorf("%s %s: %v", method, path, err)
	}
	return a
}

// mustCall posts body and decodes the 200 into Resp; any other answer fails the test.
func mustCall[Resp any](v *vault, path string, body any) Resp {
	v.t.Helper()
	a := v.post(path, body)
	var out Resp
	if a.status != http.StatusOK {
		v.t.Fatalf("%s: status %d, body %s", path, a.status, a.body)
	}
	dec := json.NewDecoder(bytes.NewReader(a.body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&out); err != nil {
		v.t.Fatalf("%s: %v in %s", path, err, a.body)
	}
	return out
}

// wantCode posts body and wants that error, with the status of the table.
func (v *vault) wantCode(want api.Code, path string, body any, edit ...func(*http.Request)) {
	v.t.Helper()
	a := v.post(path, body, edit...)
	info, ok := want.Info()
	if !ok {
		v.t.Fatalf("%q is not in the code table", want)
	}
	var e api.Error
	if err := json.Unmarshal(a.body, &e); err != nil {
		v.t.Fatalf("%s: not an error body: %s", path, a.body)
	}
	if e.Code != want || a.status != info.Status {
		v.t.Fatalf("%s: got %d %s %q, want %d %s", path, a.status, e.Code, e.Message, info.Status, want)
	}
	if e.Message == "" || e.RequestID == "" || e.RequestID != a.header.Get(api.HeaderRequestID) {
		v.t.Fatalf("%s: error lacks message or request id: %s", path, a.body)
	}
}

// put sends body to a signed URL with exactly its headers. The status is 0 if
// the server cut the connection, as some do to refuse a body.
func put(t testing.TB, url string, headers map[string]string, body []byte) (status int, etag, text string) {
	t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPut, url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if len(body) == 0 {
		req.Body = http.NoBody
	}
	for k, v := range headers {
		req.Header.Set(k, v)
	}
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	resp, err := client.Do(req)
	if err != nil {
		return 0, "", err.Error()
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Header.Get("ETag"), string(b)
}

// crc is the CRC64NVME of b as S3 writes it.
func crc(b []byte) string {
	var sum [8]byte
	binary.BigEndian.PutUint64(sum[:], crc64nvme.Checksum(b))
	return base64.StdEncoding.EncodeToString(sum[:])
}

func ptr[T any](v T) *T { return &v }
