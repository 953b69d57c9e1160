package signer

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

// FuzzOIDCClaims gives verified claims of any shape to what makes callers of
// them: it must never panic, nor name somebody that keys could not.
func FuzzOIDCClaims(f *testing.F) {
	for _, seed := range []string{
		`{"sub":"a","groups":["x","y"]}`, `{"sub":"a","realm_access":{"roles":"x y"}}`, `{"sub":7}`, `{"sub":"","groups":[1,null,{}]}`, `{"exp":1e300,"iat":-1,"nbf":"x"}`, `null`, `[]`,
	} {
		f.Add(seed, "groups", "alias")
	}
	f.Add(`{"sub":"a","alias":"ward-7","a.b":1,"a":{"b":["c"]}}`, "a.b", "alias")
	f.Fuzz(func(t *testing.T, text, groups, alias string) {
		var claims map[string]any
		if json.Unmarshal([]byte(text), &claims) != nil {
			return
		}
		o := &OIDC{cfg: OIDCConfig{Issuer: "https://i", PrincipalClaim: "sub", GroupsClaim: groups, AliasClaim: alias}}
		c, err := o.caller(claims)
		if err == nil && !c.Principal.valid() {
			t.Fatalf("named %q", c.Principal)
		}
		if _, ours := errors.AsType[*callError](err); err != nil && !ours {
			t.Fatal(err)
		}
		_ = o.checkTimes(claims)
	})
}

// FuzzKeySet reads whatever an issuer may answer as its keys.
func FuzzKeySet(f *testing.F) {
	f.Add(`{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB","kid":"1"},{"kty":"oct","k":"AAAA"}]}`)
	f.Add(`{"keys":[{"kty":"EC","crv":"P-256","x":"AA","y":"AA"},{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}`)
	f.Add(`{"keys":null}`)
	f.Fuzz(func(t *testing.T, text string) {
		keys, err := readKeySet(strings.NewReader(text))
		if err == nil && len(keys) == 0 {
			t.Fatal("a set without keys was taken")
		}
		for _, k := range keys {
			if !k.IsPublic() || k.Use != "" && k.Use != "sig" {
				t.Fatalf("a key that verifies nothing: %v", k)
			}
		}
	})
}
