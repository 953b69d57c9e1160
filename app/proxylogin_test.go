package app

import (
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"longshore/internal/platform/sysproxy"
	"longshore/internal/vaulttest"
	"longshore/uploader"
)

// door is a proxy that lets through who has the password, and counts who came with what.
type door struct {
	password string // of a name "alice"
	to       string
	offers   []string // what it says it takes

	mu   sync.Mutex
	came map[string]int // by what was said
}

// guarded starts it.
func guarded(t *testing.T, d *door) (address string) {
	t.Helper()
	d.came = map[string]int{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		said := r.Header.Get("Proxy-Authorization")
		d.mu.Lock()
		d.came[said]++
		d.mu.Unlock()
		if d.password == "" || said != d.key(d.password) {
			w.Header()["Proxy-Authenticate"] = d.offers
			w.WriteHeader(http.StatusProxyAuthRequired)
			return
		}
		tunnel(t, w, d.to)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func (d *door) key(password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte("alice:"+password))
}

// times is how often somebody came with a password, "" for none.
func (d *door) times(password string) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	if password == "" {
		return d.came[""]
	}
	return d.came[d.key(password)]
}

const rightPassword = "correct-horse-battery:staple"

// A password that was changed elsewhere is said once by all the connections that are opened at a time: each wrong try
// counts towards locking the person out.
func TestAStalePasswordIsSaidOnce(t *testing.T) {
	vault := vaulttest.Start(t, vaulttest.Options{})
	d := &door{password: rightPassword, to: vault.Server.Listener.Addr().String(), offers: []string{`Basic realm="out"`}}
	at, err := url.Parse(guarded(t, d))
	if err != nil {
		t.Fatal(err)
	}
	logins := newProxyLogins(newStores().open)
	try := func() {
		transport := logins.dress(uploader.NewTransport(uploader.TransportOptions{Proxy: http.ProxyURL(at)}))
		defer transport.CloseIdleConnections()
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://vault.example/", nil)
				if err != nil {
					t.Error(err)
					return
				}
				if res, err := transport.RoundTrip(req); err == nil { // the vault's certificate is another's: it must not
					t.Error("it went through", res.Body.Close())
				}
			})
		}
		all.Wait()
	}
	for _, password := range []string{"stale", rightPassword} {
		if err := logins.set(t.Context(), ProxyLogin{Proxy: at.String(), Name: "alice", Password: password}); err != nil {
			t.Fatal(err)
		}
		try()
	}
	if n := d.times("stale"); n != 1 {
		t.Errorf("the stale password was said %d times", n)
	}
	if n := d.times(rightPassword); n != 20 {
		t.Errorf("the right password was said %d times, want by each of 20 connections", n)
	}
}

func TestAProxyThatWantsAPassword(t *testing.T) {
	vault := vaulttest.Start(t, vaulttest.Options{SignIn: true, TLS: true})
	d := &door{password: rightPassword, to: vault.Server.Listener.Addr().String(), offers: []string{"NTLM", `Basic realm="out"`}}
	proxy := guarded(t, d)
	dir, stores := stateDir(t), newStores()
	s := open(t, Options{StateDir: dir, SecretStores: stores.open})
	other := open(t, Options{StateDir: dir}) // over the socket all is the same
	spec := VaultSpec{
		SignerURL: "https://example.com", TokenFile: vault.TokenFile, Proxy: proxy, // which the test's certificate is for
		CA: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: vault.Server.Certificate().Raw})),
	}
	tested := func() Step {
		t.Helper()
		steps, err := s.TestVault(t.Context(), VaultTest{Spec: spec}, nil)
		if err != nil {
			t.Fatal(err)
		}
		return failing(t, steps)
	}

	_, err := s.AddVault(t.Context(), spec)
	wantCode(t, err, uploader.CodeProxySignIn)
	if p := Explain(err); !strings.Contains(p.Sentence, "wants a name and a password") {
		t.Errorf("it says %q", p.Sentence)
	}
	if got := tested(); got.Name != StepReach || !got.is(StepFailed, "test-proxy-sign-in") {
		t.Errorf("without a password: %+v", got)
	}
	needs, err := other.ProxyNeeds(t.Context())
	if err != nil || !slices.Equal(needs, []ProxyNeed{{Proxy: proxy}}) {
		t.Errorf("it needs %+v, %v", needs, err)
	}

	if err := other.SetProxyLogin(t.Context(), ProxyLogin{Proxy: proxy, Name: "alice", Password: "wrong"}); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if got := tested(); !got.is(StepFailed, "test-proxy-refused") {
			t.Errorf("with a wrong password: %+v", got)
		}
	}
	if n := d.times("wrong"); n != 1 {
		t.Errorf("a wrong password was said %d times; it locks people out", n)
	}

	if err := s.SetProxyLogin(t.Context(), ProxyLogin{Proxy: proxy, Name: "alice", Password: rightPassword}); err != nil {
		t.Fatal(err)
	}
	if got := tested(); got.Name != "" {
		t.Errorf("with the password: %+v", got)
	}
	v, err := s.AddVault(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	if needs, err := s.ProxyNeeds(t.Context()); err != nil || len(needs) != 0 {
		t.Errorf("it still needs %+v, %v", needs, err)
	}
	if now, err := other.ProxyNow(t.Context(), v.ID); err != nil || now != (ProxyNow{Proxy: proxy, Kept: true}) {
		t.Errorf("the way is %+v, %v", now, err)
	}
	if list := stores.all(); len(list) != 1 || !strings.Contains(list[0], rightPassword) {
		t.Errorf("the keychain holds %d secrets", len(list))
	}

	closeAll(t, other, s)
	nothingOf(t, filepath.Dir(dir), rightPassword, d.key(rightPassword), "alice")
	without := d.times("")
	s = open(t, Options{StateDir: dir, SecretStores: stores.open}) // the next start has it from the keychain
	if got := tested(); got.Name != "" || d.times("") != without {
		t.Errorf("after a restart: %+v; it came %d times without the password", got, d.times("")-without)
	}
	if err := s.SetProxyLogin(t.Context(), ProxyLogin{Proxy: proxy}); err != nil {
		t.Fatal(err)
	}
	if got := tested(); !got.is(StepFailed, "test-proxy-sign-in") || len(stores.all()) != 0 {
		t.Errorf("forgotten: %+v, %d secrets", got, len(stores.all()))
	}
}

func closeAll(t *testing.T, all ...Session) {
	t.Helper()
	for _, s := range all {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// nothingOf holds that none of the files under a folder has one of the texts in it.
func nothingOf(t *testing.T, folder string, texts ...string) {
	t.Helper()
	files := 0
	err := filepath.WalkDir(folder, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		files++
		data, err := os.ReadFile(path)
		for _, text := range texts {
			if strings.Contains(string(data), text) {
				t.Errorf("%s holds %q", e.Name(), text)
			}
		}
		return err
	})
	if err != nil || files < 2 { // the journal and the log
		t.Fatalf("%d files, %v", files, err)
	}
}

func TestAProxysLoginThatCannotBeKept(t *testing.T) {
	stores := newStores()
	stores.fail[StoreKeychain] = fmt.Errorf("locked")
	s := open(t, Options{StateDir: stateDir(t), SecretStores: stores.open})
	login := ProxyLogin{Proxy: "http://proxy.example.org:3128", Name: "alice", Password: "secret"}
	if err := s.SetProxyLogin(t.Context(), login); !NoKeychain(err) {
		t.Errorf("without a keychain: %v", err)
	}
	login.Store = StoreFile
	if err := s.SetProxyLogin(t.Context(), login); err != nil || len(stores.all()) != 1 {
		t.Errorf("in a file: %v, %d secrets", err, len(stores.all()))
	}
	for _, bad := range []ProxyLogin{
		{Proxy: "system", Name: "a"}, {Proxy: "none", Name: "a"}, {Proxy: "socks5://p:1", Name: "a"}, {Proxy: "http://me:pw@p", Name: "a"},
		{Proxy: login.Proxy, Name: "a:b"}, {Proxy: login.Proxy, Name: "a", Password: "x\ny"}, {Proxy: login.Proxy, Name: strings.Repeat("a", mostLogin+1)},
	} {
		wantCode(t, s.SetProxyLogin(t.Context(), bad), uploader.CodeBadConfig)
	}
	if text := fmt.Sprint(login, &login); strings.Contains(text, "alice") || strings.Contains(text, "secret") {
		t.Errorf("printed, it says %s", text)
	}
}

// A keychain that does not give the login is asked once, not for every connection.
func TestALockedKeychainIsAskedOnce(t *testing.T) {
	stores := newStores()
	p := newProxyLogins(stores.open)
	if err := p.set(t.Context(), ProxyLogin{Proxy: "http://p:1", Name: "alice", Password: "x"}); err != nil {
		t.Fatal(err)
	}
	if who, ok := p.login(t.Context(), "http://p:1"); !ok || who.Name != "alice" {
		t.Errorf("%v, %v", who.Name, ok)
	}
	delete(p.known, "http://p:1") // as after a restart
	stores.fail[StoreKeychain] = fmt.Errorf("locked")
	for range 2 {
		if _, ok := p.login(t.Context(), "http://p:1"); ok || !p.shut["http://p:1"] {
			t.Error("a locked keychain gave it")
		}
		delete(stores.fail, StoreKeychain)
	}
	if _, ok := p.login(t.Context(), "http://q:1"); ok {
		t.Error("another proxy is told it")
	}
}

func TestAScriptIsNamed(t *testing.T) {
	for _, name := range proxyNames {
		t.Setenv(name, "")
	}
	s := open(t, Options{StateDir: stateDir(t)})
	p := s.(*local).accounts.proxies
	p.now, p.read = sysproxy.Settings{Script: true}, time.Now()
	spec := VaultSpec{SignerURL: "https://vault.invalid"}
	_, err := s.AddVault(t.Context(), spec)
	if got := Explain(err); got.Key != "vault-away-script" {
		t.Errorf("adding: %+v", got)
	}
	_, err = s.CheckVault(t.Context(), spec)
	if got := Explain(err); got.Key != "vault-away-script" {
		t.Errorf("checking: %+v", got)
	}
	steps, err := s.TestVault(t.Context(), VaultTest{Spec: spec}, nil)
	if got := failing(t, steps); err != nil || got.Name != StepFound && got.Name != StepReach || got.Key != "test-script" {
		t.Errorf("testing: %+v, %v", got, err)
	}
	spec.Proxy = "none" // whoever says so knows of no proxy
	if _, err = s.AddVault(t.Context(), spec); Explain(err).Key != "vault-away" {
		t.Errorf("without a proxy: %+v", Explain(err))
	}
}

// The steps are told while they are tried, and the last word on each is what is returned.
func TestStepsAreToldOneByOne(t *testing.T) {
	vault := vaulttest.Start(t, vaulttest.Options{SignIn: true, TLS: true})
	d := &door{password: rightPassword, to: vault.Server.Listener.Addr().String()}
	proxy := guarded(t, d)
	s := open(t, Options{StateDir: stateDir(t), SecretStores: newStores().open})
	ca := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: vault.Server.Certificate().Raw}))
	if err := s.SetProxyLogin(t.Context(), ProxyLogin{Proxy: proxy, Name: "alice", Password: rightPassword}); err != nil {
		t.Fatal(err)
	}
	for name, spec := range map[string]VaultSpec{
		"directly":        {SignerURL: vault.URL, TokenFile: vault.TokenFile, CA: ca},
		"through a proxy": {SignerURL: "https://example.com", TokenFile: vault.TokenFile, CA: ca, Proxy: proxy},
		"to nobody":       {SignerURL: "http://127.0.0.1:1"},
	} {
		var told []Step
		steps, err := s.TestVault(t.Context(), VaultTest{Spec: spec}, func(s Step) { told = append(told, s) })
		if err != nil {
			t.Fatal(err)
		}
		last, began := map[StepName]StepResult{}, []StepName{}
		for _, step := range told {
			last[step.Name] = step.Result
			if step.Result == StepRunning && !slices.Contains(began, step.Name) {
				began = append(began, step.Name)
			}
		}
		for _, step := range steps {
			if step.Result != StepSkipped && last[step.Name] != step.Result {
				t.Errorf("%s: %s was told as %s and is %s", name, step.Name, last[step.Name], step.Result)
			}
		}
		want := []StepName{StepFound, StepReach, StepTrust, StepVault, StepSignIn, StepStorage} // the clock is told with the first answer
		if name == "to nobody" {
			want = want[:2]
		}
		if !slices.Equal(began, want) {
			t.Errorf("%s: began %v", name, began)
		}
	}
}

// A sign-in that a proxy stops is not called an outage of the provider.
func TestAProxyIsBlamedForASignIn(t *testing.T) {
	s := open(t, Options{StateDir: stateDir(t), SecretStores: newStores().open})
	l := s.(*local)
	v := uploader.Vault{SignerURL: "https://vault.example.org", Proxy: "http://proxy.example.org:3128"}
	away := uploader.E("sign-in", uploader.CodeNetwork, nil)
	wantCode(t, l.proxyToBlame(t.Context(), v, away), uploader.CodeNetwork)
	l.accounts.proxies.logins.needs[v.Proxy] = ProxyNeed{Proxy: v.Proxy}
	wantCode(t, l.proxyToBlame(t.Context(), v, away), uploader.CodeProxySignIn)
	v.Proxy = uploader.ProxyNone
	wantCode(t, l.proxyToBlame(t.Context(), v, away), uploader.CodeNetwork)
}
