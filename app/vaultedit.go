package app

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"longshore/uploader"
)

// maxVaultName is the longest name of a vault, in runes.
const maxVaultName = 100

// EditVault implements Session. The engine connects anew, so a changed proxy holds at once, also for what is sent then.
func (l *local) EditVault(ctx context.Context, id uploader.VaultID, e VaultEdit) (uploader.Vault, error) {
	l.vaultEdit.Lock()
	defer l.vaultEdit.Unlock()
	vaults, err := l.engine.Vaults(ctx)
	if err != nil {
		return uploader.Vault{}, err
	}
	i := slices.IndexFunc(vaults, func(v uploader.Vault) bool { return v.ID == id })
	if i < 0 {
		return uploader.Vault{}, fail("edit-vault", uploader.CodeBadConfig, say("vault-unknown"), nil)
	}
	v := vaults[i]
	if err := e.apply(&v); err != nil {
		return uploader.Vault{}, err
	}
	if sameVault(v, vaults[i]) {
		return v, nil
	}
	return v, l.engine.SaveVault(ctx, v)
}

func (e VaultEdit) apply(v *uploader.Vault) error {
	if e.Name != nil {
		name := strings.TrimSpace(*e.Name)
		if utf8.RuneCountInString(name) > maxVaultName || !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' }) {
			return fail("edit-vault", uploader.CodeBadConfig, say("vault-name"), nil)
		}
		v.Name, v.Renamed = name, name != ""
		if name == "" { // until it is asked again
			v.Name = host(v.SignerURL)
		}
	}
	if e.Proxy != nil {
		proxy, err := ParseProxy(*e.Proxy)
		if err != nil {
			return err
		}
		v.Proxy = proxy
	}
	return nil
}

// EditVault implements Session.
func (c *client) EditVault(ctx context.Context, id uploader.VaultID, e VaultEdit) (uploader.Vault, error) {
	return call[editMsg, uploader.Vault](ctx, c, routeEdit, editMsg{Vault: id, Edit: e})
}

// EditVault implements Session.
func (l *looker) EditVault(context.Context, uploader.VaultID, VaultEdit) (uploader.Vault, error) {
	return uploader.Vault{}, asError(errLooking)
}
