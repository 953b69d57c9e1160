package signin

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"longshore/internal/oidctest"
)

func TestSignInInTheBrowser(t *testing.T) {
	p := oidctest.Start(t, oidctest.Options{EC: true, AudienceOnRequest: true})
	for name, idToken := range map[string]bool{"access token": false, "ID token": true} {
		t.Run(name, func(t *testing.T) {
			cfg := config(p)
			cfg.IDToken = idToken
			c, _ := newClient(t, cfg)
			got := signIn(t, p, c, "alice")
			if got.Who != "alice" || got.Subject != "subject-alice" || got.Refresh == "" || got.Life < 59*time.Minute || strings.Count(got.Bearer, ".") != 2 {
				t.Errorf("%+v", got)
			}
			again, err := c.Refresh(t.Context(), got.Refresh, got.Subject)
			if err != nil || again.Bearer == "" || again.Refresh == "" || again.Refresh == got.Refresh {
				t.Errorf("refreshed: %+v, %v", again, err)
			}
			if _, err = c.Refresh(t.Context(), again.Refresh, "somebody-else"); KindOf(err) != Wrong {
				t.Errorf("another person's token was taken: %v", err)
			}
		})
	}
}

// open fetches a page as a browser would, with the host it was given.
func open(t *testing.T, address, host string) (status int, body string, header http.Header) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Error(err)
		return 0, "", nil
	}
	if host != "" {
		req.Host = host
	}
	tr := &http.Transport{DisableKeepAlives: true}
	res, err := tr.RoundTrip(req)
	if err != nil {
		t.Error(err)
		return 0, "", nil
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		t.Error(err)
		return 0, "", nil
	}
	return res.StatusCode, string(data), res.Header
}

// begun is a sign-in whose browser has not come back.
func begun(t *testing.T, c *Client) (b *Browser, base string, asked url.Values) {
	t.Helper()
	b, err := c.Browser(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	u, err := url.Parse(b.URL)
	if err != nil {
		t.Fatal(err)
	}
	return b, u.Query().Get("redirect_uri"), u.Query()
}

func TestTheLinkHoldsNoSecretAndAsksForPKCE(t *testing.T) {
	p := oidctest.Start(t, oidctest.Options{EC: true})
	c, _ := newClient(t, config(p))
	b, base, q := begun(t, c)
	if q.Get("code_challenge_method") != "S256" || len(q.Get("code_challenge")) != 43 || len(q.Get("state")) < 20 || len(q.Get("nonce")) < 20 ||
		q.Get("response_type") != "code" || !strings.Contains(q.Get("scope"), "openid") || !strings.Contains(q.Get("scope"), "offline_access") {
		t.Errorf("asked with %v", q)
	}
	if strings.Contains(b.URL, b.verifier) {
		t.Error("the verifier is in the link")
	}
	if !strings.HasPrefix(base, "http://127.0.0.1:") || !strings.HasSuffix(base, "/") {
		t.Errorf("the redirect is %s", base)
	}
	other, _, _ := begun(t, c)
	if other.state == b.state || other.nonce == b.nonce || other.verifier == b.verifier || other.host == b.host {
		t.Error("two sign-ins share something")
	}
}

// What does not belong to the sign-in ends nothing: the right answer still counts afterwards.
func TestStrangersAtTheRedirectEndNothing(t *testing.T) {
	p := oidctest.Start(t, oidctest.Options{EC: true})
	c, _ := newClient(t, config(p))
	b, base, q := begun(t, c)
	state := url.QueryEscape(q.Get("state"))
	for name, x := range map[string]struct {
		path, host string
		want       int
	}{
		"no state":       {"?code=x", "", http.StatusBadRequest},
		"wrong state":    {"?code=x&state=nonsense", "", http.StatusBadRequest},
		"a refusal":      {"?error=access_denied&state=nonsense", "", http.StatusBadRequest},
		"another path":   {"x?code=x&state=" + state, "", http.StatusNotFound},
		"another name":   {"?code=x&state=" + state, "evil.example.org", http.StatusForbidden},
		"localhost name": {"?code=x&state=" + state, strings.Replace(b.host, "127.0.0.1", "localhost", 1), http.StatusForbidden},
	} {
		status, body, header := open(t, base+x.path, x.host)
		if status != x.want {
			t.Errorf("%s: %d %s", name, status, body)
		}
		if status != http.StatusNotFound && (header.Get("Cache-Control") != "no-store" || !strings.Contains(header.Get("Content-Security-Policy"), "default-src 'none'")) {
			t.Errorf("%s: %v", name, header)
		}
	}
	shown := make(chan string, 1)
	go func() {
		page, err := p.Login(t.Context(), "alice", b.URL)
		if err != nil {
			page = err.Error()
		}
		shown <- page
	}()
	got, err := b.Wait(t.Context())
	if page := <-shown; err != nil || got.Subject != "subject-alice" || !strings.Contains(page, texts()["en"][pageDone].title) {
		t.Errorf("%+v, %v\n%s", got, err, page)
	}
}

func TestAnswersThatEndTheSignIn(t *testing.T) {
	p := oidctest.Start(t, oidctest.Options{EC: true})
	for name, x := range map[string]struct {
		query string
		want  Kind
	}{
		"refused":        {"error=access_denied", Denied},
		"mixed up":       {"code=x&iss=https%3A%2F%2Fevil.example.org", Wrong},
		"no code":        {"", Wrong},
		"out of order":   {"error=temporarily_unavailable", Trouble},
		"an unknown one": {"error=%1b%5bevil", Denied},
		"a forged code":  {"code=forged", Denied},
	} {
		t.Run(name, func(t *testing.T) {
			c, _ := newClient(t, config(p))
			b, base, q := begun(t, c)
			shown := make(chan string, 1)
			go func() {
				_, body, _ := open(t, base+"?"+x.query+"&state="+url.QueryEscape(q.Get("state")), "")
				shown <- body
			}()
			_, err := b.Wait(t.Context())
			wantKind(t, err, x.want)
			if err != nil && strings.ContainsAny(err.Error(), "\x1b?&") {
				t.Errorf("it repeats what came: %q", err)
			}
			if body := <-shown; !strings.Contains(body, texts()["en"][pageFailed].title) {
				t.Errorf("shown: %s", body)
			}
		})
	}
}

// A provider that promises the iss parameter must send it (RFC 9207 §2.4).
func TestAPromisedIssuerMustCome(t *testing.T) {
	p := oidctest.Start(t, oidctest.Options{EC: true})
	c, w := newClient(t, config(p))
	w.after = func(r *http.Request, res *http.Response) {
		if strings.HasSuffix(r.URL.Path, "/openid-configuration") {
			rewrite(res, `{"issuer"`, `{"authorization_response_iss_parameter_supported":true,"issuer"`)
		}
	}
	_, page, err := tryBrowser(t, p, c, "alice")
	wantKind(t, err, Wrong)
	if !strings.Contains(page, texts()["en"][pageFailed].title) {
		t.Error(page)
	}
}

func TestACodeCountsOnce(t *testing.T) {
	p := oidctest.Start(t, oidctest.Options{EC: true})
	c, w := newClient(t, config(p))
	var code string
	w.before = func(r *http.Request) *http.Response {
		if r.URL.Path == "/oauth/token" {
			body, err := r.GetBody()
			if err != nil {
				t.Error(err)
				return nil
			}
			data, _ := io.ReadAll(body)
			form, _ := url.ParseQuery(string(data))
			code = form.Get("code")
		}
		return nil
	}
	b, _, _ := begun(t, c)
	shown := make(chan error, 1)
	go func() {
		_, err := p.Login(t.Context(), "alice", b.URL)
		shown <- err
	}()
	if _, err := b.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-shown; err != nil {
		t.Fatal(err)
	}
	if code == "" {
		t.Fatal("no code was seen")
	}
	// The listener is gone, and the provider takes the code no second time.
	if _, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", b.host); err == nil {
		t.Error("it still listens")
	}
	if _, err := b.exchange(t.Context(), reply{code: code}); KindOf(err) != Denied {
		t.Errorf("the code was taken again: %v", err)
	}
}

func TestASecondReturnIsTold(t *testing.T) {
	p := oidctest.Start(t, oidctest.Options{EC: true})
	c, w := newClient(t, config(p))
	b, base, q := begun(t, c)
	hold := make(chan struct{})
	w.before = func(r *http.Request) *http.Response {
		if r.URL.Path == "/oauth/token" {
			<-hold
		}
		return nil
	}
	done := make(chan error, 1)
	go func() {
		_, err := b.Wait(t.Context())
		done <- err
	}()
	again := base + "?code=x&state=" + url.QueryEscape(q.Get("state"))
	first := make(chan string, 1)
	go func() {
		_, body, _ := open(t, again, "")
		first <- body
	}()
	waitFor(t, b.arrived.Load)
	if status, body, _ := open(t, again, ""); status != http.StatusConflict || !strings.Contains(body, texts()["en"][pageUsed].title) {
		t.Errorf("%d %s", status, body)
	}
	close(hold)
	wantKind(t, <-done, Denied)
	<-first
}

func TestNobodyComesBack(t *testing.T) {
	p := oidctest.Start(t, oidctest.Options{EC: true})
	c, _ := newClient(t, config(p))
	b, err := c.Browser(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b.patience = time.Millisecond
	_, err = b.Wait(t.Context())
	wantKind(t, err, TimedOut)
	if _, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", b.host); err == nil {
		t.Error("it still listens")
	}
	b, err = c.Browser(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err = b.Wait(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestNoPortForTheRedirect(t *testing.T) {
	p := oidctest.Start(t, oidctest.Options{EC: true})
	c, _ := newClient(t, config(p))
	c.listen = func(context.Context) (net.Listener, error) { return nil, errors.New("address already in use") }
	_, err := c.Browser(t.Context())
	wantKind(t, err, NoLoopback)
	// With ports taken left and right, the system still finds one.
	c.listen = listenLoopback
	for range 20 {
		l, err := listenLoopback(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
	}
	signIn(t, p, c, "bob")
}

func TestAForgedIDToken(t *testing.T) {
	p := oidctest.Start(t, oidctest.Options{EC: true})
	good := func(nonce string) map[string]any {
		claims := p.Claims(t, "alice")
		claims["nonce"], claims["aud"] = nonce, p.ClientID
		return claims
	}
	for name, spoil := range map[string]func(map[string]any){
		"as it should be":  func(map[string]any) {},
		"another nonce":    func(c map[string]any) { c["nonce"] = "other" },
		"no nonce":         func(c map[string]any) { delete(c, "nonce") },
		"another audience": func(c map[string]any) { c["aud"] = "someone" },
		"another party":    func(c map[string]any) { c["azp"] = "someone" },
		"another issuer":   func(c map[string]any) { c["iss"] = "https://evil.example.org" },
		"over":             func(c map[string]any) { c["exp"] = time.Now().Add(-time.Hour).Unix() },
		"nobody":           func(c map[string]any) { delete(c, "sub") },
		"another token":    func(c map[string]any) { c["at_hash"] = "AAAAAAAAAAAAAAAAAAAAAA" },
	} {
		t.Run(name, func(t *testing.T) {
			c, w := newClient(t, config(p))
			b, base, q := begun(t, c)
			claims := good(q.Get("nonce"))
			spoil(claims)
			w.before = func(r *http.Request) *http.Response {
				if r.URL.Path != "/oauth/token" {
					return nil
				}
				return answer(r, http.StatusOK, `{"access_token":"abc","token_type":"Bearer","expires_in":60,"id_token":"`+p.Sign(t, claims)+`"}`)
			}
			shown := make(chan struct{})
			go func() {
				defer close(shown)
				open(t, base+"?code=x&state="+url.QueryEscape(q.Get("state")), "")
			}()
			got, err := b.Wait(t.Context())
			<-shown
			if name == "as it should be" {
				if err != nil || got.Bearer != "abc" || got.Refresh != "" {
					t.Errorf("%+v, %v", got, err)
				}
				return
			}
			wantKind(t, err, Wrong)
		})
	}
}
