package bucket

import (
	"bytes"
	"context"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"longshore/signer"
)

// examine runs the doctor on v.
func examine(t *testing.T, v Vault, d Desired, edit ...func(*Exam)) map[string]Check {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	e := Exam{Vault: v, Want: d, Limit: 10 * time.Second, Transport: transport, Now: time.Now}
	for _, f := range edit {
		f(&e)
	}
	out := map[string]Check{}
	Examine(t.Context(), e, func(c Check) {
		if c.Status != OK && c.Do == "" {
			t.Errorf("%s says not what to do: %+v", c.Name, c)
		}
		if old, ok := out[c.Name]; ok && old.Status != OK {
			c = old // the worse of two lines
		}
		out[c.Name] = c
	})
	return out
}

// healthy is a fake that setup has been run on.
func healthy(t *testing.T, d Desired) *fakeVault {
	t.Helper()
	f := newFake()
	applyNow(t.Context(), f, d, mustPlan(t, f, d))
	f.docs[PublicAccess] = []byte(`<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>true</IgnorePublicAcls>` +
		`<BlockPublicPolicy>true</BlockPublicPolicy><RestrictPublicBuckets>true</RestrictPublicBuckets></PublicAccessBlockConfiguration>`)
	f.docs[Versioning] = []byte(`<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>`)
	return f
}

func TestHealthy(t *testing.T) {
	d := desired(func(d *Desired) { d.AbortAfterDays = 7 })
	f := healthy(t, d)
	for name, c := range examine(t, f, d) {
		if c.Status != OK && name != "data origin" { // the fake has none
			t.Errorf("%+v", c)
		}
	}
	if len(f.uploads) != 0 || len(f.objects) != 0 {
		t.Errorf("left behind: %v %v", f.uploads, f.objects)
	}
}

// TestEachFault breaks one thing at a time, and looks for the line that says so.
func TestEachFault(t *testing.T) {
	now := time.Now()
	failing := func(op string, err error) func(*fakeVault) {
		return func(f *fakeVault) {
			f.fail = func(called string, _ []byte) error {
				if called == op {
					return err
				}
				return nil
			}
		}
	}
	doc := func(d Document, body string) func(*fakeVault) {
		return func(f *fakeVault) { f.docs[d] = []byte(body) }
	}
	clock := func(ahead time.Duration) func(*fakeVault) {
		return func(f *fakeVault) { f.sight.Date = now.Add(-ahead).Truncate(time.Second) }
	}
	for name, c := range map[string]struct {
		fault  func(*fakeVault)
		line   string
		status Status
		says   string // in text or do
	}{
		"no credentials":    {failing("RetrieveCredentials", storageErr("RetrieveCredentials", signer.FailUnknown, 0, "NoCredentials")), "credentials", Broken, "AWS_ACCESS_KEY_ID"},
		"credentials ended": {func(f *fakeVault) { f.creds.Ends = now.Add(-time.Minute) }, "credentials", Broken, "ended"},
		"credentials end":   {func(f *fakeVault) { f.creds.Ends = now.Add(5 * time.Minute) }, "credentials", Warning, "end in"},
		"credentials last":  {func(f *fakeVault) { f.creds.Ends = now.Add(time.Hour) }, "credentials", OK, "end in 1h"},
		"no bucket":         {failing("HeadBucket", storageErr("HeadBucket", signer.FailNotFound, 404, "NotFound")), "bucket", Broken, "no bucket"},
		"bucket denied":     {failing("HeadBucket", denied("HeadBucket")), "bucket", Broken, "s3:ListBucket"},
		"clock refused": {func(f *fakeVault) {
			clock(time.Hour)(f)
			failing("HeadBucket", denied("HeadBucket"))(f)
		}, "bucket", Broken, "clocks disagree"},
		"wrong secret": {func(f *fakeVault) {
			f.fail = func(op string, _ []byte) error {
				if op == "HeadBucket" {
					return storageErr(op, signer.FailDenied, 403, "Forbidden") // a HEAD has no body
				}
				return storageErr(op, signer.FailDenied, 403, "SignatureDoesNotMatch")
			}
		}, "bucket", Broken, "the secret key does not belong"},
		"session over": {func(f *fakeVault) { // an environment's credentials do not say when they end
			f.fail = func(op string, _ []byte) error {
				if op == "HeadBucket" {
					return storageErr(op, signer.FailRefused, 400, "BadRequest")
				}
				return storageErr(op, signer.FailCredentials, 400, "ExpiredToken")
			}
		}, "bucket", Broken, "the session has ended"},
		"http for https":      {failing("HeadBucket", storageErr("HeadBucket", signer.FailRefused, 400, "BadRequest")), "bucket", Broken, "--s3-endpoint"},
		"key of MinIO away":   {failing("CreateMultipartUpload", storageErr("CreateMultipartUpload", signer.FailRefused, 404, "kms:KeyNotFound")), "upload", Broken, "see in KMS"},
		"bucket away":         {failing("HeadBucket", storageErr("HeadBucket", signer.FailUnknown, 0, "ConnectionRefused")), "bucket", Broken, "--s3-endpoint"},
		"another region":      {func(f *fakeVault) { f.sight.Region = "us-east-1" }, "bucket", Broken, "--region us-east-1"},
		"clock ahead":         {clock(10 * time.Minute), "clock", Broken, "ahead"},
		"clock behind":        {clock(-10 * time.Minute), "clock", Broken, "behind"},
		"clock a bit off":     {clock(time.Minute), "clock", Warning, "NTP"},
		"clock good":          {clock(time.Second), "clock", OK, ""},
		"create denied":       {failing("CreateMultipartUpload", denied("CreateMultipartUpload")), "upload", Broken, "kms:GenerateDataKey"},
		"part denied":         {failing("UploadPart", denied("UploadPart")), "upload", Broken, "kms:Decrypt"},
		"list denied":         {failing("ListParts", denied("ListParts")), "upload", Broken, "s3:ListMultipartUploadParts"},
		"complete denied":     {failing("CompleteMultipartUpload", denied("CompleteMultipartUpload")), "upload", Broken, "s3:PutObject"},
		"abort denied":        {failing("AbortMultipartUpload", denied("AbortMultipartUpload")), "upload", Broken, "s3:AbortMultipartUpload"},
		"key disabled":        {failing("CreateMultipartUpload", storageErr("CreateMultipartUpload", signer.FailRefused, 400, "KMS.DisabledException")), "upload", Broken, "enabled"},
		"head denied":         {failing("HeadObject", denied("HeadObject")), "look at objects", Broken, "s3:ListBucket"},
		"list uploads denied": {failing("ListMultipartUploads", denied("ListMultipartUploads")), "list uploads", Broken, "s3:ListBucketMultipartUploads"},
		"no lifecycle":        {doc(Lifecycle, ""), "lifecycle", Warning, "no rule"},
		"three days":          {doc(Lifecycle, string(mustLifecycle(t, 3))), "lifecycle", Warning, "3.1 Mbit/s"},
		"others expire":       {doc(Lifecycle, `<L><Rule><ID>x</ID><Status>Enabled</Status><Filter/><Expiration><Days>9</Days></Expiration></Rule></L>`), "lifecycle", Warning, ""},
		"lifecycle denied":    {failing("GetBucketLifecycleConfiguration", denied("GetBucketLifecycleConfiguration")), "lifecycle", Warning, "s3:GetLifecycleConfiguration"},
		"no lifecycle at all": {failing("GetBucketLifecycleConfiguration", storageErr("x", signer.FailRefused, 501, "NotImplemented")), "lifecycle", Warning, "knows no"},
		"other default":       {doc(Encryption, `<S><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule></S>`), "default encryption", Warning, "run longshore-signer setup"},
		"no default":          {doc(Encryption, ""), "default encryption", Warning, "run longshore-signer setup"},
		"no policy":           {doc(Policy, ""), "policy", Warning, "without TLS"},
		"trial left behind": {func(f *fakeVault) {
			f.docs[Policy] = bytes.Replace(f.docs[Policy], []byte(`"Statement":[`), []byte(`"Statement":[{"Sid":"longshore-trial-deny-without-tls","Effect":"Deny"},`), 1)
		}, "policy", Warning, "longshore-trial-deny-without-tls"},
		"policy seen to fail": {doc(Policy, ""), "other encryption", Warning, "is taken"},
		"policy denied":       {failing("GetBucketPolicy", denied("GetBucketPolicy")), "policy", Warning, "s3:GetBucketPolicy"},
		"lock denied":         {failing("GetObjectLockConfiguration", denied("x")), "object lock", Warning, "s3:GetBucketObjectLockConfiguration"},
		"locked":              {doc(ObjectLock, `<O><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention><Mode>COMPLIANCE</Mode><Days>30</Days></DefaultRetention></Rule></O>`), "object lock", OK, "30 days (compliance)"},
		"not versioned":       {doc(Versioning, "<V/>"), "versioning", OK, "off"},
		"could be public":     {doc(PublicAccess, "<P><BlockPublicAcls>true</BlockPublicAcls></P>"), "public access", Warning, "BlockPublicPolicy"},
		"no block":            {doc(PublicAccess, ""), "public access", Warning, "Block Public Access"},
		"put denied":          {failing("PutObject", denied("PutObject")), "no overwriting", Warning, "s3:PutObject"},
		"may not delete":      {failing("DeleteObject", denied("DeleteObject")), "no overwriting by PUT", OK, "stays at"},
	} {
		t.Run(name, func(t *testing.T) {
			d := desired(func(d *Desired) { d.AbortAfterDays = 7 })
			f := healthy(t, d)
			c.fault(f)
			got := examine(t, f, d)[c.line]
			if got.Status != c.status || !strings.Contains(got.Text+" "+got.Do, c.says) {
				t.Errorf("%+v", got)
			}
		})
	}
}

func mustLifecycle(t *testing.T, n int) []byte {
	t.Helper()
	after, _, err := mergeLifecycle(nil, AbortRule{AbortRuleID, n})
	if err != nil {
		t.Fatal(err)
	}
	return after
}

// careless is a server that checks neither checksums nor If-None-Match.
type ctx = context.Context

type careless struct{ *fakeVault }

func (c careless) UploadPart(t ctx, in signer.PartInput, body []byte) error {
	in.CRC64NVME = ""
	return c.fakeVault.UploadPart(t, in, body)
}

func (c careless) CompleteUpload(t ctx, in signer.CompleteInput) (signer.StoredObject, error) {
	in.IfNoneMatch = false
	return c.fakeVault.CompleteUpload(t, in)
}

func (c careless) PutProbe(t ctx, key string, h Header, _ bool) (string, error) {
	return c.fakeVault.PutProbe(t, key, h, false)
}

func TestCarelessServer(t *testing.T) {
	d := desired()
	f := healthy(t, d)
	got := examine(t, careless{f}, d)
	for line, says := range map[string]string{
		"checksums": "Content-MD5", "no overwriting by PUT": "--no-conditional-writes", "no overwriting by Complete": "--no-conditional-writes",
	} {
		if c := got[line]; c.Status != Warning || !strings.Contains(c.Do, says) {
			t.Errorf("%+v", c)
		}
	}
	if len(f.objects) != 0 || len(f.uploads) != 0 {
		t.Errorf("left behind: %v %v", f.objects, f.uploads)
	}
	if c := examine(t, f, d, func(e *Exam) { e.NoObjectProbe = true })["no overwriting"]; c.Status != Warning {
		t.Errorf("%+v", c)
	}
}

// TestPreflight reads what a server answers a browser.
func TestPreflight(t *testing.T) {
	const origin = "https://a.example"
	d := desired(func(d *Desired) { d.Origins = []string{origin} })
	all, _ := d.CORSRule()
	for name, c := range map[string]struct {
		allow, methods, headers, expose string
		status                          Status
	}{
		"all":          {origin, "GET, PUT", "content-type, x-amz-checksum-crc64nvme", strings.Join(all.ExposeHeaders, ", "), OK},
		"wildcards":    {"*", "PUT", "*", "*", OK},
		"nothing":      {"", "", "", "", Broken},
		"another":      {"https://b.example", "PUT", "*", "*", Broken},
		"no PUT":       {origin, "GET", "*", "*", Broken},
		"no checksums": {origin, "PUT", "content-type", "*", Broken},
		"no ETag":      {origin, "PUT", "*", "x-amz-version-id", Broken},
		"only ETag":    {origin, "PUT", "*", "etag", Warning},
		"not said":     {origin, "PUT", "*", "", Warning},
	} {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodOptions || r.Header.Get("Origin") != origin || r.Header.Get("Access-Control-Request-Method") != "PUT" {
				t.Errorf("%s: %s %v", name, r.Method, r.Header)
			}
			for header, v := range map[string]string{"Origin": c.allow, "Methods": c.methods, "Headers": c.headers} {
				if v != "" {
					w.Header().Set("Access-Control-Allow-"+header, v)
				}
			}
			if c.expose != "" {
				w.Header().Set("Access-Control-Expose-Headers", c.expose)
			}
		}))
		x := exam{Exam: Exam{Vault: placed{newFake(), srv.URL}, Want: d, Transport: srv.Client().Transport, Now: time.Now}}
		if got := x.preflight(t.Context(), origin); got.Status != c.status {
			t.Errorf("%s: %+v", name, got)
		}
		srv.Close()
	}
}

// placed is a bucket at an address.
type placed struct {
	*fakeVault
	url string
}

func (p placed) DataOrigins() []string       { return []string{p.url} }
func (p placed) ObjectURL(key string) string { return p.url + "/vault/" + key }

func TestReach(t *testing.T) {
	srv := httptest.NewUnstartedServer(http.NotFoundHandler())
	srv.Config.ErrorLog = log.New(io.Discard, "", 0) // a handshake is to fail
	srv.StartTLS()
	defer srv.Close()
	x := exam{Exam: Exam{Vault: placed{newFake(), srv.URL}, Transport: srv.Client().Transport, Now: time.Now}}
	if c := x.origins(t.Context())[0]; c.Status != OK {
		t.Errorf("%+v", c)
	}
	ends := srv.Certificate().NotAfter
	x.Now = func() time.Time { return ends.Add(-36 * time.Hour) }
	if c := x.origins(t.Context())[0]; c.Status != Warning || !strings.Contains(c.Text, "ends in 1 day") {
		t.Errorf("%+v", c)
	}
	strange := &http.Transport{}
	defer strange.CloseIdleConnections()
	x.Transport = strange
	if c := x.origins(t.Context())[0]; c.Status != Broken || !strings.Contains(c.Text, "not trusted") {
		t.Errorf("%+v", c)
	}
	if c := transportCheck("data origin", "http://s3.example", nil, time.Now()); c.Status != Broken {
		t.Errorf("%+v", c)
	}
	x.Vault = newFake()
	if c := x.origins(t.Context())[0]; c.Status != Broken {
		t.Errorf("%+v", c)
	}
}
