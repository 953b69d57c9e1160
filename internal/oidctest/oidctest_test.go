package oidctest

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// claimsIn reads a token without checking it.
func claimsIn(t *testing.T, token string) map[string]any {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("not a JWT: %d parts", len(parts))
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims map[string]any
	if err := json.Unmarshal(raw, &claims); err != nil {
		t.Fatal(err)
	}
	return claims
}

func TestSignIn(t *testing.T) {
	p := Start(t, Options{GroupsClaim: "realm_access.roles"})
	got := p.SignIn(t, "alice")
	if got.Refresh == "" || got.Life < 59*time.Minute {
		t.Errorf("%+v", got)
	}
	for kind, token := range map[string]string{"access": got.Access, "id": got.ID} {
		c := claimsIn(t, token)
		roles, _ := c["realm_access"].(map[string]any)
		list, _ := roles["roles"].([]any)
		if c["iss"] != p.Issuer || c["sub"] != "subject-alice" || len(list) != 1 || list[0] != "ward" {
			t.Errorf("%s token: %v", kind, c)
		}
		if aud, _ := c["aud"].([]any); len(aud) != 2 || aud[1] != "longshore" {
			t.Errorf("%s token is for %v", kind, c["aud"])
		}
	}
	p.SetGroups(t, "alice", "ward", "lab")
	p.SetTokenLifetime(t, 3*time.Second)
	again := p.Refresh(t, got.Refresh)
	roles := claimsIn(t, again.Access)["realm_access"].(map[string]any)["roles"].([]any)
	if len(roles) != 2 || again.Life > 3*time.Second || again.Refresh == got.Refresh {
		t.Errorf("refreshed: %v %+v", roles, again)
	}
}

// refused asks for tokens that may not be given.
func refused(t *testing.T, p *Provider, what string, form url.Values) {
	t.Helper()
	form.Set("client_id", p.ClientID)
	resp, err := p.post(t.Context(), p.Issuer+"/oauth/token", form)
	if err != nil || resp.status != http.StatusBadRequest {
		t.Errorf("%s: %d %v %s", what, resp.status, err, resp.body)
	}
}

func TestRefreshTokensRotateAndEnd(t *testing.T) {
	p := Start(t, Options{EC: true})
	first := p.SignIn(t, "alice").Refresh
	second := p.Refresh(t, first).Refresh
	with := func(token string) url.Values {
		return url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}}
	}
	refused(t, p, "a spent token", with(first))
	refused(t, p, "its session", with(second))
	third := p.SignIn(t, "alice").Refresh
	p.Revoke(t, "alice")
	refused(t, p, "a revoked one", with(third))
}

func TestCodeNeedsItsVerifier(t *testing.T) {
	p := Start(t, Options{EC: true})
	q := url.Values{
		"client_id": {p.ClientID}, "response_type": {"code"}, "scope": {"openid"}, "redirect_uri": {"http://127.0.0.1:5/callback"},
		"code_challenge": {strings.Repeat("A", 43)}, "code_challenge_method": {"S256"},
	}
	back, err := p.consent(t.Context(), "bob", p.Issuer+"/authorize?"+q.Encode())
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(back)
	if err != nil {
		t.Fatal(err)
	}
	refused(t, p, "a wrong verifier", url.Values{
		"grant_type": {"authorization_code"}, "code": {u.Query().Get("code")}, "redirect_uri": {"http://127.0.0.1:5/callback"},
		"code_verifier": {strings.Repeat("b", 43)},
	})
	q.Set("redirect_uri", "http://127.0.0.1:5/elsewhere")
	if _, err := p.consent(t.Context(), "bob", p.Issuer+"/authorize?"+q.Encode()); err == nil {
		t.Error("a redirect to an unknown path was taken")
	}
	q.Set("redirect_uri", "http://192.0.2.1/callback")
	if _, err := p.consent(t.Context(), "bob", p.Issuer+"/authorize?"+q.Encode()); err == nil {
		t.Error("a redirect off loopback was taken")
	}
}

func TestLoginReachesTheClient(t *testing.T) {
	p := Start(t, Options{EC: true})
	var query url.Values
	mux := http.NewServeMux()
	mux.HandleFunc("/callback", func(w http.ResponseWriter, r *http.Request) {
		query = r.URL.Query()
		_, _ = w.Write([]byte("you can close this"))
	})
	back := httptest.NewServer(mux)
	defer back.Close()
	q := url.Values{
		"client_id": {p.ClientID}, "response_type": {"code"}, "scope": {"openid"}, "redirect_uri": {back.URL + "/callback"}, "state": {"state!"},
		"code_challenge": {strings.Repeat("A", 43)}, "code_challenge_method": {"S256"},
	}
	page, err := p.Login(t.Context(), "alice", p.Issuer+"/authorize?"+q.Encode())
	if err != nil || page != "you can close this" || query.Get("state") != "state!" || query.Get("code") == "" {
		t.Errorf("%v %q %v", err, page, query)
	}
	if _, err := p.Login(t.Context(), "alice:wrong", p.Issuer+"/authorize?"+q.Encode()); err == nil {
		t.Error("a wrong password was taken")
	}
}

func TestDevice(t *testing.T) {
	p := Start(t, Options{EC: true, AudienceOnRequest: true})
	begin := func(audience string) (code, complete string) {
		resp, err := p.post(t.Context(), p.Issuer+"/device_authorization", url.Values{
			"client_id": {p.ClientID}, "scope": {"openid offline_access"}, "audience": {audience},
		})
		if err != nil {
			t.Fatal(err)
		}
		var a struct {
			Code     string `json:"device_code"`
			Complete string `json:"verification_uri_complete"`
		}
		if err := json.Unmarshal([]byte(resp.body), &a); err != nil || a.Code == "" {
			t.Fatalf("%d %s", resp.status, resp.body)
		}
		return a.Code, a.Complete
	}
	with := func(code string) url.Values {
		return url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:device_code"}, "device_code": {code}}
	}
	code, complete := begin("longshore")
	refused(t, p, "not decided yet", with(code))
	if err := p.ApproveDevice(t.Context(), "alice", complete); err != nil {
		t.Fatal(err)
	}
	got := p.exchange(t, with(code))
	c := claimsIn(t, got.Access)
	if aud, _ := c["aud"].([]any); c["sub"] != "subject-alice" || len(aud) != 2 || got.Refresh == "" {
		t.Errorf("%v", c)
	}
	code, complete = begin("")
	if err := p.ApproveDevice(t.Context(), "alice", complete); err != nil {
		t.Fatal(err)
	}
	if c := claimsIn(t, p.exchange(t, with(code)).Access); c["aud"] != p.ClientID && len(c["aud"].([]any)) != 1 {
		t.Errorf("the audience was not asked for and is there: %v", c["aud"])
	}
	code, complete = begin("longshore")
	if err := p.DenyDevice(t.Context(), "alice", complete); err != nil {
		t.Fatal(err)
	}
	refused(t, p, "denied", with(code))
}

func TestKeysOutageAndRestart(t *testing.T) {
	p := Start(t, Options{EC: true, OpaqueAccess: true})
	keys := func() (ids string) {
		resp, err := p.get(t.Context(), p.Issuer+"/keys")
		if err != nil {
			t.Fatal(err)
		}
		return resp.body
	}
	old, _ := p.PublicKey()
	p.RotateKeys(t, true)
	fresh, _ := p.PublicKey()
	if body := keys(); !strings.Contains(body, old) || !strings.Contains(body, fresh) {
		t.Errorf("old and new key: %s", body)
	}
	p.RotateKeys(t, false)
	last, _ := p.PublicKey()
	if body := keys(); strings.Contains(body, fresh) || !strings.Contains(body, last) {
		t.Errorf("only the new key: %s", body)
	}
	if n := p.Requests(t, "/keys"); n != 2 {
		t.Errorf("%d requests for keys", n)
	}
	p.SetOutage(t, true)
	if resp, err := p.get(t.Context(), p.Issuer+"/keys"); err != nil || resp.status != http.StatusServiceUnavailable {
		t.Errorf("outage: %v %d", err, resp.status)
	}
	p.SetOutage(t, false)
	issuer := p.Issuer
	p.Stop()
	if _, err := p.get(t.Context(), issuer+"/keys"); err == nil {
		t.Error("it answers after Stop")
	}
	p.Restart(t)
	if body := keys(); p.Issuer != issuer || !strings.Contains(body, last) {
		t.Errorf("after the restart: %s %s", p.Issuer, body)
	}
	if got := p.SignIn(t, "bob"); strings.Count(got.Access, ".") == 2 || strings.Count(got.ID, ".") != 2 {
		t.Error("the access token should be opaque, the id token not")
	}
}
