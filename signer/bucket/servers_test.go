package bucket_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"longshore/internal/s3test"
	"longshore/signer"
	"longshore/signer/bucket"
	"longshore/signer/s3"
)

func admin(t *testing.T, srv *s3test.Server) *s3.Admin {
	t.Helper()
	a, err := s3.NewAdmin(t.Context(), s3.Config{
		Bucket: srv.Bucket, Region: srv.Region, Endpoint: srv.Endpoint,
		AccessKey: srv.AccessKey, SecretKey: srv.SecretKey, SessionToken: srv.SessionToken,
	})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func wanted(srv *s3test.Server) bucket.Desired {
	return bucket.Desired{
		Bucket: srv.Bucket, Region: srv.Region, KMSKey: srv.KMSKeyID, Origins: []string{"https://a.example"}, KeyPrefix: bucket.DefaultKeyPrefix,
	}.WithDefaults()
}

// setUp plans and applies, and gives each setting's state.
func setUp(t *testing.T, a *s3.Admin, d bucket.Desired) map[bucket.Document]bucket.Outcome {
	t.Helper()
	plan, err := bucket.MakePlan(t.Context(), a, d)
	if err != nil {
		t.Fatal(err)
	}
	out := map[bucket.Document]bucket.Outcome{}
	for _, o := range bucket.Apply(t.Context(), a, d, plan) {
		out[o.Document] = o
	}
	return out
}

const (
	foreignStatement = `{"Sid":"Theirs","Effect":"Deny","Principal":{"AWS":["*"]},"Action":["s3:DeleteObject"],"Resource":["arn:aws:s3:::vault/keep/*"]}`
	foreignRule      = `<Rule><ID>theirs</ID><Filter><Prefix>tmp/</Prefix></Filter><Status>Enabled</Status><Expiration><Days>30</Days></Expiration></Rule>`
)

// TestSetup on servers that are not ours: what each can and cannot do, that
// others' settings stay, that a second run finds nothing more to do, and that
// nothing is left behind.
func TestSetup(t *testing.T) {
	type states map[bucket.Document]bucket.State
	for name, c := range map[string]struct {
		start         func(testing.TB) *s3test.Server
		lifecycle     bool // it knows others' rules
		first, second states
	}{
		"minio": {
			s3test.MinIO, true,
			states{bucket.Lifecycle: bucket.Impossible, bucket.Encryption: bucket.Applied, bucket.CORS: bucket.Impossible, bucket.Policy: bucket.Partly},
			states{bucket.Lifecycle: bucket.Impossible, bucket.Encryption: bucket.Unchanged, bucket.CORS: bucket.Impossible, bucket.Policy: bucket.Unchanged},
		},
		"versitygw": {
			s3test.VersityGW, false,
			states{bucket.Lifecycle: bucket.Impossible, bucket.CORS: bucket.Applied, bucket.Policy: bucket.Unchanged},
			states{bucket.Lifecycle: bucket.Impossible, bucket.CORS: bucket.Unchanged, bucket.Policy: bucket.Unchanged},
		},
	} {
		t.Run(name, func(t *testing.T) {
			srv := c.start(t)
			a, d := admin(t, srv), wanted(srv)
			write(t, a, bucket.Policy, `{"Version":"2012-10-17","Statement":[`+foreignStatement+`]}`)
			if c.lifecycle {
				write(t, a, bucket.Lifecycle, `<LifecycleConfiguration>`+foreignRule+`</LifecycleConfiguration>`)
			}
			for _, want := range []states{c.first, c.second} {
				got := setUp(t, a, d)
				if len(got) != len(want) {
					t.Errorf("settings %v", got)
				}
				for doc, state := range want {
					if got[doc].State != state || (state == bucket.Impossible) != (got[doc].Do != "") && state != bucket.Partly {
						t.Errorf("%s: %+v, want %s", doc, got[doc], state)
					}
				}
			}
			if policy := read(t, a, bucket.Policy); !strings.Contains(policy, `"Theirs"`) || strings.Contains(policy, "longshore-trial-") {
				t.Errorf("policy: %s", policy)
			}
			if c.lifecycle && !strings.Contains(read(t, a, bucket.Lifecycle), "<ID>theirs</ID>") {
				t.Errorf("lifecycle: %s", read(t, a, bucket.Lifecycle))
			}
			if open := srv.OpenUploads(t); len(open) != 0 || len(srv.Objects(t)) != 0 {
				t.Errorf("left behind: %v %v", open, srv.Objects(t))
			}
		})
	}
}

func write(t *testing.T, a *s3.Admin, doc bucket.Document, body string) {
	t.Helper()
	if err := a.Write(t.Context(), doc, []byte(body)); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, a *s3.Admin, doc bucket.Document) string {
	t.Helper()
	body, err := a.Read(t.Context(), doc)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// TestNoEncryptionConditions: versitygw takes no condition on encryption, so
// nothing of the policy is left over http, and that is said.
func TestNoEncryptionConditions(t *testing.T) {
	srv := s3test.VersityGW(t)
	a, d := admin(t, srv), wanted(srv)
	d.KMSKey = "a-key-it-does-not-have"
	if o := setUp(t, a, d)[bucket.Policy]; o.State != bucket.Impossible && o.State != bucket.Failed {
		t.Errorf("%+v", o)
	}
	if policy := read(t, a, bucket.Policy); policy != "" {
		t.Errorf("policy: %s", policy)
	}
}

// TestPolicyInForce holds the bucket policy against a real server's evaluation:
// MinIO holds it against anonymous callers.
func TestPolicyInForce(t *testing.T) {
	srv := s3test.MinIO(t)
	a, d := admin(t, srv), wanted(srv)
	write(t, a, bucket.Policy, `{"Version":"2012-10-17","Statement":[{"Sid":"Everybody","Effect":"Allow","Principal":{"AWS":["*"]},"Action":["s3:PutObject"],"Resource":["arn:aws:s3:::vault/*"]}]}`)
	for _, strict := range []bool{false, true} {
		d.Strict = strict
		setUp(t, a, d)
		for _, c := range []struct {
			algorithm, key string
			want           bool
		}{
			{"", "", !strict},
			{"aws:kms", srv.KMSKeyID, true},
			{"aws:kms", "arn:aws:kms:" + srv.KMSKeyID, true},
			{"aws:kms", "", false},
			{"aws:kms", "another", false},
			{"AES256", "", false},
		} {
			if got := putAnonymously(t, srv, c.algorithm, c.key); got != c.want {
				t.Errorf("strict %v, %q under %q: taken %v", strict, c.algorithm, c.key, got)
			}
		}
	}
}

// putAnonymously tells whether an upload without credentials is taken.
func putAnonymously(t *testing.T, srv *s3test.Server, algorithm, key string) bool {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, srv.Endpoint+"/"+srv.Bucket+"/uploads/x", bytes.NewReader([]byte("x")))
	if err != nil {
		t.Fatal(err)
	}
	if algorithm != "" {
		req.Header.Set("X-Amz-Server-Side-Encryption", algorithm)
	}
	if key != "" {
		req.Header.Set("X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id", key)
	}
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	resp, err := (&http.Client{Transport: transport}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK && resp.StatusCode != http.StatusForbidden {
		t.Errorf("%q under %q: status %d", algorithm, key, resp.StatusCode)
	}
	return resp.StatusCode == http.StatusOK
}

// limited is the server as a role sees it.
func limited(t *testing.T, srv *s3test.Server, d bucket.Desired, r bucket.Role) *s3.Admin {
	t.Helper()
	policy, err := d.RolePolicy(r)
	if err != nil {
		t.Fatal(err)
	}
	return admin(t, srv.Limited(t, string(policy)))
}

// TestRoleRefusals: where bucket policies bind nobody, the role that setup prints
// refuses the same; and what comes without TLS.
func TestRoleRefusals(t *testing.T) {
	srv := s3test.MinIO(t)
	d := wanted(srv)
	a := limited(t, srv, d, bucket.RoleServe)
	for h, want := range map[bucket.Header]bool{
		{}: true,
		{Algorithm: "aws:kms", KeyID: srv.KMSKeyID}: true,
		{Algorithm: "aws:kms"}:                      false,
		{Algorithm: "AES256"}:                       false,
	} {
		if got := creates(t, a, h); got != want {
			t.Errorf("%+v: taken %v", h, got)
		}
	}
	d.TLS = true
	if creates(t, limited(t, srv, d, bucket.RoleServe), d.Header()) {
		t.Error("an upload by http is taken where TLS is asked for")
	}
}

func creates(t *testing.T, a *s3.Admin, h bucket.Header) bool {
	t.Helper()
	id, err := a.CreateProbe(t.Context(), "uploads/x", h)
	if err != nil {
		if se, ok := errors.AsType[*signer.StorageError](err); !ok || se.Failure != signer.FailDenied {
			t.Errorf("%+v: %v", h, err)
		}
		return false
	}
	if err := a.AbortUpload(t.Context(), id); err != nil {
		t.Error(err)
	}
	return true
}

// TestEachActionIsNeeded takes the actions away from each role one by one: each
// time something that the role is for must fail. (That serve's are enough is
// shown by TestLeastPrivilege in signer. KMS's are not here: MinIO asks nobody's
// permission for its keys.)
func TestEachActionIsNeeded(t *testing.T) {
	srv := s3test.MinIO(t)
	d := wanted(srv)
	setUp(t, admin(t, srv), d)
	for role, work := range map[bucket.Role]func(context.Context, *s3.Admin, bucket.Desired) error{
		bucket.RoleServe: serveWork, bucket.RoleSetup: setupWork, bucket.RoleDoctor: doctorWork,
	} {
		if err := work(t.Context(), limited(t, srv, d, role), d); err != nil {
			t.Errorf("%s with all its actions: %v", role, err)
		}
		for _, action := range bucket.ActionsFor(role) {
			if notEnforced(role, action) {
				continue
			}
			if err := work(t.Context(), admin(t, srv.Limited(t, without(t, d, role, action))), d); err == nil {
				t.Errorf("%s does not need %s", role, action)
			}
		}
	}
}

// notEnforced are actions that MinIO does not know or does not ask for.
func notEnforced(r bucket.Role, action string) bool {
	switch {
	case strings.HasPrefix(action, "kms:"), action == "s3:GetBucketPublicAccessBlock":
		return true
	case action == "s3:PutObjectTagging": // Amazon wants it with x-amz-tagging too, MinIO only for tags put later
		return true
	case action == "s3:DeleteObjectVersion": // the bucket has no versions
		return true
	case action == "s3:ListBucket":
		return r == bucket.RoleServe // Amazon answers 403 for a missing object without it, MinIO 404; setup and doctor ask for the bucket
	}
	return false
}

// without is the role's policy less one action.
func without(t *testing.T, d bucket.Desired, r bucket.Role, action string) string {
	t.Helper()
	var kept []bucket.IAMStatement
	for _, s := range d.RoleStatements(r) {
		if s.Effect == "Allow" {
			s.Action = slices.DeleteFunc(slices.Clone(s.Action), func(a string) bool { return strings.EqualFold(a, action) })
		}
		if len(s.Action) > 0 {
			kept = append(kept, s)
		}
	}
	text, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": kept})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// serveWork is every call of signer.Storage, as the protocol makes them.
func serveWork(ctx context.Context, a *s3.Admin, d bucket.Desired) error {
	key := "uploads/x/" + fmt.Sprint(time.Now().UnixNano())
	if _, err := a.Stat(ctx, key); !failedWith(err, signer.FailNotFound) {
		return fmt.Errorf("look at nothing: %w", err)
	}
	id, err := a.CreateUpload(ctx, signer.CreateInput{Key: key, ContentType: "text/plain", KMSKeyID: d.KMSKey, Tagging: "study=1"})
	if err != nil {
		return err
	}
	if found, err := a.ListUploads(ctx, key); err != nil || len(found) != 1 {
		return errors.Join(errors.New("list uploads"), err)
	}
	if err := a.UploadPart(ctx, signer.PartInput{UploadKey: id.UploadKey, PartNumber: 1}, []byte{1}); err != nil {
		return err
	}
	parts, err := a.ListParts(ctx, id.UploadKey)
	if err != nil {
		return err
	}
	for i := range parts {
		parts[i].CRC64NVME = ""
	}
	if _, err := a.CompleteUpload(ctx, signer.CompleteInput{UploadKey: id.UploadKey, Parts: parts, Size: 1, IfNoneMatch: true}); err != nil {
		return err
	}
	if _, err := a.Stat(ctx, key); err != nil {
		return err
	}
	if id, err = a.CreateUpload(ctx, signer.CreateInput{Key: key + "2", ContentType: "text/plain", KMSKeyID: d.KMSKey}); err != nil {
		return err
	}
	return a.AbortUpload(ctx, id.UploadKey)
}

func failedWith(err error, f signer.Failure) bool {
	se, ok := errors.AsType[*signer.StorageError](err)
	return ok && se.Failure == f
}

// setupWork reads all, writes all (MinIO then refuses some of it for other
// reasons than permission) and tries the policy.
func setupWork(ctx context.Context, a *s3.Admin, d bucket.Desired) error {
	plan, err := bucket.MakePlan(ctx, a, d)
	if err != nil {
		return err
	}
	plan.Patience = 0
	for _, o := range bucket.Apply(ctx, a, d, plan) {
		if o.State == bucket.Failed {
			return fmt.Errorf("%s: %s", o.Document, o.Text)
		}
	}
	// The plan had nothing to change in these; what they need is asked directly.
	for _, doc := range []bucket.Document{bucket.Encryption, bucket.Policy} {
		body, err := a.Read(ctx, doc)
		if err != nil {
			return err
		}
		if err := a.Write(ctx, doc, body); err != nil {
			return err
		}
	}
	body, err := a.Read(ctx, bucket.Policy)
	if err != nil {
		return err
	}
	if err := a.Write(ctx, bucket.Policy, nil); err != nil {
		return err
	}
	if plan, err = bucket.MakePlan(ctx, a, d); err != nil {
		return err
	}
	plan.Patience = 0
	for _, o := range bucket.Apply(ctx, a, d, plan) {
		if o.State == bucket.Failed {
			return errors.Join(fmt.Errorf("%s: %s", o.Document, o.Text), a.Write(ctx, bucket.Policy, body))
		}
	}
	return nil
}

// doctorWork runs the checks: with all permissions no line speaks of one.
func doctorWork(ctx context.Context, a *s3.Admin, d bucket.Desired) error {
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	var errs []error
	bucket.Examine(ctx, bucket.Exam{Vault: a, Want: d, Limit: 20 * time.Second, Transport: transport, Now: time.Now}, func(c bucket.Check) {
		if c.Status == bucket.Broken || strings.Contains(c.Do, "grant ") || strings.Contains(c.Text, "may not delete") {
			errs = append(errs, fmt.Errorf("%s: %s -> %s", c.Name, c.Text, c.Do))
		}
	})
	return errors.Join(errs...)
}
