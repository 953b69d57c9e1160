package bucket

import (
	"encoding/json"
	"slices"
	"testing"
)

// TestStatements holds the conditions against AWS's rules of evaluation.
func TestStatements(t *testing.T) {
	const id = "0123abcd-0000-4000-8000-00000000cafe"
	const other = "arn:aws:kms:eu-central-1:111122223333:key/ffffffff-0000-4000-8000-00000000cafe"
	type context = map[string]string
	for _, c := range []struct {
		name   string
		header context // beside aws:SecureTransport
		plain  bool    // without TLS
		want   string  // Sid, or "" for allowed
		strict string
	}{
		{name: "a part, Complete, or an upload that says nothing", strict: SidNoHeader},
		{name: "the vault's key", header: context{encryptionHeader: "aws:kms", keyHeader: keyARN}},
		{name: "the vault's key by its id", header: context{encryptionHeader: "aws:kms", keyHeader: id}},
		{name: "S3's own keys", header: context{encryptionHeader: "AES256"}, want: SidNotKMS, strict: SidNotKMS},
		{name: "two layers", header: context{encryptionHeader: "aws:kms:dsse", keyHeader: keyARN}, want: SidNotKMS, strict: SidNotKMS},
		{name: "another key", header: context{encryptionHeader: "aws:kms", keyHeader: other}, want: SidOtherKey, strict: SidOtherKey},
		{name: "the account's own key", header: context{encryptionHeader: "aws:kms"}, want: SidOtherKey, strict: SidOtherKey},
		{name: "the caller's own key", header: context{customerHeader: "AES256"}, want: SidCustomerKey, strict: SidCustomerKey},
		{name: "without TLS", header: context{encryptionHeader: "aws:kms", keyHeader: keyARN}, plain: true, want: SidTLS, strict: SidTLS},
		{name: "a part without TLS", plain: true, want: SidTLS, strict: SidTLS},
	} {
		request := context{"aws:SecureTransport": "true"}
		if c.plain {
			request["aws:SecureTransport"] = "false"
		}
		for k, v := range c.header {
			request[k] = v
		}
		for _, strict := range []bool{false, true} {
			want := c.want
			if strict {
				want = c.strict
			}
			policy, _, err := mergePolicy(nil, desired(func(d *Desired) { d.Strict = strict }).Statements())
			if err != nil {
				t.Fatal(err)
			}
			if got := refusedBy(policy, "arn:aws:s3:::vault/uploads/x", request); got != want {
				t.Errorf("%s, strict %v: refused by %q, want %q", c.name, strict, got, want)
			}
			if got := refusedBy(policy, "arn:aws:s3:::other/uploads/x", request); got != "" {
				t.Errorf("%s: refused in another bucket by %q", c.name, got)
			}
		}
	}
}

// TestIfExistsWouldRefuseParts shows why the conditions are not written with
// …IfExists: a part has no encryption header, and would be refused.
func TestIfExistsWouldRefuseParts(t *testing.T) {
	policy := []byte(`{"Statement":[{"Sid":"trap","Effect":"Deny","Principal":"*","Action":["s3:PutObject"],"Resource":["arn:aws:s3:::vault/*"],
		"Condition":{"StringNotEqualsIfExists":{"s3:x-amz-server-side-encryption":["aws:kms"]}}}]}`)
	if got := refusedBy(policy, "arn:aws:s3:::vault/x", map[string]string{}); got != "trap" {
		t.Errorf("a part is refused by %q", got)
	}
}

func TestStatementsFitTheVault(t *testing.T) {
	sids := func(d Desired) []string {
		var out []string
		for _, s := range d.Statements() {
			out = append(out, s.Sid)
		}
		return out
	}
	for _, c := range []struct {
		d    Desired
		want []string
	}{
		{desired(), []string{SidTLS, SidNotKMS, SidOtherKey, SidCustomerKey}},
		{desired(func(d *Desired) { d.Strict = true }), []string{SidTLS, SidNotKMS, SidOtherKey, SidCustomerKey, SidNoHeader}},
		{desired(func(d *Desired) { d.KMSKey = "" }), []string{SidTLS}},
		{desired(func(d *Desired) { d.TLS, d.Amazon = false, false }), []string{SidNotKMS, SidOtherKey, SidCustomerKey}},
		{desired(func(d *Desired) { d.TLS, d.KMSKey = false, "" }), nil},
	} {
		if got := sids(c.d); !slices.Equal(got, c.want) {
			t.Errorf("%v, want %v", got, c.want)
		}
	}
	for region, arn := range map[string]string{"eu-central-1": "arn:aws:s3:::vault", "cn-north-1": "arn:aws-cn:s3:::vault", "us-gov-west-1": "arn:aws-us-gov:s3:::vault"} {
		if got := desired(func(d *Desired) { d.Region = region }).arn(); got != arn {
			t.Errorf("%s: %s", region, got)
		}
	}
	for key, forms := range map[string][]string{
		keyARN:              {keyARN, "0123abcd-0000-4000-8000-00000000cafe"},
		"vault-key":         {"arn:aws:kms:vault-key", "vault-key"},
		"arn:aws:kms:vault": {"arn:aws:kms:vault", "vault"},
	} {
		if got := keyForms(key); !slices.Equal(got, forms) {
			t.Errorf("%s: %v", key, got)
		}
	}
}

// TestTrialTouchesProbesOnly: the trial holds on the probe's keys and nowhere else.
func TestTrialTouchesProbesOnly(t *testing.T) {
	d := desired(func(d *Desired) { d.Strict = true })
	policy, err := withTrial(nil, d.trial(d.Statements()))
	if err != nil {
		t.Fatal(err)
	}
	plain := map[string]string{"aws:SecureTransport": "true"}
	if got := refusedBy(policy, "arn:aws:s3:::vault/"+d.probeKey(), plain); got != trialPrefix+"deny-without-encryption-header" {
		t.Errorf("the probe is refused by %q", got)
	}
	if got := refusedBy(policy, "arn:aws:s3:::vault/uploads/somebody/x", plain); got != "" {
		t.Errorf("an upload is refused by %q", got)
	}
}

func TestCheck(t *testing.T) {
	for name, edit := range map[string]func(*Desired){
		"no bucket":           func(d *Desired) { d.Bucket = "" },
		"no days":             func(d *Desired) { d.AbortAfterDays = -1 },
		"too many days":       func(d *Desired) { d.AbortAfterDays = 4000 },
		"strict without KMS":  func(d *Desired) { d.KMSKey, d.Strict = "", true },
		"key by id":           func(d *Desired) { d.KMSKey = "0123abcd-0000-4000-8000-00000000cafe" },
		"key by alias":        func(d *Desired) { d.KMSKey = "arn:aws:kms:eu-central-1:111122223333:alias/vault" },
		"origin with path":    func(d *Desired) { d.Origins = []string{"https://a.example/x"} },
		"origin without host": func(d *Desired) { d.Origins = []string{"a.example"} },
		"any origin":          func(d *Desired) { d.Origins = []string{"https://*.example"} },
		"probe prefix":        func(d *Desired) { d.ProbePrefix = "probe" },
		"probe wildcard":      func(d *Desired) { d.ProbePrefix = "*/" },
	} {
		if desired(edit).Check() == nil {
			t.Errorf("%s: is taken", name)
		}
	}
	for name, edit := range map[string]func(*Desired){
		"as it is":    func(*Desired) {},
		"not Amazon":  func(d *Desired) { d.Amazon, d.KMSKey = false, "vault-key" },
		"origins":     func(d *Desired) { d.Origins = []string{"https://a.example", "http://localhost:8080"} },
		"without KMS": func(d *Desired) { d.KMSKey = "" },
	} {
		if err := desired(edit).Check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSlowestUplink(t *testing.T) {
	for n, want := range map[int]float64{1: 9.3, 3: 3.1, 7: 1.4} {
		got := SlowestUplink(n)
		if got != want || got*1e6/8*86400*float64(n) < 100e9 {
			t.Errorf("%d days: %v Mbit/s, want %v", n, got, want)
		}
	}
}

func TestRolePolicies(t *testing.T) {
	d := desired()
	for _, r := range []Role{RoleServe, RoleSetup, RoleDoctor} {
		text, err := d.RolePolicy(r)
		var doc struct{ Statement []IAMStatement }
		if err != nil || json.Unmarshal(text, &doc) != nil {
			t.Fatalf("%s: %v %s", r, err, text)
		}
		var actions []string
		for _, s := range doc.Statement {
			actions = append(actions, s.Action...)
		}
		want := ActionsFor(r)
		slices.Sort(actions)
		slices.Sort(want)
		if !slices.Equal(actions, want) {
			t.Errorf("%s: %v, want %v", r, actions, want)
		}
	}
	for _, forbidden := range []string{"s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutBucketPolicy", "s3:PutLifecycleConfiguration"} {
		if slices.Contains(ActionsFor(RoleServe), forbidden) {
			t.Errorf("a signer that serves may %s", forbidden)
		}
	}
	for _, p := range Permissions() {
		if p.Reason == "" || len(p.Calls) == 0 || len(p.Roles) == 0 {
			t.Errorf("%s has no reason, call or role", p.Action)
		}
	}
}
