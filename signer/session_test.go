package signer_test

import (
	"bytes"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"longshore/signer"
	"longshore/signer/api"
)

const (
	pageOrigin  = "https://app.example"
	localOrigin = "http://localhost:5173"
)

// pageVault wants tokens and lets two pages call.
func pageVault(t testing.TB, edit ...func(*signer.Config)) *vault {
	t.Helper()
	all := func(c *signer.Config) {
		c.AllowedOrigins = []string{pageOrigin, localOrigin}
		for _, e := range edit {
			e(c)
		}
	}
	v := tokenVault(t, newFake(), all)
	v.token = "" // a page has a cookie, or says who it is
	return v
}

func header(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

func from(origin string) func(*http.Request) { return header("Origin", origin) }

func bearer(token string) func(*http.Request) { return header("Authorization", "Bearer "+token) }

func holding(c *http.Cookie) func(*http.Request) {
	return func(r *http.Request) { r.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value}) }
}

// begin begins a session as alice and gives its cookie.
func (v *vault) begin(origin string) *http.Cookie {
	v.t.Helper()
	a := v.post(api.PathSession, []byte("{}"), from(origin), bearer(aliceToken))
	resp := http.Response{Header: a.header}
	if cookies := resp.Cookies(); a.status == http.StatusOK && len(cookies) == 1 {
		return cookies[0]
	}
	v.t.Fatalf("no session: %d %s %v", a.status, a.body, a.header)
	return nil
}

func TestSessionSignsIn(t *testing.T) {
	v := pageVault(t)
	for origin, want := range map[string]struct {
		name   string
		secure bool
	}{pageOrigin: {"__Host-longshore-session", true}, localOrigin: {"longshore-session", false}} {
		c := v.begin(origin)
		if c.Name != want.name || c.Secure != want.secure || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/" ||
			c.Domain != "" || c.MaxAge != int(signer.SessionLifetime/time.Second) {
			t.Errorf("%s: cookie %s", origin, c.String())
		}
		if strings.Contains(c.Value, "alice") {
			t.Error("the cookie can be read")
		}
		a := v.post(api.PathInitUpload, initRequest([]byte("x")), from(origin), holding(c))
		if a.status != http.StatusOK || a.header.Get("Access-Control-Allow-Credentials") != "true" {
			t.Errorf("%s: %d %s", origin, a.status, a.body)
		}
		// A page's GET to its own host has no Origin.
		own := v.post(api.PathInitUpload, initRequest([]byte("x")), header("Sec-Fetch-Site", "same-origin"), holding(c))
		if own.status != http.StatusOK {
			t.Errorf("%s, same origin: %d %s", origin, own.status, own.body)
		}
	}
}

func TestSessionCountsOnlyFromItsPage(t *testing.T) {
	v := pageVault(t)
	c, local := v.begin(pageOrigin), v.begin(localOrigin)
	none := func(*http.Request) {}
	for name, edit := range map[string]func(*http.Request){
		"no origin": none, "another page that may call": from(localOrigin), "cross-site": header("Sec-Fetch-Site", "cross-site"),
		"same-site": header("Sec-Fetch-Site", "same-site"), "typed": header("Sec-Fetch-Site", "none"), "a page that may not": from("https://evil.example"),
		"two origins": func(r *http.Request) { r.Header["Origin"] = []string{pageOrigin, pageOrigin} },
	} {
		t.Run(name, func(t *testing.T) {
			v.t = t
			v.wantCode(api.CodeForbiddenOrigin, api.PathInitUpload, initRequest([]byte("x")), edit, holding(c))
		})
	}
	v.t = t
	// A sibling host can plant the name without __Host-, but no session in it.
	v.wantCode(api.CodeUnauthorized, api.PathInitUpload, initRequest([]byte("x")), from(pageOrigin), holding(&http.Cookie{Name: local.Name, Value: c.Value}))
	v.wantCode(api.CodeUnauthorized, api.PathInitUpload, initRequest([]byte("x")), from(localOrigin), holding(&http.Cookie{Name: c.Name, Value: local.Value}))
	// Only JSON: a form of another page cannot even try.
	v.wantCode(api.CodeBadContentType, api.PathInitUpload, initRequest([]byte("x")), from(pageOrigin), holding(c), header("Content-Type", "text/plain"))
	// A token of its own goes before the cookie.
	v.wantCode(api.CodeUnauthorized, api.PathInitUpload, initRequest([]byte("x")), from(pageOrigin), holding(c), bearer("wrong-token-0123456789"))
}

func TestSessionRefusesToBegin(t *testing.T) {
	v := pageVault(t)
	c := v.begin(pageOrigin)
	v.wantCode(api.CodeForbiddenOrigin, api.PathSession, []byte("{}"), bearer(aliceToken))
	v.wantCode(api.CodeForbiddenOrigin, api.PathSession, []byte("{}"), bearer(aliceToken), from("https://evil.example"))
	v.wantCode(api.CodeUnauthorized, api.PathSession, []byte("{}"), from(pageOrigin))
	v.wantCode(api.CodeUnauthorized, api.PathSession, []byte("{}"), from(pageOrigin), bearer("wrong-token-0123456789"))
	v.wantCode(api.CodeUnauthorized, api.PathSession, []byte("{}"), from(pageOrigin), holding(c)) // a session is not prolonged
	v.wantCode(api.CodeBadContentType, api.PathSession, []byte("{}"), from(pageOrigin), bearer(aliceToken), header("Content-Type", "text/plain"))
	clear := pageVault(t, func(c *signer.Config) { c.AllowedOrigins = []string{"http://intranet.example"} })
	clear.wantCode(api.CodeForbiddenOrigin, api.PathSession, []byte("{}"), bearer(aliceToken), from("http://intranet.example"))
}

func TestSessionEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := pageVault(t)
		c := v.begin(pageOrigin)
		call := func(edit ...func(*http.Request)) answer {
			return v.post(api.PathInitUpload, initRequest([]byte("x")), append(edit, from(pageOrigin), holding(c))...)
		}
		time.Sleep(signer.SessionLifetime - 2*time.Second)
		if a := call(); a.status != http.StatusOK {
			t.Errorf("before its end: %d %s", a.status, a.body)
		}
		time.Sleep(2 * time.Second)
		if a := call(); a.code() != api.CodeUnauthorized {
			t.Errorf("after its end: %d %s", a.status, a.body)
		}
	})
}

func TestSessionEndsWithItsToken(t *testing.T) {
	path := tokenFile(t)
	tokens, err := signer.OpenTokenFile(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	v := pageVault(t, func(c *signer.Config) { c.Auth = tokens })
	c := v.begin(pageOrigin)
	if err := os.WriteFile(path, []byte(bobToken+" bob\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	again, err := signer.OpenTokenFile(path, nil) // another signer, or this one a moment later
	if err != nil {
		t.Fatal(err)
	}
	other := pageVault(t, func(c *signer.Config) { c.Auth = again })
	other.wantCode(api.CodeUnauthorized, api.PathInitUpload, initRequest([]byte("x")), from(pageOrigin), holding(c))
}

func TestSignOut(t *testing.T) {
	v := pageVault(t)
	a := v.send(http.MethodDelete, api.PathSession, nil, from(pageOrigin))
	resp := http.Response{Header: a.header}
	if c := resp.Cookies(); a.status != http.StatusOK || len(c) != 1 || c[0].MaxAge >= 0 || c[0].Value != "" || !c[0].Secure {
		t.Errorf("%d %s %v", a.status, a.body, a.header)
	}
	if a := v.send(http.MethodDelete, api.PathSession, nil); a.code() != api.CodeForbiddenOrigin {
		t.Errorf("without an origin: %d %s", a.status, a.body)
	}
}

// TestSessionSeals: other signers of the vault open a session, with an older
// key too; others do not, and no bit of it can be changed.
func TestSessionSeals(t *testing.T) {
	old, young := bytes.Repeat([]byte{1}, 32), bytes.Repeat([]byte{2}, 32)
	keys := func(k ...[]byte) *vault { return pageVault(t, func(c *signer.Config) { c.SealKeys = k }) }
	c := keys(old).begin(pageOrigin)
	call := func(v *vault, c *http.Cookie) api.Code {
		return v.post(api.PathInitUpload, initRequest([]byte("x")), from(pageOrigin), holding(c)).code()
	}
	both := keys(young, old)
	if code := call(both, c); code != "" {
		t.Errorf("a signer with the old key: %s", code)
	}
	if code := call(keys(young), c); code != api.CodeUnauthorized {
		t.Errorf("a signer of another vault: %q", code)
	}
	for i := range c.Value {
		bad := []byte(c.Value)
		bad[i] = map[bool]byte{true: 'B', false: 'A'}[bad[i] == 'A']
		if code := call(both, &http.Cookie{Name: c.Name, Value: string(bad)}); code != api.CodeUnauthorized {
			t.Fatalf("byte %d changed: %q", i, code)
		}
	}
	for _, v := range []string{"", "A", c.Value[:20], c.Value + "AAAA", strings.Repeat("A", 5000)} {
		if code := call(both, &http.Cookie{Name: c.Name, Value: v}); code != api.CodeUnauthorized {
			t.Errorf("%d characters: %q", len(v), code)
		}
	}
}

// TestNoSignInNeedsNoSession: a page of the demo vault works as of any other.
func TestNoSignInNeedsNoSession(t *testing.T) {
	v := fakeVault(t, newFake(), func(c *signer.Config) { c.AllowedOrigins = []string{localOrigin} })
	a := v.post(api.PathSession, []byte("{}"), from(localOrigin))
	if a.status != http.StatusOK || a.header.Get("Set-Cookie") != "" {
		t.Errorf("%d %s %v", a.status, a.body, a.header)
	}
}
