package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"time"

	"longshore/app"
	"longshore/app/support"
)

func supportCommand() command {
	return command{
		name: "support-bundle", args: "[flags]", short: "save what a helper needs to know, without names or secrets",
		long: `
Saves a zip for whoever helps you: versions, settings, how many files are in which state, the redacted log and crash
log, and what a look at the folder, the drive and the vaults found. It holds no file or folder name, no path, no object
key and no token, and it is sent nowhere: have a look at it, then pass it on.

It is made also when the queue cannot be opened.`,
		setup: func(c *cli, fs *flag.FlagSet) func(context.Context, []string) int {
			state := stateFlag(fs)
			output := fs.String("output", "", "`FILE` to make; longshore-support-DATE.zip here is the default")
			return func(ctx context.Context, paths []string) int {
				if len(paths) > 0 {
					return c.misused("support-bundle", "support-bundle takes no paths.")
				}
				return c.supportBundle(ctx, *state, *output)
			}
		},
	}
}

func (c *cli) supportBundle(ctx context.Context, state, output string) int {
	dir, err := app.StateDir(state)
	if err != nil {
		return c.failed(ctx, err)
	}
	if output == "" {
		output = support.FileName(time.Now())
	}
	s, openErr := c.open(ctx, app.Options{StateDir: dir, Look: true})
	if ctx.Err() != nil {
		return exitInterrupted
	}
	err = support.Save(ctx, output, support.Options{Session: s, OpenErr: openErr, StateDir: dir, Program: "longshore-cli " + c.program})
	if s != nil {
		err = errors.Join(err, s.Close())
	}
	switch {
	case errors.Is(err, fs.ErrExist):
		c.say("There is a file of that name already. Choose another one with --output.")
		return exitFailed
	case errors.Is(err, fs.ErrNotExist):
		c.say("The folder of --output is not there. Choose another one.")
		return exitFailed
	case errors.Is(err, os.ErrPermission):
		c.say("The bundle may not be written there. Choose another place with --output.")
		return exitFailed
	case err != nil:
		return c.failed(ctx, err)
	}
	fmt.Fprintln(c.out, output)
	c.say("Saved. It holds no file names and no secrets; have a look, then pass it on to whoever helps you.")
	return exitStored
}
