package main

import (
	"context"
	"flag"

	"longshore/app"
	"longshore/uploader"
)

func resumeCommand() command {
	return command{
		name: "resume", args: "[flags]", short: "go on with everything that is not stored yet",
		long: `
Goes on with everything in the queue that is not stored yet: what was interrupted goes on where it stopped, what is
paused goes on, and what failed or changed on disk is tried again. What waits because the vault has it already waits on,
unless --skip-stored or --send-stored says what you want. With --token-file or --ca the vault uses that file
from now on.`,
		setup: func(c *cli, fs *flag.FlagSet) func(context.Context, []string) int {
			skip := fs.Bool("skip-stored", false, "leave out what waits because the vault has it already")
			again := fs.Bool("send-stored", false, "send it again")
			f := addRunFlags(fs)
			return func(ctx context.Context, paths []string) int {
				if len(paths) > 0 {
					return c.misused("resume", "resume takes no paths: it goes on with the whole queue.")
				}
				if wrong := f.check(); wrong != "" {
					return c.misused("resume", wrong)
				}
				var word uploader.Verb
				switch {
				case *skip && *again:
					return c.misused("resume", "Say either --skip-stored or --send-stored.")
				case *skip:
					word = uploader.LeaveOut
				case *again:
					word = uploader.SendAgain
				}
				return c.withSession(ctx, f.options(), func(s app.Session) int {
					return c.resume(ctx, s, f, word)
				})
			}
		},
	}
}

func (c *cli) resume(ctx context.Context, s app.Session, f runFlags, word uploader.Verb) int {
	// A command that was killed after its last file could not clear up behind itself.
	if left := finished(s.Snapshot()); s.Owner() && len(left) > 0 {
		if err := s.Do(ctx, uploader.Remove, uploader.Target{Entries: left}); err != nil {
			return c.failed(ctx, err)
		}
	}
	ids, jobs, vaults := unfinished(s.Snapshot())
	if len(ids) == 0 {
		c.say("There is nothing to resume.")
		c.waitForManifests(ctx, s, nil)
		_ = c.waitForAborts(ctx, s)
		return exitStored
	}
	if len(vaults) > 1 && (*f.token != "" || *f.ca != "") {
		return c.misused("resume", "The queue has files for several vaults, so --token-file and --ca are not clear. Use them with upload.")
	}
	if code := c.prepareVaults(ctx, s, f, vaults); code != exitStored {
		return code
	}
	if err := s.Do(ctx, uploader.Resume, uploader.Target{Entries: ids}); err != nil {
		return c.failed(ctx, err)
	}
	if word != "" {
		if err := s.Do(ctx, word, uploader.Target{Entries: ids}); err != nil {
			return c.failed(ctx, err)
		}
	}
	if len(jobs) > 0 {
		if err := s.Do(ctx, uploader.RetryJobs, uploader.Target{Jobs: jobs}); err != nil {
			return c.failed(ctx, err)
		}
	}
	return c.follow(ctx, f.options(), s, ids, *f.json)
}

// prepareVaults gives the vaults their new files and sees whether they can be used. One that cannot be reached now is
// waited for; one that answers and cannot be used would be waited for in vain.
func (c *cli) prepareVaults(ctx context.Context, s app.Session, f runFlags, wanted map[uploader.VaultID]bool) int {
	vaults, err := s.Vaults(ctx)
	if err != nil {
		return c.failed(ctx, err)
	}
	for _, v := range vaults {
		if !wanted[v.ID] {
			continue
		}
		if *f.token != "" || *f.ca != "" {
			if v, err = s.SetVaultFiles(ctx, v.ID, *f.token, *f.ca); err != nil {
				return c.failed(ctx, err)
			}
		}
		_, err := s.CheckVault(ctx, app.VaultSpec{SignerURL: v.SignerURL, TokenFile: v.TokenFile, CAFile: v.CAFile})
		if err != nil && !app.Away(err) {
			return c.failed(ctx, err)
		}
		if code := c.ensureSignIn(ctx, s, v, *f.store, *f.json); code != exitStored {
			return code
		}
	}
	return exitStored
}

// unfinished lists the entries that are not stored, their files that wait to be tried again, and their vaults.
func unfinished(snap *uploader.Snapshot) (ids []uploader.EntryID, again []uploader.JobID, vaults map[uploader.VaultID]bool) {
	vaults = make(map[uploader.VaultID]bool)
	open := make(map[uploader.EntryID]bool)
	for _, e := range snap.Entries.All() {
		if e.Scanning || (e.State != uploader.Done && e.State != uploader.Cancelled) {
			ids = append(ids, e.ID)
			open[e.ID], vaults[e.Vault] = true, true
		}
	}
	for _, j := range snap.Jobs.All() {
		if open[j.Entry] && (j.State == uploader.Failed || j.State == uploader.SourceChanged) {
			again = append(again, j.ID)
		}
	}
	return ids, again, vaults
}

// finished lists the entries that are stored.
func finished(snap *uploader.Snapshot) (ids []uploader.EntryID) {
	for _, e := range snap.Entries.All() {
		if !e.Scanning && e.State == uploader.Done {
			ids = append(ids, e.ID)
		}
	}
	return ids
}
