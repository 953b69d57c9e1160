package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"strings"

	"longshore/app"
	"longshore/app/records"
	"longshore/uploader"
)

// exitUntold is verify's own exit code, beside 0 for all is well and 1 for something is not.
const exitUntold = 4

func verifyCommand() command {
	return command{
		name: "verify", args: "[flags]", short: "look whether what was stored is still there, and the same",
		long: `
Looks at the stored objects of the receipts that the flags choose, and says of each whether it is still there and the
same: by its size, its checksum where the vault confirms one (else its ETag), whose upload it is and how it is encrypted.
No file is read here and no bytes are fetched from the vault. The receipts stay as they are.

Exit codes: 0 all are there and the same; 1 some are gone or another object is in their place; 4 of some it cannot be
told now, and none is known to be wrong; 2 and 130 as always. With --json one object is printed per file.`,
		setup: func(c *cli, fs *flag.FlagSet) func(context.Context, []string) int {
			state := stateFlag(fs)
			f := addHistoryFlags(fs, 0)
			asJSON := fs.Bool("json", false, "print one JSON object per file")
			return func(ctx context.Context, rest []string) int {
				if len(rest) > 0 {
					return c.misused("verify", "verify takes no paths; choose with --search, --batch, --vault, --since and --until.")
				}
				// Idle: who verifies does not ask for anything to be sent.
				return c.withSession(ctx, app.Options{StateDir: *state, Idle: true}, func(s app.Session) int {
					q, code := f.query(ctx, c, s, "verify")
					if code != exitStored {
						return code
					}
					return c.verify(ctx, s, q, *asJSON)
				})
			}
		},
	}
}

// verdictView is what verify --json prints.
type verdictView struct {
	Path     string            `json:"path"`
	Key      string            `json:"key"`
	Standing uploader.Standing `json:"standing"`
	Differs  []string          `json:"differs"`
	Proof    string            `json:"proof"`
	Code     uploader.Code     `json:"code"`
	Batch    uploader.BatchID  `json:"batch"`
}

// verifier looks at receipts a hundred at a time, as signers take them, and prints what it finds.
type verifier struct {
	s       app.Session
	out     *bufio.Writer
	json    *json.Encoder // nil for words
	waiting []uploader.Receipt
	sum     map[uploader.Standing]int
}

const looksAtOnce = 100

func (c *cli) verify(ctx context.Context, s app.Session, q uploader.HistoryQuery, asJSON bool) int {
	v := &verifier{s: s, out: bufio.NewWriter(c.out), sum: map[uploader.Standing]int{}}
	if asJSON {
		v.json = json.NewEncoder(v.out)
	}
	err := records.Each(ctx, s, q, func(r *uploader.Receipt) error {
		if v.waiting = append(v.waiting, *r); len(v.waiting) == looksAtOnce {
			return v.look(ctx)
		}
		return nil
	})
	if err == nil {
		err = v.look(ctx)
	}
	if err = errors.Join(err, v.out.Flush()); err != nil {
		return c.failed(ctx, err)
	}
	bad, untold, same := v.sum[uploader.StandingGone]+v.sum[uploader.StandingAnother], v.sum[uploader.StandingUnknown], v.sum[uploader.StandingSame]
	if bad+untold+same == 0 {
		c.say("There is no receipt to look for.")
		return exitStored
	}
	c.say(fmt.Sprintf("%s still there and the same, %d gone or another, %d cannot be told now.", files(same), bad, untold))
	switch {
	case bad > 0:
		return exitFailed
	case untold > 0:
		return exitUntold
	}
	return exitStored
}

func (v *verifier) look(ctx context.Context) error {
	if len(v.waiting) == 0 {
		return nil
	}
	verdicts, err := v.s.Verify(ctx, v.waiting)
	if err != nil {
		return err
	}
	for i := range v.waiting {
		r, d := &v.waiting[i], verdicts[i]
		v.sum[d.Standing]++
		if v.json != nil {
			view := verdictView{Path: r.Path, Key: r.Key, Standing: d.Standing, Differs: d.Differs, Proof: d.Proof, Code: d.Code, Batch: r.Batch}
			if err := v.json.Encode(view); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintf(v.out, "%-30s %s\n", verdictText(d), printable(r.Path))
	}
	v.waiting = v.waiting[:0]
	return v.out.Flush()
}

func verdictText(v uploader.Verdict) string {
	switch v.Standing {
	case uploader.StandingSame:
		return "the same (by its " + v.Proof + ")"
	case uploader.StandingGone:
		return "GONE"
	case uploader.StandingAnother:
		return "ANOTHER (" + strings.Join(v.Differs, ", ") + ")"
	}
	if v.Code == "" {
		return "cannot be told by this vault"
	}
	return "cannot be told (" + string(v.Code) + ")"
}
