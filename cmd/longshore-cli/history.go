package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"longshore/app"
	"longshore/app/records"
	"longshore/uploader"
)

func historyCommand() command {
	return command{
		name: "history", args: "[flags]", short: "show what was stored",
		long: `
Shows the receipts of stored files, newest first, and where the manifest of their drop lies: the list, in the vault, of
all that was given at once. With --json one object is printed per file; --format csv and --format json print all of it
as one table or one array, which is what the window exports. In a CSV, a cell that a spreadsheet would take for a formula
begins with an apostrophe.`,
		setup: func(c *cli, fs *flag.FlagSet) func(context.Context, []string) int {
			state := stateFlag(fs)
			f := addHistoryFlags(fs, 50)
			asJSON := fs.Bool("json", false, "print one JSON object per stored file")
			format := fs.String("format", "", "`FORM` of the output: csv or json; all receipts, unless --limit is given")
			return func(ctx context.Context, paths []string) int {
				limited := false
				fs.Visit(func(f *flag.Flag) { limited = limited || f.Name == "limit" })
				switch {
				case len(paths) > 0 || *f.limit < 0:
					return c.misused("history", "history takes no paths, and --limit a number that is not negative.")
				case *format != "" && *format != "csv" && *format != "json" || *format != "" && *asJSON:
					return c.misused("history", "--format takes csv or json, and does not go with --json.")
				case *format != "" && !limited:
					*f.limit = 0
				}
				return c.withSession(ctx, app.Options{StateDir: *state, Look: true}, func(s app.Session) int {
					q, code := f.query(ctx, c, s, "history")
					if code != exitStored {
						return code
					}
					if *format != "" {
						return c.export(ctx, s, q, *format)
					}
					return c.history(ctx, s, q, *asJSON)
				})
			}
		},
	}
}

// historyFlags choose receipts.
type historyFlags struct {
	limit                *int
	search, batch, vault *string
	since, until         *time.Time
}

func addHistoryFlags(fs *flag.FlagSet, limit int) historyFlags {
	moment := func(name, text string) *time.Time {
		var t time.Time
		fs.Func(name, text, func(s string) (err error) {
			t, err = parseMoment(s, time.Now())
			return err
		})
		return &t
	}
	return historyFlags{
		limit:  fs.Int("limit", limit, "`N` receipts at most, 0 for all"),
		search: fs.String("search", "", "only files whose path or key holds this `TEXT`, in any case"),
		batch:  fs.String("batch", "", "only files of the drop with this `ID`"),
		vault:  fs.String("vault", "", "only files of the vault with this `NAME` or id"),
		since:  moment("since", "only what was stored since `WHEN`: a day (2026-03-01), a time (2026-03-01T15:04), or days ago (30d)"),
		until:  moment("until", "only what was stored before `WHEN`"),
	}
}

// query makes a query of the flags; the code is exitStored unless they name no vault.
func (f historyFlags) query(ctx context.Context, c *cli, s app.Session, command string) (uploader.HistoryQuery, int) {
	q := uploader.HistoryQuery{Search: *f.search, Batch: uploader.BatchID(*f.batch), After: *f.since, Until: *f.until, Limit: max(*f.limit, 0)}
	if !q.After.IsZero() {
		q.After = q.After.Add(-1) // since means from that moment on
	}
	if *f.vault != "" {
		v, code := c.vaultNamed(ctx, s, command, *f.vault)
		if code != exitStored {
			return q, code
		}
		q.Vault = v.ID
	}
	return q, exitStored
}

var errMoment = errors.New("a moment is a day such as 2026-03-01, a time such as 2026-03-01T15:04, or days ago such as 30d")

// parseMoment reads a moment by this computer's clock.
func parseMoment(s string, now time.Time) (time.Time, error) {
	if days, ok := strings.CutSuffix(s, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil && n >= 0 && n <= 100_000 {
			return now.AddDate(0, 0, -n), nil
		}
		return time.Time{}, errMoment
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t, nil
	}
	for _, layout := range []string{time.DateOnly, "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02T15:04:05"} {
		if t, err := time.ParseInLocation(layout, s, now.Location()); err == nil {
			return t, nil
		}
	}
	return time.Time{}, errMoment
}

func (c *cli) export(ctx context.Context, s app.Session, q uploader.HistoryQuery, format string) int {
	out := bufio.NewWriter(c.out)
	write := func(w io.Writer) (int, error) { return records.JSON(ctx, w, s, q) }
	if format == "csv" {
		write = func(w io.Writer) (int, error) { return records.CSV(ctx, w, s, q, false) }
	}
	_, err := write(out)
	if err = errors.Join(err, out.Flush()); err != nil {
		return c.failed(ctx, err)
	}
	return exitStored
}

func (c *cli) history(ctx context.Context, s app.Session, q uploader.HistoryQuery, asJSON bool) int {
	p := &receiptPrinter{out: bufio.NewWriter(c.out)}
	if asJSON {
		p.json = json.NewEncoder(p.out)
	}
	err := records.Each(ctx, s, q, p.print)
	if err == nil && !p.some && !asJSON {
		fmt.Fprintln(p.out, nothingStored(q))
	}
	if err = errors.Join(err, p.out.Flush()); err != nil {
		return c.failed(ctx, err)
	}
	return exitStored
}

func nothingStored(q uploader.HistoryQuery) string {
	switch {
	case q.Search != "":
		return "Nothing that was stored is called so."
	case q.Batch != "" || q.Vault != "" || !q.After.IsZero() || !q.Until.IsZero():
		return "Nothing that was stored fits."
	}
	return "Nothing was stored yet."
}

// receiptPrinter prints receipts, in words or as JSON.
type receiptPrinter struct {
	out      *bufio.Writer
	json     *json.Encoder // nil for words
	manifest string        // of the last one
	some     bool
}

func (p *receiptPrinter) print(r *uploader.Receipt) error {
	p.some = true
	if p.json != nil {
		return p.json.Encode(records.ViewOf(r))
	}
	if r.ManifestKey != p.manifest && r.ManifestKey != "" {
		fmt.Fprintf(p.out, "Manifest of the next files: %s\n", r.ManifestKey)
	}
	p.manifest = r.ManifestKey
	_, err := fmt.Fprintf(p.out, "%s  %10s  %-22s %s\n", moment(r.FinishedAt), size(r.Size), r.Verified, printable(r.Path))
	return err
}
