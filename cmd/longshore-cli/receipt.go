package main

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"io"
	"strconv"
	"time"

	"longshore/app"
	"longshore/app/records"
	"longshore/uploader"
)

func receiptCommand() command {
	return command{
		name: "receipt", args: "--batch ID [flags]", short: "print the receipt of a drop",
		long: `
Prints the receipt of all that was given at once: every file that was stored, with its key, checksum and what was
verified. The id of a drop is in history --json. With --json it is one JSON object.`,
		setup: func(c *cli, fs *flag.FlagSet) func(context.Context, []string) int {
			state := stateFlag(fs)
			batch := fs.String("batch", "", "`ID` of the drop")
			asJSON := fs.Bool("json", false, "print one JSON object")
			return func(ctx context.Context, rest []string) int {
				if len(rest) > 0 || *batch == "" {
					return c.misused("receipt", "receipt takes no paths, and needs --batch.")
				}
				return c.withSession(ctx, app.Options{StateDir: *state, Look: true}, func(s app.Session) int {
					out := bufio.NewWriter(c.out)
					d, err := dropReceipt(ctx, out, s, uploader.BatchID(*batch), *asJSON)
					if err == nil {
						err = out.Flush()
					}
					switch {
					case err != nil:
						return c.failed(ctx, err)
					case d.Files == 0:
						c.say("The history knows nothing of this drop.")
						return exitFailed
					}
					return exitStored
				})
			}
		},
	}
}

func dropReceipt(ctx context.Context, w io.Writer, s app.Session, batch uploader.BatchID, asJSON bool) (records.Drop, error) {
	if asJSON {
		return records.DropJSON(ctx, w, s, batch)
	}
	return records.DropText(ctx, w, s, batch, records.Words{Title: "Receipt", Head: dropFacts, File: receiptFacts})
}

func dropFacts(d records.Drop) [][2]string {
	facts := [][2]string{
		{"Drop", string(d.Batch)}, {"Vault", printable(d.VaultName)}, {"Files", strconv.Itoa(d.Files)},
		{"Size", fmt.Sprintf("%s (%d bytes)", size(d.Bytes), d.Bytes)}, {"Stored", moment(d.First) + " to " + moment(d.Last)},
		{"Checksum of the whole confirmed", fmt.Sprintf("for %d of %s", d.Full, files(d.Files))},
	}
	if d.ManifestKey != "" {
		facts = append(facts, [2]string{"Manifest", printable(d.ManifestKey)})
	}
	return facts
}

func receiptFacts(r *uploader.Receipt) [][2]string {
	facts := [][2]string{
		{"File", printable(r.Path)}, {"Size", fmt.Sprintf("%d bytes", r.Size)}, {"Stored", moment(r.FinishedAt)}, {"Key", printable(r.Key)},
	}
	for _, f := range [][2]string{{"CRC64NVME", r.Checksum}, {"ETag", r.ETag}, {"Version", r.VersionID}, {"Encryption", r.Encryption}} {
		if f[1] != "" {
			facts = append(facts, [2]string{f[0], printable(f[1])})
		}
	}
	verified := string(r.Verified)
	if r.Source == "read" {
		verified += "; every byte was read in one go"
	} else {
		verified += "; some parts rest on an earlier read"
	}
	return append(facts, [2]string{"Verified", verified})
}

func moment(t time.Time) string { return t.Local().Format(time.DateTime) }
