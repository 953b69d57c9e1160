package app

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"longshore/internal/vaulttest"
	"longshore/uploader"
)

// site is a certificate for 127.0.0.1 and example.com by an authority of its own.
type site struct {
	ca   string // PEM of the authority
	cert tls.Certificate
}

func newSite(t *testing.T, authority string, from, until time.Time) site {
	t.Helper()
	key := func() *ecdsa.PrivateKey {
		k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	sign := func(c, parent *x509.Certificate, of, by *ecdsa.PrivateKey) []byte {
		der, err := x509.CreateCertificate(rand.Reader, c, parent, &of.PublicKey, by)
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	root := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{Organization: []string{authority}}, NotBefore: from, NotAfter: until,
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "site"}, NotBefore: from, NotAfter: until,
		DNSNames: []string{"example.com"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	rootKey, leafKey := key(), key()
	der := sign(root, root, rootKey, rootKey)
	return site{
		ca:   string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})),
		cert: tls.Certificate{Certificate: [][]byte{sign(leaf, root, leafKey, rootKey)}, PrivateKey: leafKey},
	}
}

func (s site) serve(t *testing.T, h http.Handler) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(h)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{s.cert}, MinVersion: tls.VersionTLS12}
	server.StartTLS()
	t.Cleanup(server.Close)
	return server
}

// dated answers 404 as if it were another time.
func dated(at time.Time) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Date", at.UTC().Format(http.TimeFormat))
		w.WriteHeader(http.StatusNotFound)
	})
}

// proxy is one that answers CONNECT with a status, and leads to a server if that is 200.
func proxy(t *testing.T, status int, to string) (address string, asked chan string) {
	t.Helper()
	asked = make(chan string, 100)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- r.Method + " " + r.Host
		if status != http.StatusOK {
			w.WriteHeader(status)
			return
		}
		tunnel(t, w, to)
	}))
	t.Cleanup(s.Close)
	return s.URL, asked
}

// tunnel connects who asked to an address.
func tunnel(t *testing.T, w http.ResponseWriter, to string) {
	there, err := net.Dial("tcp", to)
	if err != nil {
		t.Error(err)
		return
	}
	defer there.Close()
	w.WriteHeader(http.StatusOK)
	here, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		t.Error(err)
		return
	}
	defer here.Close()
	go func() {
		_, _ = io.Copy(there, buffered)
		_ = there.Close()
	}()
	_, _ = io.Copy(here, there)
}

func (s Step) is(result StepResult, key string) bool { return s.Result == result && s.Key == key }

// failing is the first step that failed, with every step behind it that is not told for itself skipped.
func failing(t *testing.T, steps []Step) Step {
	t.Helper()
	var names []StepName
	for _, s := range steps {
		names = append(names, s.Name)
	}
	if !slices.Equal(names, StepNames()) {
		t.Fatalf("the steps are %v", names)
	}
	for _, s := range steps {
		if s.Result == StepFailed && s.Name != StepClock {
			return s
		}
	}
	return Step{}
}

func TestEachTroubleIsNamedAtItsStep(t *testing.T) {
	now, year := time.Now(), 365*24*time.Hour
	good := newSite(t, "Hospital North", now.Add(-time.Hour), now.Add(time.Hour))
	inspector := newSite(t, "Zscaler Inc.", now.Add(-time.Hour), now.Add(time.Hour))
	past := newSite(t, "Hospital North", now.Add(-3*year), now.Add(-year))
	future := newSite(t, "Hospital North", now.Add(year), now.Add(3*year))
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>Welcome") }))
	defer web.Close()
	captive := httptest.NewServer(http.RedirectHandler("http://portal.example.org/login", http.StatusFound))
	defer captive.Close()
	must511 := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNetworkAuthenticationRequired) }))
	defer must511.Close()
	mute := cutter(t)
	wants, _ := proxy(t, http.StatusProxyAuthRequired, "")
	refuses, _ := proxy(t, http.StatusForbidden, "")
	s := open(t, Options{StateDir: stateDir(t)})
	ntlm := guarded(t, &door{offers: []string{"NTLM", `Negotiate, Digest realm="x"`}})
	for name, c := range map[string]struct {
		spec VaultSpec
		step StepName
		key  string
	}{
		"unknown authority":      {VaultSpec{SignerURL: good.serve(t, http.NotFoundHandler()).URL}, StepTrust, "test-unknown-authority"},
		"other than its own":     {VaultSpec{SignerURL: good.serve(t, http.NotFoundHandler()).URL, CA: past.ca}, StepTrust, "test-other-authority"},
		"read along":             {VaultSpec{SignerURL: inspector.serve(t, http.NotFoundHandler()).URL, CA: good.ca}, StepTrust, "test-inspected"},
		"another name":           {VaultSpec{SignerURL: strings.Replace(good.serve(t, http.NotFoundHandler()).URL, "127.0.0.1", "localhost", 1), CA: good.ca}, StepTrust, "test-other-name"},
		"ran out":                {VaultSpec{SignerURL: past.serve(t, dated(now)).URL, CA: past.ca}, StepTrust, "test-expired"},
		"our clock is ahead":     {VaultSpec{SignerURL: past.serve(t, dated(now.Add(-2*year))).URL, CA: past.ca}, StepTrust, "test-clock-certificate"},
		"our clock is behind":    {VaultSpec{SignerURL: future.serve(t, dated(now.Add(2*year))).URL, CA: future.ca}, StepTrust, "test-clock-certificate"},
		"not valid yet":          {VaultSpec{SignerURL: future.serve(t, dated(now)).URL, CA: future.ca}, StepTrust, "test-not-yet"},
		"not secure":             {VaultSpec{SignerURL: strings.Replace(web.URL, "http:", "https:", 1)}, StepTrust, "test-not-secure"},
		"cut by a firewall":      {VaultSpec{SignerURL: "https://" + mute}, StepTrust, "test-cut"},
		"nobody listens":         {VaultSpec{SignerURL: "http://127.0.0.1:1"}, StepReach, "test-refused"},
		"a web page":             {VaultSpec{SignerURL: web.URL}, StepVault, "test-web-page"},
		"a start page":           {VaultSpec{SignerURL: captive.URL}, StepVault, "test-start-page"},
		"a start page by 511":    {VaultSpec{SignerURL: must511.URL}, StepVault, "test-start-page"},
		"no vault":               {VaultSpec{SignerURL: good.serve(t, http.NotFoundHandler()).URL, CA: good.ca}, StepVault, ""},
		"proxy wants another":    {VaultSpec{SignerURL: "https://vault.example.org", Proxy: ntlm}, StepReach, "test-proxy-other"},
		"proxy wants a sign-in":  {VaultSpec{SignerURL: "https://vault.example.org", Proxy: wants}, StepReach, "test-proxy-sign-in"},
		"proxy refuses":          {VaultSpec{SignerURL: "https://vault.example.org", Proxy: refuses}, StepReach, "test-proxy-refuses"},
		"proxy does not answer":  {VaultSpec{SignerURL: "https://vault.example.org", Proxy: "http://127.0.0.1:1"}, StepReach, "test-proxy-away"},
		"proxy that cuts us off": {VaultSpec{SignerURL: "https://vault.example.org", Proxy: "http://" + mute}, StepReach, "test-proxy-away"},
	} {
		t.Run(name, func(t *testing.T) {
			steps, err := s.TestVault(t.Context(), VaultTest{Spec: c.spec}, nil)
			if err != nil {
				t.Fatal(err)
			}
			got := failing(t, steps)
			if got.Name != c.step || got.Key != c.key {
				t.Errorf("%+v, want %s %s", steps, c.step, c.key)
			}
			sentence := got.Problem().Sentence
			if sentence == "" || strings.Contains(sentence, "{") {
				t.Errorf("it says %q", sentence)
			}
		})
	}
}

// cutter takes connections and cuts them at the first byte.
func cutter(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = c.Read(make([]byte, 1))
			_ = c.Close()
		}
	}()
	t.Cleanup(func() {
		_ = l.Close()
		<-done
	})
	return l.Addr().String()
}

func TestAGoodVaultPassesEveryStep(t *testing.T) {
	vault := vaulttest.Start(t, vaulttest.Options{SignIn: true, TLS: true})
	dir := stateDir(t)
	s := open(t, Options{StateDir: dir})
	ca := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: vault.Server.Certificate().Raw}))
	spec := VaultSpec{SignerURL: vault.URL, TokenFile: vault.TokenFile, CA: ca}
	other := open(t, Options{StateDir: dir}) // over the socket all is the same
	for _, by := range []Session{s, other} {
		steps, err := by.TestVault(t.Context(), VaultTest{Spec: spec}, nil)
		if err != nil || len(steps) != len(StepNames()) {
			t.Fatalf("%+v, %v", steps, err)
		}
		for _, step := range steps {
			if step.Result != StepOK {
				t.Errorf("%+v", step)
			}
		}
	}
	if list, err := s.Vaults(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("a test saved %+v, %v", list, err)
	}

	wrong := spec
	wrong.TokenFile = write(t, filepath.Join(t.TempDir(), "token"), []byte("a-token-that-nobody-knows-at-all"))
	steps, err := other.TestVault(t.Context(), VaultTest{Spec: wrong}, nil)
	if err != nil || !failing(t, steps).is(StepFailed, "test-token-over") {
		t.Errorf("a wrong token: %+v, %v", steps, err)
	}

	v, err := s.AddVault(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	skew := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Date", time.Now().Add(-47*time.Minute).UTC().Format(http.TimeFormat))
	})
	vault.Before(skew)
	steps, err = s.TestVault(t.Context(), VaultTest{Vault: v.ID}, nil)
	if err != nil {
		t.Fatal(err)
	}
	clock := steps[slices.Index(StepNames(), StepClock)]
	if !clock.is(StepFailed, "test-clock-ahead") || !strings.Contains(clock.Problem().Sentence, "47 minutes ahead") || failing(t, steps).Name != "" {
		t.Errorf("a wrong clock: %+v", steps)
	}

	vault.Before(nil)
	moved := v
	moved.DataOrigins = []string{"https://elsewhere.example.org"}
	if err := s.(*local).engine.SaveVault(t.Context(), moved); err != nil {
		t.Fatal(err)
	}
	steps, err = s.TestVault(t.Context(), VaultTest{Vault: v.ID}, nil)
	if got := failing(t, steps); err != nil || got.Name != StepVault || got.Code != uploader.CodeWrongDest {
		t.Errorf("storage that moved: %+v, %v", steps, err)
	}
}

func TestASignInIsTested(t *testing.T) {
	vault, p := oidc(t, "")
	p.SetTokenLifetime(t, 2*time.Second)
	s := open(t, Options{StateDir: stateDir(t), SecretStores: newStores().open})
	v := addOIDC(t, s, vault)
	tested := func() Step {
		t.Helper()
		steps, err := s.TestVault(t.Context(), VaultTest{Vault: v.ID}, nil)
		if err != nil {
			t.Fatal(err)
		}
		return steps[slices.Index(StepNames(), StepSignIn)]
	}
	if got := tested(); !got.is(StepFailed, "sign-in-needed") {
		t.Errorf("before: %+v", got)
	}
	signInAs(t, s, p, v, "alice")
	if got := tested(); !got.is(StepOK, "") {
		t.Errorf("signed in: %+v", got)
	}
	p.SetOutage(t, true)
	gone := time.NewTimer(2 * time.Second) // the token in memory ends
	<-gone.C
	if got := tested(); !got.is(StepFailed, "sign-in-trouble") {
		t.Errorf("the provider is out of order: %+v", got)
	}
	p.SetOutage(t, false)
	p.Revoke(t, "alice")
	if got := tested(); !got.is(StepFailed, "test-sign-in-over") {
		t.Errorf("over: %+v", got)
	}
}

func TestStorageThatCannotBeReachedIsTold(t *testing.T) {
	c := newConnector("test", newAccounts(nil))
	v := uploader.Vault{SignerURL: "http://127.0.0.1:1"}
	link, err := c.dial(v)
	if err != nil {
		t.Fatal(err)
	}
	r := trial{vault: v, link: link, now: time.Now, proxies: c.accounts.proxies}
	r.storage(t.Context(), uploader.Capabilities{DataOrigins: []string{"http://127.0.0.1:1"}})
	if len(r.steps) != 1 || !r.steps[0].is(StepFailed, "test-refused") {
		t.Errorf("%+v", r.steps)
	}
}
