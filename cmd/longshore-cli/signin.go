package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/url"
	"os"
	"slices"

	"longshore/app"
	"longshore/internal/platform/browser"
	"longshore/uploader"
	"longshore/uploader/remote"
)

// storeEnv chooses where sign-ins are kept, for machines on which that is always the same.
const storeEnv = "LONGSHORE_SECRET_STORE"

const badStore = "--secret-store (or " + storeEnv + ") takes keychain or file."

func storeFlag(fs *flag.FlagSet) *string {
	return fs.String("secret-store", os.Getenv(storeEnv), "`WHERE` a sign-in is kept: keychain, or file (one that only you can read)")
}

func goodStore(s string) bool { return s == "" || s == app.StoreKeychain || s == app.StoreFile }

func signInCommand() command {
	return command{
		name: "sign-in", args: "[--signer URL | --vault NAME] [flags]", short: "sign in to a vault",
		long: `
Signs you in to a vault that wants it: in the browser of this computer, or with --device by a code that you type in a
browser anywhere, which is what happens on a machine without a screen. Longshore never sees your password. Whatever
waits in the queue for the sign-in goes on by itself in a Longshore that is running, else with longshore-cli resume.

The sign-in renews itself. What it takes for that is kept in the system's keychain, never in Longshore's own files. On
a machine without a keychain you can have it kept in a file that only you can read: --secret-store file, or the same
in the variable LONGSHORE_SECRET_STORE. Whoever can read your files can then sign in as you.

Without --signer or --vault the one vault that is known is meant. With --json two objects are printed: what to open,
and then who is signed in. Machines use a token file instead: longshore-cli upload --token-file.`,
		setup: func(c *cli, fs *flag.FlagSet) func(context.Context, []string) int {
			f := signInFlags{
				state: stateFlag(fs), store: storeFlag(fs),
				vault:   fs.String("vault", "", "`NAME` or id of a vault that is known"),
				signer:  fs.String("signer", "", "`URL` of the vault, from your administrator"),
				ca:      fs.String("ca", "", "`FILE` with certificates (PEM) to trust for this vault alone"),
				device:  fs.Bool("device", false, "by a code, in a browser anywhere"),
				browser: fs.Bool("browser", false, "in the browser of this computer"),
				repin:   fs.Bool("repin", false, "accept that the vault's storage, or where one signs in, is in another place now"),
				json:    fs.Bool("json", false, "print what to open, and the outcome, as JSON objects"),
			}
			return func(ctx context.Context, rest []string) int {
				if wrong := f.check(rest); wrong != "" {
					return c.misused("sign-in", wrong)
				}
				// Idle: who signs in does not ask for anything to be sent.
				return c.withSession(ctx, app.Options{StateDir: *f.state, Idle: true}, func(s app.Session) int {
					return c.signInTo(ctx, s, f)
				})
			}
		},
	}
}

type signInFlags struct {
	state, store, vault, signer, ca *string
	device, browser, repin, json    *bool
}

func (f signInFlags) check(rest []string) string {
	switch {
	case len(rest) > 0:
		return "sign-in takes no paths."
	case *f.device && *f.browser:
		return "Say either --device or --browser."
	case *f.vault != "" && *f.signer != "":
		return "Say either --signer or --vault."
	case *f.signer == "" && (*f.ca != "" || *f.repin):
		return "--ca and --repin need --signer."
	case !goodStore(*f.store):
		return badStore
	}
	if *f.signer != "" {
		if _, err := remote.ParseBase(*f.signer); err != nil {
			return capital(err.Error()) + "."
		}
	}
	return ""
}

func (c *cli) signInTo(ctx context.Context, s app.Session, f signInFlags) int {
	var v uploader.Vault
	fresh := false
	if *f.signer != "" {
		before, err := s.Vaults(ctx)
		if err != nil {
			return c.failed(ctx, err)
		}
		if v, err = s.AddVault(ctx, app.VaultSpec{SignerURL: *f.signer, CAFile: *f.ca, Repin: *f.repin}); err != nil {
			return c.failed(ctx, err)
		}
		fresh = !slices.ContainsFunc(before, func(o uploader.Vault) bool { return o.ID == v.ID })
	} else {
		found, code := c.vaultNamed(ctx, s, "sign-in", *f.vault)
		if code != exitStored {
			return code
		}
		v = found
	}
	way := automatic
	switch {
	case *f.device:
		way = byCode
	case *f.browser:
		way = byBrowser
	}
	code := c.signIn(ctx, s, v, way, *f.store, *f.json)
	if code != exitStored && fresh {
		c.forgetNew(ctx, s, v)
	}
	return code
}

// forgetNew takes back a vault that was added for a sign-in that came to nothing.
func (c *cli) forgetNew(ctx context.Context, s app.Session, v uploader.Vault) {
	if err := s.RemoveVault(context.WithoutCancel(ctx), v.ID); err == nil { // else something in the queue needs it by now
		c.say("The vault was not added.")
	}
}

// way is how a person signs in.
type way int

const (
	automatic way = iota // in this computer's browser if it has a screen, else by code
	byBrowser
	byCode
)

// signIn leads the person through a sign-in.
func (c *cli) signIn(ctx context.Context, s app.Session, v uploader.Vault, w way, store string, asJSON bool) int {
	device := w == byCode || w == automatic && !browser.Available()
	step, err := s.BeginSignIn(ctx, app.SignInRequest{Vault: v.ID, Device: device, Store: store})
	if err != nil {
		return c.signInFailed(ctx, err)
	}
	if asJSON {
		if err := c.event("sign-in", step); err != nil {
			return c.failed(ctx, err)
		}
	}
	c.showStep(ctx, v, step)
	done, err := s.FinishSignIn(ctx, step.Attempt)
	if err != nil {
		return c.signInFailed(ctx, err)
	}
	if asJSON {
		if err := c.event("signed-in", done); err != nil {
			return c.failed(ctx, err)
		}
	}
	c.say(signInText(done))
	return exitStored
}

// signInFailed says why, and chooses the exit code.
func (c *cli) signInFailed(ctx context.Context, err error) int {
	if code := c.failed(ctx, err); code != exitFailed {
		return code
	}
	return exitSignIn
}

// showStep says what to do, and opens the browser where it is meant.
func (c *cli) showStep(ctx context.Context, v uploader.Vault, step app.SignInStep) {
	at := hostOf(step.Issuer)
	if step.UserCode != "" {
		c.say(fmt.Sprintf("Sign in to %s at %s. Open this page in any browser:\n\n    %s\n\nand type this code there:  %s\n",
			printable(v.Name), printable(at), step.URL, step.UserCode))
		return
	}
	c.say(fmt.Sprintf("Sign in to %s at %s. Your browser opens the page; if it does not, open this link on this computer:\n\n    %s\n",
		printable(v.Name), printable(at), step.URL))
	if err := browser.Open(ctx, step.URL); err != nil {
		c.say("No browser could be opened here. On a machine without one, use longshore-cli sign-in --device.")
	}
}

// event prints one JSON object that says what it is.
func (c *cli) event(name string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	c.clearLine()
	_, err = fmt.Fprintf(c.out, "{\"event\":%q,%s\n", name, data[1:])
	return err
}

// ensureSignIn makes sure that somebody is signed in to a vault before anything is added for it. On a terminal it
// offers that at once.
func (c *cli) ensureSignIn(ctx context.Context, s app.Session, v uploader.Vault, store string, asJSON bool) int {
	if v.SignIn != uploader.SignInOIDC || v.TokenFile != "" {
		return exitStored
	}
	state, ok := signInOf(ctx, s, v.ID)
	if !ok || state.SignedIn {
		return exitStored
	}
	if c.width == nil || asJSON {
		c.say(fmt.Sprintf("You are not signed in to %s, so nothing was added. Sign in with longshore-cli sign-in --signer %s, then try again. "+
			"A machine uses --token-file, if the vault takes token files.", printable(v.Name), v.SignerURL))
		return exitSignIn
	}
	return c.signIn(ctx, s, v, byCode, store, false)
}

// signInMissing tells whether files that were followed wait for a sign-in of the kind that sign-in mends.
func (c *cli) signInMissing(ctx context.Context, s app.Session, ids []uploader.EntryID) bool {
	followed := make(map[uploader.EntryID]bool, len(ids))
	for _, id := range ids {
		followed[id] = true
	}
	vaults := make(map[uploader.VaultID]bool)
	for _, in := range signIns(ctx, s) {
		vaults[in.Vault] = true
	}
	for _, e := range s.Snapshot().Entries.All() {
		if followed[e.ID] && e.State == uploader.Waiting && e.Reason == uploader.WaitSignIn && vaults[e.Vault] {
			return true
		}
	}
	return false
}

func signOutCommand() command {
	return command{
		name: "sign-out", args: "[--vault NAME] [flags]", short: "forget a sign-in",
		long: `
Forgets a sign-in on this computer, and asks the provider to forget it, too. What is queued for the vault waits until
somebody signs in again. Without --vault the one vault that is known is meant.`,
		setup: func(c *cli, fs *flag.FlagSet) func(context.Context, []string) int {
			state := stateFlag(fs)
			vault := fs.String("vault", "", "`NAME` or id of the vault")
			return func(ctx context.Context, rest []string) int {
				if len(rest) > 0 {
					return c.misused("sign-out", "sign-out takes no paths.")
				}
				return c.withSession(ctx, app.Options{StateDir: *state, Idle: true}, func(s app.Session) int {
					v, code := c.vaultNamed(ctx, s, "sign-out", *vault)
					if code != exitStored {
						return code
					}
					if err := s.SignOut(ctx, v.ID); err != nil {
						return c.failed(ctx, err)
					}
					c.say(fmt.Sprintf("You are signed out of %s on this computer.", printable(v.Name)))
					return exitStored
				})
			}
		},
	}
}

// hostOf names a page's host.
func hostOf(address string) string {
	if u, err := url.Parse(address); err == nil && u.Host != "" {
		return u.Host
	}
	return address
}
