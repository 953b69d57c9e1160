package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"time"

	"longshore/app"
	"longshore/uploader"
)

func vaultsCommand() command {
	return command{
		name: "vaults", args: "[add FILE | test NAME | rename NAME NEW | proxy NAME SETTING | proxy-sign-in WHAT USER | remove NAME] [flags]", short: "show, add, test and change the vaults that are known",
		long: `
Shows the vaults that are known: their address, where their bytes go, and who is signed in to them. It asks nobody but
the keychain. With --json one object is printed per vault. NAME is a vault's name or id.

  add FILE             add the vault of a connection file (*.longshore): shows what it says and asks once. What the
                       vault says of itself must be what the file says
  test NAME            try the way to a vault step by step, and say of each step what is wrong and what to do;
                       the exit code is 1 if one failed
  rename NAME NEW      call a vault otherwise; "" for what it calls itself
  proxy NAME SETTING   system, none or http://host:port, for the vault, its storage and its sign-in alike
  proxy-sign-in WHAT USER
                       keep a name and a password for a proxy that wants them (407), and go on with what waits for
                       it. WHAT is the proxy's address, or a vault that is reached through it. The password is asked
                       for, kept in the keychain (or where --secret-store says), and told to that proxy alone. A USER
                       of "" forgets them
  remove NAME          forget a vault that nothing in the queue needs`,
		setup: func(c *cli, fs *flag.FlagSet) func(context.Context, []string) int {
			state := stateFlag(fs)
			asJSON := fs.Bool("json", false, "print one JSON object per vault, or per step of a test")
			yes := fs.Bool("yes", false, "with add: agree without being asked, for scripts")
			token := fs.String("token-file", "", "with add: `FILE` with the token of the vault's sign-in")
			store := storeFlag(fs)
			password := fs.String("password-file", "", "with proxy-sign-in: `FILE` with the password, for scripts")
			return func(ctx context.Context, rest []string) int {
				if !goodStore(*store) {
					return c.misused("vaults", badStore)
				}
				if len(rest) > 0 {
					return c.vaultVerb(ctx, *state, vaultFlags{json: *asJSON, yes: *yes, token: *token, store: *store, passwordFile: *password}, rest)
				}
				return c.withSession(ctx, app.Options{StateDir: *state, Look: true}, func(s app.Session) int {
					return c.vaults(ctx, s, *asJSON)
				})
			}
		},
	}
}

// vaultView is what vaults --json prints.
type vaultView struct {
	ID          uploader.VaultID  `json:"id"`
	Name        string            `json:"name"`
	Signer      string            `json:"signer"`
	DataOrigins []string          `json:"dataOrigins"`
	Checksum    uploader.Checksum `json:"checksum"`
	Encryption  string            `json:"encryption"`
	TokenFile   string            `json:"tokenFile"`
	Proxy       string            `json:"proxy"` // "" for the system's settings
	SignIn      app.SignIn        `json:"signIn"`
}

func (c *cli) vaults(ctx context.Context, s app.Session, asJSON bool) int {
	list, err := s.Vaults(ctx)
	if err != nil {
		return c.failed(ctx, err)
	}
	ins, err := s.SignIns(ctx)
	if err != nil {
		return c.failed(ctx, err)
	}
	states := make(map[uploader.VaultID]app.SignIn, len(ins))
	for _, in := range ins {
		states[in.Vault] = in
	}
	if len(list) == 0 && !asJSON {
		fmt.Fprintln(c.out, "No vault is known yet. Upload or sign in with --signer to add one, or longshore-cli vaults add FILE.longshore.")
	}
	enc := json.NewEncoder(c.out)
	for _, v := range list {
		if asJSON {
			view := vaultView{
				ID: v.ID, Name: v.Name, Signer: v.SignerURL, DataOrigins: v.DataOrigins, Checksum: v.Checksum, Encryption: v.Encryption,
				TokenFile: v.TokenFile, Proxy: v.Proxy, SignIn: states[v.ID],
			}
			if err := enc.Encode(view); err != nil {
				return c.failed(ctx, err)
			}
			continue
		}
		fmt.Fprintf(c.out, "%s  %s  %s\n", v.ID, printable(v.Name), v.SignerURL)
		for _, o := range v.DataOrigins {
			fmt.Fprintf(c.out, "%28sbytes go to %s\n", "", o)
		}
		fmt.Fprintf(c.out, "%28s%s\n", "", vaultSignIn(v, states[v.ID]))
		if v.Proxy != uploader.ProxySystem {
			fmt.Fprintf(c.out, "%28sproxy %s\n", "", v.Proxy)
		}
	}
	return exitStored
}

func vaultSignIn(v uploader.Vault, in app.SignIn) string {
	switch {
	case v.TokenFile != "":
		return "with the token file " + printable(v.TokenFile)
	case v.SignIn == uploader.SignInOIDC:
		return signInText(in)
	}
	return "without a sign-in"
}

// signIns are the vaults one signs in to; none where they cannot be told.
func signIns(ctx context.Context, s app.Session) []app.SignIn {
	list := make([]app.SignIn, 0)
	all, err := s.SignIns(ctx)
	if err != nil {
		return list
	}
	for _, in := range all {
		if in.Issuer != "" {
			list = append(list, in)
		}
	}
	return list
}

func signInOf(ctx context.Context, s app.Session, id uploader.VaultID) (app.SignIn, bool) {
	for _, in := range signIns(ctx, s) {
		if in.Vault == id {
			return in, true
		}
	}
	return app.SignIn{}, false
}

// signInText says in a line who is signed in to a vault, until when.
func signInText(in app.SignIn) string {
	name := printable(in.Name)
	if !in.SignedIn {
		text := fmt.Sprintf("Not signed in to %s; sign in with longshore-cli sign-in --vault %s.", name, in.Vault)
		if in.Problem != nil && in.Problem.Code != uploader.CodeUnauthorized {
			text += " " + in.Problem.Sentence
		}
		return text
	}
	text := "Signed in to " + name
	if in.Who != "" {
		text += " as " + printable(in.Who)
	}
	switch {
	case in.Renews:
		text += ", renewed by itself"
	case in.Until != nil:
		text += ", until " + in.Until.Local().Format(time.DateTime)
	}
	if in.Store == app.StoreFile {
		text += ", kept in a file"
	}
	if in.Problem != nil {
		text += ". " + in.Problem.Sentence
		return text
	}
	return text + "."
}

// vaultNamed finds a vault by name or id, the only one without either.
func (c *cli) vaultNamed(ctx context.Context, s app.Session, command, name string) (uploader.Vault, int) {
	all, err := s.Vaults(ctx)
	if err != nil {
		return uploader.Vault{}, c.failed(ctx, err)
	}
	var found []uploader.Vault
	for _, v := range all {
		switch {
		case string(v.ID) == name:
			return v, exitStored
		case v.Name == name, name == "" && v.SignIn == uploader.SignInOIDC && v.TokenFile == "":
			found = append(found, v)
		}
	}
	switch {
	case len(found) == 1:
		return found[0], exitStored
	case len(found) > 1:
		return uploader.Vault{}, c.misused(command, "Several vaults fit; say with --vault ID which is meant (longshore-cli vaults shows them).")
	case name != "":
		return uploader.Vault{}, c.misused(command, fmt.Sprintf("No vault is called %s; longshore-cli vaults shows those that are known.", printable(name)))
	}
	return uploader.Vault{}, c.misused(command, "No vault with a sign-in is known yet; name one with --signer URL.")
}
