package signer_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"longshore/internal/oidctest"
	"longshore/signer"
	"longshore/signer/api"
)

// oidcFor opens a checker of p's tokens; edit may change what it wants.
func oidcFor(t testing.TB, p *oidctest.Provider, edit ...func(*signer.OIDCConfig)) *signer.OIDC {
	t.Helper()
	cfg := signer.OIDCConfig{Issuer: p.Issuer, Audiences: []string{p.Audience}, ClientID: p.ClientID, RefetchAfter: time.Minute}
	for _, e := range edit {
		e(&cfg)
	}
	o, err := signer.OpenOIDC(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(o.Close)
	return o
}

// readyOIDC is oidcFor once it has keys.
func readyOIDC(t testing.TB, p *oidctest.Provider, edit ...func(*signer.OIDCConfig)) *signer.OIDC {
	t.Helper()
	o := oidcFor(t, p, edit...)
	select {
	case <-o.Ready():
	case <-time.After(30 * time.Second):
		t.Fatalf("no keys: %s", o.NotReady())
	}
	return o
}

// authenticate asks o about one token, as it would come with a call.
func authenticate(o signer.Authenticator, token string) (signer.Caller, error) {
	r := httptest.NewRequest(http.MethodPost, "http://signer.test"+api.PathInitUpload, nil)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return o.Authenticate(r)
}

// codeOf is the code at the head of an authenticator's error.
func codeOf(err error) api.Code {
	if err == nil {
		return ""
	}
	code, _, _ := strings.Cut(err.Error(), ":")
	return api.Code(code)
}

func TestOIDCTakesRealTokens(t *testing.T) {
	for name, opts := range map[string]oidctest.Options{
		"RS256":        {},
		"ES256":        {EC: true},
		"nested roles": {EC: true, GroupsClaim: "realm_access.roles"},
		"text":         {EC: true, GroupsText: true, GroupsClaim: "https://example.org/groups"},
	} {
		t.Run(name, func(t *testing.T) {
			p := oidctest.Start(t, opts)
			o := readyOIDC(t, p, func(c *signer.OIDCConfig) { c.GroupsClaim = opts.GroupsClaim })
			tokens := p.SignIn(t, "alice")
			for kind, token := range map[string]string{"access": tokens.Access, "id": tokens.ID} {
				c, err := authenticate(o, token)
				if err != nil || c.Principal != signer.HashPrincipal("oidc", p.Issuer, "subject-alice") || fmt.Sprint(c.Groups) != "[ward]" {
					t.Errorf("%s token: %+v %v", kind, c, err)
				}
			}
			c, err := authenticate(o, p.SignIn(t, "bob").Access)
			if err != nil || len(c.Groups) != 0 || c.Principal != signer.HashPrincipal("oidc", p.Issuer, "subject-bob") {
				t.Errorf("bob: %+v %v", c, err)
			}
		})
	}
}

func TestOIDCRefuses(t *testing.T) {
	p := oidctest.Start(t, oidctest.Options{})
	other := oidctest.Start(t, oidctest.Options{EC: true})
	o := readyOIDC(t, p)
	now := time.Now()
	with := func(change map[string]any) string {
		claims := p.Claims(t, "alice")
		for k, v := range change {
			if claims[k] = v; v == nil {
				delete(claims, k)
			}
		}
		return p.Sign(t, claims)
	}
	if _, err := authenticate(o, with(nil)); err != nil {
		t.Fatalf("the good token all others are made of: %v", err)
	}
	id, public := p.PublicKey()
	hs := func(key []byte) func([]byte) []byte {
		return func(input []byte) []byte { m := hmac.New(sha256.New, key); m.Write(input); return m.Sum(nil) }
	}
	good := p.Claims(t, "alice")
	token := with(nil)
	head, rest, _ := strings.Cut(token, ".")
	_, signature, _ := strings.Cut(rest, ".")
	_, bobs, _ := strings.Cut(p.Sign(t, p.Claims(t, "bob")), ".")
	bobClaims, _, _ := strings.Cut(bobs, ".")
	foreign := other.Claims(t, "alice")
	foreign["iss"] = p.Issuer
	for name, tok := range map[string]string{
		"expired":                      with(map[string]any{"exp": now.Add(-2 * time.Minute).Unix()}),
		"no expiry":                    with(map[string]any{"exp": nil}),
		"expiry as text":               with(map[string]any{"exp": "tomorrow"}),
		"not yet":                      with(map[string]any{"nbf": now.Add(10 * time.Minute).Unix()}),
		"issued tomorrow":              with(map[string]any{"iat": now.Add(24 * time.Hour).Unix()}),
		"wrong audience":               with(map[string]any{"aud": "another-service"}),
		"audience that only begins so": with(map[string]any{"aud": p.Audience + "-2"}),
		"only the client's id":         with(map[string]any{"aud": p.ClientID}),
		"no audience":                  with(map[string]any{"aud": nil}),
		"wrong issuer":                 with(map[string]any{"iss": "https://evil.example"}),
		"issuer with a slash":          with(map[string]any{"iss": p.Issuer + "/"}),
		"no issuer":                    with(map[string]any{"iss": nil}),
		"no subject":                   with(map[string]any{"sub": nil}),
		"empty subject":                with(map[string]any{"sub": ""}),
		"a number as subject":          with(map[string]any{"sub": 7}),
		"subject with a NUL":           with(map[string]any{"sub": "a\x00b"}),
		"alg none":                     oidctest.Unsigned(t, map[string]any{"alg": "none", "typ": "JWT"}, good, func([]byte) []byte { return nil }),
		"alg None":                     oidctest.Unsigned(t, map[string]any{"alg": "None", "kid": id}, good, func([]byte) []byte { return nil }),
		"HS256 with the public key":    oidctest.Unsigned(t, map[string]any{"alg": "HS256", "kid": id}, good, hs(public)),
		"HS256 with nothing":           oidctest.Unsigned(t, map[string]any{"alg": "HS256", "kid": id}, good, hs(nil)),
		"RS256 with an HMAC":           oidctest.Unsigned(t, map[string]any{"alg": "RS256", "kid": id}, good, hs(public)),
		"ES256 under an RSA key":       oidctest.Unsigned(t, map[string]any{"alg": "ES256", "kid": id}, good, hs(public)),
		"a key of its own":             oidctest.Unsigned(t, map[string]any{"alg": "RS256", "kid": id, "jwk": map[string]any{"kty": "oct", "k": "AAAA"}}, good, hs(nil)),
		"a critical header":            oidctest.Unsigned(t, map[string]any{"alg": "RS256", "kid": id, "crit": []string{"x"}, "x": 1}, good, hs(nil)),
		"a logout token":               oidctest.Unsigned(t, map[string]any{"alg": "RS256", "kid": id, "typ": "logout+jwt"}, good, hs(nil)),
		"another provider's":           other.SignIn(t, "alice").Access,
		"another provider's, renamed":  other.Sign(t, foreign),
		"bob's claims, her signature":  head + "." + bobClaims + "." + signature,
		"no signature":                 head + "." + strings.Split(rest, ".")[0] + ".",
		"cut off":                      token[:len(token)-3],
		"two parts":                    head + "." + bobClaims,
		"not a JWT":                    "0123456789abcdef",
		"JSON serialization":           fmt.Sprintf(`{"payload":%q,"protected":%q,"signature":%q}`, strings.Split(rest, ".")[0], head, signature),
		"huge":                         token + strings.Repeat("A", 100_000),
	} {
		c, err := authenticate(o, tok)
		if codeOf(err) != api.CodeUnauthorized || c.Principal != "" {
			t.Errorf("%s: %+v %v", name, c, err)
		}
		if err != nil && strings.Contains(err.Error(), "alice") || err != nil && strings.Contains(err.Error(), p.Audience) {
			t.Errorf("%s: the error for the log quotes a claim: %v", name, err)
		}
	}
	if _, err := authenticate(o, ""); codeOf(err) != api.CodeUnauthorized {
		t.Errorf("no token: %v", err)
	}
	if n := p.Requests(t, "/keys"); n > 4 { // the first, two for unknown keys, one for a bad signature
		t.Errorf("all of these fetched the keys %d times", n)
	}
	// Clocks may differ a little.
	for name, change := range map[string]map[string]any{
		"just expired":    {"exp": now.Add(-30 * time.Second).Unix()},
		"a little early":  {"nbf": now.Add(30 * time.Second).Unix(), "iat": now.Add(30 * time.Second).Unix()},
		"one of several":  {"aud": []string{"x", p.Audience, "y"}},
		"audience alone":  {"aud": p.Audience},
		"without nbf/iat": {"nbf": nil, "iat": nil},
	} {
		if _, err := authenticate(o, with(change)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOIDCChallenges(t *testing.T) {
	p := oidctest.Start(t, oidctest.Options{EC: true})
	fake := newFake()
	v := openVault(t, signer.Config{Storage: fake, Auth: readyOIDC(t, p, func(c *signer.OIDCConfig) { c.RequiredGroups = []string{"ward", "lab"} })})
	ask := func(token string) (answer, api.Error) {
		v.token = token
		a := v.post(api.PathStatObjects, api.StatObjectsRequest{ObjectKeys: []string{"x"}})
		var e api.Error
		_ = json.Unmarshal(a.body, &e) // a 200 is none
		return a, e
	}
	claims := p.Claims(t, "alice")
	if a, _ := ask(p.Sign(t, claims)); a.status != http.StatusOK {
		t.Errorf("alice: %d %s", a.status, a.body)
	}
	claims["exp"] = time.Now().Add(-time.Hour).Unix()
	expired := p.Sign(t, claims)
	for name, c := range map[string]struct {
		token, challenge, message string
		status                    int
	}{
		"none":     {"", "Bearer", "missing", 401},
		"expired":  {expired, `Bearer error="invalid_token"`, "expired", 401},
		"wrong":    {p.SignAs(t, "k", claims), `Bearer error="invalid_token"`, "not issued for this vault", 401},
		"no group": {p.SignIn(t, "bob").Access, `Bearer error="insufficient_scope"`, "groups", 403},
	} {
		a, e := ask(c.token)
		if a.status != c.status || a.header.Get("WWW-Authenticate") != c.challenge || !strings.Contains(e.Message, c.message) {
			t.Errorf("%s: %d %q %q", name, a.status, a.header.Get("WWW-Authenticate"), e.Message)
		}
	}
	p.SetGroups(t, "bob", "lab")
	if a, _ := ask(p.SignIn(t, "bob").Access); a.status != http.StatusOK {
		t.Errorf("bob in the lab: %d", a.status)
	}
	if got := capabilities(v).Auth; got.Type != "oidc" || got.Issuer != p.Issuer || got.ClientID != p.ClientID || fmt.Sprint(got.Scopes) != "[openid offline_access]" || got.Tokens {
		t.Errorf("capabilities: %+v", got)
	}
}

func TestOIDCKeysChange(t *testing.T) {
	p := oidctest.Start(t, oidctest.Options{EC: true})
	o := readyOIDC(t, p, func(c *signer.OIDCConfig) { c.RefetchAfter = time.Millisecond })
	old := p.SignIn(t, "alice").Access
	p.RotateKeys(t, true)
	if _, err := authenticate(o, p.SignIn(t, "alice").Access); err != nil {
		t.Errorf("signed with the new key: %v", err)
	}
	if _, err := authenticate(o, old); err != nil {
		t.Errorf("signed with the old key, which is still published: %v", err)
	}
	p.RotateKeys(t, false)
	if _, err := authenticate(o, p.SignIn(t, "bob").Access); err != nil {
		t.Errorf("signed with the third key: %v", err)
	}
	if _, err := authenticate(o, old); codeOf(err) != api.CodeUnauthorized {
		t.Errorf("a key that was taken back still counts: %v", err)
	}
}

func TestOIDCForgetsKeysOnItsOwn(t *testing.T) {
	p := oidctest.Start(t, oidctest.Options{EC: true})
	o := readyOIDC(t, p, func(c *signer.OIDCConfig) { c.RefreshEvery = 20 * time.Millisecond })
	old := p.SignIn(t, "alice").Access
	p.RotateKeys(t, false)
	eventually(t, "the key that was taken back is forgotten", func() bool {
		_, err := authenticate(o, old)
		return codeOf(err) == api.CodeUnauthorized
	})
}

// eventually asks again and again, for what happens in another process.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	tick, end := time.NewTicker(5*time.Millisecond), time.After(20*time.Second)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("it did not come to pass: %s", what)
		}
	}
}

func TestOIDCUnknownKeysCostNothing(t *testing.T) {
	p := oidctest.Start(t, oidctest.Options{EC: true})
	o := readyOIDC(t, p)
	before := p.Requests(t, "/keys")
	claims := p.Claims(t, "alice")
	claims["iat"] = time.Now().Add(-time.Hour).Unix()
	for i := range 300 {
		if _, err := authenticate(o, p.SignAs(t, fmt.Sprintf("made-up-%d", i), claims)); codeOf(err) != api.CodeUnauthorized {
			t.Fatalf("%d: %v", i, err)
		}
	}
	if n := p.Requests(t, "/keys") - before; n > 2 {
		t.Errorf("300 unknown keys were asked after %d times", n)
	}
	// A token newer than the keys may be signed with a newer one: it is not
	// refused for good, only put off.
	p.RotateKeys(t, false)
	if _, err := authenticate(o, p.SignIn(t, "alice").Access); codeOf(err) != api.CodeNotReady {
		t.Errorf("a new key too soon after a fetch: %v", err)
	}
}

func TestOIDCOutages(t *testing.T) {
	p := oidctest.Start(t, oidctest.Options{EC: true})
	p.Stop()
	o := oidcFor(t, p, func(c *signer.OIDCConfig) { c.RefetchAfter, c.RefreshEvery = time.Millisecond, 10*time.Millisecond })
	v := startVault(t, signer.Config{Storage: newFake(), Auth: o})
	v.token = p.Sign(t, p.Claims(t, "alice"))
	v.wantCode(api.CodeNotReady, api.PathInitUpload, initRequest([]byte("x")))
	var health api.Health
	eventually(t, "readyz names the provider", func() bool {
		a := v.send(http.MethodGet, api.PathReady, nil)
		if err := json.Unmarshal(a.body, &health); err != nil || a.status != http.StatusServiceUnavailable {
			t.Fatalf("%d %s", a.status, a.body)
		}
		return strings.Contains(health.Reason, "sign-in provider cannot be fetched")
	})
	p.Restart(t)
	select {
	case <-v.signer.Ready():
	case <-time.After(30 * time.Second):
		t.Fatal("not ready though the provider is back")
	}
	good := p.SignIn(t, "alice").Access
	p.SetOutage(t, true)
	before := p.Requests(t, "/.well-known/openid-configuration")
	eventually(t, "the provider was asked in vain", func() bool { return p.Requests(t, "/.well-known/openid-configuration") > before })
	if _, err := authenticate(o, good); err != nil {
		t.Errorf("a known key in an outage: %v", err)
	}
	fresh := p.Claims(t, "alice")
	if _, err := authenticate(o, p.SignAs(t, "unknown", fresh)); codeOf(err) != api.CodeNotReady {
		t.Errorf("an unknown key in an outage: %v", err)
	}
	p.Stop()
	if _, err := authenticate(o, good); err != nil {
		t.Errorf("a known key with the provider gone: %v", err)
	}
	if a := v.send(http.MethodGet, api.PathReady, nil); a.status != http.StatusOK {
		t.Errorf("an outage later must not take the signer out: %d %s", a.status, a.body)
	}
}

func TestOIDCBesideTokens(t *testing.T) {
	p := oidctest.Start(t, oidctest.Options{EC: true})
	tokens, err := signer.OpenTokenFile(tokenFile(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	o := oidcFor(t, p)
	both := signer.TokensOr(tokens, o)
	if c, err := authenticate(both, aliceToken); err != nil || c.Principal != signer.HashPrincipal("token", "", "alice") {
		t.Errorf("a machine: %+v %v", c, err)
	}
	<-both.Ready()
	if c, err := authenticate(both, p.SignIn(t, "alice").Access); err != nil || c.Principal != signer.HashPrincipal("oidc", p.Issuer, "subject-alice") {
		t.Errorf("a person: %+v %v", c, err)
	}
	for _, token := range []string{"", "neither", aliceToken + "x"} {
		if _, err := authenticate(both, token); codeOf(err) != api.CodeUnauthorized {
			t.Errorf("%q: %v", token, err)
		}
	}
	if d := both.Describe(); d.Type != api.AuthOIDC || !d.Tokens {
		t.Errorf("%+v", d)
	}
}

func TestOIDCAlias(t *testing.T) {
	p := oidctest.Start(t, oidctest.Options{EC: true, Users: []oidctest.User{
		{Name: "anna", Claims: map[string]any{"ext": map[string]any{"slug": "ward-7"}}},
		{Name: "evil", Claims: map[string]any{"ext": map[string]any{"slug": "../../ward-7"}}},
		{Name: "none"},
	}})
	o := readyOIDC(t, p, func(c *signer.OIDCConfig) { c.AliasClaim = "ext.slug" })
	if c, err := authenticate(o, p.SignIn(t, "anna").Access); err != nil || c.Principal != "ward-7" {
		t.Errorf("%+v %v", c, err)
	}
	for _, name := range []string{"evil", "none"} {
		if c, err := authenticate(o, p.SignIn(t, name).Access); codeOf(err) != api.CodeUnauthorized {
			t.Errorf("%s: %+v %v", name, c, err)
		}
	}
}

func TestOIDCConfigErrors(t *testing.T) {
	for name, cfg := range map[string]signer.OIDCConfig{
		"http":           {Issuer: "http://login.example.org", Audiences: []string{"a"}},
		"no scheme":      {Issuer: "login.example.org", Audiences: []string{"a"}},
		"query":          {Issuer: "https://login.example.org?x=1", Audiences: []string{"a"}},
		"password":       {Issuer: "https://u:p@login.example.org", Audiences: []string{"a"}},
		"no audience":    {Issuer: "https://login.example.org"},
		"empty one":      {Issuer: "https://login.example.org", Audiences: []string{""}},
		"id tokens":      {Issuer: "https://login.example.org", Audiences: []string{"a"}, ClientID: "c", Token: "id_token"},
		"a day's leeway": {Issuer: "https://login.example.org", Audiences: []string{"a"}, Leeway: 24 * time.Hour},
		"less than none": {Issuer: "https://login.example.org", Audiences: []string{"a"}, Leeway: -time.Second},
		"unknown token":  {Issuer: "https://login.example.org", Audiences: []string{"a"}, Token: "refresh_token"},
	} {
		if o, err := signer.OpenOIDC(cfg); err == nil {
			o.Close()
			t.Errorf("%s was taken", name)
		}
	}
}
