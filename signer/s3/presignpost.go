package s3

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"maps"
	"net/url"
	"slices"
	"time"

	"longshore/signer"
)

var _ signer.FormStorage = (*Storage)(nil)

// PresignPost signs a form for one whole object (AWS docs, "Browser-based
// uploads using POST"). Every field is a condition of the policy, so that none
// can be changed or left out, and the body's size is bounded by it.
func (s *Storage) PresignPost(ctx context.Context, in signer.PostInput) (signer.SignedForm, error) {
	creds, lifetime, err := s.credentials(ctx, in.Lifetime)
	if err != nil {
		return signer.SignedForm{}, err
	}
	now := s.now().UTC()
	day := now.Format("20060102")
	fields := map[string]string{
		"key": in.Key, "Content-Type": in.ContentType, "success_action_status": "201",
		"x-amz-algorithm":  "AWS4-HMAC-SHA256",
		"x-amz-credential": creds.AccessKeyID + "/" + day + "/" + s.site.region + "/" + s.site.service + "/aws4_request",
		"x-amz-date":       now.Format("20060102T150405Z"),
	}
	if creds.SessionToken != "" {
		fields["x-amz-security-token"] = creds.SessionToken
	}
	for name, value := range in.Metadata {
		fields["x-amz-meta-"+name] = value
	}
	if in.KMSKeyID != "" {
		fields["x-amz-server-side-encryption"] = "aws:kms"
		fields["x-amz-server-side-encryption-aws-kms-key-id"] = in.KMSKeyID
	}
	if in.BucketKey {
		fields["x-amz-server-side-encryption-bucket-key-enabled"] = "true"
	}
	if in.StorageClass != "" {
		fields["x-amz-storage-class"] = in.StorageClass
	}
	if in.Tagging != "" {
		if fields["tagging"], err = tagXML(in.Tagging); err != nil {
			return signer.SignedForm{}, err
		}
	}
	policy, err := postPolicy(s.bucket, fields, in.Most, now.Add(lifetime))
	if err != nil {
		return signer.SignedForm{}, err
	}
	fields["policy"] = policy
	fields["x-amz-signature"] = postSignature(creds.SecretAccessKey, day, s.site.region, s.site.service, policy)
	return signer.SignedForm{URL: s.site.base.String(), Fields: fields, ExpiresIn: lifetime}, nil
}

// postPolicy is the base64 of a policy that wants the fields as they are.
func postPolicy(bucket string, fields map[string]string, most int64, ends time.Time) (string, error) {
	conditions := []any{map[string]string{"bucket": bucket}, []any{"content-length-range", 0, most}}
	for name, value := range fields {
		conditions = append(conditions, []string{"eq", "$" + name, value})
	}
	data, err := json.Marshal(map[string]any{
		"expiration": ends.Format("2006-01-02T15:04:05.000Z"), "conditions": conditions,
	})
	return base64.StdEncoding.EncodeToString(data), err
}

// postSignature is Signature Version 4 over a policy.
func postSignature(secret, day, region, service, policy string) string {
	m := hmac.New(sha256.New, signingKey(secret, day, region, service))
	m.Write([]byte(policy))
	return hex.EncodeToString(m.Sum(nil))
}

// tagXML writes tags, given as x-amz-tagging has them, as a form has them.
func tagXML(tagging string) (string, error) {
	type tag struct{ Key, Value string }
	var out struct {
		XMLName xml.Name `xml:"Tagging"`
		Tags    []tag    `xml:"TagSet>Tag"`
	}
	tags, err := url.ParseQuery(tagging)
	if err != nil {
		return "", err
	}
	for _, name := range slices.Sorted(maps.Keys(tags)) {
		out.Tags = append(out.Tags, tag{name, tags.Get(name)})
	}
	data, err := xml.Marshal(out)
	return string(data), err
}
