package bucket

import (
	"context"
	"fmt"
	"strconv"
	"strings"
)

const runSetup = "run longshore-signer setup with the same flags"

// document reads a setting for a check; ok is false with the line to say.
func (x *exam) document(ctx context.Context, name string, doc Document) (body []byte, trouble []Check, ok bool) {
	body, err := x.Vault.Read(ctx, doc)
	if err == nil {
		return body, nil, true
	}
	text, do, _ := readTrouble(doc, x.server, err)
	return nil, []Check{{name, Warning, text, do}}, false
}

func (x *exam) lifecycle(ctx context.Context) []Check {
	const name = "lifecycle"
	body, trouble, ok := x.document(ctx, name, Lifecycle)
	if !ok {
		return trouble
	}
	rules, err := parseRules(body)
	if err != nil {
		return []Check{{name, Warning, "the lifecycle rules cannot be read", "look at them with your S3 tools"}}
	}
	var out []Check
	switch n := soonestAbort(rules, x.Want.KeyPrefix); {
	case n == 0 && x.server == "MinIO":
		out = append(out, Check{name, Warning, "MinIO has no rule for incomplete uploads and aborts them by itself, after a day by default", unknownAdvice(Lifecycle, x.server)})
	case n == 0:
		out = append(out, Check{name, Warning, "no rule aborts incomplete uploads: what was begun and never finished is paid for for ever", runSetup})
	case n < SafeAbortAfterDays:
		out = append(out, Check{
			name, Warning,
			fmt.Sprintf("incomplete uploads are aborted after %s, fewer than %d: a weekend or a slow line can end one; 100 GB need %.1f Mbit/s", days(n), SafeAbortAfterDays, SlowestUplink(n)),
			fmt.Sprintf("run setup with --abort-after-days %d, unless every uplink is faster", SafeAbortAfterDays),
		})
	default:
		out = append(out, Check{name, OK, fmt.Sprintf("incomplete uploads are aborted after %s; 100 GB need %.1f Mbit/s", days(n), SlowestUplink(n)), ""})
	}
	for _, h := range hazards(rules, x.Want.KeyPrefix, ourAbort(rules)) {
		out = append(out, Check{name, Warning, h, "ask who made it; keep it only if it is meant for this vault"})
	}
	return out
}

func (x *exam) encryption(ctx context.Context) []Check {
	const name = "default encryption"
	want, ok := x.Want.DefaultEncryption()
	if !ok {
		return []Check{{name, Warning, "the vault is without KMS (--no-kms)", "give --kms-key-id if the server has a KMS"}}
	}
	body, trouble, ok := x.document(ctx, name, Encryption)
	if !ok {
		return trouble
	}
	_, lines, err := mergeEncryption(body, want, x.Want.Amazon)
	switch {
	case err != nil:
		return []Check{{name, Warning, "the default encryption cannot be read", "look at it with your S3 tools"}}
	case len(pending(lines)) == 0:
		return []Check{{name, OK, lines[0].Text, ""}}
	}
	have, _ := parseEncryption(body)
	text := "an upload without an encryption header would not get the vault's key"
	if have.Algorithm == want.Algorithm && have.KeyID == want.KeyID {
		text = "there is no bucket key: each object costs a call to KMS, whose rate is limited"
	}
	return []Check{{name, Warning, text, runSetup}}
}

// policy compares the statements, and asks the bucket itself whether it refuses
// another encryption.
func (x *exam) policy(ctx context.Context) []Check {
	const name = "policy"
	var out []Check
	if x.Want.KMSKey != "" {
		out = append(out, x.otherEncryption(ctx))
	}
	body, trouble, ok := x.document(ctx, name, Policy)
	if !ok {
		return append(trouble, out...)
	}
	want := x.Want.Statements()
	_, lines, err := mergePolicy(body, want)
	if err != nil {
		return append([]Check{{name, Warning, "the policy cannot be read", "look at it with your S3 tools"}}, out...)
	}
	var missing, left []string
	for _, l := range lines {
		switch l.Mark {
		case Added, Changed:
			missing = append(missing, l.Text)
		case Removed:
			left = append(left, l.Text)
		}
	}
	switch {
	case len(missing) > 0:
		out = append([]Check{{name, Warning, "missing or changed: " + strings.Join(missing, "; "), runSetup}}, out...)
	case len(left) > 0: // of a trial that was killed, or of other flags
		out = append([]Check{{name, Warning, "left of an earlier setup: " + strings.Join(left, "; "), runSetup}}, out...)
	case len(want) == 0:
		out = append([]Check{{name, Warning, "nothing refuses requests without TLS: the bucket is reached by http", "serve the bucket by https"}}, out...)
	default:
		out = append([]Check{{name, OK, "has all that setup asks for", ""}}, out...)
	}
	return out
}

func (x *exam) otherEncryption(ctx context.Context) Check {
	const name = "other encryption"
	refused, err := refuses(ctx, x.Vault, x.Want.probeKey(), wrongHeader)
	switch {
	case err != nil:
		return failed(name, Warning, "an upload with another encryption got no clear answer", err, stepOp(err))[0]
	case refused:
		return Check{name, OK, "an upload that asks for another encryption is refused", ""}
	case x.server == "MinIO":
		return Check{
			name, Warning, "an upload that asks for another encryption is taken: MinIO holds bucket policies against anonymous callers only",
			"give the signer's own user in MinIO the policy that setup --print-role serve prints: it holds the same refusals",
		}
	}
	return Check{name, Warning, "an upload that asks for another encryption is taken: the policy is not there, or does not bind these credentials", runSetup}
}

func (x *exam) versioning(ctx context.Context) []Check {
	const name = "versioning"
	body, trouble, ok := x.document(ctx, name, Versioning)
	if !ok {
		return trouble
	}
	root, err := parseXML(body)
	switch {
	case err != nil:
		return []Check{{name, Warning, "it cannot be read", "look at it with your S3 tools"}}
	case root.text("Status") == "Enabled":
		return []Check{{name, OK, "is on: what is deleted can be got back", ""}}
	}
	return []Check{{name, OK, "is off: what an administrator deletes is gone; the signer itself never overwrites or deletes", ""}}
}

func (x *exam) objectLock(ctx context.Context) []Check {
	const name = "object lock"
	body, trouble, ok := x.document(ctx, name, ObjectLock)
	if !ok {
		return trouble
	}
	root, err := parseXML(body)
	retention := root.at("Rule", "DefaultRetention")
	switch {
	case err != nil:
		return []Check{{name, Warning, "it cannot be read", "look at it with your S3 tools"}}
	case root.text("ObjectLockEnabled") != "Enabled":
		return []Check{{name, OK, "is off", ""}}
	case retention == nil:
		return []Check{{name, OK, "is on, without a default retention", ""}}
	}
	span := retention.text("Years") + " years"
	if n, err := strconv.Atoi(retention.text("Days")); err == nil {
		span = days(n)
	}
	return []Check{{name, OK, "is on: every object is locked for " + span + " (" + strings.ToLower(retention.text("Mode")) + ")", ""}}
}

func (x *exam) publicAccess(ctx context.Context) []Check {
	const name = "public access"
	body, err := x.Vault.Read(ctx, PublicAccess)
	if err != nil && notKnown(err) {
		return []Check{{name, OK, "this server knows no public access block", ""}}
	}
	if err != nil {
		text, do, _ := readTrouble(PublicAccess, x.server, err)
		return []Check{{name, Warning, text, do}}
	}
	root, err := parseXML(body)
	if err != nil {
		return []Check{{name, Warning, "the public access block cannot be read", "look at it with your S3 tools"}}
	}
	var open []string
	for _, flag := range []string{"BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"} {
		if root.text(flag) != "true" {
			open = append(open, flag)
		}
	}
	if len(open) > 0 {
		return []Check{{name, Warning, "the bucket could be made public; off are " + strings.Join(open, ", "), "turn Block Public Access on for the bucket, or for the account"}}
	}
	return []Check{{name, OK, "is blocked in all four ways", ""}}
}
