package main

import (
	"context"
	"errors"
	"flag"
	"strings"

	"longshore/app"
	"longshore/uploader"
	"longshore/uploader/remote"
)

func uploadCommand() command {
	return command{
		name: "upload", args: "--signer URL [flags] PATH…", short: "store files and folders",
		long: `
Stores files and folders. Folders keep their tree. It ends when all of the given paths are stored or have failed;
what waits for the network is waited for. A path whose unfinished upload is in the queue goes on where it stopped.
What else is in the queue is worked on meanwhile, but not waited for: longshore-cli resume goes on with it.

Files that are stored leave the queue and are in the history; files that failed stay, and resume tries them again.
If another Longshore of yours is using the same queue, it gets the work, and this command shows how it goes; if that
one ends before, this command goes on with it. A file that was stored already, of the same path, size and time, is stored
anew when it is given again, and this command says how many are; with --skip-stored they are left out. It never asks.

The vault is remembered with its token and certificate files. Where its storage is, is remembered when it is first
used, and where you sign in to it; if that changes later, nothing is sent before you accept the new place with --repin.
If the vault wants a sign-in and nobody is signed in, you are asked to sign in at once on a terminal; elsewhere it ends
with exit code 3 before anything is added (see longshore-cli help sign-in).`,
		setup: func(c *cli, fs *flag.FlagSet) func(context.Context, []string) int {
			signer := fs.String("signer", "", "`URL` of the vault, from your administrator")
			repin := fs.Bool("repin", false, "accept that the vault's storage is in another place now")
			skip := fs.Bool("skip-stored", false, "leave out files that are in the vault already, by path, size and time; they are sent again without it")
			f := addRunFlags(fs)
			return func(ctx context.Context, paths []string) int {
				if *signer == "" {
					return c.misused("upload", "Say with --signer which vault to store in.")
				}
				if _, err := remote.ParseBase(*signer); err != nil {
					return c.misused("upload", capital(err.Error())+".")
				}
				if len(paths) == 0 {
					return c.misused("upload", "Say which files or folders to store.")
				}
				for _, p := range paths {
					if p == "" {
						return c.misused("upload", "A path is empty.")
					}
				}
				if wrong := f.check(); wrong != "" {
					return c.misused("upload", wrong)
				}
				spec := app.VaultSpec{SignerURL: *signer, TokenFile: *f.token, CAFile: *f.ca, Repin: *repin}
				known := uploader.KnownSend
				if *skip {
					known = uploader.KnownSkip
				}
				return c.upload(ctx, f, spec, paths, known)
			}
		},
	}
}

// upload queues and follows. An owner that ends just when it is asked is asked no more: this process takes over.
func (c *cli) upload(ctx context.Context, f runFlags, spec app.VaultSpec, paths []string, known uploader.Known) int {
	const tries = 3
	for try := 1; ; try++ {
		again := false
		code := c.withSession(ctx, f.options(), func(s app.Session) int {
			v, err := s.AddVault(ctx, spec)
			if err == nil {
				c.sayKind(v)
				if code := c.ensureSignIn(ctx, s, v, *f.store, *f.json); code != exitStored {
					return code
				}
			}
			var added uploader.Added
			if err == nil {
				added, err = s.Add(ctx, v.ID, paths, known)
			}
			if err != nil {
				if again = errors.Is(err, app.ErrOwnerGone) && try < tries; again {
					return exitFailed
				}
				return c.failed(ctx, err)
			}
			if *f.concurrency > 0 && !s.Owner() {
				c.say("--concurrency is not used: the other Longshore has its own limits.")
			}
			if f.line.given() && !s.Owner() {
				c.say("--limit and --timetable are not used: the other Longshore has its own. Change them with longshore-cli limits.")
			}
			return c.follow(ctx, f.options(), s, append(added.Entries, added.Resumed...), *f.json)
		})
		if !again {
			return code
		}
	}
}

// sayKind warns of what cannot prove what it stores.
func (c *cli) sayKind(v uploader.Vault) {
	if v.Kind == uploader.KindCompanion {
		c.say("An Uppy Companion answers at this address. This server cannot prove what it stored: receipts say size-only. " +
			"Your files go to " + strings.Join(v.DataOrigins, ", ") + ".")
	}
}
