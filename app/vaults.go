package app

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"longshore/app/signin"
	"longshore/uploader"
	"longshore/uploader/remote"
)

// contact asks a signer what it is, and whether it takes the token file. Who is signed in with OpenID Connect is not
// asked: such a vault can be set up first and signed in to then.
func (l *local) contact(ctx context.Context, v uploader.Vault) (uploader.Capabilities, error) {
	caps, err := l.ask(ctx, v)
	if uploader.CodeOf(err) != uploader.CodeWrongAddress {
		return caps, err
	}
	// Not what was expected there. What else can it be?
	if v.Kind == uploader.KindCompanion {
		v.Kind = uploader.KindSigner
	} else {
		v.Kind = uploader.KindCompanion
	}
	if other, otherErr := l.ask(ctx, v); uploader.CodeOf(otherErr) != uploader.CodeWrongAddress {
		return other, otherErr
	}
	return caps, err
}

// ask asks what is at the vault's address in the language of its kind.
func (l *local) ask(ctx context.Context, v uploader.Vault) (uploader.Capabilities, error) {
	link, err := l.connector.dial(v)
	if err != nil {
		return uploader.Capabilities{}, err
	}
	caps, err := link.signer.Capabilities(ctx)
	if err == nil {
		err = checkCaller(ctx, link, v, caps)
	}
	if err != nil {
		link.closeIdle()
		return caps, err
	}
	l.connector.keepWarm(v, link)
	return caps, nil
}

// sameKind refuses a Companion in the place of a signer: whoever could put one there unseen would have every file taken
// without a proof of what was stored.
func sameKind(known *uploader.Vault, spec VaultSpec, caps uploader.Capabilities) error {
	if known == nil || spec.Repin || known.Kind == caps.Kind || caps.Kind == uploader.KindSigner {
		return nil
	}
	return fail("add-vault", uploader.CodeWrongDest, say("companion-instead"), nil)
}

func checkCaller(ctx context.Context, link *link, v uploader.Vault, caps uploader.Capabilities) error {
	switch {
	case caps.SignIn == uploader.SignInBearer && v.TokenFile == "":
		return fail("sign-in", uploader.CodeUnauthorized,
			say("wants-token"), nil)
	case caps.SignIn == uploader.SignInOIDC && v.TokenFile == "":
		if err := signin.CheckIssuer(caps.OIDC.Issuer); err != nil {
			return fail("sign-in", uploader.CodeForbidden,
				say("issuer-insecure"), err)
		}
		return nil
	case caps.SignIn == uploader.SignInOIDC && !caps.OIDC.TokenFiles:
		return fail("sign-in", uploader.CodeUnauthorized, say("no-token-files"), nil)
	case caps.SignIn == uploader.SignInNone:
		return nil
	}
	return link.signer.CheckSignIn(ctx)
}

// CheckVault implements Session.
func (l *local) CheckVault(ctx context.Context, spec VaultSpec) (uploader.Capabilities, error) {
	v, _, err := l.resolve(ctx, spec)
	if err != nil {
		return uploader.Capabilities{}, err
	}
	caps, err := l.contact(ctx, v)
	if err == nil {
		err = spec.Pins.check(caps)
	}
	return caps, l.scriptToBlame(v, err)
}

// AddVault implements Session.
func (l *local) AddVault(ctx context.Context, spec VaultSpec) (uploader.Vault, error) {
	l.vaultEdit.Lock()
	defer l.vaultEdit.Unlock()
	v, known, err := l.resolve(ctx, spec)
	if err != nil {
		return uploader.Vault{}, err
	}
	caps, err := l.contact(ctx, v)
	if err != nil {
		switch {
		case known != nil && Away(err):
			return *known, nil
		case uploader.CodeOf(err) == uploader.CodeProxySignIn: // says best what to do
		case answers(err):
			err = fail("add-vault", uploader.CodeOf(err), say("vault-busy"), err)
		case Away(err) && !l.accounts.proxies.scripted(v):
			err = fail("add-vault", uploader.CodeOf(err), say("vault-away"), err)
		}
		return uploader.Vault{}, l.scriptToBlame(v, err)
	}
	if err := sameKind(known, spec, caps); err != nil {
		return uploader.Vault{}, err
	}
	if err := spec.Pins.check(caps); err != nil {
		return uploader.Vault{}, err
	}
	if known != nil && !spec.Repin && !slices.Equal(sorted(v.DataOrigins), sorted(caps.DataOrigins)) {
		return uploader.Vault{}, fail("add-vault", uploader.CodeWrongDest,
			say("bytes-moved", "place", hosts(caps.DataOrigins), "before", hosts(v.DataOrigins)), nil)
	}
	if len(spec.Seen) > 0 && !slices.Equal(sorted(spec.Seen), sorted(caps.DataOrigins)) {
		return uploader.Vault{}, fail("add-vault", uploader.CodeWrongDest,
			say("bytes-not-shown", "place", hosts(caps.DataOrigins), "before", hosts(spec.Seen)), nil)
	}
	if err := sameSignIn(known, spec, caps); err != nil {
		return uploader.Vault{}, err
	}
	v.DataOrigins, v.Checksum, v.Encryption = caps.DataOrigins, caps.Checksum, caps.Encryption
	v.SignIn, v.OIDC, v.Kind = caps.SignIn, caps.OIDC, caps.Kind
	if v.Name == "" || !v.Renamed && caps.Name != "" {
		v.Name = caps.Name
	}
	if v.Name == "" {
		v.Name = host(v.SignerURL)
	}
	if known != nil && sameVault(*known, v) {
		return v, nil
	}
	return v, l.engine.SaveVault(ctx, v)
}

// sameSignIn refuses a vault that wants people to sign in elsewhere, or otherwise, than they have agreed to: whoever
// could change that unseen would be handed their password, or a token for something else.
func sameSignIn(known *uploader.Vault, spec VaultSpec, caps uploader.Capabilities) error {
	if known != nil && !spec.Repin && known.SignIn == uploader.SignInOIDC {
		was, now := known.OIDC, caps.OIDC
		was.TokenFiles = now.TokenFiles // offers more or less, asks nothing
		if caps.SignIn != uploader.SignInOIDC || !was.Equal(now) {
			return fail("add-vault", uploader.CodeWrongDest, say("sign-in-moved", "before", host(was.Issuer)), nil)
		}
	}
	if spec.SeenIssuer != "" && (caps.SignIn != uploader.SignInOIDC || spec.SeenIssuer != caps.OIDC.Issuer) {
		return fail("add-vault", uploader.CodeWrongDest, say("sign-in-not-shown", "before", host(spec.SeenIssuer)), nil)
	}
	return nil
}

// addressSaying says what is wrong with an address that remote.ParseBase refused.
func addressSaying(address string) saying {
	if strings.TrimSpace(address) == "" {
		return say("address-empty")
	}
	return say("address-unusable")
}

// resolve checks a spec and finds the vault it means. known is nil for a new one.
func (l *local) resolve(ctx context.Context, spec VaultSpec) (v uploader.Vault, known *uploader.Vault, err error) {
	base, err := remote.ParseBase(spec.SignerURL)
	if err != nil {
		return v, nil, fail("add-vault", uploader.CodeBadConfig, addressSaying(spec.SignerURL), err)
	}
	token, caFile, err := absolutes(spec.TokenFile, spec.CAFile)
	if err != nil {
		return v, nil, err
	}
	vaults, err := l.engine.Vaults(ctx)
	if err != nil {
		return v, nil, err
	}
	for i := range vaults {
		// Of several for one address the newest counts.
		if vaults[i].SignerURL == base && (token == "" || vaults[i].TokenFile == token) {
			known = &vaults[i]
		}
	}
	if known == nil {
		v = uploader.Vault{ID: uploader.VaultID(l.ids.next()), SignerURL: base, TokenFile: token, CAFile: caFile}
		v.AddedAt = time.Now().UTC().Round(0)
	} else {
		v = *known
	}
	if caFile != "" {
		v.CAFile = caFile
	}
	return v, known, spec.dress(&v)
}

// dress gives a vault what the spec says of it beside its address and files.
func (s VaultSpec) dress(v *uploader.Vault) error {
	if s.Name != "" {
		v.Name, v.Renamed = s.Name, true
	}
	if s.CA != "" {
		v.CA, v.CAFile = s.CA, ""
	}
	proxy, err := ParseProxy(s.Proxy)
	if err == nil && s.Proxy != "" {
		v.Proxy = proxy
	}
	return err
}

// SetVaultFiles implements Session.
func (l *local) SetVaultFiles(ctx context.Context, id uploader.VaultID, tokenFile, caFile string) (uploader.Vault, error) {
	l.vaultEdit.Lock()
	defer l.vaultEdit.Unlock()
	token, ca, err := absolutes(tokenFile, caFile)
	if err != nil {
		return uploader.Vault{}, err
	}
	vaults, err := l.engine.Vaults(ctx)
	if err != nil {
		return uploader.Vault{}, err
	}
	i := slices.IndexFunc(vaults, func(v uploader.Vault) bool { return v.ID == id })
	if i < 0 {
		return uploader.Vault{}, fail("set-vault", uploader.CodeBadConfig, say("vault-unknown"), nil)
	}
	v := vaults[i]
	if token != "" {
		v.TokenFile = token
	}
	if ca != "" {
		v.CAFile, v.CA = ca, ""
	}
	link, err := l.connector.dial(v) // files that cannot be used are refused before they replace good ones
	if err != nil {
		return uploader.Vault{}, err
	}
	link.closeIdle()
	return v, l.engine.SaveVault(ctx, v)
}

// RestoreVault implements Session.
func (l *local) RestoreVault(ctx context.Context, before uploader.Vault) error {
	l.vaultEdit.Lock()
	defer l.vaultEdit.Unlock()
	if now, known := l.vaultOf(ctx, before.ID); known != nil || now.SignerURL != before.SignerURL {
		return fail("restore-vault", uploader.CodeBadConfig, say("vault-unknown"), known)
	}
	return l.engine.SaveVault(ctx, before)
}

// RemoveVault implements Session. A sign-in to it is forgotten, too.
func (l *local) RemoveVault(ctx context.Context, id uploader.VaultID) error {
	l.vaultEdit.Lock()
	defer l.vaultEdit.Unlock()
	v, known := l.vaultOf(ctx, id)
	if err := l.engine.RemoveVault(ctx, id); err != nil {
		if uploader.CodeOf(err) == uploader.CodeBadConfig {
			err = fail("remove-vault", uploader.CodeBadConfig, say("vault-in-use"), err)
		}
		return err
	}
	if known == nil {
		l.forgetSignIn(ctx, v)
	}
	return nil
}

// Vaults implements Session.
func (l *local) Vaults(ctx context.Context) ([]uploader.Vault, error) { return l.engine.Vaults(ctx) }

// Away tells a vault that cannot be reached now from one that is reached and cannot be used.
func Away(err error) bool {
	switch uploader.CodeOf(err) {
	case uploader.CodeNetwork, uploader.CodeDNS, uploader.CodeProxy, uploader.CodeProxySignIn, uploader.CodeThrottled, uploader.CodeServer, uploader.CodeVaultNotReady:
		return true
	}
	return false
}

// answers tells whether a vault that cannot be used now was reached at least.
func answers(err error) bool {
	switch uploader.CodeOf(err) {
	case uploader.CodeThrottled, uploader.CodeServer, uploader.CodeVaultNotReady:
		return true
	}
	return false
}

func absolutes(tokenFile, caFile string) (token, ca string, err error) {
	token, err1 := absolute(tokenFile)
	ca, err2 := absolute(caFile)
	if err := errors.Join(err1, err2); err != nil {
		return "", "", fail("add-vault", uploader.CodeBadConfig, say("file-path"), err)
	}
	return token, ca, nil
}

func sameVault(a, b uploader.Vault) bool {
	return roadOf(a) == roadOf(b) && a.Renamed == b.Renamed && a.Kind == b.Kind && a.Name == b.Name && a.SignerURL == b.SignerURL && a.TokenFile == b.TokenFile &&
		a.Checksum == b.Checksum && a.Encryption == b.Encryption && a.SignIn == b.SignIn && a.OIDC.Equal(b.OIDC) && slices.Equal(a.DataOrigins, b.DataOrigins)
}

func sorted(s []string) []string { return slices.Sorted(slices.Values(s)) }

// hosts names data origins in a sentence. They are scheme, host and port, nothing secret.
func hosts(origins []string) string {
	if len(origins) == 0 {
		return "–"
	}
	return strings.Join(origins, ", ")
}

func host(signerURL string) string {
	_, rest, _ := strings.Cut(signerURL, "://")
	name, _, _ := strings.Cut(rest, "/")
	return name
}
