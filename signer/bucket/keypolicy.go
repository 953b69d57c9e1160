package bucket

import (
	"errors"
	"slices"
	"strings"
)

// KeyUsers are who may use the vault's KMS key, as ARNs of IAM roles or users.
type KeyUsers struct {
	// Signers start and finish uploads: the role that serves, and whoever runs
	// setup and doctor. At least one.
	Signers []string
	// Readers decrypt what is in the vault, and write nothing.
	Readers []string
}

// KeyStatement is a statement of a key policy. Its principals are ARNs, and its
// resource is "*", which means the key that the policy is on.
type KeyStatement struct {
	Sid       string                         `json:"Sid"`
	Effect    string                         `json:"Effect"`
	Principal KeyPrincipal                   `json:"Principal"`
	Action    []string                       `json:"Action"`
	Resource  string                         `json:"Resource"`
	Condition map[string]map[string][]string `json:"Condition,omitempty"`
}

// KeyPrincipal is who a KeyStatement is about.
type KeyPrincipal struct {
	AWS []string `json:"AWS"`
}

// keyAdministration is what the account may do with the key by IAM policies: all
// that AWS's default key policy gives key administrators, and no use of the key
// (AWS docs, "Default key policy"). An administrator's kms:* in the account
// therefore does not open the vault; they can give themselves a grant or change
// this policy, and CloudTrail shows that.
func keyAdministration() []string {
	return []string{
		"kms:CancelKeyDeletion", "kms:Create*", "kms:Delete*", "kms:Describe*", "kms:Disable*", "kms:Enable*", "kms:Get*",
		"kms:List*", "kms:Put*", "kms:Revoke*", "kms:ScheduleKeyDeletion", "kms:TagResource", "kms:UntagResource", "kms:Update*",
	}
}

// KeyStatements are the policy of the vault's KMS key. The key works through S3
// alone, and for this bucket alone: S3 names the bucket in the encryption
// context, or the object where an upload has no bucket key (AWS docs, "Using
// SSE-KMS"). Errors say in words what is missing.
func (d Desired) KeyStatements(u KeyUsers) ([]KeyStatement, error) {
	if len(u.Signers) == 0 {
		return nil, errors.New("a key policy names who uses the key: give the ARN of the role that serves")
	}
	account := ""
	for _, arn := range slices.Concat(u.Signers, u.Readers) {
		f := strings.SplitN(arn, ":", 6)
		if len(f) != 6 || f[0] != "arn" || f[2] != "iam" || len(f[4]) != 12 || !strings.Contains(f[5], "/") {
			return nil, errors.New("who uses the key must be given as arn:aws:iam::ACCOUNT:role/NAME")
		}
		if account == "" {
			account = f[4]
		}
	}
	onlyHere := map[string]map[string][]string{
		"StringEquals": {"kms:ViaService": {"s3." + d.Region + "." + serviceDomain(d.Region)}},
		"StringLike":   {"kms:EncryptionContext:aws:s3:arn": {d.arn(), d.arn() + "/*"}},
	}
	out := []KeyStatement{
		{
			Sid: "LongshoreAdministration", Effect: "Allow", Action: keyAdministration(), Resource: "*",
			Principal: KeyPrincipal{[]string{"arn:" + partition(d.Region) + ":iam::" + account + ":root"}},
		},
		{
			Sid: "LongshoreUpload", Effect: "Allow", Action: actionsOn(ScopeKey, RoleServe), Resource: "*",
			Principal: KeyPrincipal{u.Signers}, Condition: onlyHere,
		},
	}
	if len(u.Readers) > 0 {
		out = append(out, KeyStatement{
			Sid: "LongshoreRead", Effect: "Allow", Action: []string{"kms:Decrypt"}, Resource: "*",
			Principal: KeyPrincipal{u.Readers}, Condition: onlyHere,
		})
	}
	return out, nil
}

func actionsOn(on Scope, r Role) []string {
	var out []string
	for _, p := range Permissions() {
		if p.On == on && slices.Contains(p.Roles, r) {
			out = append(out, p.Action)
		}
	}
	return out
}

// serviceDomain ends the names of AWS's services in a region.
func serviceDomain(region string) string {
	if strings.HasPrefix(region, "cn-") {
		return "amazonaws.com.cn"
	}
	return "amazonaws.com"
}
