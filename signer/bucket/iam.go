package bucket

import (
	"encoding/json"
	"slices"
	"strings"
)

// Role is who needs a permission.
type Role string

// The roles. Each needs all that is listed for it; they do not build on each
// other.
const (
	RoleServe  Role = "serve"
	RoleSetup  Role = "setup"
	RoleDoctor Role = "doctor"
)

// Scope is what a permission is about.
type Scope string

// The scopes, as the Resource of a policy.
const (
	ScopeBucket  Scope = "bucket"  // the bucket itself
	ScopeObjects Scope = "objects" // every key in it
	ScopeProbe   Scope = "probe"   // keys under the probe prefix
	ScopeKey     Scope = "key"     // the KMS key
)

// Permission is one IAM action with its reason.
type Permission struct {
	Action string
	On     Scope
	Roles  []Role
	Calls  []string // the SDK's operations that need it
	Reason string
}

// Permissions is the table of all IAM actions that Longshore needs. Source: AWS
// docs, "Required permissions for Amazon S3 API operations", and for KMS
// "Permissions for multipart upload API" and "Using SSE-KMS".
func Permissions() []Permission { return append(servePermissions(), adminPermissions()...) }

func servePermissions() []Permission {
	all := []Role{RoleServe, RoleSetup, RoleDoctor}
	serving := []Role{RoleServe, RoleDoctor}
	return []Permission{
		{
			"s3:PutObject", ScopeObjects, all, []string{"CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload", "PutObject"},
			"starts uploads, completes them, and stands behind every signed part and signed PUT",
		},
		{
			"s3:PutObjectTagging", ScopeObjects, []Role{RoleServe}, []string{"CreateMultipartUpload", "PutObject"},
			"the rules of a group may tag its objects (serve's --policy); without tags nobody asks for it",
		},
		{
			"s3:AbortMultipartUpload", ScopeObjects, all, []string{"AbortMultipartUpload"},
			"takes back an upload that was cancelled, and every probe",
		},
		{
			"s3:ListMultipartUploadParts", ScopeObjects, all, []string{"ListParts"},
			"what S3 already holds is not sent again",
		},
		{
			"s3:ListBucketMultipartUploads", ScopeBucket, serving, []string{"ListMultipartUploads"},
			"a repeated start finds the upload whose first answer was lost",
		},
		{
			"s3:ListBucket", ScopeBucket, all, []string{"HeadObject", "HeadBucket"},
			"a missing object is 404 and not 403, which says nothing; and the bucket itself can be asked for",
		},
		{
			"s3:GetObject", ScopeObjects, serving, []string{"HeadObject"},
			"HEAD settles whether an upload ended well; nothing reads an object's bytes, but S3 has no smaller permission",
		},
		{
			"kms:GenerateDataKey", ScopeKey, all, []string{"CreateMultipartUpload", "PutObject"},
			"S3 asks KMS for the key of each new object in the caller's name",
		},
		{
			"kms:Decrypt", ScopeKey, all, []string{"UploadPart", "CompleteMultipartUpload", "ListParts", "HeadObject"},
			"S3 opens the upload's own key to take, list and join its parts; even ListParts needs it",
		},
	}
}

func adminPermissions() []Permission {
	look := []Role{RoleSetup, RoleDoctor}
	setup, doctor := []Role{RoleSetup}, []Role{RoleDoctor}
	return []Permission{
		{"s3:GetLifecycleConfiguration", ScopeBucket, look, []string{"GetBucketLifecycleConfiguration"}, "sees the rules of others, which are kept"},
		{"s3:PutLifecycleConfiguration", ScopeBucket, setup, []string{"PutBucketLifecycleConfiguration"}, "adds the rule that ends incomplete uploads"},
		{"s3:GetEncryptionConfiguration", ScopeBucket, look, []string{"GetBucketEncryption"}, "sees what uploads without an encryption header get"},
		{"s3:PutEncryptionConfiguration", ScopeBucket, setup, []string{"PutBucketEncryption"}, "makes the vault's key the default"},
		{"s3:GetBucketCORS", ScopeBucket, setup, []string{"GetBucketCors"}, "sees the rules of others, which are kept"},
		{"s3:PutBucketCORS", ScopeBucket, setup, []string{"PutBucketCors"}, "lets web pages send parts"},
		{"s3:GetBucketPolicy", ScopeBucket, look, []string{"GetBucketPolicy"}, "sees the statements of others, which are kept"},
		{"s3:PutBucketPolicy", ScopeBucket, setup, []string{"PutBucketPolicy"}, "adds the statements on TLS and encryption"},
		{"s3:DeleteBucketPolicy", ScopeBucket, setup, []string{"DeleteBucketPolicy"}, "puts a bucket without a policy back as it was when the trial fails"},
		{"s3:GetBucketVersioning", ScopeBucket, doctor, []string{"GetBucketVersioning"}, "reports it"},
		{"s3:GetBucketObjectLockConfiguration", ScopeBucket, doctor, []string{"GetObjectLockConfiguration"}, "reports it"},
		{"s3:GetBucketPublicAccessBlock", ScopeBucket, doctor, []string{"GetPublicAccessBlock"}, "reports whether the bucket could be made public"},
		{"s3:DeleteObject", ScopeProbe, doctor, []string{"DeleteObject"}, "removes the empty object of the If-None-Match probe; without it that object stays"},
		{"s3:DeleteObjectVersion", ScopeProbe, doctor, []string{"DeleteObject"}, "the same in a bucket with versioning"},
	}
}

// ActionsFor gives the actions of a role, in the table's order.
func ActionsFor(r Role) []string {
	var out []string
	for _, p := range Permissions() {
		if slices.Contains(p.Roles, r) {
			out = append(out, p.Action)
		}
	}
	return out
}

// IAMStatement is a statement of an identity policy: it has no principal.
type IAMStatement struct {
	Sid       string                         `json:"Sid"`
	Effect    string                         `json:"Effect"`
	Action    []string                       `json:"Action"`
	Resource  []string                       `json:"Resource"`
	Condition map[string]map[string][]string `json:"Condition,omitempty"`
}

// RoleStatements are the identity policy of a role: exactly the table's actions
// on exactly their resources, those on the key only with a KMS key.
//
// Servers other than Amazon's ask for no KMS actions, and MinIO holds bucket
// policies against anonymous callers only. There the role that serves carries
// the bucket policy's refusals itself.
func (d Desired) RoleStatements(r Role) []IAMStatement {
	resources := []struct {
		scope    Scope
		sid      string
		resource []string
	}{
		{ScopeBucket, "LongshoreBucket", []string{d.arn()}},
		{ScopeObjects, "LongshoreObjects", []string{d.arn() + "/*"}},
		{ScopeProbe, "LongshoreProbe", []string{d.arn() + "/" + d.ProbePrefix + "*"}},
		{ScopeKey, "LongshoreKey", d.keys()},
	}
	var out []IAMStatement
	for _, on := range resources {
		s := IAMStatement{Sid: on.sid, Effect: "Allow", Resource: on.resource}
		for _, p := range Permissions() {
			if p.On == on.scope && slices.Contains(p.Roles, r) {
				s.Action = append(s.Action, d.spell(p.Action)...)
			}
		}
		if len(s.Action) > 0 && len(on.resource) > 0 {
			out = append(out, s)
		}
	}
	if !d.Amazon && r == RoleServe {
		for _, s := range d.Statements() {
			out = append(out, IAMStatement{s.Sid, s.Effect, s.Action, s.Resource, s.Condition})
		}
	}
	return out
}

// spell writes an action as the server knows it, or leaves it out. IAM does not
// mind the case of actions; MinIO does, and refuses policies with actions it has
// no word for.
func (d Desired) spell(action string) []string {
	switch {
	case d.Amazon:
	case action == "s3:GetBucketPublicAccessBlock", strings.HasPrefix(action, "kms:"):
		return nil
	case strings.HasSuffix(action, "BucketCORS"):
		return []string{strings.TrimSuffix(action, "CORS") + "Cors"}
	}
	return []string{action}
}

// RolePolicy is the identity policy of a role as JSON that IAM takes.
func (d Desired) RolePolicy(r Role) ([]byte, error) {
	return json.MarshalIndent(struct {
		Version   string
		Statement []IAMStatement
	}{"2012-10-17", d.RoleStatements(r)}, "", "  ")
}
