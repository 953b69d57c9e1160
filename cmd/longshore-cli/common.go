package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"longshore/app"
	"longshore/uploader"
)

// stateFlag adds the flag that every command has.
func stateFlag(fs *flag.FlagSet) *string {
	return fs.String("state", "", "`DIR` that holds the queue; one of your own is the default")
}

// runFlags are those of the commands that upload.
type runFlags struct {
	state, token, ca *string
	concurrency      *int
	json             *bool
	store            *string
	awake            **bool
	line             lineFlags
}

func addRunFlags(fs *flag.FlagSet) runFlags {
	return runFlags{
		state:       stateFlag(fs),
		token:       fs.String("token-file", "", "`FILE` with the token of the vault's sign-in; it is read anew when it changes"),
		ca:          fs.String("ca", "", "`FILE` with certificates (PEM) to trust for this vault alone"),
		concurrency: concurrencyFlag(fs, "in this run; as saved is the default"),
		json:        fs.Bool("json", false, "print one JSON object per finished file, and one per path of which something is not sent (left out, empty folders, gone)"),
		store:       storeFlag(fs),
		awake:       awakeFlag(fs),
		line:        addLineFlags(fs, "in this run; as saved is the default"),
	}
}

// awakeFlag is nil until it is given.
func awakeFlag(fs *flag.FlagSet) **bool {
	var wanted *bool
	fs.BoolFunc("keep-awake", "keep the computer awake while it sends, or not (--keep-awake=false); as set in the window is the default, and yes if nothing was set", func(s string) error {
		v, err := strconv.ParseBool(s)
		if err != nil {
			return errors.New("--keep-awake takes true or false")
		}
		wanted = &v
		return nil
	})
	return &wanted
}

// options are how a command that uploads opens the state folder.
func (f runFlags) options() app.Options {
	return app.Options{StateDir: *f.state, Concurrency: *f.concurrency, KeepAwake: *f.awake, Limit: f.line.limit, Timetable: f.line.timetable}
}

// check says what is wrong with the flags' values, or "".
func (f runFlags) check() string {
	if !goodStore(*f.store) {
		return badStore
	}
	return ""
}

// open opens the state folder and tells what there is to tell about it.
func (c *cli) open(ctx context.Context, o app.Options) (app.Session, error) {
	o.Agent = "longshore-cli/" + strings.ReplaceAll(c.program, " ", "-")
	s, err := app.Open(ctx, o)
	if err != nil {
		return nil, err
	}
	for _, n := range s.Notices() {
		c.say(n.String())
	}
	return s, nil
}

// withSession opens the state folder, does something and closes it.
func (c *cli) withSession(ctx context.Context, o app.Options, do func(app.Session) int) int {
	s, err := c.open(ctx, o)
	if err != nil {
		return c.failed(ctx, err)
	}
	code := do(s)
	if err := s.Close(); err != nil && code == exitStored {
		return c.failed(context.WithoutCancel(ctx), err)
	}
	return code
}

// follow shows entries until they have ended, and clears up behind them. When another Longshore does the uploading and
// ends before that, this one takes over; o is how it opens the folder then.
func (c *cli) follow(ctx context.Context, o app.Options, s app.Session, ids []uploader.EntryID, asJSON bool) int {
	p := newPrinter(c, asJSON)
	if !s.Owner() {
		c.say("Another Longshore is using this queue; it does the uploading.")
	}
	var heirs []app.Session
	sum, err := app.Follow(ctx, s, ids, app.Follower{
		File: p.file, Progress: p.progress, Receipts: asJSON, GiveUp: true,
		Heir: func(ctx context.Context) (app.Session, error) {
			heir, err := c.inherit(ctx, o)
			if err == nil {
				heirs = append(heirs, heir)
			}
			return heir, err
		},
	})
	c.clearLine()
	if len(heirs) > 0 {
		s = heirs[len(heirs)-1]
	}
	code := c.followed(ctx, s, ids, p, sum, err)
	for _, heir := range heirs {
		if err := heir.Close(); err != nil && code == exitStored {
			code = c.failed(context.WithoutCancel(ctx), err)
		}
	}
	return code
}

// inherit opens the folder whose owner has gone.
func (c *cli) inherit(ctx context.Context, o app.Options) (app.Session, error) {
	s, err := c.open(ctx, o)
	if err == nil && s.Owner() {
		c.say("The Longshore that did the uploading has ended; this one goes on with it.")
	}
	return s, err
}

// followed tells how it ended, and clears up.
func (c *cli) followed(ctx context.Context, s app.Session, ids []uploader.EntryID, p *printer, sum app.Progress, err error) int {
	switch {
	case ctx.Err() != nil && !s.Owner():
		c.say("The other Longshore goes on with these files. Stop them with longshore-cli cancel.")
		return exitInterrupted
	case ctx.Err() != nil:
		c.say("Stopped. Go on with longshore-cli resume.")
		return exitInterrupted
	case err != nil:
		p.lefts(s.Snapshot(), ids)
		p.summary(sum)
		return c.failed(ctx, err)
	}
	p.lefts(s.Snapshot(), ids)
	code := exitFailed
	if sum.Stored() && p.err == nil {
		code = exitStored
	}
	p.summary(sum)
	if code != exitStored && sum.Waiting.Info().Reason == uploader.WaitSignIn && c.signInMissing(ctx, s, ids) {
		c.say("Sign in with longshore-cli sign-in, then go on with longshore-cli resume.")
		code = exitSignIn
	}
	c.waitForManifests(ctx, s, ids)
	if err := c.clearUp(ctx, s, ids); err != nil && !errors.Is(err, app.ErrOwnerGone) { // what is stored is stored
		return c.failed(ctx, err)
	}
	if err := app.ServeOthers(ctx, s, func(n int) {
		c.say(fmt.Sprintf("Done here; going on for another command that handed over %d more.", n))
	}); err != nil && ctx.Err() == nil {
		return c.failed(ctx, err)
	}
	c.others(s, ids)
	return code
}

// clearUp takes entries out of the queue that nobody needs there any more: those that are stored (the history keeps
// them), and paths that never were files.
func (c *cli) clearUp(ctx context.Context, s app.Session, ids []uploader.EntryID) error {
	followed := make(map[uploader.EntryID]bool, len(ids))
	for _, id := range ids {
		followed[id] = true
	}
	begun := make(map[uploader.EntryID]bool)
	snap := s.Snapshot()
	for _, j := range snap.Jobs.All() {
		begun[j.Entry] = begun[j.Entry] || j.Key != ""
	}
	var remove []uploader.EntryID
	for _, e := range snap.Entries.All() {
		never := !e.Dir && e.State == uploader.Failed && !begun[e.ID] && neverAFile(e.Code)
		if followed[e.ID] && (e.State == uploader.Done || e.State == uploader.Cancelled || never) {
			remove = append(remove, e.ID)
		}
	}
	if len(remove) > 0 {
		if err := s.Do(ctx, uploader.Remove, uploader.Target{Entries: remove}); err != nil {
			return err
		}
	}
	_ = c.waitForAborts(ctx, s)
	return nil
}

func neverAFile(code uploader.Code) bool {
	switch code {
	case uploader.CodeSourceMissing, uploader.CodeNotRegular, uploader.CodeNotLocal:
		return true
	}
	return false
}

// abortsWithin is how long a command waits for storage to clear unfinished uploads away. What is left is cleared away
// at the next start.
const abortsWithin = 10 * time.Second

var errAborts = errors.New("uploads are still to be cleared away")

func (c *cli) waitForAborts(ctx context.Context, s app.Session) error {
	ctx, cancel := context.WithTimeout(ctx, abortsWithin)
	defer cancel()
	changed, stop := s.Subscribe()
	defer stop()
	for s.Snapshot().Totals.Aborting > 0 {
		select {
		case <-ctx.Done():
			return errAborts
		case <-s.Ended():
			return errAborts
		case <-changed:
		}
	}
	return nil
}

// others tells what is left in the queue, and what to do about it.
func (c *cli) others(s app.Session, ids []uploader.EntryID) {
	followed := make(map[uploader.EntryID]bool, len(ids))
	for _, id := range ids {
		followed[id] = true
	}
	failed, earlier := 0, 0
	for _, e := range s.Snapshot().Entries.All() {
		switch {
		case followed[e.ID]:
			failed += e.FilesFailed
		case e.State != uploader.Done && e.State != uploader.Cancelled:
			earlier += e.Files - e.FilesDone
		}
	}
	if failed > 0 {
		c.say("What failed stays in the queue: longshore-cli resume tries it again, longshore-cli cancel takes it out.")
	}
	if earlier > 0 && s.Owner() {
		c.say(fmt.Sprintf("Not stored yet, from earlier: %s. Go on with longshore-cli resume.", files(earlier)))
	}
}

// absolute is the form that paths have in the queue.
func absolute(path string) string {
	if strings.Index(path, "://") > 0 {
		return path
	}
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}
