package bucket

import (
	"context"
	"errors"
	"slices"
	"strings"
)

// policy tries the statements on the probe's keys, and only what was proven
// there is put on the whole bucket. What protects now stays in force meanwhile.
func (a *applier) policy(ctx context.Context) Outcome {
	t := trial{applier: a, statements: a.want.Statements()}
	o, ok := Outcome{Policy, Applied, "is applied", ""}, true
	if len(t.statements) > 0 { // else there is only something of ours to be taken away
		o, ok = t.run(ctx)
	}
	if !ok {
		return o
	}
	if err := a.rewrite(ctx, func(before []byte) ([]byte, error) {
		after, _, err := mergePolicy(before, t.statements)
		return after, err
	}); err != nil {
		return a.putBack(ctx, a.writeTrouble(Policy, err))
	}
	now, err := a.vault.Read(ctx, Policy)
	if err != nil {
		return Outcome{Policy, Partly, "was written, but cannot be read back (" + shortError(err) + ")", advice(err, "GetBucketPolicy")}
	}
	if _, lines, err := mergePolicy(now, t.statements); (err != nil || len(pending(lines)) > 0) && !a.want.Amazon {
		return Outcome{Policy, Partly, "was written, but this server keeps something else", "look at the policy with your S3 tools"}
	}
	return o
}

// rewrite reads the policy, changes it and writes it, so that what others did in
// the meantime stays.
func (a *applier) rewrite(ctx context.Context, change func([]byte) ([]byte, error)) error {
	before, err := a.vault.Read(ctx, Policy)
	if err != nil {
		return err
	}
	after, err := change(before)
	if err != nil {
		return err
	}
	if len(after) == 0 && len(before) == 0 {
		return nil
	}
	return a.vault.Write(ctx, Policy, after)
}

// withTrial puts these trial statements in the place of all there are.
func withTrial(before []byte, statements []Statement) ([]byte, error) {
	doc, err := parsePolicy(before)
	if err != nil {
		return nil, err
	}
	kept := doc.statements[:0]
	for _, raw := range doc.statements {
		if !strings.HasPrefix(sidOf(raw), trialPrefix) {
			kept = append(kept, raw)
		}
	}
	doc.statements = kept
	for _, s := range statements {
		doc.statements = append(doc.statements, encode(s))
	}
	return doc.bytes(), nil
}

// putBack ends a trial. It runs even when setup was interrupted.
func (a *applier) putBack(ctx context.Context, o Outcome) Outcome {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanTimeout)
	defer cancel()
	err := a.rewrite(ctx, func(before []byte) ([]byte, error) { return withTrial(before, nil) })
	if err != nil {
		o.State = Failed
		o.Text += "; the statements of the trial, whose Sid begins with " + trialPrefix + ", could not be taken back (" + shortError(err) + ")"
		o.Do = "run setup again, which removes them; they touch the probe's keys alone"
		return o
	}
	o.Text += "; the policy is as it was"
	return o
}

// trial finds out which statements this bucket takes and lives with.
type trial struct {
	*applier
	statements []Statement // what is left of those wanted
	short      []string    // what they fall short of
}

// run gives the outcome that holds if the statements left are then written, or
// ok false with the outcome that stands.
func (t *trial) run(ctx context.Context) (o Outcome, ok bool) {
	if err := t.put(ctx); err != nil {
		return t.putBack(ctx, t.writeTrouble(Policy, err)), false
	}
	enforced := t.enforced(ctx)
	err := t.prove(ctx)
	if err != nil && t.has(SidNoHeader) {
		t.short = append(t.short, "--strict is left out: tried on the probe's keys, "+t.step(err)+" was refused, as it carries no encryption header")
		t.drop(func(s Statement) bool { return s.Sid == SidNoHeader })
		if err = t.put(ctx); err == nil {
			err = t.prove(ctx)
		}
	}
	if err != nil {
		return t.putBack(ctx, Outcome{
			Policy, Failed, "tried on the probe's keys, an upload failed at " + t.step(err) + " (" + shortError(err) + ")",
			advice(err, stepOp(err)),
		}), false
	}
	if len(t.statements) == 0 {
		return t.putBack(ctx, Outcome{Policy, Impossible, strings.Join(t.short, "; "), unknownAdvice(Policy, t.server)}), false
	}
	if !enforced {
		t.short = append(t.short, t.unbound())
	}
	if len(t.short) > 0 {
		return Outcome{Policy, Partly, "is applied as far as it goes: " + strings.Join(t.short, "; "), unknownAdvice(Policy, t.server)}, true
	}
	return Outcome{Policy, Applied, "is applied, after create, part, list, complete and abort were proven under it", ""}, true
}

// put writes the trial; a server that does not know the condition keys of
// encryption gets the rest.
func (t *trial) put(ctx context.Context) error {
	write := func() error {
		return t.rewrite(ctx, func(before []byte) ([]byte, error) { return withTrial(before, t.want.trial(t.statements)) })
	}
	err := write()
	if err == nil || t.want.Amazon || !notTaken(err) || !slices.ContainsFunc(t.statements, needsEncryptionKeys) {
		return err
	}
	t.short = append(t.short, "this server does not know conditions on encryption, and nothing keeps an upload from asking for another")
	t.drop(needsEncryptionKeys)
	return write()
}

func (t *trial) drop(which func(Statement) bool) {
	t.statements = slices.DeleteFunc(t.statements, which)
}

func (t *trial) has(sid string) bool {
	return slices.ContainsFunc(t.statements, func(s Statement) bool { return s.Sid == sid })
}

// enforced waits until the statements on encryption are seen to hold. Where
// there are none, nothing can be seen from here.
func (t *trial) enforced(ctx context.Context) bool {
	if !t.has(SidNotKMS) {
		return true
	}
	wrong := wrongHeader
	if t.has(SidNoHeader) {
		wrong = Header{}
	}
	ok, _ := until(ctx, t.patience, func(ctx context.Context) (bool, error) {
		return refuses(ctx, t.vault, t.want.probeKey(), wrong)
	})
	return ok
}

// prove runs a whole upload, again and again while it is refused, since a
// statement just taken away may still hold somewhere.
func (t *trial) prove(ctx context.Context) error {
	_, err := until(ctx, t.patience, func(ctx context.Context) (bool, error) {
		for _, h := range t.want.headers() {
			if err := proveUpload(ctx, t.vault, t.want.probeKey(), h); err != nil {
				return false, err
			}
		}
		return true, nil
	})
	return err
}

func stepOp(err error) string {
	if se, ok := errors.AsType[*stepError](err); ok {
		return se.op
	}
	return ""
}

func (t *trial) step(err error) string {
	if op := stepOp(err); op != "" {
		return op
	}
	return "writing the policy"
}

// unbound says in words why a stored policy does nothing.
func (t *trial) unbound() string {
	if t.server == "MinIO" {
		return "MinIO holds bucket policies against anonymous callers only, so the signer's own uploads are not bound by it"
	}
	return "an upload with another encryption was still taken, so these credentials are not bound by it"
}
