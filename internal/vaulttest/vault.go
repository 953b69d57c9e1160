// Package vaulttest starts a whole vault for tests of clients: a real S3 server (versitygw) and the real signer in
// front of it. It is imported by tests only. It must not know the engine or any client.
package vaulttest

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"longshore/internal/s3test"
	"longshore/signer"
	"longshore/signer/s3"
)

// Token is what Vault.TokenFile holds when the vault has a sign-in.
const Token = "a-token-of-a-test-that-is-long-enough"

// Vault is a running vault.
type Vault struct {
	URL    string // of the signer
	S3     *s3test.Server
	Server *httptest.Server // the signer's
	// TokenFile is a client's token file; "" without a sign-in.
	TokenFile string

	before atomic.Pointer[http.HandlerFunc]
}

// Options shape a vault.
type Options struct {
	SignIn bool // with bearer tokens
	TLS    bool // the signer, with a certificate of its own
	// OIDC, if set, makes it a vault one signs in to with OpenID Connect; with SignIn, its token file is taken too.
	OIDC *signer.OIDCConfig
	// KeyTemplate, if set, takes the place of the signer's own.
	KeyTemplate string
}

// Start starts a vault without KMS that ends with the test.
func Start(t testing.TB, o Options) *Vault {
	t.Helper()
	v := &Vault{S3: s3test.VersityGW(t)}
	sgn := v.signer(t, o)
	handler := sgn.Handler()
	serve := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if f := v.before.Load(); f != nil {
			seen := &seenWriter{ResponseWriter: w}
			if (*f)(seen, r); seen.wrote {
				return
			}
		}
		handler.ServeHTTP(w, r)
	})
	if o.TLS {
		v.Server = httptest.NewTLSServer(serve)
	} else {
		v.Server = httptest.NewServer(serve)
	}
	v.URL = v.Server.URL
	t.Cleanup(func() {
		v.Server.Close()
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := sgn.Shutdown(ctx); err != nil {
			t.Errorf("vaulttest: %v", err)
		}
	})
	select {
	case <-sgn.Ready():
	case <-time.After(30 * time.Second):
		t.Fatal("vaulttest: the signer does not get ready")
	}
	return v
}

func (v *Vault) signer(t testing.TB, o Options) *signer.Signer {
	t.Helper()
	storage, err := s3.New(t.Context(), s3.Config{
		Bucket: v.S3.Bucket, Region: v.S3.Region, Endpoint: v.S3.Endpoint, AccessKey: v.S3.AccessKey, SecretKey: v.S3.SecretKey,
	})
	if err != nil {
		t.Fatalf("vaulttest: %v", err)
	}
	auth := v.auth(t, o)
	sgn, err := signer.New(signer.Config{
		Storage: storage, Name: "Test vault", NoKMS: true, SealKeys: [][]byte{[]byte("a seal key for tests, 32 bytes+++")},
		Auth: auth, AllowSimpleClients: true, PartSize: 5 << 20, KeyTemplate: o.KeyTemplate,
	})
	if err != nil {
		t.Fatalf("vaulttest: %v", err)
	}
	return sgn
}

// auth is how the vault knows its callers.
func (v *Vault) auth(t testing.TB, o Options) signer.Authenticator {
	t.Helper()
	var tokens *signer.TokenFile
	if o.SignIn {
		dir := t.TempDir()
		v.TokenFile = write(t, filepath.Join(dir, "token"), Token)
		var err error
		if tokens, err = signer.OpenTokenFile(write(t, filepath.Join(dir, "tokens"), Token+" tester tester"), nil); err != nil {
			t.Fatalf("vaulttest: %v", err)
		}
	}
	if o.OIDC == nil {
		if tokens == nil {
			return signer.NoAuth()
		}
		return tokens
	}
	people, err := signer.OpenOIDC(*o.OIDC)
	if err != nil {
		t.Fatalf("vaulttest: %v", err)
	}
	t.Cleanup(people.Close)
	if tokens == nil {
		return people
	}
	return signer.TokensOr(tokens, people)
}

// Before runs f ahead of the signer for every call; a call that f answers does not reach the signer. nil ends that.
func (v *Vault) Before(f http.HandlerFunc) {
	if f == nil {
		v.before.Store(nil)
		return
	}
	v.before.Store(&f)
}

// Object reads the bytes of an object from the S3 server's own folder.
func (v *Vault) Object(t testing.TB, key string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(v.S3.Dir, v.S3.Bucket, filepath.FromSlash(key)))
	if err != nil {
		t.Fatalf("vaulttest: %v", err)
	}
	return data
}

// seenWriter notes whether a handler answered.
type seenWriter struct {
	http.ResponseWriter
	wrote bool
}

func (s *seenWriter) WriteHeader(status int) {
	s.wrote = true
	s.ResponseWriter.WriteHeader(status)
}

func (s *seenWriter) Write(p []byte) (int, error) {
	s.wrote = true
	return s.ResponseWriter.Write(p)
}

func write(t testing.TB, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatalf("vaulttest: %v", err)
	}
	return path
}
