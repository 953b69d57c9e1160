package deploy

import (
	"slices"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"longshore/signer/bucket"
)

// TestEachDifferenceIsSeen changes one thing in the Terraform files at a time.
func TestEachDifferenceIsSeen(t *testing.T) {
	for _, m := range []struct{ file, old, new string }{
		{"policy.tf", `"aws:SecureTransport" = ["false"]`, `"aws:SecureTransport" = ["true"]`},
		{"policy.tf", `Sid       = "longshore-deny-customer-keys"`, `Sid       = "customer-keys"`},
		{"policy.tf", `[k, reverse(split("/", k))[0]]`, `[k]`},
		{"policy.tf", `StringNotEquals = { "s3:x-amz`, `StringNotEqualsIfExists = { "s3:x-amz`},
		{"policy.tf", `      jsonencode(local.deny_other_encryption),`, ``},
		{"policy.tf", `var.strict ?`, `!var.strict ?`},
		{"policy.tf", `Effect    = "Deny"`, `Effect    = "Allow"`},
		{"role.tf", `"s3:ListBucketMultipartUploads", "s3:ListBucket"`, `"s3:ListBucketMultipartUploads"`},
		{"role.tf", `"s3:GetObject",`, `"s3:GetObject", "s3:DeleteObject",`},
		{"role.tf", `Resource = local.kms_keys`, `Resource = ["*"]`},
		{"role.tf", `["kms:GenerateDataKey", "kms:Decrypt"]`, `["kms:GenerateDataKey"]`},
		{"kms.tf", `"kms:CancelKeyDeletion", `, `"kms:Decrypt", `},
		{"kms.tf", `    Condition = local.key_only_here`, ``},
		{"kms.tf", `var.key_operators)`, `[])`},
		{"kms.tf", `"s3.${data`, `"*.${data`},
		{"bucket.tf", `var.abort_after_days`, `7`},
		{"bucket.tf", `prefix = ""`, `prefix = "uploads/"`},
		{"bucket.tf", `status = "Enabled"`, `status = "Disabled"`},
		{"bucket.tf", "    abort_incomplete_multipart_upload {", "    expiration {\n      days = 1\n    }\n\n    abort_incomplete_multipart_upload {"},
		{"bucket.tf", `"ETag",`, ``},
		{"bucket.tf", `["PUT"]`, `["PUT", "GET"]`},
		{"bucket.tf", `bucket_key_enabled = true`, `bucket_key_enabled = false`},
		{"bucket.tf", `"aws:kms"`, `"AES256"`},
		{"bucket.tf", `block_public_policy     = true`, `block_public_policy     = false`},
		{"bucket.tf", `length(var.allowed_origins) > 0`, `length(var.allowed_origins) > 5`},
		{"kms.tf", `, var.group_kms_key_arns)`, `)`},
		{"variables.tf", "default     = 3", "default     = 4"},
		{"kms.tf", `var.kms_key_arn == "" ? 1 : 0`, `1`},
	} {
		sources := readSources(t)
		changed := strings.Replace(sources[m.file], m.old, m.new, 1)
		if changed == sources[m.file] {
			t.Errorf("%s does not say %s", m.file, m.old)
			continue
		}
		sources[m.file] = changed
		if checkTerraform(sources) == nil {
			t.Errorf("in %s nobody sees %s in the place of %s", m.file, m.new, m.old)
		}
	}
}

// TestRoleIsTheTable holds the actions against the table itself, which the
// papers are made of.
func TestRoleIsTheTable(t *testing.T) {
	c, err := parse(readSources(t))
	if err != nil {
		t.Fatal(err)
	}
	s, err := c.on(map[string]cty.Value{"bucket": text("study-vault")}, made(false))
	if err != nil {
		t.Fatal(err)
	}
	policy, err := s.attribute("aws_iam_role_policy.signer", "policy")
	if err != nil {
		t.Fatal(err)
	}
	var have []string
	for _, word := range strings.Split(policy.AsString(), `"`) {
		if !strings.HasPrefix(word, "arn:") && (strings.HasPrefix(word, "s3:") || strings.HasPrefix(word, "kms:")) {
			have = append(have, word)
		}
	}
	want := bucket.ActionsFor(bucket.RoleServe)
	slices.Sort(have)
	slices.Sort(want)
	if !slices.Equal(have, want) {
		t.Errorf("the role may\n%q\nthe table says\n%q", have, want)
	}
}

// TestWhoMayTakeTheRole evaluates the trust policy of each place.
func TestWhoMayTakeTheRole(t *testing.T) {
	c, err := parse(readSources(t))
	if err != nil {
		t.Fatal(err)
	}
	for assume, want := range map[string]string{
		"ecs":    `{"Version":"2012-10-17","Statement":[{"Sid":"LongshoreService","Effect":"Allow","Action":["sts:AssumeRole"],"Principal":{"Service":["ecs-tasks.amazonaws.com"]},"Condition":{"StringEquals":{"aws:SourceAccount":["111122223333"]}}}]}`,
		"ec2":    `{"Version":"2012-10-17","Statement":[{"Sid":"LongshoreService","Effect":"Allow","Action":["sts:AssumeRole"],"Principal":{"Service":["ec2.amazonaws.com"]}}]}`,
		"lambda": `{"Version":"2012-10-17","Statement":[{"Sid":"LongshoreService","Effect":"Allow","Action":["sts:AssumeRole"],"Principal":{"Service":["lambda.amazonaws.com"]}}]}`,
		"irsa": `{"Version":"2012-10-17","Statement":[{"Sid":"LongshoreServiceAccount","Effect":"Allow","Action":["sts:AssumeRoleWithWebIdentity"],` +
			`"Principal":{"Federated":["arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-central-1.amazonaws.com/id/ABCD"]},"Condition":{"StringEquals":{` +
			`"oidc.eks.eu-central-1.amazonaws.com/id/ABCD:aud":["sts.amazonaws.com"],"oidc.eks.eu-central-1.amazonaws.com/id/ABCD:sub":["system:serviceaccount:vault:signer"]}}}]}`,
	} {
		vars := map[string]cty.Value{"bucket": text("study-vault"), "assume": text(assume)}
		if assume == "irsa" {
			vars["irsa"] = object(map[string]string{
				"provider_arn": "arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-central-1.amazonaws.com/id/ABCD", "namespace": "vault", "service_account": "signer",
			})
		}
		s, err := c.on(vars, made(false))
		if err != nil {
			t.Errorf("%s: %v", assume, err)
			continue
		}
		have, err := s.attribute("aws_iam_role.signer", "assume_role_policy")
		if err != nil {
			t.Errorf("%s: %v", assume, err)
			continue
		}
		if err := sameJSON(assume, []byte(have.AsString()), []byte(want)); err != nil {
			t.Error(err)
		}
	}
}

// TestVariablesSayWhatTheyAre also tries each validation.
func TestVariablesSayWhatTheyAre(t *testing.T) {
	c, err := parse(readSources(t))
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range c.variableBlocks {
		if b.Body.Attributes["description"] == nil || b.Body.Attributes["type"] == nil {
			t.Errorf("variable %s has no description or no type", name)
		}
	}
	for _, try := range []struct {
		variable  string
		value     cty.Value
		condition bool
	}{
		{"bucket", text("study-vault"), true},
		{"bucket", text("Study"), false},
		{"bucket", text("study.vault"), false},
		{"kms_key_arn", text(""), true},
		{"kms_key_arn", text(keyARN), true},
		{"kms_key_arn", text("alias/vault"), false},
		{"abort_after_days", cty.NumberIntVal(1), true},
		{"abort_after_days", cty.NumberIntVal(0), false},
		{"abort_after_days", cty.NumberFloatVal(1.5), false},
		{"allowed_origins", texts("https://a.example.org"), true},
		{"allowed_origins", texts("https://a.example.org/"), false},
		{"allowed_origins", texts("*"), false},
		{"assume", text("irsa"), true},
		{"assume", text("eks"), false},
		{"lambda_seal_key", text("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="), true},
		{"lambda_seal_key", text("short"), false},
	} {
		s, err := c.on(map[string]cty.Value{"bucket": text("study-vault"), try.variable: try.value}, made(false))
		if err != nil && try.condition {
			t.Errorf("%s: %v", try.variable, err)
			continue
		}
		holds, diags := c.variableBlocks[try.variable].Body.Blocks[0].Body.Attributes["condition"].Expr.Value(s.eval)
		if diags.HasErrors() || holds.True() != try.condition {
			t.Errorf("%s = %#v: %v %v", try.variable, try.value, holds, diags)
		}
	}
}
