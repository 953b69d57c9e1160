package deploy

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"longshore/signer/bucket"
)

// The vault of the examples.
const (
	account  = "111122223333"
	keyARN   = "arn:aws:kms:eu-central-1:" + account + ":key/1234abcd-12ab-34cd-56ef-1234567890ab"
	groupKey = "arn:aws:kms:eu-central-1:" + account + ":key/99999999-0000-4000-8000-00000000cafe"
	roleARN  = "arn:aws:iam::" + account + ":role/longshore-signer"
	opsARN   = "arn:aws:iam::" + account + ":role/vault-operations"
	readARN  = "arn:aws:iam::" + account + ":role/study-readers"
)

func exampleVault() bucket.Desired {
	return bucket.Desired{
		Bucket: "study-vault", Region: "eu-central-1", Amazon: true, TLS: true, KMSKey: keyARN,
		Origins: []string{"https://portal.example.org"}, KeyPrefix: bucket.DefaultKeyPrefix,
	}.WithDefaults()
}

func text(s string) cty.Value { return cty.StringVal(s) }

func texts(list ...string) cty.Value {
	if len(list) == 0 {
		return cty.ListValEmpty(cty.String)
	}
	out := make([]cty.Value, len(list))
	for i, s := range list {
		out[i] = text(s)
	}
	return cty.ListVal(out)
}

func object(fields map[string]string) cty.Value {
	out := map[string]cty.Value{}
	for name, s := range fields {
		out[name] = text(s)
	}
	return cty.ObjectVal(out)
}

// made are the resources of the example vault, as AWS would have made them.
func made(ownKey bool) map[string]cty.Value {
	key := cty.TupleVal([]cty.Value{object(map[string]string{"arn": keyARN, "key_id": strings.TrimPrefix(keyARN, "arn:aws:kms:eu-central-1:"+account+":key/")})})
	if ownKey {
		key = cty.EmptyTupleVal
	}
	vault := func(v cty.Value) cty.Value { return cty.ObjectVal(map[string]cty.Value{"vault": v}) }
	current := func(name, value string) cty.Value {
		return cty.ObjectVal(map[string]cty.Value{"current": object(map[string]string{name: value})})
	}
	return map[string]cty.Value{
		"aws_s3_bucket": vault(object(map[string]string{"id": "study-vault", "arn": "arn:aws:s3:::study-vault"})),
		"aws_kms_key":   vault(key),
		"aws_iam_role": cty.ObjectVal(map[string]cty.Value{
			"signer": object(map[string]string{"arn": roleARN, "id": "longshore-signer", "name": "longshore-signer"}),
		}),
		"data": cty.ObjectVal(map[string]cty.Value{
			"aws_region":          current("region", "eu-central-1"),
			"aws_caller_identity": current("account_id", account),
			"aws_partition": cty.ObjectVal(map[string]cty.Value{
				"current": object(map[string]string{"partition": "aws", "dns_suffix": "amazonaws.com"}),
			}),
		}),
	}
}

// variation is one way to fill in the variables, with what setup would be told.
type variation struct {
	name  string
	vars  map[string]cty.Value
	want  func(*bucket.Desired)
	users bucket.KeyUsers
}

func variations() []variation {
	signer := bucket.KeyUsers{Signers: []string{roleARN}}
	return []variation{
		{"defaults", nil, func(d *bucket.Desired) { d.Origins = nil }, signer},
		{
			"everything",
			map[string]cty.Value{
				"strict": cty.True, "abort_after_days": cty.NumberIntVal(9), "allowed_origins": texts("https://a.example.org", "https://b.example.org:8443"),
				"group_kms_key_arns": texts(groupKey), "key_operators": texts(opsARN), "key_readers": texts(readARN),
			},
			func(d *bucket.Desired) {
				d.GroupKeys = []string{groupKey}
				d.Strict, d.AbortAfterDays, d.Origins = true, 9, []string{"https://a.example.org", "https://b.example.org:8443"}
			},
			bucket.KeyUsers{Signers: []string{roleARN, opsARN}, Readers: []string{readARN}},
		},
		{"a key that is there", map[string]cty.Value{"kms_key_arn": text(keyARN)}, func(d *bucket.Desired) { d.Origins = nil }, bucket.KeyUsers{}},
	}
}

// checkTerraform holds the files against what setup applies.
func checkTerraform(sources map[string]string) error {
	c, err := parse(sources)
	if err != nil {
		return err
	}
	var errs []error
	for _, v := range variations() {
		want := exampleVault()
		v.want(&want)
		vars := map[string]cty.Value{"bucket": text("study-vault")}
		for name, value := range v.vars {
			vars[name] = value
		}
		s, err := c.on(vars, made(v.vars["kms_key_arn"] != cty.NilVal))
		if err != nil {
			return fmt.Errorf("%s: %w", v.name, err)
		}
		for _, check := range []error{s.checkPapers(want, v.users), s.checkLifecycle(want), s.checkCORS(want), s.checkEncryption(want), s.checkClosed()} {
			if check != nil {
				errs = append(errs, fmt.Errorf("%s: %w", v.name, check))
			}
		}
	}
	return errors.Join(errs...)
}

func (s *stage) checkPapers(want bucket.Desired, users bucket.KeyUsers) error {
	var errs []error
	for resource, paper := range map[string]bucket.Paper{
		"aws_s3_bucket_policy.vault": bucket.PaperPolicy, "aws_iam_role_policy.signer": bucket.PaperRole, "aws_kms_key.vault": bucket.PaperKey,
	} {
		if there, err := s.exists(resource); err != nil || there != (paper != bucket.PaperKey || len(users.Signers) > 0) {
			errs = append(errs, fmt.Errorf("%s exists: %v, %w", resource, there, err))
			continue
		} else if !there {
			continue
		}
		have, err := s.attribute(resource, "policy")
		if err != nil {
			errs = append(errs, err)
			continue
		}
		need, err := want.Paper(paper, users)
		if err != nil {
			return err
		}
		errs = append(errs, sameJSON(resource, []byte(have.AsString()), need))
	}
	return errors.Join(errs...)
}

func (s *stage) checkLifecycle(want bucket.Desired) error {
	const r = "aws_s3_bucket_lifecycle_configuration.vault"
	rule := want.AbortRule()
	return errors.Join(
		s.equal(r, text(rule.ID), "rule", "id"), s.equal(r, text("Enabled"), "rule", "status"), s.equal(r, text(""), "rule", "filter", "prefix"),
		s.equal(r, cty.NumberIntVal(int64(rule.Days)), "rule", "abort_incomplete_multipart_upload", "days_after_initiation"),
		s.only(r, "rule", "filter", "abort_incomplete_multipart_upload"),
	)
}

func (s *stage) checkCORS(want bucket.Desired) error {
	const r = "aws_s3_bucket_cors_configuration.vault"
	rule, ok := want.CORSRule()
	if there, err := s.exists(r); err != nil || there != ok {
		return fmt.Errorf("%s exists: %v, %w", r, there, err)
	}
	if !ok {
		return nil
	}
	return errors.Join(
		s.equal(r, text(rule.ID), "cors_rule", "id"), s.equal(r, texts(rule.AllowedOrigins...), "cors_rule", "allowed_origins"),
		s.equal(r, texts(rule.AllowedMethods...), "cors_rule", "allowed_methods"), s.equal(r, texts(rule.AllowedHeaders...), "cors_rule", "allowed_headers"),
		s.equal(r, texts(rule.ExposeHeaders...), "cors_rule", "expose_headers"), s.equal(r, cty.NumberIntVal(int64(rule.MaxAgeSeconds)), "cors_rule", "max_age_seconds"),
		s.only(r, "cors_rule"),
	)
}

func (s *stage) checkEncryption(want bucket.Desired) error {
	const r = "aws_s3_bucket_server_side_encryption_configuration.vault"
	e, _ := want.DefaultEncryption()
	const by = "apply_server_side_encryption_by_default"
	return errors.Join(
		s.equal(r, text(e.Algorithm), "rule", by, "sse_algorithm"), s.equal(r, text(e.KeyID), "rule", by, "kms_master_key_id"),
		s.equal(r, cty.BoolVal(e.BucketKey), "rule", "bucket_key_enabled"), s.only(r, "rule", by),
	)
}

// checkClosed holds what setup does not make and doctor reports.
func (s *stage) checkClosed() error {
	const block = "aws_s3_bucket_public_access_block.vault"
	return errors.Join(
		s.equal(block, cty.True, "block_public_acls"), s.equal(block, cty.True, "block_public_policy"),
		s.equal(block, cty.True, "ignore_public_acls"), s.equal(block, cty.True, "restrict_public_buckets"),
		s.equal("aws_s3_bucket_ownership_controls.vault", text("BucketOwnerEnforced"), "rule", "object_ownership"),
	)
}

// equal compares an attribute by its JSON: lists and tuples are one there.
func (s *stage) equal(resource string, want cty.Value, path ...string) error {
	have, err := s.attribute(resource, path...)
	if err != nil {
		return err
	}
	a, err := ctyjson.Marshal(have, have.Type())
	if err != nil {
		return err
	}
	b, err := ctyjson.Marshal(want, want.Type())
	if err != nil {
		return err
	}
	return sameJSON(resource+" "+strings.Join(path, "."), a, b)
}

// only says which blocks there may be: each of the path, once, in the one before.
func (s *stage) only(resource string, path ...string) error {
	body := s.resources[resource].Body
	for depth := 0; len(body.Blocks) > 0; depth++ {
		for i, b := range body.Blocks {
			if !slices.Contains(path, b.Type) || slices.ContainsFunc(body.Blocks[:i], func(o *hclsyntax.Block) bool { return o.Type == b.Type }) {
				return fmt.Errorf("%s has one block %s too many", resource, b.Type)
			}
		}
		body = body.Blocks[0].Body
	}
	return nil
}

// sameJSON compares documents without the order of lists, of which none here
// has a meaning.
func sameJSON(what string, have, want []byte) error {
	var a, b any
	if err := errors.Join(json.Unmarshal(have, &a), json.Unmarshal(want, &b)); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if x, y := canonical(a), canonical(b); x != y {
		return fmt.Errorf("%s is\n%s\nand setup makes\n%s", what, x, y)
	}
	return nil
}

func canonical(v any) string {
	switch v := v.(type) {
	case map[string]any:
		fields := make([]string, 0, len(v))
		for name, x := range v {
			fields = append(fields, fmt.Sprintf("%q:%s", name, canonical(x)))
		}
		slices.Sort(fields)
		return "{" + strings.Join(fields, ",") + "}"
	case []any:
		items := make([]string, 0, len(v))
		for _, x := range v {
			items = append(items, canonical(x))
		}
		slices.Sort(items)
		return "[" + strings.Join(items, ",") + "]"
	}
	return fmt.Sprintf("%#v", v)
}

func TestTerraformIsWhatSetupApplies(t *testing.T) {
	if err := checkTerraform(readSources(t)); err != nil {
		t.Error(err)
	}
}
