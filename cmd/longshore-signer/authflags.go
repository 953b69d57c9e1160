package main

import (
	"errors"
	"flag"
	"log/slog"
	"strings"

	"longshore/signer"
	"longshore/signer/api"
)

// authFlags say who may call.
type authFlags struct {
	auth      listFlag // as given
	tokenFile string   // empty: no file of tokens
	useOIDC   bool
	oidc      signer.OIDCConfig
}

func (a *authFlags) register(fs *flag.FlagSet) {
	c := &a.oidc
	fs.Var(&a.auth, "auth", "who may call: `none` (loopback only, the default); tokens:FILE, a file of lines\n\"token principal [alias] [groups=a,b]\"; or oidc. oidc and tokens:FILE may both be given")
	fs.StringVar(&c.Issuer, "oidc-issuer", "", "`URL` of the OpenID Connect issuer, exactly as its tokens spell it")
	fs.Var((*listFlag)(&c.Audiences), "oidc-audience", "`audience` that tokens must be for; may be given again: any of them will do")
	fs.StringVar(&c.ClientID, "oidc-client-id", "", "`id` of the public client that the desktop and the command line sign in as")
	fs.Var((*listFlag)(&c.Scopes), "oidc-scope", "`scope` that they ask for; may be given again (default openid and offline_access)")
	fs.StringVar(&c.AskAudience, "oidc-ask-audience", "", "`audience` that they ask for, where the provider wants to be asked")
	fs.StringVar(&c.Token, "oidc-token", api.TokenAccess, "which `token` they send: access_token or id_token")
	fs.StringVar(&c.PrincipalClaim, "oidc-principal-claim", "sub", "`claim` that names a person; it must never pass to another one")
	fs.StringVar(&c.AliasClaim, "oidc-alias-claim", "", "`claim` that keys show instead of a hash; people must not be able to choose it")
	fs.StringVar(&c.GroupsClaim, "oidc-groups-claim", "groups", "`claim` with the groups, a list or text with spaces; realm_access.roles is a path")
	fs.Var((*listFlag)(&c.RequiredGroups), "oidc-required-group", "`group` one must be in to call at all; may be given again: any of them will do")
	fs.DurationVar(&c.Leeway, "oidc-leeway", 0, "how far the clocks of issuer and signer may differ (default 1m)")
}

// signIn tells whether callers must prove who they are.
func (a *authFlags) signIn() bool { return a.useOIDC || a.tokenFile != "" }

func (a *authFlags) check() error {
	for _, way := range a.auth {
		kind, file, _ := strings.Cut(way, ":")
		switch {
		case way == api.AuthNone && len(a.auth) == 1:
		case way == api.AuthNone:
			return errors.New("--auth none goes with no other --auth")
		case way == api.AuthOIDC:
			a.useOIDC = true
		case kind == "tokens" && file != "" && a.tokenFile == "":
			a.tokenFile = file
		default:
			return errors.New("--auth must be none, tokens:FILE or oidc, each at most once")
		}
	}
	c := a.oidc
	switch {
	case !a.useOIDC && (c.Issuer != "" || len(c.Audiences) > 0 || c.ClientID != ""):
		return errors.New("the --oidc flags need --auth oidc")
	case !a.useOIDC:
		return nil
	case c.Issuer == "" || len(c.Audiences) == 0 || c.ClientID == "":
		return errors.New("--auth oidc needs --oidc-issuer, --oidc-audience and --oidc-client-id")
	}
	return nil
}

// open gives the authenticator, and what ends it.
func (a *authFlags) open(log *slog.Logger) (signer.Authenticator, func(), error) {
	nothing := func() {}
	if !a.signIn() {
		return signer.NoAuth(), nothing, nil
	}
	var tokens *signer.TokenFile
	if a.tokenFile != "" {
		var err error
		if tokens, err = signer.OpenTokenFile(a.tokenFile, log); err != nil {
			return nil, nothing, err
		}
		if !a.useOIDC {
			return tokens, nothing, nil
		}
	}
	cfg := a.oidc
	cfg.Logger = log
	oidc, err := signer.OpenOIDC(cfg)
	if err != nil {
		return nil, nothing, err
	}
	if tokens == nil {
		return oidc, oidc.Close, nil
	}
	return signer.TokensOr(tokens, oidc), oidc.Close, nil
}
