package bucket

import "strings"

// Statement is one statement of a policy.
type Statement struct {
	Sid       string                         `json:"Sid,omitempty"`
	Effect    string                         `json:"Effect"`
	Principal string                         `json:"Principal,omitempty"` // "*"
	Action    []string                       `json:"Action"`
	Resource  []string                       `json:"Resource"`
	Condition map[string]map[string][]string `json:"Condition,omitempty"`
}

// Statements are what d asks of the bucket's policy.
//
// On the conditions. A key that the request does not carry is "not equal" to
// everything, and …IfExists makes an absent key match as well (AWS docs, IAM
// "Condition operators": with Deny and a negated operator like
// StringNotEqualsIfExists "the request is still denied even if the condition
// key is not present"). Either would refuse parts and Complete, which carry no
// encryption header. "Null": "false" is what says "only if it is present".
//
// A request without a header is encrypted by the bucket's default; S3 evaluates
// the policy before it applies that (AWS docs, "Setting default server-side
// encryption behavior"), so the policy sees no header there.
//
// A present aws:kms without a key id means the account's own aws/s3 key: its
// key id is absent, hence not equal, hence refused. S3 compares the key as an
// ARN ("must use a key ARN"); servers that compare what was sent see the id as
// well, so both forms are listed.
func (d Desired) Statements() []Statement {
	objects := []string{d.arn() + "/*"}
	var out []Statement
	if d.TLS {
		out = append(out, deny(SidTLS, "s3:*", []string{d.arn(), d.arn() + "/*"}, condition{"Bool", "aws:SecureTransport", []string{"false"}}))
	}
	if d.KMSKey == "" {
		return out
	}
	present := condition{"Null", encryptionHeader, []string{"false"}}
	out = append(out,
		deny(SidNotKMS, "s3:PutObject", objects, present, condition{"StringNotEquals", encryptionHeader, []string{"aws:kms"}}),
		deny(SidOtherKey, "s3:PutObject", objects, present, condition{"StringNotEquals", keyHeader, d.keyForms()}),
		// An upload under the caller's own key has none of the headers above.
		deny(SidCustomerKey, "s3:PutObject", objects, condition{"Null", customerHeader, []string{"false"}}),
	)
	if d.Strict {
		out = append(out, deny(SidNoHeader, "s3:PutObject", objects, condition{"Null", encryptionHeader, []string{"true"}}))
	}
	return out
}

// condition is one operator on one key.
type condition struct {
	operator, key string
	values        []string
}

func deny(sid, action string, resource []string, conditions ...condition) Statement {
	s := Statement{
		Sid: sid, Effect: "Deny", Principal: "*", Action: []string{action}, Resource: resource,
		Condition: map[string]map[string][]string{},
	}
	for _, c := range conditions {
		if s.Condition[c.operator] == nil {
			s.Condition[c.operator] = map[string][]string{}
		}
		s.Condition[c.operator][c.key] = c.values
	}
	return s
}

// arn is the bucket's. Other servers use Amazon's partition.
func (d Desired) arn() string { return "arn:" + partition(d.Region) + ":s3:::" + d.Bucket }

// partition of a region (AWS docs, "Amazon Resource Names").
func partition(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov"
	}
	return "aws"
}

// keyForms are those of all keys.
func (d Desired) keyForms() []string {
	var out []string
	for _, k := range d.keys() {
		out = append(out, keyForms(k)...)
	}
	return out
}

// keyForms are the ways a server may write the key in a condition.
func keyForms(key string) []string {
	if isKeyARN(key) {
		return []string{key, key[strings.LastIndex(key, "/")+1:]}
	}
	if name, ok := strings.CutPrefix(key, "arn:aws:kms:"); ok {
		return []string{key, name}
	}
	return []string{"arn:aws:kms:" + key, key} // MinIO's way
}

// trial gives the statements on the probe's keys alone, under names of their
// own, so that they can be tried without touching anybody's upload.
func (d Desired) trial(statements []Statement) []Statement {
	out := make([]Statement, len(statements))
	for i, s := range statements {
		s.Sid = trialPrefix + strings.TrimPrefix(s.Sid, Prefix)
		s.Resource = []string{d.arn() + "/" + d.ProbePrefix + "*"}
		out[i] = s
	}
	return out
}

// needsEncryptionKeys tells the statements whose condition keys some servers do
// not know.
func needsEncryptionKeys(s Statement) bool { return s.Sid != SidTLS }
