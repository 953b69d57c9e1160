package bucket

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"longshore/signer"
)

// fakeVault is a bucket in memory. It keeps documents as they are, and evaluates
// its policy as IAM does for the calls that probes make.
type fakeVault struct {
	docs    map[Document][]byte
	objects map[string]bool
	uploads map[string]bool // open ones
	next    int

	// fail answers a call instead of the fake: op is the SDK's operation.
	fail func(op string, body []byte) error
	// writes are the documents written, in order.
	writes []write
	// policyBinds is false for a server that stores policies and ignores them.
	policyBinds bool
	// headerOnParts is true for a server on which parts count as uploads without
	// an encryption header, and are therefore refused by --strict.
	headerOnParts bool
	// plain is true for a server behind a proxy that ends TLS: it sees http.
	plain bool
	sight Sight
	creds Credentials
}

type write struct {
	doc  Document
	body string
}

func newFake() *fakeVault {
	now := time.Now()
	return &fakeVault{
		docs: map[Document][]byte{}, objects: map[string]bool{}, uploads: map[string]bool{}, policyBinds: true,
		sight: Sight{Server: "AmazonS3", Region: "eu-central-1", Date: now.Truncate(time.Second), Asked: now, Answered: now},
	}
}

func storageErr(op string, f signer.Failure, status int, code string) error {
	return &signer.StorageError{Op: op, Failure: f, Status: status, Code: code}
}

func denied(op string) error { return storageErr(op, signer.FailDenied, 403, "AccessDenied") }

func (f *fakeVault) failing(op string, body []byte) error {
	if f.fail == nil {
		return nil
	}
	return f.fail(op, body)
}

func (f *fakeVault) Read(_ context.Context, d Document) ([]byte, error) {
	return bytes.Clone(f.docs[d]), f.failing(readOp(d), nil)
}

func (f *fakeVault) Write(_ context.Context, d Document, body []byte) error {
	op := writeOp(d)
	if len(body) == 0 {
		op = "DeleteBucketPolicy"
	}
	if err := f.failing(op, body); err != nil {
		return err
	}
	f.docs[d] = bytes.Clone(body)
	f.writes = append(f.writes, write{d, string(body)})
	return nil
}

func (f *fakeVault) Look(context.Context) (Sight, error) {
	return f.sight, f.failing("HeadBucket", nil)
}

func (f *fakeVault) Credentials(context.Context) (Credentials, error) {
	return f.creds, f.failing("RetrieveCredentials", nil)
}

// allowed evaluates the bucket's policy for an upload to key.
func (f *fakeVault) allowed(op, key string, h Header) error {
	if err := f.failing(op, nil); err != nil {
		return err
	}
	context := map[string]string{"aws:SecureTransport": fmt.Sprint(!f.plain)}
	if h.Algorithm != "" {
		context[encryptionHeader] = h.Algorithm
	}
	if h.KeyID != "" {
		context[keyHeader] = h.KeyID
	}
	if f.policyBinds && refusedBy(f.docs[Policy], "arn:aws:s3:::vault/"+key, context) != "" {
		return denied(op)
	}
	return nil
}

func (f *fakeVault) CreateProbe(_ context.Context, key string, h Header) (signer.UploadKey, error) {
	if err := f.allowed("CreateMultipartUpload", key, h); err != nil {
		return signer.UploadKey{}, err
	}
	f.next++
	id := fmt.Sprint(f.next)
	f.uploads[id] = true
	return signer.UploadKey{Key: key, UploadID: id}, nil
}

func (f *fakeVault) UploadPart(_ context.Context, in signer.PartInput, body []byte) error {
	if in.CRC64NVME != "" && in.CRC64NVME != crc64NVME(body) {
		return storageErr("UploadPart", signer.FailBadDigest, 400, "BadDigest")
	}
	if !f.headerOnParts {
		return f.failing("UploadPart", nil)
	}
	return f.allowed("UploadPart", in.Key, Header{})
}

func (f *fakeVault) ListParts(context.Context, signer.UploadKey) ([]signer.StoredPart, error) {
	return []signer.StoredPart{{PartNumber: 1, Size: 1}}, f.failing("ListParts", nil)
}

func (f *fakeVault) ListUploads(context.Context, string) ([]signer.OpenUpload, error) {
	return nil, f.failing("ListMultipartUploads", nil)
}

func (f *fakeVault) CompleteUpload(_ context.Context, in signer.CompleteInput) (signer.StoredObject, error) {
	if err := f.failing("CompleteMultipartUpload", nil); err != nil {
		return signer.StoredObject{}, err
	}
	if in.Parts[0].PartNumber != 1 {
		return signer.StoredObject{}, storageErr("CompleteMultipartUpload", signer.FailInvalidPart, 400, "InvalidPart")
	}
	if in.IfNoneMatch && f.objects[in.Key] {
		return signer.StoredObject{}, storageErr("CompleteMultipartUpload", signer.FailPrecondition, 412, "PreconditionFailed")
	}
	f.objects[in.Key] = true
	delete(f.uploads, in.UploadID)
	return signer.StoredObject{}, nil
}

func (f *fakeVault) AbortUpload(_ context.Context, id signer.UploadKey) error {
	if err := f.failing("AbortMultipartUpload", nil); err != nil {
		return err
	}
	delete(f.uploads, id.UploadID)
	return nil
}

func (f *fakeVault) PutProbe(_ context.Context, key string, h Header, ifNoneMatch bool) (string, error) {
	if err := f.allowed("PutObject", key, h); err != nil {
		return "", err
	}
	if ifNoneMatch && f.objects[key] {
		return "", storageErr("PutObject", signer.FailPrecondition, 412, "PreconditionFailed")
	}
	f.objects[key] = true
	return "", nil
}

func (f *fakeVault) DeleteProbe(_ context.Context, key, _ string) error {
	if err := f.failing("DeleteObject", nil); err != nil {
		return err
	}
	delete(f.objects, key)
	return nil
}

func (f *fakeVault) Stat(context.Context, string) (signer.StoredObject, error) {
	if err := f.failing("HeadObject", nil); err != nil {
		return signer.StoredObject{}, err
	}
	return signer.StoredObject{}, storageErr("HeadObject", signer.FailNotFound, 404, "")
}

func (f *fakeVault) DataOrigins() []string       { return []string{"http://127.0.0.1:1"} }
func (f *fakeVault) ObjectURL(key string) string { return "http://127.0.0.1:1/vault/" + key }

// refusedBy evaluates the Deny statements of a policy for s3:PutObject the way
// AWS documents it (IAM user guide, "Condition operators" and "Policy evaluation
// logic"), and gives the Sid of the first that applies.
func refusedBy(policy []byte, resource string, context map[string]string) string {
	doc, err := parsePolicy(policy)
	if err != nil {
		return "not a policy"
	}
	for _, raw := range doc.statements {
		var s Statement
		if json.Unmarshal(raw, &s) != nil {
			continue // another's, in another form
		}
		if s.Effect == "Deny" && slices.ContainsFunc(s.Action, putAction) &&
			slices.ContainsFunc(s.Resource, func(p string) bool { return matches(p, resource) }) && holds(s.Condition, context) {
			return s.Sid
		}
	}
	return ""
}

func putAction(a string) bool { return a == "s3:*" || a == "s3:PutObject" }

func matches(pattern, resource string) bool {
	prefix, open := strings.CutSuffix(pattern, "*")
	return pattern == resource || (open && strings.HasPrefix(resource, prefix))
}

// holds: all operators and keys must hold; of the values of a key, one. A
// negated operator holds for an absent key, and …IfExists does for any.
func holds(conditions map[string]map[string][]string, context map[string]string) bool {
	for operator, keys := range conditions {
		for key, values := range keys {
			have, present := context[key]
			base, ifExists := strings.CutSuffix(operator, "IfExists")
			var ok bool
			switch base {
			case "Null":
				ok = slices.Contains(values, fmt.Sprint(!present))
			case "Bool", "StringEquals":
				ok = present && slices.Contains(values, have)
			case "StringNotEquals":
				ok = !present || !slices.Contains(values, have)
			default:
				panic("the evaluator does not know " + operator)
			}
			if !ok && (!ifExists || present) {
				return false
			}
		}
	}
	return true
}

const keyARN = "arn:aws:kms:eu-central-1:111122223333:key/0123abcd-0000-4000-8000-00000000cafe"

func desired(edit ...func(*Desired)) Desired {
	d := Desired{Bucket: "vault", Region: "eu-central-1", Amazon: true, TLS: true, KMSKey: keyARN, KeyPrefix: DefaultKeyPrefix}.WithDefaults()
	for _, e := range edit {
		e(&d)
	}
	return d
}

// mustPlan plans on v.
func mustPlan(t *testing.T, v Vault, d Desired) Plan {
	t.Helper()
	p, err := MakePlan(t.Context(), v, d)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// applyNow applies without waiting for anything to spread.
func applyNow(ctx context.Context, v Vault, d Desired, p Plan) []Outcome {
	p.Patience = 0
	return Apply(ctx, v, d, p)
}

func stateOf(t *testing.T, outcomes []Outcome, doc Document) Outcome {
	t.Helper()
	for _, o := range outcomes {
		if o.Document == doc {
			return o
		}
	}
	t.Fatalf("no outcome for %s in %v", doc, outcomes)
	return Outcome{}
}
