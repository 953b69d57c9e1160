package bucket

import (
	"bytes"
	"context"
	"fmt"
	"time"
)

// State is how a setting ended.
type State string

// The states.
const (
	Unchanged  State = "unchanged"  // it was as it should be
	Applied    State = "applied"    // it is now
	Partly     State = "partly"     // as far as this server can
	Impossible State = "impossible" // this server has no such thing
	Failed     State = "failed"     // it should be, and is not
	NotTried   State = "not tried"  // it was not come to
)

// Outcome is what became of one setting.
type Outcome struct {
	Document Document
	State    State
	Text     string
	Do       string // what to do, if anything
}

// How long Apply waits for a setting to hold everywhere.
const (
	PatienceAmazon = time.Minute
	PatienceOthers = 2 * time.Second
)

// Apply makes the plan's changes, one setting after the other, and gives an
// outcome for each. A setting that cannot be made does not keep the others from
// being made. Each is read back, and the policy is tried on the probe's keys
// before it holds for all.
func Apply(ctx context.Context, v Vault, d Desired, p Plan) []Outcome {
	a := applier{vault: v, want: d, server: p.Server, patience: p.Patience}
	return a.all(ctx, p.Changes)
}

type applier struct {
	vault    Vault
	want     Desired
	server   string
	patience time.Duration
}

func (a *applier) all(ctx context.Context, changes []Change) []Outcome {
	out := make([]Outcome, 0, len(changes))
	for _, c := range changes {
		o := Outcome{Document: c.Document, State: Unchanged, Text: "is as it should be"}
		switch {
		case c.Unable != "" && c.Failed:
			o = Outcome{c.Document, Failed, c.Unable, c.Do}
		case c.Unable != "":
			o = Outcome{c.Document, Impossible, c.Unable, c.Do}
		case !c.Write:
		case ctx.Err() != nil:
			o = Outcome{c.Document, NotTried, "was not come to", "run setup again"}
		case c.Document == Policy:
			o = a.policy(ctx)
		default:
			o = a.document(ctx, c)
		}
		out = append(out, o)
	}
	return out
}

// document makes a setting other than the policy. It is read once more right
// before, so that what others changed since the plan was shown is kept.
func (a *applier) document(ctx context.Context, c Change) Outcome {
	doc := c.Document
	before, err := a.vault.Read(ctx, doc)
	if err != nil {
		return a.trouble(readTrouble(doc, a.server, err))(doc)
	}
	after, _, err := a.want.merge(doc, before)
	if err != nil {
		return Outcome{doc, Failed, err.Error(), "look at the setting with your S3 tools; it was left as it is"}
	}
	if err := a.vault.Write(ctx, doc, after); err != nil {
		return a.writeTrouble(doc, err)
	}
	var left []Line
	_, err = until(ctx, a.patience, func(ctx context.Context) (bool, error) {
		now, err := a.vault.Read(ctx, doc)
		if err != nil {
			return false, err
		}
		_, lines, err := a.want.merge(doc, now)
		left = pending(lines)
		return len(left) == 0 || !bytes.Equal(now, before), err
	})
	switch {
	case err != nil:
		return Outcome{doc, Partly, fmt.Sprintf("was written, but cannot be read back (%s)", shortError(err)), advice(err, readOp(doc))}
	case len(left) > 0:
		return Outcome{doc, Partly, "was written, but this server keeps only a part of it: " + left[0].Text, unknownAdvice(doc, a.server)}
	}
	return Outcome{doc, Applied, "is applied", ""}
}

// pending are the lines that would still change something.
func pending(lines []Line) []Line {
	var out []Line
	for _, l := range lines {
		if l.Mark == Added || l.Mark == Changed || l.Mark == Removed {
			out = append(out, l)
		}
	}
	return out
}

func (a *applier) trouble(text, do string, failed bool) func(Document) Outcome {
	return func(doc Document) Outcome {
		if failed {
			return Outcome{doc, Failed, text, do}
		}
		return Outcome{doc, Impossible, text, do}
	}
}

// writeTrouble: Amazon's server knows all that is asked for, so there a refusal
// is a failure.
func (a *applier) writeTrouble(doc Document, err error) Outcome {
	text, do, failed := writeTrouble(doc, a.server, err)
	if a.want.Amazon && !failed {
		text = fmt.Sprintf("S3 refuses the %s (%s)", docName(doc), shortError(err))
		do = "see whether a setting of others beside it is at fault"
	}
	return a.trouble(text, do, failed || a.want.Amazon)(doc)
}
