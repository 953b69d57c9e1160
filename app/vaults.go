package app

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"longshore/uploader"
	"longshore/uploader/remote"
)

// signInTypeBearer is what a vault with sign-in calls it in its capabilities.
const signInTypeBearer = "bearer"

// contact asks a signer what it is, and whether it takes the token.
func (l *local) contact(ctx context.Context, v uploader.Vault) (uploader.Capabilities, error) {
	link, err := l.connector.dial(v)
	if err != nil {
		return uploader.Capabilities{}, err
	}
	defer link.closeIdle()
	caps, err := link.signer.Capabilities(ctx)
	if err != nil {
		return uploader.Capabilities{}, err
	}
	if caps.SignIn == signInTypeBearer {
		if v.TokenFile == "" {
			return caps, fail("sign-in", uploader.CodeUnauthorized,
				"This vault wants a sign-in. Get a token file from your administrator and name it (--token-file, or in the settings).", nil)
		}
		if err := link.signer.CheckSignIn(ctx); err != nil {
			return caps, err
		}
	}
	return caps, nil
}

// CheckVault implements Session.
func (l *local) CheckVault(ctx context.Context, spec VaultSpec) (uploader.Capabilities, error) {
	v, _, err := l.resolve(ctx, spec)
	if err != nil {
		return uploader.Capabilities{}, err
	}
	return l.contact(ctx, v)
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
		case answers(err):
			err = fail("add-vault", uploader.CodeOf(err), "The vault answers, but is busy or has a fault at the moment, so nothing was added. "+
				"Try again in a while; if it stays, tell your administrator.", err)
		case Away(err):
			err = fail("add-vault", uploader.CodeOf(err), "The vault does not answer, so nothing was added. "+
				"Check its address and your network, then try again.", err)
		}
		return uploader.Vault{}, err
	}
	if known != nil && !spec.Repin && !slices.Equal(sorted(v.DataOrigins), sorted(caps.DataOrigins)) {
		return uploader.Vault{}, fail("add-vault", uploader.CodeWrongDest,
			"The vault now wants the bytes to go to "+hosts(caps.DataOrigins)+" instead of "+hosts(v.DataOrigins)+
				", so nothing was sent. If your administrator confirms this, add the vault again and accept the new place (--repin).", nil)
	}
	if len(spec.Seen) > 0 && !slices.Equal(sorted(spec.Seen), sorted(caps.DataOrigins)) {
		return uploader.Vault{}, fail("add-vault", uploader.CodeWrongDest,
			"The vault wants the bytes to go to "+hosts(caps.DataOrigins)+" now, not to "+hosts(spec.Seen)+
				" as you were shown, so nothing was added. Ask your administrator before you try again.", nil)
	}
	v.DataOrigins, v.Checksum, v.Encryption = caps.DataOrigins, caps.Checksum, caps.Encryption
	if v.Name == "" || spec.Name == "" && caps.Name != "" {
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

// resolve checks a spec and finds the vault it means. known is nil for a new one.
func (l *local) resolve(ctx context.Context, spec VaultSpec) (v uploader.Vault, known *uploader.Vault, err error) {
	base, err := remote.ParseBase(spec.SignerURL)
	if err != nil {
		return v, nil, fail("add-vault", uploader.CodeBadConfig, capital(err.Error())+".", err)
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
		v = uploader.Vault{ID: uploader.VaultID(l.ids.next()), SignerURL: base, TokenFile: token, CAFile: caFile, Name: spec.Name}
		v.AddedAt = time.Now().UTC().Round(0)
		return v, nil, nil
	}
	v = *known
	if caFile != "" {
		v.CAFile = caFile
	}
	if spec.Name != "" {
		v.Name = spec.Name
	}
	return v, known, nil
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
		return uploader.Vault{}, fail("set-vault", uploader.CodeBadConfig, "This vault is not known any more.", nil)
	}
	v := vaults[i]
	if token != "" {
		v.TokenFile = token
	}
	if ca != "" {
		v.CAFile = ca
	}
	link, err := l.connector.dial(v) // files that cannot be used are refused before they replace good ones
	if err != nil {
		return uploader.Vault{}, err
	}
	link.closeIdle()
	return v, l.engine.SaveVault(ctx, v)
}

// RemoveVault implements Session.
func (l *local) RemoveVault(ctx context.Context, id uploader.VaultID) error {
	l.vaultEdit.Lock()
	defer l.vaultEdit.Unlock()
	return l.engine.RemoveVault(ctx, id)
}

// Vaults implements Session.
func (l *local) Vaults(ctx context.Context) ([]uploader.Vault, error) { return l.engine.Vaults(ctx) }

// Away tells a vault that cannot be reached now from one that is reached and cannot be used.
func Away(err error) bool {
	switch uploader.CodeOf(err) {
	case uploader.CodeNetwork, uploader.CodeDNS, uploader.CodeProxy, uploader.CodeThrottled, uploader.CodeServer, uploader.CodeVaultNotReady:
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
		return "", "", fail("add-vault", uploader.CodeBadConfig, "The path of the token or certificate file cannot be used.", err)
	}
	return token, ca, nil
}

func sameVault(a, b uploader.Vault) bool {
	return a.Name == b.Name && a.SignerURL == b.SignerURL && a.TokenFile == b.TokenFile && a.CAFile == b.CAFile &&
		a.Checksum == b.Checksum && a.Encryption == b.Encryption && slices.Equal(a.DataOrigins, b.DataOrigins)
}

func sorted(s []string) []string { return slices.Sorted(slices.Values(s)) }

// hosts names data origins in a sentence. They are scheme, host and port, nothing secret.
func hosts(origins []string) string {
	if len(origins) == 0 {
		return "nowhere"
	}
	return strings.Join(origins, ", ")
}

func host(signerURL string) string {
	_, rest, _ := strings.Cut(signerURL, "://")
	name, _, _ := strings.Cut(rest, "/")
	return name
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
