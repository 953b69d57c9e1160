package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"time"

	"longshore/app"
	"longshore/uploader"
)

func historyCommand() command {
	return command{
		name: "history", args: "[flags]", short: "show what was stored",
		long: `
Shows the receipts of stored files, newest first, and where the manifest of their drop lies: the list, in the vault, of
all that was given at once. With --json one object is printed per file.`,
		setup: func(c *cli, fs *flag.FlagSet) func(context.Context, []string) int {
			state := stateFlag(fs)
			asJSON := fs.Bool("json", false, "print one JSON object per stored file")
			limit := fs.Int("limit", 50, "`N` receipts at most, 0 for all")
			search := fs.String("search", "", "only files whose path or key holds this `TEXT`, in any case")
			return func(ctx context.Context, paths []string) int {
				if len(paths) > 0 || *limit < 0 {
					return c.misused("history", "history takes no paths, and --limit a number that is not negative.")
				}
				return c.withSession(ctx, app.Options{StateDir: *state, Look: true}, func(s app.Session) int {
					return c.history(ctx, s, *limit, *search, *asJSON)
				})
			}
		},
	}
}

// receiptView is what history --json prints.
type receiptView struct {
	Path       string            `json:"path"`
	Key        string            `json:"key"`
	Size       int64             `json:"size"`
	Checksum   string            `json:"checksum"`
	ETag       string            `json:"eTag"`
	VersionID  string            `json:"versionId"`
	FileURL    string            `json:"fileUrl"`
	Verified   uploader.Verified `json:"verified"`
	Encryption string            `json:"encryption"`
	Source     string            `json:"source"`
	StartedAt  time.Time         `json:"startedAt"`
	FinishedAt time.Time         `json:"finishedAt"`
	Note       uploader.Code     `json:"note"` // deadline: it had to start over
	Batch      uploader.BatchID  `json:"batch"`
	Manifest   string            `json:"manifest"` // key of its drop's manifest, "" without one
}

// historyPage is how many receipts are read at once: a history may hold millions.
const historyPage = 1000

func (c *cli) history(ctx context.Context, s app.Session, limit int, search string, asJSON bool) int {
	p := &receiptPrinter{out: bufio.NewWriter(c.out)}
	if asJSON {
		p.json = json.NewEncoder(p.out)
	}
	q := uploader.HistoryQuery{Search: search}
	for left := limit; limit == 0 || left > 0; {
		q.Limit = historyPage
		if limit > 0 {
			q.Limit = min(left, historyPage)
		}
		page, err := s.History(ctx, q)
		if err == nil {
			err = p.print(page)
		}
		if err != nil {
			return c.failed(ctx, errors.Join(p.out.Flush(), err))
		}
		if left -= len(page); len(page) < q.Limit {
			break
		}
		q.Before = page[len(page)-1].Mark()
	}
	if !p.some && !asJSON {
		fmt.Fprintln(p.out, nothingStored(search))
	}
	if err := p.out.Flush(); err != nil {
		return c.failed(ctx, err)
	}
	return exitStored
}

func nothingStored(search string) string {
	if search != "" {
		return "Nothing that was stored is called so."
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

func (p *receiptPrinter) print(page []uploader.Receipt) error {
	for i := range page {
		p.some = true
		r := &page[i]
		if p.json != nil {
			if err := p.json.Encode(viewReceipt(r)); err != nil {
				return err
			}
			continue
		}
		if r.ManifestKey != p.manifest && r.ManifestKey != "" {
			fmt.Fprintf(p.out, "Manifest of the next files: %s\n", r.ManifestKey)
		}
		p.manifest = r.ManifestKey
		fmt.Fprintf(p.out, "%s  %10s  %-22s %s\n", r.FinishedAt.Local().Format(time.DateTime), size(r.Size), r.Verified, printable(r.Path))
	}
	return p.out.Flush()
}

func viewReceipt(r *uploader.Receipt) receiptView {
	return receiptView{
		Path: r.Path, Key: r.Key, Size: r.Size, Checksum: r.Checksum, ETag: r.ETag, VersionID: r.VersionID, FileURL: r.FileURL,
		Verified: r.Verified, Encryption: r.Encryption, Source: r.Source, StartedAt: r.StartedAt, FinishedAt: r.FinishedAt, Note: r.Note,
		Batch: r.Batch, Manifest: r.ManifestKey,
	}
}
