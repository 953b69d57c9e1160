package bucket

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

const foreignLifecycle = `<?xml version="1.0" encoding="UTF-8"?>
<LifecycleConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
  <Rule><ID>archive &amp; keep</ID><Filter><And><Prefix> old/</Prefix><Tag><Key>k</Key><Value>v</Value></Tag></And></Filter><Status>Enabled</Status>
    <Transition><Days>30</Days><StorageClass>GLACIER</StorageClass></Transition>
    <FromTheFuture mode="new"><Nested>1</Nested><Nested>2</Nested></FromTheFuture></Rule>
  <Rule><ID>no prefix</ID><Prefix/><Status>Disabled</Status><Expiration><Days>1</Days></Expiration></Rule>
</LifecycleConfiguration>`

// foreignRules is all that a lifecycle document holds but ours.
func foreignRules(t *testing.T, body []byte) string {
	t.Helper()
	root, err := parseXML(body)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	for _, c := range root.Children {
		if !isOurs(c) {
			c.write(&b, "")
		}
	}
	return b.String()
}

func TestMergeLifecycle(t *testing.T) {
	want := desired().AbortRule()
	after, lines, err := mergeLifecycle([]byte(foreignLifecycle), want)
	if err != nil {
		t.Fatal(err)
	}
	if len(pending(lines)) != 1 || pending(lines)[0].Mark != Added {
		t.Errorf("lines %v", lines)
	}
	kept := foreignRules(t, after)
	if kept != foreignRules(t, []byte(foreignLifecycle)) {
		t.Errorf("others' rules became %s", kept)
	}
	for _, piece := range []string{"archive &amp; keep", "<Prefix> old/</Prefix>", `<FromTheFuture mode="new"><Nested>1</Nested><Nested>2</Nested></FromTheFuture>`} {
		if !strings.Contains(kept, piece) {
			t.Errorf("%s is lost in %s", piece, kept)
		}
	}
	again, lines, err := mergeLifecycle(after, want)
	if err != nil || len(pending(lines)) != 0 || !bytes.Equal(again, after) {
		t.Errorf("a second time: %v %v\n%s", err, lines, again)
	}
	longer, lines, err := mergeLifecycle(after, AbortRule{AbortRuleID, 7})
	rules, _ := parseRules(longer)
	if err != nil || len(pending(lines)) != 1 || pending(lines)[0].Mark != Changed || len(rules) != 3 || ourAbort(rules) != 7 {
		t.Errorf("more days: %v %v\n%s", err, lines, longer)
	}
	if fresh, _, err := mergeLifecycle(nil, want); err != nil || !strings.Contains(string(fresh), "<DaysAfterInitiation>3</DaysAfterInitiation>") {
		t.Errorf("an empty bucket: %v\n%s", err, fresh)
	}
	if _, _, err := mergeLifecycle([]byte("<LifecycleConfiguration><Rule>"), want); err == nil {
		t.Error("a torn document is written over")
	}
}

// TestOldRules: S3 refuses rules with a Filter beside rules that name their prefix
// themselves, so among those ours is one of them.
func TestOldRules(t *testing.T) {
	const theirs = `<LifecycleConfiguration><Rule><ID>theirs</ID><Prefix>tmp/</Prefix><Status>Enabled</Status><Expiration><Days>30</Days></Expiration></Rule></LifecycleConfiguration>`
	want := desired().AbortRule()
	after, _, err := mergeLifecycle([]byte(theirs), want)
	if err != nil || strings.Contains(string(after), "<Filter>") || strings.Count(string(after), "<Prefix>") != 2 {
		t.Errorf("%v\n%s", err, after)
	}
	again, lines, err := mergeLifecycle(after, want)
	if err != nil || len(pending(lines)) != 0 || !bytes.Equal(again, after) {
		t.Errorf("a second time: %v %v\n%s", err, lines, again)
	}
	rules, _ := parseRules(after)
	if soonestAbort(rules, DefaultKeyPrefix) != want.Days {
		t.Errorf("it does not reach all keys: %+v", rules)
	}
	longer, _, err := mergeLifecycle(after, AbortRule{AbortRuleID, 7})
	if err != nil || strings.Contains(string(longer), "<Filter>") {
		t.Errorf("changed: %v\n%s", err, longer)
	}
}

// TestHazards: which rules of others would harm uploads.
func TestHazards(t *testing.T) {
	rule := func(id, filter, action string) string {
		return "<Rule><ID>" + id + "</ID>" + filter + "<Status>Enabled</Status>" + action + "</Rule>"
	}
	const expire = "<Expiration><Days>30</Days></Expiration>"
	const abort = "<AbortIncompleteMultipartUpload><DaysAfterInitiation>1</DaysAfterInitiation></AbortIncompleteMultipartUpload>"
	for name, c := range map[string]struct {
		rule    string
		hazards int
		soonest int
	}{
		"whole bucket expires":    {rule("a", "<Filter/>", expire), 1, 0},
		"our prefix expires":      {rule("a", "<Filter><Prefix>uploads/</Prefix></Filter>", expire), 1, 0},
		"below our prefix":        {rule("a", "<Filter><Prefix>uploads/alice/</Prefix></Filter>", expire), 1, 0},
		"above our prefix":        {rule("a", "<Prefix>up</Prefix>", expire), 1, 0},
		"another prefix":          {rule("a", "<Filter><Prefix>logs/</Prefix></Filter>", expire), 0, 0},
		"by tag":                  {rule("a", "<Filter><And><Prefix>uploads/</Prefix><Tag><Key>a</Key><Value>b</Value></Tag></And></Filter>", expire), 1, 0},
		"on a date":               {rule("a", "<Filter/>", "<Expiration><Date>2030-01-01T00:00:00.000Z</Date></Expiration>"), 1, 0},
		"delete markers":          {rule("a", "<Filter/>", "<Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>"), 0, 0},
		"older versions":          {rule("a", "<Filter/>", "<NoncurrentVersionExpiration><NoncurrentDays>1</NoncurrentDays></NoncurrentVersionExpiration>"), 0, 0},
		"aborts sooner":           {rule("a", "<Filter/>", abort), 1, 1},
		"aborts sooner by size":   {rule("a", "<Filter><ObjectSizeGreaterThan>1</ObjectSizeGreaterThan></Filter>", abort), 1, 0},
		"aborts sooner elsewhere": {rule("a", "<Filter><Prefix>logs/</Prefix></Filter>", abort), 0, 0},
		"disabled":                {strings.Replace(rule("a", "<Filter/>", expire+abort), "Enabled", "Disabled", 1), 0, 0},
		"ours":                    {rule(AbortRuleID, "<Filter/>", abort), 0, 1},
	} {
		rules, err := parseRules([]byte("<LifecycleConfiguration>" + c.rule + "</LifecycleConfiguration>"))
		if err != nil {
			t.Fatal(err)
		}
		if got := hazards(rules, DefaultKeyPrefix, 3); len(got) != c.hazards {
			t.Errorf("%s: %v", name, got)
		}
		if got := soonestAbort(rules, DefaultKeyPrefix); got != c.soonest {
			t.Errorf("%s: aborts after %d days", name, got)
		}
	}
}

func TestMergeEncryption(t *testing.T) {
	want, _ := desired().DefaultEncryption()
	before := `<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault>` +
		`<BucketKeyEnabled>false</BucketKeyEnabled><BlockedEncryptionTypes><EncryptionType>SSE-C</EncryptionType></BlockedEncryptionTypes></Rule></ServerSideEncryptionConfiguration>`
	after, lines, err := mergeEncryption([]byte(before), want, true)
	if err != nil || len(pending(lines)) != 1 || lines[0].Mark != Changed {
		t.Fatalf("%v %v", err, lines)
	}
	if !strings.Contains(string(after), "<BlockedEncryptionTypes><EncryptionType>SSE-C</EncryptionType></BlockedEncryptionTypes>") {
		t.Errorf("what is blocked is lost: %s", after)
	}
	if got, err := parseEncryption(after); err != nil || got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if _, lines, err := mergeEncryption(after, want, true); err != nil || len(pending(lines)) != 0 {
		t.Errorf("a second time: %v %v", err, lines)
	}
	without := strings.Replace(string(after), "<BucketKeyEnabled>true</BucketKeyEnabled>", "", 1)
	if _, lines, _ := mergeEncryption([]byte(without), want, true); len(pending(lines)) != 1 {
		t.Errorf("Amazon without a bucket key: %v", lines)
	}
	if _, lines, _ := mergeEncryption([]byte(without), want, false); len(pending(lines)) != 0 {
		t.Errorf("a server without bucket keys: %v", lines)
	}
	if after, lines, err := mergeEncryption(nil, want, true); err != nil || lines[0].Mark != Added || len(after) == 0 {
		t.Errorf("none so far: %v %v", err, lines)
	}
}

func TestMergeCORS(t *testing.T) {
	d := desired(func(d *Desired) { d.Origins = []string{"https://a.example"} })
	want, _ := d.CORSRule()
	before := `<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>PUT</AllowedMethod></CORSRule></CORSConfiguration>`
	after, lines, err := mergeCORS([]byte(before), want)
	if err != nil || len(pending(lines)) != 1 {
		t.Fatalf("%v %v", err, lines)
	}
	root, err := parseXML(after)
	rules := root.all("CORSRule")
	if err != nil || len(rules) != 2 || rules[0].text("ID") != CORSRuleID || rules[1].text("AllowedOrigin") != "*" {
		t.Errorf("ours must come first, and the other stay: %s", after)
	}
	if again, lines, err := mergeCORS(after, want); err != nil || len(pending(lines)) != 0 || !bytes.Equal(again, after) {
		t.Errorf("a second time: %v %v", err, lines)
	}
	want.AllowedOrigins = append(want.AllowedOrigins, "https://b.example")
	if after, lines, err = mergeCORS(after, want); err != nil || pending(lines)[0].Mark != Changed || strings.Count(string(after), "<CORSRule>") != 2 {
		t.Errorf("another origin: %v %v %s", err, lines, after)
	}
}

const foreignPolicy = `{"Id":"theirs","Version":"2008-10-17","Statement":[{"Sid":"Backup","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/backup"},` +
	`"Action":"s3:GetObject","Resource":"arn:aws:s3:::vault/*","Condition":{"NumericLessThan":{"s3:TlsVersion":1.30}}}]}`

func statementsOf(t *testing.T, policy []byte) []json.RawMessage {
	t.Helper()
	doc, err := parsePolicy(policy)
	if err != nil {
		t.Fatal(err)
	}
	return doc.statements
}

func TestMergePolicy(t *testing.T) {
	ours := desired().Statements()
	after, lines, err := mergePolicy([]byte(foreignPolicy), ours)
	if err != nil || len(pending(lines)) != len(ours) {
		t.Fatalf("%v %v", err, lines)
	}
	theirs := statementsOf(t, []byte(foreignPolicy))[0]
	if got := statementsOf(t, after); len(got) != 1+len(ours) || !bytes.Equal(got[0], theirs) {
		t.Errorf("theirs became %s", got[0])
	}
	if !strings.HasPrefix(string(after), `{"Id":"theirs","Version":"2008-10-17","Statement":[`) || !json.Valid(after) {
		t.Errorf("the top became %s", after)
	}
	if again, lines, err := mergePolicy(after, ours); err != nil || len(pending(lines)) != 0 || !bytes.Equal(again, after) {
		t.Errorf("a second time: %v %v", err, lines)
	}
	changed := bytes.Replace(after, []byte(`"Null":{"s3:x-amz-server-side-encryption":["false"]}`), []byte(`"Null":{"s3:x-amz-server-side-encryption":["true"]}`), 1)
	if _, lines, _ := mergePolicy(changed, ours); len(pending(lines)) != 1 || pending(lines)[0].Mark != Changed {
		t.Errorf("a statement of ours that was changed: %v", lines)
	}
	bare, lines, err := mergePolicy(after, nil)
	if err != nil || len(pending(lines)) != len(ours) || len(statementsOf(t, bare)) != 1 {
		t.Errorf("without ours: %v %v %s", err, lines, bare)
	}
	if alone, _, _ := mergePolicy(nil, ours); len(statementsOf(t, alone)) != len(ours) {
		t.Errorf("without theirs: %s", alone)
	}
	if none, _, err := mergePolicy(nil, nil); err != nil || none != nil {
		t.Errorf("nothing of nothing: %v %s", err, none)
	}
}

// TestServersRewrite: MinIO writes a policy back in its own words.
func TestServersRewrite(t *testing.T) {
	ours := desired().Statements()
	policy, _, _ := mergePolicy(nil, ours)
	text := strings.NewReplacer(
		`"Principal":"*"`, `"Principal":{"AWS":["*"]}`, `["false"]`, `[false]`, `"Action":["s3:*"]`, `"Action":"s3:*"`,
		`["arn:aws:s3:::vault","arn:aws:s3:::vault/*"]`, `["arn:aws:s3:::vault/*","arn:aws:s3:::vault"]`,
	).Replace(string(policy))
	if text == string(policy) {
		t.Fatal("nothing was rewritten")
	}
	if _, lines, err := mergePolicy([]byte(text), ours); err != nil || len(pending(lines)) != 0 {
		t.Errorf("%v %v", err, lines)
	}
}

func TestSingleStatement(t *testing.T) {
	single := `{"Version":"2012-10-17","Statement":{"Sid":"One","Effect":"Deny","Principal":"*","Action":"s3:DeleteObject","Resource":"arn:aws:s3:::vault/*"}}`
	after, _, err := mergePolicy([]byte(single), desired().Statements())
	if err != nil || !strings.Contains(string(after), `{"Sid":"One","Effect":"Deny","Principal":"*","Action":"s3:DeleteObject","Resource":"arn:aws:s3:::vault/*"}`) {
		t.Errorf("%v %s", err, after)
	}
	for _, broken := range []string{`[]`, `{"Statement":`, `{"Statement":7}`, `null`, `x`} {
		if _, _, err := mergePolicy([]byte(broken), nil); err == nil {
			t.Errorf("%s is taken for a policy", broken)
		}
	}
}

// FuzzMergePolicy: whatever policy is there, others' statements stay byte for
// byte, and a second run finds nothing to do.
func FuzzMergePolicy(f *testing.F) {
	f.Add([]byte(foreignPolicy))
	f.Add([]byte(`{"Statement":{}}`))
	f.Add([]byte(`{"Statement":[{"Sid":"longshore-deny-without-tls"},{"Sid":"longshore-old"},7,null]}`))
	f.Fuzz(func(t *testing.T, before []byte) {
		ours := desired().Statements()
		after, _, err := mergePolicy(before, ours)
		if err != nil {
			return
		}
		if !json.Valid(after) {
			t.Fatalf("not JSON: %s", after)
		}
		foreign := func(policy []byte) (out []string) {
			for _, s := range statementsOf(t, policy) {
				if !strings.HasPrefix(sidOf(s), Prefix) {
					out = append(out, string(s))
				}
			}
			return out
		}
		if a, b := strings.Join(foreign(before), "\n"), strings.Join(foreign(after), "\n"); a != b {
			t.Fatalf("others' statements became\n%s\nfrom\n%s", b, a)
		}
		if _, lines, err := mergePolicy(after, ours); err != nil || len(pending(lines)) != 0 {
			t.Fatalf("a second time: %v %v", err, lines)
		}
	})
}

// FuzzMergeLifecycle is the same for XML.
func FuzzMergeLifecycle(f *testing.F) {
	f.Add([]byte(foreignLifecycle))
	f.Add([]byte(`<A><Rule><ID>longshore-abort-incomplete-uploads</ID></Rule><Rule><ID>longshore-x</ID></Rule></A>`))
	f.Fuzz(func(t *testing.T, before []byte) {
		want := desired().AbortRule()
		after, _, err := mergeLifecycle(before, want)
		if err != nil {
			return
		}
		if len(bytes.TrimSpace(before)) > 0 && foreignRules(t, after) != foreignRules(t, before) {
			t.Fatalf("others' rules became %s", after)
		}
		if _, lines, err := mergeLifecycle(after, want); err != nil || len(pending(lines)) != 0 {
			t.Fatalf("a second time: %v %v", err, lines)
		}
	})
}
