package bucket

import (
	"slices"
	"strings"
	"testing"
)

const groupKey = "arn:aws:kms:eu-central-1:111122223333:key/99999999-0000-4000-8000-00000000cafe"

// TestGroupKeys: the keys that a policy file gives to groups are let in, may be
// used, and are proven; no other is.
func TestGroupKeys(t *testing.T) {
	d := desired(func(d *Desired) { d.GroupKeys = []string{groupKey, keyARN} })
	if err := d.Check(); err != nil {
		t.Fatal(err)
	}
	f := healthy(t, d)
	for key, want := range map[string]string{keyARN: "", groupKey: "", groupKey + "0": SidOtherKey} {
		request := map[string]string{"aws:SecureTransport": "true", encryptionHeader: "aws:kms", keyHeader: key}
		if got := refusedBy(f.docs[Policy], "arn:aws:s3:::vault/uploads/x", request); got != want {
			t.Errorf("%s is refused by %q", key, got)
		}
	}
	for _, s := range d.RoleStatements(RoleServe) {
		if s.Sid == "LongshoreKey" && !slices.Equal(s.Resource, []string{keyARN, groupKey}) {
			t.Errorf("keys of the role: %v", s.Resource)
		}
	}
	if c := examine(t, f, d)["upload"]; c.Status != OK || !strings.Contains(c.Text, "all 2 keys") {
		t.Errorf("%+v", c)
	}
	// A policy that knows the vault's key alone refuses the group's.
	only := desired()
	applyNow(t.Context(), f, only, mustPlan(t, f, only))
	if c := examine(t, f, d)["upload"]; c.Status != Broken || !strings.Contains(c.Text, groupKey) {
		t.Errorf("%+v", c)
	}
}

func TestGroupKeysAreChecked(t *testing.T) {
	for name, edit := range map[string]func(*Desired){
		"by id":       func(d *Desired) { d.GroupKeys = []string{"99999999-0000-4000-8000-00000000cafe"} },
		"without KMS": func(d *Desired) { d.KMSKey, d.GroupKeys = "", []string{groupKey} },
	} {
		if desired(edit).Check() == nil {
			t.Errorf("%s: is taken", name)
		}
	}
}
