package signer

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"

	"longshore/signer/api"
)

// OIDCConfig says whose tokens are taken and how they are read. Issuer and
// Audiences are required.
type OIDCConfig struct {
	// Issuer as its tokens and its discovery document spell it. https, or http
	// on loopback.
	Issuer string
	// Audiences: a token is taken if it is for one of them.
	Audiences []string

	// ClientID, Scopes, AskAudience and Token are what clients are told (see
	// api.Auth). No Scopes means openid and offline_access.
	ClientID    string
	Scopes      []string
	AskAudience string
	Token       string

	// PrincipalClaim names the caller; empty is "sub". It must be a claim that
	// never changes its owner. AliasClaim, if set, is shown in keys as it is
	// ([a-z0-9-]{1,40}) instead of a hash; it must be one that people cannot
	// choose themselves.
	PrincipalClaim string
	AliasClaim     string
	// GroupsClaim holds the groups, as a list or as text with spaces; empty is
	// "groups". A name with dots that is no claim itself is a path, as in
	// "realm_access.roles".
	GroupsClaim string
	// RequiredGroups: who is in none of them is refused in every call.
	RequiredGroups []string

	// Leeway for the clocks of issuer and signer; 0 is a minute.
	Leeway time.Duration
	// RefreshEvery is how often keys are fetched; 0 is 15 minutes. A token
	// with an unknown key fetches them at once, but on average not more often
	// than once in RefetchAfter; 0 is 10 seconds.
	RefreshEvery time.Duration
	RefetchAfter time.Duration

	// Logger takes trouble with the issuer; nil discards.
	Logger *slog.Logger
}

// OIDC takes the tokens of an OpenID Connect issuer, access or id tokens, as
// long as they are JWTs (OpenID Connect Core 1.0 §3.1.3.7; RFC 9068).
type OIDC struct {
	cfg  OIDCConfig
	keys *keyStore
}

// algorithms that are taken: only those whose verifying key is public.
var algorithms = []jose.SignatureAlgorithm{
	jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512, jose.ES256, jose.ES384, jose.ES512, jose.EdDSA,
}

// maxLeeway bounds how long a token may work after its end.
const maxLeeway = 10 * time.Minute

// maxGroups bounds what one token may bring.
const maxGroups = 1000

// OpenOIDC checks cfg and begins to fetch the issuer's keys in the background;
// an issuer that cannot be reached is no error, only not ready. Close it.
func OpenOIDC(cfg OIDCConfig) (*OIDC, error) {
	if err := checkIssuer(cfg.Issuer); err != nil {
		return nil, err
	}
	if len(cfg.Audiences) == 0 || slices.Contains(cfg.Audiences, "") {
		return nil, errors.New("oidc: say which audience tokens must be for")
	}
	switch cfg.Token {
	case "", api.TokenAccess:
	case api.TokenID:
		if !slices.Contains(cfg.Audiences, cfg.ClientID) {
			return nil, errors.New("oidc: id tokens are for the client they were issued to: give the client's id as an audience")
		}
	default:
		return nil, errors.New("oidc: clients send access_token or id_token")
	}
	if len(cfg.Scopes) == 0 {
		cfg.Scopes = []string{"openid", "offline_access"}
	}
	orString(&cfg.PrincipalClaim, "sub")
	orString(&cfg.GroupsClaim, "groups")
	if cfg.Leeway < 0 || cfg.Leeway > maxLeeway {
		return nil, errors.New("oidc: the leeway for clocks is 0 to 10 minutes")
	}
	orDuration(&cfg.Leeway, time.Minute)
	orDuration(&cfg.RefreshEvery, 15*time.Minute)
	orDuration(&cfg.RefetchAfter, 10*time.Second)
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	return &OIDC{cfg: cfg, keys: newKeyStore(cfg)}, nil
}

func orString(v *string, def string) {
	if *v == "" {
		*v = def
	}
}

func orDuration(v *time.Duration, def time.Duration) {
	if *v == 0 {
		*v = def
	}
}

// checkIssuer wants an address without extras, over TLS unless it is local.
func checkIssuer(issuer string) error {
	u, err := url.Parse(issuer)
	if err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return errors.New("oidc: the issuer must be an address like https://login.example.org/realm")
	}
	if !safeScheme(u) {
		return errors.New("oidc: the issuer must be https; http is for loopback only")
	}
	return nil
}

// safeScheme tells https, and http to loopback.
func safeScheme(u *url.URL) bool {
	return u.Scheme == "https" || u.Scheme == "http" && IsLoopbackHost(u.Host)
}

// Close ends the fetching of keys and waits for it.
func (o *OIDC) Close() { o.keys.close() }

// Describe tells clients where to sign in, and as what.
func (o *OIDC) Describe() api.Auth {
	return api.Auth{
		Type: api.AuthOIDC, Issuer: o.cfg.Issuer, ClientID: o.cfg.ClientID, Scopes: o.cfg.Scopes,
		Audience: o.cfg.AskAudience, Token: o.cfg.Token,
	}
}

// Ready is closed once there are keys.
func (o *OIDC) Ready() <-chan struct{} { return o.keys.ready }

// NotReady says why there are none.
func (o *OIDC) NotReady() string { return o.keys.reason() }

// Authenticate takes the token of "Authorization: Bearer".
func (o *OIDC) Authenticate(r *http.Request) (Caller, error) {
	raw, err := bearerToken(r)
	if err != nil {
		return Caller{}, err
	}
	claims, err := o.verify(r.Context(), raw)
	if err != nil {
		return Caller{}, err
	}
	c, err := o.caller(claims)
	if err != nil {
		return Caller{}, err
	}
	if len(o.cfg.RequiredGroups) > 0 && !slices.ContainsFunc(c.Groups, func(g string) bool { return slices.Contains(o.cfg.RequiredGroups, g) }) {
		return Caller{}, notForGroups()
	}
	return c, nil
}

const notOurs = "The token was not issued for this vault, or is damaged; sign in again."

// verify holds a token against signature, issuer, audience and clock. Causes
// are words of ours: the libraries' errors quote claims.
func (o *OIDC) verify(ctx context.Context, raw string) (map[string]any, error) {
	jws, err := jose.ParseSignedCompact(raw, algorithms)
	if err != nil || len(jws.Signatures) != 1 || !tokenType(jws.Signatures[0].Header) {
		return nil, invalidToken(notOurs, errors.New("not a JWT signed with a public key"))
	}
	id, issued := jws.Signatures[0].Header.KeyID, issuedAt(jws.UnsafePayloadWithoutVerification())
	token, err := o.signed(ctx, raw, id, issued)
	if errors.Is(err, errSignature) && o.keys.renewed(ctx, issued) {
		token, err = o.signed(ctx, raw, id, issued)
	}
	if errors.Is(err, errSignature) {
		return nil, invalidToken(notOurs, err)
	}
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(token.Audience, func(a string) bool { return slices.Contains(o.cfg.Audiences, a) }) {
		return nil, invalidToken("The token was issued for another service; sign in again.", errors.New("audience"))
	}
	var claims map[string]any
	if err := token.Claims(&claims); err != nil {
		return nil, invalidToken(notOurs, errors.New("claims"))
	}
	return claims, o.checkTimes(claims)
}

// errSignature says that no known key of that id has signed the token, or that
// it is another issuer's.
var errSignature = errors.New("signature or issuer")

// signed verifies a token's signature and issuer. Errors are errSignature and
// those of find.
func (o *OIDC) signed(ctx context.Context, raw, id string, issued time.Time) (*oidc.IDToken, error) {
	keys, err := o.keys.find(ctx, id, issued)
	if err != nil {
		return nil, err
	}
	token, err := oidc.NewVerifier(o.cfg.Issuer, &oidc.StaticKeySet{PublicKeys: keys}, &oidc.Config{
		SupportedSigningAlgs: algorithmNames(), SkipClientIDCheck: true, SkipExpiryCheck: true, // verify checks both
	}).Verify(ctx, raw)
	if err != nil {
		return nil, errSignature // the library's error quotes claims
	}
	return token, nil
}

// tokenType keeps out JWTs that are tokens of another kind, as a logout token.
func tokenType(h jose.Header) bool {
	typ, _ := h.ExtraHeaders[jose.HeaderType].(string)
	switch strings.TrimPrefix(strings.ToLower(typ), "application/") {
	case "", "jwt", "at+jwt":
		return true
	}
	return false
}

func algorithmNames() []string {
	names := make([]string, len(algorithms))
	for i, a := range algorithms {
		names[i] = string(a)
	}
	return names
}

// checkTimes wants exp, and takes nbf and iat where they are there.
func (o *OIDC) checkTimes(claims map[string]any) error {
	now := time.Now()
	exp, ok := timeClaim(claims, "exp")
	if !ok || exp.IsZero() {
		return invalidToken(notOurs, errors.New("no expiry"))
	}
	if !now.Before(exp.Add(o.cfg.Leeway)) {
		return invalidToken("The token has expired; refresh it or sign in again.", errors.New("expired"))
	}
	for _, name := range []string{"nbf", "iat"} {
		t, ok := timeClaim(claims, name)
		if !ok {
			return invalidToken(notOurs, errors.New("malformed time"))
		}
		if t.After(now.Add(o.cfg.Leeway)) {
			return invalidToken("The token is not valid yet: the clocks of this vault and of the sign-in provider differ; tell your administrator.", errors.New("not yet valid"))
		}
	}
	return nil
}

// timeClaim reads a NumericDate; zero if it is not there.
func timeClaim(claims map[string]any, name string) (t time.Time, ok bool) {
	v, there := claims[name]
	if !there {
		return t, true
	}
	seconds, ok := v.(float64)
	if !ok || seconds < 0 || seconds > 1<<40 {
		return t, false
	}
	return time.Unix(int64(seconds), 0), true
}

// issuedAt reads iat of a token that is not verified yet, for nothing but to
// judge whether new keys could help it.
func issuedAt(payload []byte) time.Time {
	var claims map[string]any
	if json.Unmarshal(payload, &claims) != nil {
		return time.Time{}
	}
	t, _ := timeClaim(claims, "iat")
	return t
}
