package e2e

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"longshore/internal/s3test"
	"longshore/signer/api"
)

// fixed is a server that gives one answer to everything.
func fixed(t testing.TB, c canned) string {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for k, v := range c.header {
			w.Header()[k] = v
		}
		w.WriteHeader(c.status)
		_, _ = w.Write([]byte(c.body))
	}))
	t.Cleanup(srv.Close)
	return srv.URL
}

// signerSays is an error as a signer gives it.
func signerSays(code api.Code) *canned {
	info, _ := code.Info()
	return &canned{status: info.Status, header: http.Header{"Content-Type": {"application/json"}},
		body: fmt.Sprintf(`{"error":%q,"message":%q,"requestId":"E2E"}`, code, info.Message)}
}

// TestVaultsThatCannotBeUsed gives a new vault's address that leads nowhere, or
// to something else: one sentence, exit code 1, nothing queued.
func TestVaultsThatCannotBeUsed(t *testing.T) {
	secure := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(secure.Close)
	jsonType := http.Header{"Content-Type": {"application/json"}}
	const silent = "The vault does not answer, so nothing was added. Check its address and your network, then try again."
	const faulty = "The vault answers, but is busy or has a fault at the moment, so nothing was added."
	cases := []struct{ name, url, says string }{
		{"nobody listens", "http://" + deadAddress(t), silent},
		{"no such host", "https://" + strings.Repeat("a", 64) + ".test", silent}, // a label so long that no name server is asked
		{"a web page", fixed(t, *htmlPage), "What answers at the vault's address is not a Longshore signer."},
		{"404 everywhere", fixed(t, canned{status: 404, body: "not found"}), "What answers at the vault's address is not a Longshore signer."},
		{"a redirect", fixed(t, *redirect), "What answers at the vault's address is not a Longshore signer."},
		{"not JSON", fixed(t, canned{status: 200, header: http.Header{"Content-Type": {"text/plain"}}, body: "hello"}), "What answers at the vault's address is not a Longshore signer."},
		{"JSON of something else", fixed(t, canned{status: 200, header: jsonType, body: `{"hello":"world"}`}), ""},
		{"cut JSON", fixed(t, canned{status: 200, header: jsonType, body: `{"protocol":1,`}), ""},
		{"401", fixed(t, *signerSays(api.CodeUnauthorized)), "The vault does not accept your sign-in."},
		{"403", fixed(t, *signerSays(api.CodeForbiddenHost)), "You are not allowed to store this here."},
		{"429", fixed(t, *signerSays(api.CodeThrottled)), faulty},
		{"500", fixed(t, *signerSays(api.CodeInternal)), faulty},
		{"502 of a proxy", fixed(t, canned{status: 502, body: "<html>Bad Gateway</html>"}), faulty},
		{"not ready", fixed(t, *signerSays(api.CodeNotReady)), faulty},
		{"a certificate nobody trusts", secure.URL, "The vault's certificate is not trusted, so nothing was sent."},
		{"http where https is", strings.Replace(secure.URL, "https:", "http:", 1), ""},
		{"https where http is", strings.Replace(fixed(t, *htmlPage), "http:", "https:", 1), "What answers at the vault's address is not a Longshore signer."},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			cl := newClient(t)
			path := filepath.Join(cl.home, "file.bin")
			writeFile(t, path, []byte("bytes"))
			p := cl.run(t, "upload", "--signer", c.url, "--json", path)
			p.wantExit(t, 1)
			said := p.stderr.String()
			if !strings.Contains(said, c.says) || strings.TrimSpace(said) == "" {
				t.Errorf("it said %q, want %q", said, c.says)
			}
			if p.stdout.String() != "" {
				t.Errorf("it printed %s", p.stdout.String())
			}
			if v := cl.status(t); len(v.Entries) != 0 {
				t.Errorf("something was queued: %+v", v)
			}
		})
	}
	for name, url := range map[string]string{
		"http beyond loopback": "http://vault.example.org", "another scheme": "ftp://vault.example.org",
		"a query": "https://vault.example.org/?a=b", "credentials in it": "https://me:secret@vault.example.org", "nonsense": "http://[::1",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cl := newClient(t)
			p := cl.run(t, "upload", "--signer", url, "x")
			p.wantExit(t, 2)
			if strings.TrimSpace(p.stderr.String()) == "" || strings.Contains(p.stderr.String(), "secret") {
				t.Errorf("it said %q", p.stderr.String())
			}
		})
	}
}

// TestSignerFaultsOnTheWay: what the signer of a known vault answers in the
// middle is waited for or tried again, is said, and ends as a stored file.
func TestSignerFaultsOnTheWay(t *testing.T) {
	r := newVersity(t)
	cases := []struct {
		name   string
		path   string
		fault  fault
		says   string // while it lasts; "" where it may be over before anybody reads it
		single bool
	}{
		{name: "init 500", path: api.PathInitUpload, fault: fault{answer: signerSays(api.CodeInternal)}},
		{name: "init, answer lost", path: api.PathInitUpload, fault: fault{dropAnswer: true}},
		{name: "init 429", path: api.PathInitUpload, fault: fault{answer: signerSays(api.CodeThrottled)}},
		{name: "init, not JSON", path: api.PathInitUpload, fault: fault{swapAnswer: &canned{status: 200, body: "hello"}}},
		{name: "init, cut JSON", path: api.PathInitUpload, fault: fault{editAnswer: func(b []byte) []byte { return b[:len(b)/2] }}},
		{name: "urls 500", path: api.PathGetPartURLs, fault: fault{answer: signerSays(api.CodeStorageError)}},
		{name: "urls, answer lost", path: api.PathGetPartURLs, fault: fault{dropAnswer: true}},
		{name: "urls, a start page", path: api.PathGetPartURLs, fault: fault{answer: htmlPage}},
		{name: "init, a filter's page", path: api.PathInitUpload, fault: fault{answer: &canned{status: 403, header: htmlPage.header, body: htmlPage.body}}},
		{name: "urls, a filter's page", path: api.PathGetPartURLs, fault: fault{answer: &canned{status: 403, header: htmlPage.header, body: htmlPage.body}}},
		{name: "urls, a redirect", path: api.PathGetPartURLs, fault: fault{answer: redirect}},
		{name: "urls 401", path: api.PathGetPartURLs, fault: fault{answer: signerSays(api.CodeUnauthorized)}, says: "The vault does not accept your sign-in."},
		{name: "complete, answer lost", path: api.PathCompleteUpload, fault: fault{dropAnswer: true}},
		{name: "complete, unknown outcome", path: api.PathCompleteUpload, fault: fault{swapAnswer: signerSays(api.CodeUnknownOutcome)}},
		{name: "complete 502", path: api.PathCompleteUpload, fault: fault{swapAnswer: &canned{status: 502, body: "Bad Gateway"}}},
		{name: "complete, without its checksum", path: api.PathCompleteUpload, fault: fault{editAnswer: func(b []byte) []byte {
			return anyChecksum.ReplaceAll(b, []byte(`"checksum":""`))
		}}},
		{name: "put-urls 503", path: api.PathPutURLs, fault: fault{answer: signerSays(api.CodeStorageBusy)}, single: true},
		{name: "put-urls, answer lost", path: api.PathPutURLs, fault: fault{dropAnswer: true}, single: true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r.reset(t)
			cl := newClient(t)
			path := filepath.Join(cl.home, "file.bin")
			size := int64(partSize + 77)
			if c.single {
				size = 1234
			}
			makeFile(t, path, size, 51)
			times := 1
			if c.says != "" { // it lasts until a person mends it
				times = -1
			}
			rule := r.control.on(isOp(c.path), times, c.fault)
			p := cl.run(t, "upload", "--signer", r.URL, "--json", path)
			hits := r.control.hits(rule)
			if c.says != "" {
				p.wantExit(t, 1)
				if got := p.result(t); got.Error == nil || !strings.Contains(got.Error.Sentence, c.says) || !strings.Contains(p.stderr.String(), c.says) {
					t.Errorf("it said %q and %+v", p.stderr.String(), got)
				}
				r.control.clear()
				p = cl.run(t, "resume", "--json")
			}
			p.wantExit(t, 0)
			got := p.result(t)
			got.wantDone(t, size)
			wantSameFile(t, r.path(got.Key), path)
			if hits == 0 {
				t.Error("the fault never came")
			}
			if n := len(r.data.exchanges(func(x exchange) bool { return isOp(opPart, opPut)(x) && x.Status == 200 })); n > 2 {
				t.Errorf("%d PUTs were taken for a file of two parts at most", n)
			}
			r.wantNoOpenUploads(t)
		})
	}
}

// TestSignerAway: the signer goes away in the middle and comes back; so does
// storage. The upload waits, says so, and goes on by itself.
func TestSignerAway(t *testing.T) {
	for _, away := range []string{"signer", "storage"} {
		t.Run(away, func(t *testing.T) {
			r := newVersity(t)
			cl := newClient(t)
			path := filepath.Join(cl.home, "file.bin")
			const size = 6*partSize + 5
			makeFile(t, path, size, 52)
			gate := r.data.stopAt(partSize + 10)
			p := cl.start(t, "upload", "--signer", r.URL, "--json", path)
			gate.await(t, "some bytes")
			dead := "http://" + deadAddress(t)
			broken, home := r.control, r.direct
			if away == "storage" {
				broken, home = r.data, r.s3.Endpoint
			}
			broken.retarget(dead)
			r.data.clear()
			const says = "The vault cannot be reached. Longshore goes on by itself when the network is back."
			waitFor(t, "the sentence", func() bool { return !p.running() || strings.Contains(p.stderr.String(), says) })
			if !p.running() {
				t.Fatalf("it gave up: %s", p.stderr.String())
			}
			broken.retarget(home)
			p.wantExit(t, 0)
			got := p.result(t)
			got.wantDone(t, size)
			wantSameFile(t, r.path(got.Key), path)
			r.wantNoOpenUploads(t)
		})
	}
}

// TestBytesGoOnlyWhereItWasAgreed: a signer that later names another data host
// gets no byte sent there.
func TestBytesGoOnlyWhereItWasAgreed(t *testing.T) {
	r := newVersity(t)
	cl := newClient(t)
	first := filepath.Join(cl.home, "first.bin")
	writeFile(t, first, []byte("first"))
	cl.run(t, "upload", "--signer", r.URL, first).wantExit(t, 0)

	var taken int
	thief := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { taken++ }))
	t.Cleanup(thief.Close)
	elsewhere := func(b []byte) []byte { return []byte(strings.ReplaceAll(string(b), r.data.URL, thief.URL)) }
	small, large := filepath.Join(cl.home, "small.bin"), filepath.Join(cl.home, "large.bin")
	writeFile(t, small, []byte("secret"))
	makeFile(t, large, partSize+1, 53)

	t.Run("signed URLs", func(t *testing.T) {
		r.control.on(isOp(api.PathPutURLs, api.PathGetPartURLs), -1, fault{editAnswer: elsewhere})
		p := cl.run(t, "upload", "--signer", r.URL, "--json", small, large)
		p.wantExit(t, 1)
		for _, got := range p.results(t) {
			if got.State != "failed" || got.Error == nil || !strings.Contains(got.Error.Sentence, "a place that was never agreed to, so nothing was sent") {
				t.Errorf("the result is %+v %+v", got, got.Error)
			}
		}
		r.reset(t)
		cl.run(t, "resume").wantExit(t, 0)
	})
	t.Run("capabilities", func(t *testing.T) {
		r.control.on(isOp(api.PathCapabilities), -1, fault{editAnswer: elsewhere})
		third := filepath.Join(cl.home, "third.bin")
		writeFile(t, third, []byte("third"))
		p := cl.run(t, "upload", "--signer", r.URL, third)
		p.wantExit(t, 1)
		if !strings.Contains(p.stderr.String(), "so nothing was sent") {
			t.Errorf("it said %q", p.stderr.String())
		}
	})
	if taken != 0 {
		t.Errorf("%d requests reached the other host", taken)
	}
	r.reset(t)
	r.wantNoOpenUploads(t)
}

// TestVaultOverTLS: a CA file and a token file are remembered, so that plain
// resume works; without them there is a sentence.
func TestVaultOverTLS(t *testing.T) {
	dir := t.TempDir()
	ca, cert, key := filepath.Join(dir, "ca.pem"), filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	makeCertificate(t, ca, cert, key)
	tokens, token := filepath.Join(dir, "tokens"), filepath.Join(dir, "token")
	writeFile(t, tokens, []byte("a-long-token-of-carol-000 carol\n"))
	writeFile(t, token, []byte("a-long-token-of-carol-000\n"))
	r := newVersity(t, "--auth", "tokens:"+tokens, "--tls-cert", cert, "--tls-key", key)
	if !strings.HasPrefix(r.direct, "https://") {
		t.Fatalf("the signer listens on %s", r.direct)
	}
	cl := newClient(t)
	path := filepath.Join(cl.home, "file.bin")
	makeFile(t, path, 2*partSize, 54)
	for _, c := range []struct {
		name string
		args []string
		says string
	}{
		{"no CA", []string{"--token-file", token}, "The vault's certificate is not trusted, so nothing was sent."},
		{"no token", []string{"--ca", ca}, "This vault wants a sign-in."},
		{"a CA file that is none", []string{"--ca", token, "--token-file", token}, "The certificate (CA) file holds no certificate."},
		{"a token file that is missing", []string{"--ca", ca, "--token-file", filepath.Join(dir, "none")}, "The token file cannot be read."},
		{"a wrong token", []string{"--ca", ca, "--token-file", key}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newClientAt(t, cl.home).run(t, "upload", append([]string{"--signer", r.direct, path}, c.args...)...)
			p.wantExit(t, 1)
			if !strings.Contains(p.stderr.String(), c.says) {
				t.Errorf("it said %q, want %q", p.stderr.String(), c.says)
			}
		})
	}
	gate := r.data.stopAt(partSize / 2)
	p := cl.start(t, "upload", "--signer", r.direct, "--ca", ca, "--token-file", token, "--json", path)
	gate.await(t, "some bytes")
	p.kill()
	r.data.clear()
	r.settle(t)
	p = cl.run(t, "resume", "--json")
	p.wantExit(t, 0)
	got := p.result(t)
	got.wantDone(t, 2*partSize)
	wantSameFile(t, r.path(got.Key), path)

	t.Run("a token that is taken away", func(t *testing.T) {
		writeFile(t, token, []byte("not-the-token-any-more-0000\n"))
		second := filepath.Join(cl.home, "second.bin")
		writeFile(t, second, []byte("second"))
		p := cl.run(t, "upload", "--signer", r.direct, second)
		p.wantExit(t, 1)
		if !strings.Contains(p.stderr.String(), "The vault does not accept your sign-in.") {
			t.Errorf("it said %q", p.stderr.String())
		}
		if strings.Contains(p.stderr.String(), "not-the-token") {
			t.Error("it showed the token")
		}
	})
}

// TestDemoVaultIsReady: the printed line is what a client is given.
func TestDemoVaultIsReady(t *testing.T) {
	demo := s3test.Demo(t)
	if a := get(t, demo.URL+api.PathReady); a.status != http.StatusOK {
		t.Errorf("readyz: %d %s", a.status, a.body)
	}
}

// makeCertificate writes a CA and a certificate for loopback signed by it.
func makeCertificate(t testing.TB, caFile, certFile, keyFile string) {
	t.Helper()
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(t, err)
	ca := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "e2e CA"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	caDER, err := x509.CreateCertificate(rand.Reader, ca, ca, &caKey.PublicKey, caKey)
	check(t, err)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(t, err)
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "127.0.0.1"}, NotBefore: ca.NotBefore, NotAfter: ca.NotAfter,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, leaf, ca, &key.PublicKey, caKey)
	check(t, err)
	rawKey, err := x509.MarshalECPrivateKey(key)
	check(t, err)
	writeFile(t, caFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: caDER}))
	writeFile(t, certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	writeFile(t, keyFile, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: rawKey}))
}
