package signin

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"longshore/internal/oidctest"
)

func TestIssuersThatAreNotAsked(t *testing.T) {
	for issuer, ok := range map[string]bool{
		"https://login.example.org": true, "https://login.example.org/tenant/v2.0": true, "http://127.0.0.1:8080": true, "http://localhost:1": true,
		"http://login.example.org": false, "ftp://login.example.org": false, "": false, "login.example.org": false,
		"https://u:p@login.example.org": false, "https://login.example.org?x=1": false, "https://login.example.org#x": false, "file:///etc/passwd": false,
	} {
		if err := CheckIssuer(issuer); (err == nil) != ok {
			t.Errorf("%q: %v", issuer, err)
		}
	}
}

func TestProvidersThatAreNotBelieved(t *testing.T) {
	p := oidctest.Start(t, oidctest.Options{EC: true})
	for name, x := range map[string]struct {
		old, new string
		want     Kind
	}{
		"another issuer":        {`"issuer":"` + p.Issuer, `"issuer":"https://evil.example.org`, Wrong},
		"plain token endpoint":  {`"token_endpoint":"` + p.Issuer, `"token_endpoint":"http://login.example.org`, Wrong},
		"plain sign-in page":    {`"authorization_endpoint":"` + p.Issuer, `"authorization_endpoint":"http://login.example.org`, Wrong},
		"plain keys":            {`"jwks_uri":"` + p.Issuer, `"jwks_uri":"http://login.example.org`, Wrong},
		"plain device endpoint": {`"device_authorization_endpoint":"` + p.Issuer, `"device_authorization_endpoint":"http://login.example.org`, Wrong},
		"no PKCE":               {`"S256"`, `"plain"`, Wrong},
		"no JSON":               {`{`, `<`, Trouble},
	} {
		t.Run(name, func(t *testing.T) {
			c, w := newClient(t, config(p))
			w.after = func(r *http.Request, res *http.Response) {
				if strings.HasSuffix(r.URL.Path, "/openid-configuration") {
					rewrite(res, x.old, x.new)
				}
			}
			_, err := c.Browser(t.Context())
			wantKind(t, err, x.want)
		})
	}
}

func TestProvidersThatAreAway(t *testing.T) {
	p := oidctest.Start(t, oidctest.Options{EC: true})
	c, _ := newClient(t, config(p))
	got := signIn(t, p, c, "alice")
	p.SetOutage(t, true)
	_, err := c.Refresh(t.Context(), got.Refresh, got.Subject)
	wantKind(t, err, Trouble)
	_, err = c.Browser(t.Context())
	wantKind(t, err, Trouble)
	p.SetOutage(t, false)
	p.Stop()
	_, err = c.Refresh(t.Context(), got.Refresh, got.Subject)
	wantKind(t, err, Away)
	if strings.Contains(err.Error(), got.Refresh) {
		t.Error("the refresh token is in the error")
	}
	p.Restart(t) // it forgets its refresh tokens
	_, err = c.Refresh(t.Context(), got.Refresh, got.Subject)
	wantKind(t, err, Needed)
}

// The body of a token call holds secrets: it goes where it was meant to and nowhere else.
func TestNoRedirectIsFollowed(t *testing.T) {
	elsewhere := make(chan string, 10)
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { elsewhere <- r.URL.Path }))
	defer other.Close()
	p := oidctest.Start(t, oidctest.Options{EC: true})
	c, w := newClient(t, config(p))
	got := signIn(t, p, c, "alice")
	w.mu.Lock()
	w.before = func(r *http.Request) *http.Response {
		res := answer(r, http.StatusTemporaryRedirect, "")
		res.Header.Set("Location", other.URL+"/token")
		return res
	}
	w.mu.Unlock()
	if _, err := c.Refresh(t.Context(), got.Refresh, got.Subject); err == nil {
		t.Error("a redirect is no error")
	}
	if err := c.Revoke(t.Context(), got.Refresh); err == nil {
		t.Error("a redirect is no error")
	}
	if len(elsewhere) > 0 {
		t.Errorf("it went to %s", <-elsewhere)
	}
}

func TestACertificateThatIsNotTrusted(t *testing.T) {
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.Config.ErrorLog = quiet()
	s.StartTLS()
	defer s.Close()
	c, _ := newClient(t, Config{Issuer: s.URL, ClientID: "x"})
	_, err := c.Browser(t.Context())
	wantKind(t, err, Untrusted)
}

func TestSignInByCode(t *testing.T) {
	p := oidctest.Start(t, oidctest.Options{EC: true, AudienceOnRequest: true})
	c, w := newClient(t, config(p))
	d, err := c.Device(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if d.UserCode == "" || !strings.HasPrefix(d.URL, p.Issuer) || !strings.Contains(d.Direct, d.UserCode) || d.Expires.Before(time.Now()) {
		t.Errorf("%+v", d)
	}
	polls := make(chan struct{}, 100)
	w.mu.Lock()
	w.after = func(r *http.Request, res *http.Response) {
		if r.URL.Path == "/oauth/token" {
			polls <- struct{}{}
		}
	}
	w.mu.Unlock()
	go func() {
		<-polls // it has been told to wait once
		if err := p.ApproveDevice(t.Context(), "alice", d.Direct); err != nil {
			t.Error(err)
		}
	}()
	got, err := d.Wait(t.Context())
	if err != nil || got.Who != "alice" || got.Refresh == "" || len(polls) == 0 {
		t.Errorf("%+v, %v, %d more polls", got, err, len(polls))
	}
}

func TestACodeThatIsRefusedOrRunsOut(t *testing.T) {
	p := oidctest.Start(t, oidctest.Options{EC: true})
	c, w := newClient(t, config(p))
	d, err := c.Device(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := p.DenyDevice(t.Context(), "alice", d.Direct); err != nil {
		t.Fatal(err)
	}
	_, err = d.Wait(t.Context())
	wantKind(t, err, Denied)

	if d, err = c.Device(t.Context()); err != nil {
		t.Fatal(err)
	}
	d.answer.Expiry = time.Now()
	_, err = d.Wait(t.Context())
	wantKind(t, err, TimedOut)

	if d, err = c.Device(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.mu.Lock()
	w.before = func(r *http.Request) *http.Response {
		return answer(r, http.StatusBadRequest, `{"error":"expired_token"}`)
	}
	w.mu.Unlock()
	_, err = d.Wait(t.Context())
	wantKind(t, err, TimedOut)
}

// hostile answers of the device endpoint must not reach a terminal.
func TestACodeThatCannotBeShown(t *testing.T) {
	p := oidctest.Start(t, oidctest.Options{EC: true})
	for name, body := range map[string]string{
		"escape":     `{"device_code":"d","user_code":"\u001b[2J","verification_uri":"https://login.example.org"}`,
		"plain http": `{"device_code":"d","user_code":"AB","verification_uri":"http://login.example.org"}`,
		"no code":    `{"device_code":"d","verification_uri":"https://login.example.org"}`,
		"no device":  `{"user_code":"AB","verification_uri":"https://login.example.org"}`,
		"script":     `{"device_code":"d","user_code":"AB","verification_uri":"javascript:alert(1)"}`,
	} {
		c, w := newClient(t, config(p))
		w.before = func(r *http.Request) *http.Response {
			if r.URL.Path == "/device_authorization" {
				return answer(r, http.StatusOK, body)
			}
			return nil
		}
		_, err := c.Device(t.Context())
		if KindOf(err) != Wrong {
			t.Errorf("%s: %v", name, err)
		}
	}
	c, w := newClient(t, config(p))
	w.after = func(_ *http.Request, res *http.Response) {
		rewrite(res, "device_authorization_endpoint", "no_such_endpoint")
	}
	_, err := c.Device(t.Context())
	wantKind(t, err, NoDevice)
}
