package bucket

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"longshore/signer"
)

func TestApplyAndAgain(t *testing.T) {
	f := newFake()
	f.docs[Lifecycle] = []byte(foreignLifecycle)
	f.docs[Policy] = []byte(foreignPolicy)
	d := desired(func(d *Desired) { d.Origins, d.Strict = []string{"https://a.example"}, true })
	plan := mustPlan(t, f, d)
	if plan.Pending() != 4 || len(f.writes) != 0 {
		t.Fatalf("%d pending, %v written by the plan", plan.Pending(), f.writes)
	}
	for _, o := range applyNow(t.Context(), f, d, plan) {
		if o.State != Applied {
			t.Errorf("%+v", o)
		}
	}
	if again := mustPlan(t, f, d); again.Pending() != 0 {
		t.Errorf("a second time: %+v", again)
	}
	for _, o := range applyNow(t.Context(), f, d, mustPlan(t, f, d)) {
		if o.State != Unchanged {
			t.Errorf("a second time: %+v", o)
		}
	}
	if bytes.Contains(f.docs[Policy], []byte(trialPrefix)) || !bytes.Contains(f.docs[Policy], []byte(`"Sid":"Backup"`)) {
		t.Errorf("policy: %s", f.docs[Policy])
	}
	if foreignRules(t, f.docs[Lifecycle]) != foreignRules(t, []byte(foreignLifecycle)) {
		t.Errorf("lifecycle: %s", f.docs[Lifecycle])
	}
	if len(f.uploads) != 0 || len(f.objects) != 0 {
		t.Errorf("left behind: %v %v", f.uploads, f.objects)
	}
}

// TestPolicyIsTriedFirst: until the proof is made, no statement of ours is on
// anybody's keys.
func TestPolicyIsTriedFirst(t *testing.T) {
	f := newFake()
	d := desired()
	created := 0
	f.fail = func(op string, _ []byte) error {
		if op == "CreateMultipartUpload" {
			created++
			for _, s := range statementsOf(t, f.docs[Policy]) {
				if !strings.HasPrefix(sidOf(s), trialPrefix) {
					t.Errorf("before the proof: %s", s)
				}
			}
		}
		return nil
	}
	o := stateOf(t, applyNow(t.Context(), f, d, mustPlan(t, f, d)), Policy)
	if o.State != Applied || created < 2 {
		t.Errorf("%+v after %d probes", o, created)
	}
}

// TestStrictIsLeftOut where parts count as uploads without a header.
func TestStrictIsLeftOut(t *testing.T) {
	f := newFake()
	f.headerOnParts = true
	d := desired(func(d *Desired) { d.Strict = true })
	o := stateOf(t, applyNow(t.Context(), f, d, mustPlan(t, f, d)), Policy)
	if o.State != Partly || !strings.Contains(o.Text, "--strict is left out") || !strings.Contains(o.Text, "UploadPart") {
		t.Errorf("%+v", o)
	}
	var sids []string
	for _, s := range statementsOf(t, f.docs[Policy]) {
		sids = append(sids, sidOf(s))
	}
	if !slices.Equal(sids, []string{SidTLS, SidNotKMS, SidOtherKey, SidCustomerKey}) {
		t.Errorf("policy: %v", sids)
	}
	if len(f.uploads) != 0 {
		t.Errorf("left open: %v", f.uploads)
	}
}

// TestPolicyIsPutBack when an upload fails under it, step by step, and from a
// policy of others as well as from none.
func TestPolicyIsPutBack(t *testing.T) {
	for _, before := range []string{"", foreignPolicy} {
		for _, op := range []string{"CreateMultipartUpload", "UploadPart", "ListParts", "CompleteMultipartUpload"} {
			f := newFake()
			f.docs[Policy] = []byte(before)
			f.fail = func(called string, _ []byte) error {
				if called == op {
					return denied(op)
				}
				return nil
			}
			d := desired()
			o := stateOf(t, applyNow(t.Context(), f, d, mustPlan(t, f, d)), Policy)
			if o.State != Failed || !strings.Contains(o.Text, op) || !strings.Contains(o.Text, "is as it was") || !strings.Contains(o.Do, "s3:PutObject") && op != "ListParts" {
				t.Errorf("%s: %+v", op, o)
			}
			if string(f.docs[Policy]) != before {
				t.Errorf("%s: the policy is %s", op, f.docs[Policy])
			}
			if len(f.uploads) != 0 {
				t.Errorf("%s: left open: %v", op, f.uploads)
			}
		}
	}
}

// TestPolicyCannotBePutBack is said, with what to do.
func TestPolicyCannotBePutBack(t *testing.T) {
	f := newFake()
	writes := 0
	f.fail = func(op string, _ []byte) error {
		switch op {
		case "PutBucketPolicy", "DeleteBucketPolicy":
			if writes++; writes > 1 {
				return denied(op)
			}
		case "UploadPart":
			return denied(op)
		}
		return nil
	}
	d := desired()
	o := stateOf(t, applyNow(t.Context(), f, d, mustPlan(t, f, d)), Policy)
	if o.State != Failed || !strings.Contains(o.Text, trialPrefix) || o.Do == "" {
		t.Errorf("%+v", o)
	}
	f.fail = nil // the next run clears it away
	if o := stateOf(t, applyNow(t.Context(), f, d, mustPlan(t, f, d)), Policy); o.State != Applied || bytes.Contains(f.docs[Policy], []byte(trialPrefix)) {
		t.Errorf("%+v %s", o, f.docs[Policy])
	}
}

// TestInterruptedTrial: an interrupt does not leave the trial in the bucket.
func TestInterruptedTrial(t *testing.T) {
	f := newFake()
	ctx, cancel := context.WithCancel(t.Context())
	f.fail = func(op string, _ []byte) error {
		if op == "UploadPart" {
			cancel()
			return context.Canceled
		}
		return nil
	}
	d := desired()
	outcomes := applyNow(ctx, f, d, mustPlan(t, f, d))
	if o := stateOf(t, outcomes, Policy); o.State != Failed || len(f.docs[Policy]) != 0 || len(f.uploads) != 0 {
		t.Errorf("%+v %s %v", o, f.docs[Policy], f.uploads)
	}
}

// TestErrorsMidway: what cannot be made is named with the action that is
// missing, and the rest is made.
func TestErrorsMidway(t *testing.T) {
	f := newFake()
	f.fail = func(op string, _ []byte) error {
		if op == "PutBucketEncryption" {
			return denied(op)
		}
		return nil
	}
	d := desired()
	outcomes := applyNow(t.Context(), f, d, mustPlan(t, f, d))
	if o := stateOf(t, outcomes, Encryption); o.State != Failed || !strings.Contains(o.Do, "s3:PutEncryptionConfiguration") {
		t.Errorf("%+v", o)
	}
	for _, doc := range []Document{Lifecycle, Policy} {
		if o := stateOf(t, outcomes, doc); o.State != Applied {
			t.Errorf("%+v", o)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	f = newFake()
	plan := mustPlan(t, f, d)
	cancel()
	for _, o := range applyNow(ctx, f, d, plan) {
		if o.State != NotTried {
			t.Errorf("after an interrupt: %+v", o)
		}
	}
}

// TestOthersMeanwhile: what others write between the plan and its application,
// and during the trial, stays.
func TestOthersMeanwhile(t *testing.T) {
	f := newFake()
	d := desired()
	plan := mustPlan(t, f, d)
	f.docs[Lifecycle] = []byte(foreignLifecycle)
	f.fail = func(op string, _ []byte) error {
		if op == "ListParts" { // in the midst of the trial
			doc, err := parsePolicy(f.docs[Policy])
			if err != nil {
				return err
			}
			doc.statements = append(doc.statements, statementsOf(t, []byte(foreignPolicy))...)
			f.docs[Policy] = doc.bytes()
		}
		return nil
	}
	for _, o := range applyNow(t.Context(), f, d, plan) {
		if o.State != Applied {
			t.Errorf("%+v", o)
		}
	}
	if !bytes.Contains(f.docs[Policy], []byte(`"Sid":"Backup"`)) || !bytes.Contains(f.docs[Lifecycle], []byte("FromTheFuture")) {
		t.Errorf("lost: %s %s", f.docs[Policy], f.docs[Lifecycle])
	}
}

// TestWeakServers: what a server cannot do is said, and the rest is done.
func TestWeakServers(t *testing.T) {
	d := desired(func(d *Desired) { d.Amazon = false })
	t.Run("no such setting", func(t *testing.T) {
		f := newFake()
		f.fail = func(op string, _ []byte) error {
			if strings.Contains(op, "Lifecycle") || strings.Contains(op, "Encryption") {
				return storageErr(op, signer.FailRefused, 501, "NotImplemented")
			}
			return nil
		}
		outcomes := applyNow(t.Context(), f, d, mustPlan(t, f, d))
		for doc, want := range map[Document]State{Lifecycle: Impossible, Encryption: Impossible, Policy: Applied} {
			if o := stateOf(t, outcomes, doc); o.State != want || (want == Impossible) != (o.Do != "") {
				t.Errorf("%+v", o)
			}
		}
	})
	t.Run("no conditions on encryption", func(t *testing.T) {
		f := newFake()
		f.fail = func(op string, body []byte) error {
			if op == "PutBucketPolicy" && bytes.Contains(body, []byte(encryptionHeader)) {
				return storageErr(op, signer.FailRefused, 400, "MalformedPolicy")
			}
			return nil
		}
		o := stateOf(t, applyNow(t.Context(), f, d, mustPlan(t, f, d)), Policy)
		if left := statementsOf(t, f.docs[Policy]); o.State != Partly || len(left) != 1 || sidOf(left[0]) != SidTLS {
			t.Errorf("%+v %s", o, f.docs[Policy])
		}
		d := d
		d.TLS = false
		f.docs[Policy] = nil
		if o := stateOf(t, applyNow(t.Context(), f, d, mustPlan(t, f, d)), Policy); o.State != Impossible || len(f.docs[Policy]) != 0 {
			t.Errorf("%+v %s", o, f.docs[Policy])
		}
		amazon := desired()
		if o := stateOf(t, applyNow(t.Context(), f, amazon, mustPlan(t, f, amazon)), Policy); o.State != Failed || len(f.docs[Policy]) != 0 {
			t.Errorf("Amazon: %+v %s", o, f.docs[Policy])
		}
	})
	t.Run("stored and ignored", func(t *testing.T) {
		f := newFake()
		f.policyBinds, f.sight.Server = false, "MinIO"
		if o := stateOf(t, applyNow(t.Context(), f, d, mustPlan(t, f, d)), Policy); o.State != Partly || !strings.Contains(o.Text, "anonymous callers only") {
			t.Errorf("%+v", o)
		}
		if len(f.uploads) != 0 {
			t.Errorf("left open: %v", f.uploads)
		}
	})
}

// TestNoLongerAskedFor: a vault that gave up KMS loses our statements on it.
func TestNoLongerAskedFor(t *testing.T) {
	f := newFake()
	d := desired()
	applyNow(t.Context(), f, d, mustPlan(t, f, d))
	d.KMSKey, d.TLS, d.Amazon = "", false, false
	if o := stateOf(t, applyNow(t.Context(), f, d, mustPlan(t, f, d)), Policy); o.State != Applied || len(f.docs[Policy]) != 0 {
		t.Errorf("%+v %s", o, f.docs[Policy])
	}
}

func TestUnreachable(t *testing.T) {
	f := newFake()
	f.fail = func(op string, _ []byte) error { return denied(op) }
	if _, err := MakePlan(t.Context(), f, desired()); err == nil {
		t.Error("a plan for a bucket that cannot be seen")
	}
	f.fail = func(op string, _ []byte) error {
		if op == "GetBucketPolicy" {
			return denied(op)
		}
		return nil
	}
	plan := mustPlan(t, f, desired())
	o := stateOf(t, applyNow(t.Context(), f, desired(), plan), Policy)
	if o.State != Failed || !strings.Contains(o.Do, "s3:GetBucketPolicy") || len(f.docs[Policy]) != 0 {
		t.Errorf("%+v", o)
	}
}

// said is an error of the SDK with Amazon's sentence.
type said struct{ text string }

func (s said) Error() string        { return s.text }
func (s said) ErrorMessage() string { return s.text }

func TestMissingAction(t *testing.T) {
	err := denied("ListParts").(*signer.StorageError)
	if got := missingActions(err, "ListParts"); !slices.Equal(got, []string{"s3:ListMultipartUploadParts", "kms:Decrypt"}) {
		t.Errorf("by the table: %v", got)
	}
	err.Err = errors.Join(errors.New("http"), said{"User: arn:aws:sts::1:assumed-role/x/y is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:… because no identity-based policy allows the kms:Decrypt action"})
	if got := missingActions(err, "ListParts"); !slices.Equal(got, []string{"kms:Decrypt"}) {
		t.Errorf("by the server: %v", got)
	}
	if text := Explain(err, "ListParts"); strings.Contains(text, "arn:aws:sts") {
		t.Errorf("%s", text)
	}
}

// TestNoLockOut: behind a proxy that ends TLS the server sees http, and the
// statement on TLS would refuse everybody, also whoever wanted to take it back.
// The trial finds that out on the probe's keys.
func TestNoLockOut(t *testing.T) {
	f := newFake()
	f.plain = true
	d := desired()
	o := stateOf(t, applyNow(t.Context(), f, d, mustPlan(t, f, d)), Policy)
	if o.State != Failed || len(f.docs[Policy]) != 0 {
		t.Errorf("%+v %s", o, f.docs[Policy])
	}
	for _, w := range f.writes {
		if w.doc == Policy && strings.Contains(w.body, `"arn:aws:s3:::vault/*"`) {
			t.Errorf("it was put on every key: %s", w.body)
		}
	}
}
