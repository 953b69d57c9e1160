package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"time"

	"longshore/app"
	"longshore/uploader"
)

func statusCommand() command {
	return command{
		name: "status", args: "[flags]", short: "show the queue",
		long: `
Shows the queue, also while another Longshore is working on it. It sends nothing. With --json one object is printed:
totals, and one entry per file or folder that was added.`,
		setup: func(c *cli, fs *flag.FlagSet) func(context.Context, []string) int {
			state := stateFlag(fs)
			asJSON := fs.Bool("json", false, "print one JSON object")
			return func(ctx context.Context, paths []string) int {
				if len(paths) > 0 {
					return c.misused("status", "status takes no paths.")
				}
				// It reads a queue of any length, shows it once and ends: garbage is cheaper than memory.
				defer debug.SetGCPercent(debug.SetGCPercent(lookGrowth))
				return c.withSession(ctx, app.Options{StateDir: *state, Look: true}, func(s app.Session) int {
					if *asJSON {
						return c.statusJSON(ctx, s)
					}
					c.status(ctx, s)
					return exitStored
				})
			}
		},
	}
}

// lookGrowth is by how many percent memory may grow while status runs, before the collector does.
const lookGrowth = 20

// statusView is what status --json prints.
type statusView struct {
	Running  bool        `json:"running"` // a Longshore is working on the queue
	Files    int         `json:"files"`
	Done     int         `json:"done"`
	Failed   int         `json:"failed"`
	Bytes    int64       `json:"bytes"`
	Sent     int64       `json:"sent"`
	Rate     float64     `json:"bytesPerSecond"`
	Aborting int         `json:"aborting"` // unfinished uploads that storage still has to clear away
	Entries  []entryView `json:"entries"`
	// SignIns are the vaults one signs in to, oldest first.
	SignIns []app.SignIn `json:"signIns"`
}

type entryView struct {
	ID       uploader.EntryID `json:"id"`
	Path     string           `json:"path"`
	Folder   bool             `json:"folder"`
	State    uploader.State   `json:"state"`
	Scanning bool             `json:"scanning"`
	Files    int              `json:"files"`
	Done     int              `json:"done"`
	Failed   int              `json:"failed"`
	Asked    int              `json:"asked"`        // paused: the vault has them already, and the user is to say what is wanted
	LeftOut  int              `json:"leftOut"`      // in none of the other numbers: the vault has them already
	Empty    int              `json:"emptyFolders"` // of which nothing is stored
	Gone     int              `json:"gone"`         // files and folders that had gone before they could be read
	Bytes    int64            `json:"bytes"`
	Sent     int64            `json:"sent"`
	Late     uploader.Late    `json:"late"`     // slow, still or over: it may not make the vault's deadline; "" if it will
	Deadline *time.Time       `json:"deadline"` // of the file that is late
	Note     uploader.Code    `json:"note"`     // deadline: a file had to start over
	// Manifest is how far the manifest of its drop is: wanted, stored, refused, none (this vault writes none) or partly
	// (not all that was given is sent); "" while the drop is not whole.
	Manifest    uploader.ManifestState `json:"manifest"`
	ManifestKey string                 `json:"manifestKey"`
	Error       *app.Problem           `json:"error"`
}

// view is all but the entries.
func view(ctx context.Context, s app.Session, snap *uploader.Snapshot) statusView {
	t := snap.Totals
	return statusView{
		Running: !s.Owner(), Files: t.Files, Done: t.FilesDone, Failed: t.FilesFailed, Bytes: t.Bytes, Sent: t.BytesSent,
		Rate: t.Rate, Aborting: t.Aborting, Entries: []entryView{}, SignIns: signIns(ctx, s),
	}
}

func viewEntry(e *uploader.EntryRow) entryView {
	row := entryView{
		ID: e.ID, Path: e.Path, Folder: e.Dir, State: e.State, Scanning: e.Scanning,
		Files: e.Files, Done: e.FilesDone, Failed: e.FilesFailed, Bytes: e.Bytes, Sent: e.BytesSent,
	}
	row.Late, row.Note = e.Late, e.Note
	row.Asked, row.LeftOut, row.Empty, row.Gone = int(e.Asks), int(e.LeftOut), int(e.Empty), int(e.Gone)
	row.Manifest, row.ManifestKey = e.Manifest, e.ManifestKey
	if e.Late != "" {
		row.Deadline = &e.Deadline
	}
	if e.Code != "" {
		row.Error = app.ProblemOf(e.Code, e.Detail)
	}
	return row
}

// statusJSON writes the one object entry by entry: there may be 100,000.
func (c *cli) statusJSON(ctx context.Context, s app.Session) int {
	snap := s.Snapshot()
	around, err := json.Marshal(view(ctx, s, snap))
	if err != nil {
		return c.failed(ctx, err)
	}
	const list = `"entries":[`
	begin, end, _ := bytes.Cut(around, []byte(list))
	out := bufio.NewWriter(c.out)
	_, err = out.Write(append(begin, list...))
	for i, e := range snap.Entries.All() {
		row, failed := json.Marshal(viewEntry(e))
		if i > 0 {
			row = append([]byte{','}, row...)
		}
		_, wrote := out.Write(row)
		if err = errors.Join(err, failed, wrote); err != nil {
			return c.failed(ctx, err)
		}
	}
	_, wrote := out.Write(append(end, '\n'))
	if err := errors.Join(err, wrote, out.Flush()); err != nil {
		return c.failed(ctx, err)
	}
	return exitStored
}

func (c *cli) status(ctx context.Context, s app.Session) {
	snap := s.Snapshot()
	v := view(ctx, s, snap)
	out := bufio.NewWriter(c.out)
	defer func() { _ = out.Flush() }() // as with any line that cannot be printed
	if snap.Entries.Len() == 0 {
		fmt.Fprintln(out, "The queue is empty.")
	} else {
		for _, e := range snap.Entries.All() {
			writeEntry(out, viewEntry(e))
		}
		fmt.Fprintf(out, "%d of %s stored, %s of %s", v.Done, files(v.Files), size(v.Sent), size(v.Bytes))
		if v.Failed > 0 {
			fmt.Fprintf(out, ", %d failed", v.Failed)
		}
		if v.Running {
			fmt.Fprint(out, "; a Longshore is working on it")
		}
		fmt.Fprintln(out, ".")
	}
	for _, in := range v.SignIns {
		fmt.Fprintln(out, signInText(in))
	}
}

func writeEntry(out io.Writer, e entryView) {
	name := printable(e.Path)
	if e.Folder {
		name += fmt.Sprintf(" (%d of %s)", e.Done, files(e.Files))
	}
	fmt.Fprintf(out, "%s  %-14s %4s  %s\n", e.ID, stateWord(e.State), percent(e.Sent, e.Bytes), name)
	if e.Asked > 0 {
		fmt.Fprintf(out, "%28sAlready in the vault: %s. They wait for resume with --skip-stored or --send-stored.\n", "", files(e.Asked))
	}
	if e.LeftOut > 0 {
		fmt.Fprintf(out, "%28sAlready in the vault, and left out: %s.\n", "", files(e.LeftOut))
	}
	if e.Error != nil {
		fmt.Fprintf(out, "%28s%s\n", "", e.Error.Sentence)
	}
	if e.Late != "" {
		fmt.Fprintf(out, "%28s%s\n", "", e.Late.Sentence(e.Deadline.Local()))
	}
	if e.Note != "" {
		fmt.Fprintf(out, "%28s%s\n", "", e.Note.Sentence())
	}
}

func cancelCommand() command {
	return command{
		name: "cancel", args: "[flags] --all | PATH… | ID…", short: "take files or folders out of the queue",
		long: `
Stops uploads and takes them out of the queue; what storage holds of them is cleared away. Files and folders are named
by their path or by the id that status shows. What is stored already stays stored, and nothing else is set going.`,
		setup: func(c *cli, fs *flag.FlagSet) func(context.Context, []string) int {
			state := stateFlag(fs)
			all := fs.Bool("all", false, "the whole queue")
			return func(ctx context.Context, names []string) int {
				if *all == (len(names) > 0) {
					return c.misused("cancel", "Say either which paths or ids to cancel, or --all.")
				}
				return c.withSession(ctx, app.Options{StateDir: *state, Idle: true}, func(s app.Session) int {
					return c.cancel(ctx, s, names, *all)
				})
			}
		},
	}
}

func (c *cli) cancel(ctx context.Context, s app.Session, names []string, all bool) int {
	entries, jobs, unknown := targets(s.Snapshot(), names, all)
	for _, n := range unknown {
		c.say(fmt.Sprintf("Nothing in the queue is called %s.", printable(n)))
	}
	if len(entries) > 0 {
		if err := s.Do(ctx, uploader.Remove, uploader.Target{Entries: entries}); err != nil {
			return c.failed(ctx, err)
		}
	}
	if len(jobs) > 0 {
		if err := s.Do(ctx, uploader.Cancel, uploader.Target{Jobs: jobs}); err != nil {
			return c.failed(ctx, err)
		}
	}
	c.say(fmt.Sprintf("Cancelled: %d.", len(entries)+len(jobs)))
	if c.waitForAborts(ctx, s) != nil && ctx.Err() == nil {
		c.say("Storage still holds parts of unfinished uploads; they are cleared away when Longshore next reaches the vault.")
	}
	switch {
	case ctx.Err() != nil:
		return exitInterrupted
	case len(unknown) > 0:
		return exitFailed
	}
	return exitStored
}

// targets finds what names mean: entries and files, by path or id. An entry that is stored already is none.
func targets(snap *uploader.Snapshot, names []string, all bool) (entries []uploader.EntryID, jobs []uploader.JobID, unknown []string) {
	for _, e := range snap.Entries.All() {
		if all {
			entries = append(entries, e.ID)
		}
	}
	for _, n := range names {
		path, found := absolute(n), false
		for _, e := range snap.Entries.All() {
			if string(e.ID) == n || e.Path == path && e.State != uploader.Done {
				entries, found = append(entries, e.ID), true
			}
		}
		for _, j := range snap.Jobs.All() {
			if !found && (string(j.ID) == n || j.Path == path && !j.State.Ended()) {
				jobs, found = append(jobs, j.ID), true
			}
		}
		if !found {
			unknown = append(unknown, n)
		}
	}
	slices.Sort(entries)
	return slices.Compact(entries), jobs, unknown
}
