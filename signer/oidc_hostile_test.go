package signer_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"longshore/internal/oidctest"
	"longshore/signer"
	"longshore/signer/api"
)

// TestOIDCGroupsThatCannotBeJudged: who is in a group that the token does not
// show must not be taken for somebody in none, for whom other rules hold.
func TestOIDCGroupsThatCannotBeJudged(t *testing.T) {
	p := oidctest.Start(t, oidctest.Options{EC: true})
	o := readyOIDC(t, p)
	flat, sources := map[string]any{"groups": "src1"}, map[string]any{"src1": map[string]any{"endpoint": "https://graph.example/"}}
	for name, change := range map[string]map[string]any{
		"left out, as Entra does":   {"groups": nil, "_claim_names": flat, "_claim_sources": sources},
		"left out, implicit":        {"groups": nil, "hasgroups": true},
		"left out, implicit, text":  {"groups": nil, "hasgroups": "true"},
		"an object":                 {"groups": map[string]any{"ward": true}},
		"a number":                  {"groups": 7},
		"a list of objects":         {"groups": []any{map[string]any{"name": "ward"}}},
		"one entry that is no text": {"groups": []any{"ward", 7}},
		"nothing in the list":       {"groups": []any{nil}},
		"a truth value":             {"groups": true},
	} {
		if c, err := authenticate(o, p.Sign(t, changed(p.Claims(t, "alice"), change))); codeOf(err) != api.CodeUnauthorized || c.Principal != "" || !strings.Contains(err.Error(), "groups") {
			t.Errorf("%s: %+v %v", name, c, err)
		}
	}
	for name, change := range map[string]map[string]any{
		"no groups": {"groups": nil}, "an empty list": {"groups": []any{}}, "null": {"groups": json.RawMessage("null")},
		"both": {"groups": []any{"ward"}, "_claim_names": flat, "_claim_sources": sources}, "another claim elsewhere": {"groups": nil, "_claim_names": map[string]any{"photos": "src1"}, "_claim_sources": sources},
	} {
		if _, err := authenticate(o, p.Sign(t, changed(p.Claims(t, "alice"), change))); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	nested := readyOIDC(t, p, func(c *signer.OIDCConfig) { c.GroupsClaim = "realm_access.roles" })
	token := p.Sign(t, changed(p.Claims(t, "alice"), map[string]any{"_claim_names": map[string]any{"realm_access": "src1"}, "_claim_sources": sources}))
	if c, err := authenticate(nested, token); codeOf(err) != api.CodeUnauthorized {
		t.Errorf("a path into what is elsewhere: %+v %v", c, err)
	}
}

// changed gives claims with a change; nil takes one out.
func changed(claims, change map[string]any) map[string]any {
	for k, v := range change {
		if claims[k] = v; v == nil {
			delete(claims, k)
		}
	}
	return claims
}

// TestOIDCEmailMustBeVerified: in many providers people write any address.
func TestOIDCEmailMustBeVerified(t *testing.T) {
	p := oidctest.Start(t, oidctest.Options{EC: true})
	o := readyOIDC(t, p, func(c *signer.OIDCConfig) { c.PrincipalClaim = "email" })
	for name, c := range map[string]struct {
		change map[string]any
		want   api.Code
	}{
		"verified":         {map[string]any{"email": "anna@example.org", "email_verified": true}, ""},
		"verified in text": {map[string]any{"email": "anna@example.org", "email_verified": "true"}, ""},
		"not verified":     {map[string]any{"email": "anna@example.org", "email_verified": false}, api.CodeUnauthorized},
		"nobody says so":   {map[string]any{"email": "anna@example.org", "email_verified": nil}, api.CodeUnauthorized},
	} {
		if got, err := authenticate(o, p.Sign(t, changed(p.Claims(t, "alice"), c.change))); codeOf(err) != c.want {
			t.Errorf("%s: %+v %v", name, got, err)
		}
	}
}

// TestOIDCAliasOfAMachine: a claim must not make a person one with a machine of
// the token file, nor with the signer's own probe.
func TestOIDCAliasOfAMachine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tokens")
	if err := os.WriteFile(path, []byte(aliceToken+" robot mri-1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	tokens, err := signer.OpenTokenFile(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	p := oidctest.Start(t, oidctest.Options{EC: true})
	both := signer.TokensOr(tokens, readyOIDC(t, p, func(c *signer.OIDCConfig) { c.AliasClaim = "slug" }))
	for slug, want := range map[string]api.Code{"mri-2": "", "mri-1": api.CodeUnauthorized, "longshore-probe": api.CodeUnauthorized} {
		if c, err := authenticate(both, p.Sign(t, changed(p.Claims(t, "alice"), map[string]any{"slug": slug}))); codeOf(err) != want {
			t.Errorf("%s: %+v %v", slug, c, err)
		}
	}
	if c, err := authenticate(both, aliceToken); err != nil || c.Principal != "mri-1" {
		t.Errorf("the machine: %+v %v", c, err)
	}
}

// hangingIssuer answers for its keys once, and then lets everybody wait.
func hangingIssuer(t *testing.T, keys []byte) (issuer string, asked *atomic.Int64) {
	t.Helper()
	var s *httptest.Server
	asked = new(atomic.Int64)
	end := make(chan struct{})
	s = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/keys" {
			if asked.Add(1) > 1 {
				<-end
			}
			_, _ = w.Write(keys)
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]any{
			"issuer": s.URL, "jwks_uri": s.URL + "/keys", "authorization_endpoint": s.URL, "token_endpoint": s.URL, "id_token_signing_alg_values_supported": []string{"ES256"},
		})
	}))
	t.Cleanup(s.Close)
	t.Cleanup(func() { close(end) })
	return s.URL, asked
}

// TestOIDCMadeUpKeysHoldNoConnections: while the provider hangs, callers who have
// proved nothing wait for it in a small number only.
func TestOIDCMadeUpKeysHoldNoConnections(t *testing.T) {
	issuer, asked := hangingIssuer(t, []byte(`{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"one","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}`))
	o, err := signer.OpenOIDC(signer.OIDCConfig{Issuer: issuer, Audiences: []string{"a"}})
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	<-o.Ready()
	token := oidctest.Unsigned(t, map[string]any{"alg": "ES256", "kid": "made-up"}, map[string]any{"iss": issuer, "iat": time.Now().Unix()}, func([]byte) []byte { return make([]byte, 64) })
	const callers = 500
	answers := make(chan api.Code, callers)
	var all sync.WaitGroup
	for range callers {
		all.Go(func() {
			_, err := authenticate(o, token)
			answers <- codeOf(err)
		})
	}
	for range callers - 64 {
		if code := <-answers; code != api.CodeNotReady {
			t.Fatalf("put off with %q", code)
		}
	}
	eventually(t, "the keys are asked for again", func() bool { return asked.Load() == 2 })
	if n := len(answers); n > 0 {
		t.Errorf("%d who should wait were answered", n)
	}
	o.Close() // ends the fetch
	all.Wait()
}

// TestOIDCKeyUnderAnOldName: an issuer may change its key and not the key's
// name. A token that no known key has signed has them fetched, but seldom.
func TestOIDCKeyUnderAnOldName(t *testing.T) {
	p, next := oidctest.Start(t, oidctest.Options{EC: true}), oidctest.Start(t, oidctest.Options{EC: true})
	var serving atomic.Pointer[[]byte]
	asked := new(atomic.Int64)
	var s *httptest.Server
	s = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/keys" {
			asked.Add(1)
			_, _ = w.Write(*serving.Load())
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]any{
			"issuer": s.URL, "jwks_uri": s.URL + "/keys", "authorization_endpoint": s.URL, "token_endpoint": s.URL, "id_token_signing_alg_values_supported": []string{"ES256"},
		})
	}))
	defer s.Close()
	publish := func(of *oidctest.Provider) {
		data := keySetOf(t, of)
		serving.Store(&data)
	}
	publish(p)
	o, err := signer.OpenOIDC(signer.OIDCConfig{Issuer: s.URL, Audiences: []string{p.Audience}, RefetchAfter: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	<-o.Ready()
	by := func(of *oidctest.Provider) string {
		return of.SignAs(t, "always-the-same", changed(of.Claims(t, "alice"), map[string]any{"iss": s.URL, "aud": p.Audience}))
	}
	if _, err := authenticate(o, by(p)); err != nil {
		t.Fatalf("the first key: %v", err)
	}
	publish(next)
	if _, err := authenticate(o, by(next)); err != nil {
		t.Errorf("the second key of that name: %v", err)
	}
	for range 50 {
		if _, err := authenticate(o, by(p)); codeOf(err) != api.CodeUnauthorized {
			t.Errorf("the key that was taken back: %v", err)
		}
	}
	if n := asked.Load(); n != 2 {
		t.Errorf("the keys were fetched %d times", n)
	}
}

// keySetOf is the one key of a provider, under a name that never changes.
func keySetOf(t *testing.T, p *oidctest.Provider) []byte {
	t.Helper()
	res, err := http.Get(p.Issuer + "/keys")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var set struct {
		Keys []map[string]any `json:"keys"`
	}
	if err := json.NewDecoder(res.Body).Decode(&set); err != nil || len(set.Keys) == 0 {
		t.Fatalf("%v, %d keys", err, len(set.Keys))
	}
	for _, k := range set.Keys {
		k["kid"] = "always-the-same"
	}
	data, err := json.Marshal(set)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestReadinessNamesNoInnerAddress: everybody may ask /readyz; why the provider
// cannot be reached is said without the network's own words.
func TestReadinessNamesNoInnerAddress(t *testing.T) {
	o, err := signer.OpenOIDC(signer.OIDCConfig{Issuer: "http://127.0.0.1:1", Audiences: []string{"a"}})
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	v := startVault(t, signer.Config{Storage: newFake(), Auth: o})
	var body string
	eventually(t, "the provider was asked in vain", func() bool {
		body = string(v.send(http.MethodGet, api.PathReady, nil).body)
		return strings.Contains(body, "cannot be fetched")
	})
	if strings.Contains(body, "127.0.0.1") || strings.Contains(body, "dial") || !strings.Contains(body, "refuses connections") {
		t.Errorf("%s", body)
	}
}
