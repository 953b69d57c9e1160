package main

import (
	"context"
	"flag"
	"fmt"
	"time"

	"longshore/app"
	"longshore/uploader"
)

func pruneCommand() command {
	return command{
		name: "prune", args: "[--keep-days N] [--keep N] [flags]", short: "remove old receipts, or say how long they are kept",
		long: `
Removes receipts from the history now: those older than --keep-days, and those that are not among the --keep newest. With
--save this is also done each day from now on, by every Longshore on this queue; --forever ends that. Without any of
them it shows what is saved. Nothing that is stored is touched, nor the queue; receipts of what is in the queue, or
whose manifest the vault is still to write, stay.`,
		setup: func(c *cli, fs *flag.FlagSet) func(context.Context, []string) int {
			state := stateFlag(fs)
			days := fs.Int("keep-days", 0, "keep receipts of the last `N` days")
			newest := fs.Int("keep", 0, "keep the newest `N` receipts")
			saved := fs.Bool("save", false, "from now on, too")
			forever := fs.Bool("forever", false, "keep all from now on")
			return func(ctx context.Context, rest []string) int {
				given := map[string]bool{}
				fs.Visit(func(f *flag.Flag) { given[f.Name] = true })
				some := given["keep-days"] || given["keep"]
				switch {
				case len(rest) > 0:
					return c.misused("prune", "prune takes no paths.")
				case given["keep-days"] && *days < 1 || given["keep"] && *newest < 1:
					return c.misused("prune", "--keep-days and --keep take a number from 1.")
				case *forever && (some || *saved):
					return c.misused("prune", "--forever stands alone.")
				case *saved && !some:
					return c.misused("prune", "--save needs --keep-days or --keep.")
				}
				return c.withSession(ctx, app.Options{StateDir: *state, Look: true}, func(s app.Session) int {
					return c.prune(ctx, s, uploader.Keep{Days: *days, Newest: *newest}, some, *saved || *forever)
				})
			}
		},
	}
}

// prune removes what k does not keep, if now says so, and saves k, if save says so.
func (c *cli) prune(ctx context.Context, s app.Session, k uploader.Keep, now, save bool) int {
	if save {
		if err := s.SetKeep(ctx, k); err != nil {
			return c.failed(ctx, err)
		}
	}
	if now {
		n, err := s.Prune(ctx, k.Before(time.Now()), k.Newest)
		if err != nil {
			return c.failed(ctx, err)
		}
		fmt.Fprintf(c.out, "Receipts removed: %d.\n", n)
	}
	if save || !now {
		kept, err := s.Keep(ctx)
		if err != nil {
			return c.failed(ctx, err)
		}
		fmt.Fprintln(c.out, keepText(kept))
	}
	return exitStored
}

func keepText(k uploader.Keep) string {
	switch {
	case k.Days > 0 && k.Newest > 0:
		return fmt.Sprintf("Receipts are kept for %d days, the newest %d at most.", k.Days, k.Newest)
	case k.Days > 0:
		return fmt.Sprintf("Receipts are kept for %d days.", k.Days)
	case k.Newest > 0:
		return fmt.Sprintf("The newest %d receipts are kept.", k.Newest)
	}
	return "Receipts are kept for ever."
}
