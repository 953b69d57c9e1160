package signer_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"

	"longshore/internal/oidctest"
	"longshore/internal/s3test"
	"longshore/signer"
	"longshore/signer/api"
)

// policyFile writes a policy to a file and opens it. write replaces it, so that
// it is seen as changed.
func policyFile(t testing.TB, text string) (p *signer.PolicyFile, write func(string)) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "policy.toml")
	stamp := time.Now().Add(-time.Hour)
	write = func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		stamp = stamp.Add(time.Second)
		if err := os.Chtimes(path, stamp, stamp); err != nil {
			t.Fatal(err)
		}
	}
	write(text)
	p, err := signer.OpenPolicyFile(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	return p, write
}

// groupTokens is a file of tokens whose principals are in groups.
func groupTokens(t testing.TB) *signer.TokenFile {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tokens")
	text := aliceToken + " alice groups=ward,lab\n" + bobToken + " bob bob-1 groups=lab\n" + eveToken + " eve\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	tokens, err := signer.OpenTokenFile(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	return tokens
}

const wardPolicy = `
[groups.ward]
key_template = "ward/{principal}/{uploadRef}/{path}"
max_object_size = "6 MiB"
content_types = ["application/dicom", "image/*"]
tags = { department = "ward seven", class = "a+b" }
storage_class = "STANDARD"
[groups.ward.required_metadata]
study = "[0-9]{4}"

[groups.lab]
max_object_size = 100
rate = 0.001
burst = 4
simple_clients = true
`

func TestPolicyEffects(t *testing.T) {
	fake := newFake()
	policy, _ := policyFile(t, wardPolicy)
	v := openVault(t, signer.Config{Storage: fake, Auth: groupTokens(t), Policy: policy, KMSKeyID: "key-1"})
	v.token = aliceToken
	init := initRequest(make([]byte, 100))
	init.Metadata = map[string]string{"study": "1234"}
	up := mustCall[api.InitResponse](v, api.PathInitUpload, init)
	if !strings.HasPrefix(up.ObjectKey, "ward/") {
		t.Errorf("key %q", up.ObjectKey)
	}
	for id, u := range fake.uploads {
		if id.Key == up.ObjectKey && (u.in.Tagging != "class=a%2Bb&department=ward%20seven" || u.in.StorageClass != "STANDARD" || u.in.KMSKeyID != "key-1" || u.in.BucketKey) {
			t.Errorf("created with %+v", u.in)
		}
	}
	change := func(edit func(*api.InitRequest)) api.InitRequest {
		r := init
		r.UploadRef = newRef()
		edit(&r)
		return r
	}
	v.wantCode(api.CodeTypeNotAllowed, api.PathInitUpload, change(func(r *api.InitRequest) { r.MimeType = "text/plain" }))
	v.wantCode(api.CodeBadMetadata, api.PathInitUpload, change(func(r *api.InitRequest) { r.Metadata = nil }))
	v.wantCode(api.CodeBadMetadata, api.PathInitUpload, change(func(r *api.InitRequest) { r.Metadata = map[string]string{"study": "12345"} }))
	v.wantCode(api.CodeObjectTooLarge, api.PathInitUpload, change(func(r *api.InitRequest) { r.Size = ptr(int64(6<<20 + 1)) }))
	v.wantCode(api.CodeSizeRequired, api.PathInitUpload, change(func(r *api.InitRequest) { r.Size = nil }))
	put := toPut("a.png", []byte("x"), api.ChecksumCRC64NVME)
	put.MimeType, put.Metadata = "image/png", map[string]string{"study": "1234"}
	plain, large := put, put
	plain.UploadRef, plain.MimeType = newRef(), "text/plain"
	large.UploadRef, large.Size = newRef(), 6<<20+1
	got := mustCall[api.PutURLsResponse](v, api.PathPutURLs, api.PutURLsRequest{Objects: []api.ObjectToPut{put, plain, large}}).Objects
	if !strings.HasPrefix(got[0].ObjectKey, "ward/") || got[1].Error != api.CodeTypeNotAllowed || got[2].Error != api.CodeObjectTooLarge {
		t.Errorf("%+v", got)
	}
	if c := capabilities(v); c.MaxObjectSize != 6<<20 || c.SimpleClients {
		t.Errorf("alice is told %d %v", c.MaxObjectSize, c.SimpleClients)
	}

	v.token = bobToken // in the lab alone; one of four calls is left after this
	if c := capabilities(v); c.MaxObjectSize != 100 || !c.SimpleClients {
		t.Errorf("bob is told %d %v", c.MaxObjectSize, c.SimpleClients)
	}
	for range 2 {
		v.wantCode(api.CodeObjectTooLarge, api.PathInitUpload, change(func(r *api.InitRequest) { r.Size = ptr(int64(101)) }))
	}
	small := mustCall[api.InitResponse](v, api.PathInitUpload, change(func(r *api.InitRequest) { r.Size, r.Checksum, r.Metadata = nil, "", nil }))
	if !strings.HasPrefix(small.ObjectKey, "uploads/bob-1/") {
		t.Errorf("key %q", small.ObjectKey)
	}
	v.wantCode(api.CodeThrottled, api.PathListParts, api.UploadRequest{UploadID: small.UploadID, ObjectKey: small.ObjectKey})

	v.token = eveToken // in no group: as the signer is configured
	other := mustCall[api.InitResponse](v, api.PathInitUpload, change(func(r *api.InitRequest) { r.MimeType, r.Metadata = "text/plain", nil }))
	if !strings.HasPrefix(other.ObjectKey, "uploads/") {
		t.Errorf("key %q", other.ObjectKey)
	}
	v.token = ""
	if c := capabilities(v); c.MaxObjectSize != api.MaxObjectSize {
		t.Errorf("anybody is told %d, want the widest limit", c.MaxObjectSize)
	}
}

func TestPolicyChangesLeaveRunningUploadsAlone(t *testing.T) {
	fake := newFake()
	policy, write := policyFile(t, "[groups.ward]\nkms_key_id = \"key-ward\"\nsimple_clients = true\nmax_object_size = 2000\n")
	v := openVault(t, signer.Config{Storage: fake, Auth: groupTokens(t), Policy: policy, KMSKeyID: "key-1"})
	v.token = aliceToken
	data := make([]byte, 1500)
	sized := initRequest(data)
	up := mustCall[api.InitResponse](v, api.PathInitUpload, sized)
	simple := mustCall[api.InitResponse](v, api.PathInitUpload, api.InitRequest{FileName: "s", MimeType: "text/plain", UploadRef: newRef()})

	// The group is gone, the limit lower, the keys and the template others, and
	// nobody in no group may begin anything.
	write("require_group = true\n[groups.else]\nkey_template = \"new/{principal}/{uploadRef}/{path}\"\nkms_key_id = \"key-2\"\nmax_object_size = 10\n")
	v.wantCode(api.CodeForbiddenGroup, api.PathInitUpload, initRequest(data))
	v.wantCode(api.CodeForbiddenGroup, api.PathPutURLs, api.PutURLsRequest{Objects: []api.ObjectToPut{toPut("x", data, api.ChecksumCRC64NVME)}})

	etag := fake.hold(up.ObjectKey, 1, 1500)
	mustCall[api.PartURLResponse](v, api.PathGetPartURL, api.PartURLRequest{UploadID: up.UploadID, ObjectKey: up.ObjectKey, PartNumber: 1, Checksum: crc(data)})
	obj := mustCall[api.Object](v, api.PathCompleteUpload, completeRequest(up, []api.Part{{PartNumber: 1, ETag: etag, Checksum: crc(data)}}, data))
	if obj.Encryption != api.EncryptionKMS {
		t.Errorf("%+v", obj)
	}
	etag = fake.hold(simple.ObjectKey, 1, 1500)
	mustCall[api.Object](v, api.PathCompleteUpload, api.CompleteRequest{UploadID: simple.UploadID, ObjectKey: simple.ObjectKey, Parts: []api.Part{{PartNumber: 1, ETag: etag}}})
	if st := mustCall[api.StatObjectsResponse](v, api.PathStatObjects, api.StatObjectsRequest{ObjectKeys: []string{up.ObjectKey}}).Objects[0]; !st.Found {
		t.Errorf("a key of the template before: %+v", st)
	}

	// An init that is repeated after the change finds what it made before it.
	write("[groups.ward]\nkms_key_id = \"key-3\"\n")
	sized.Retry = true
	if again := mustCall[api.InitResponse](v, api.PathInitUpload, sized); again.Object == nil {
		t.Errorf("%+v", again)
	}
}

// TestPolicyKeyOfFoundUploads: an init that is repeated after the KMS key has
// changed finds the upload that was made under the one before.
func TestPolicyKeyOfFoundUploads(t *testing.T) {
	fake := newFake()
	policy, write := policyFile(t, "[defaults]\nkms_key_id = \"key-old\"\n")
	v := openVault(t, signer.Config{Storage: fake, Policy: policy, KMSKeyID: "key-1"})
	data := []byte("x")
	end := func(found api.InitResponse, want api.Code) {
		t.Helper()
		etag := fake.hold(found.ObjectKey, 1, 1)
		a := v.post(api.PathCompleteUpload, completeRequest(found, []api.Part{{PartNumber: 1, ETag: etag, Checksum: crc(data)}}, data))
		if a.code() != want {
			t.Errorf("complete: %d %s, want %q", a.status, a.body, want)
		}
	}
	for key, want := range map[string]api.Code{"key-old": "", "key-stranger": api.CodeEncryptionMismatch} {
		write("[defaults]\nkms_key_id = \"key-old\"\n")
		req := initRequest(data)
		mustCall[api.InitResponse](v, api.PathInitUpload, req)
		for _, u := range fake.uploads {
			u.in.KMSKeyID = key
		}
		write("[defaults]\nkms_key_id = \"key-new\"\n")
		req.Retry = true
		end(mustCall[api.InitResponse](v, api.PathInitUpload, req), want)
	}
}

func TestPolicyLimitOfRunningUploads(t *testing.T) {
	fake := newFake()
	policy, write := policyFile(t, "[defaults]\nsimple_clients = true\nmax_object_size = 1000\n")
	v := openVault(t, signer.Config{Storage: fake, Policy: policy})
	up := mustCall[api.InitResponse](v, api.PathInitUpload, api.InitRequest{FileName: "s", MimeType: "text/plain", UploadRef: newRef()})
	write("[defaults]\nsimple_clients = true\n") // wider now, but not for what runs
	etag := fake.hold(up.ObjectKey, 1, 1001)
	v.wantCode(api.CodeObjectTooLarge, api.PathCompleteUpload, api.CompleteRequest{UploadID: up.UploadID, ObjectKey: up.ObjectKey, Parts: []api.Part{{PartNumber: 1, ETag: etag}}})
}

func TestPolicyEncryptionIsThatOfTheGroup(t *testing.T) {
	fake := newFake()
	policy, _ := policyFile(t, "[groups.ward]\nkms_key_id = \"key-ward\"\n")
	v := openVault(t, signer.Config{Storage: fake, Auth: groupTokens(t), Policy: policy, KMSKeyID: "key-1"})
	v.token = aliceToken
	data := []byte("x")
	up := mustCall[api.InitResponse](v, api.PathInitUpload, initRequest(data))
	for _, u := range fake.uploads {
		u.in.KMSKeyID = "key-1" // the storage goes by the vault's key all the same
	}
	etag := fake.hold(up.ObjectKey, 1, 1)
	v.wantCode(api.CodeEncryptionMismatch, api.PathCompleteUpload, completeRequest(up, []api.Part{{PartNumber: 1, ETag: etag, Checksum: crc(data)}}, data))
	if c := capabilities(v); c.Encryption.KeyID != "key-ward" {
		t.Errorf("alice is told of %q", c.Encryption.KeyID)
	}
}

func TestPolicyReload(t *testing.T) {
	policy, write := policyFile(t, "[defaults]\nmax_object_size = 10\n")
	v := openVault(t, signer.Config{Storage: newFake(), Policy: policy})
	limit := func() int64 { return capabilities(v).MaxObjectSize }
	write("[defaults]\nmax_object_size = 20\n")
	if got := limit(); got != 20 {
		t.Errorf("limit %d after the change", got)
	}
	for _, broken := range []string{"[defaults", "[defaults]\nnope = 1\n", "[defaults]\nkms_key_id = \"k\"\n"} { // the vault has no KMS
		write(broken)
		if got := limit(); got != 20 {
			t.Errorf("%q: limit %d", broken, got)
		}
	}
	write("[defaults]\nmax_object_size = 20\n")
	if got := limit(); got != 20 {
		t.Errorf("limit %d once it is mended", got)
	}
}

// TestPolicyOnRealServers signs people in at a real provider and looks at what
// their groups' rules left at real servers.
func TestPolicyOnRealServers(t *testing.T) {
	p := oidctest.Start(t, oidctest.Options{EC: true})
	for name, start := range map[string]func(testing.TB) *s3test.Server{"versitygw": s3test.VersityGW, "minio-kms": s3test.MinIO} {
		t.Run(name, func(t *testing.T) {
			srv := start(t)
			policy, _ := policyFile(t, wardPolicy+"\n[defaults]\nbucket_key = true\n")
			cfg := realConfig(t, srv)
			cfg.Policy, cfg.Auth = policy, readyOIDC(t, p)
			first, second := openVault(t, cfg), openVault(t, secondOf(t, cfg, p))
			token := p.SignIn(t, "alice").Access
			first.token, second.token = token, token
			data := randomBytes(partSize + 10)
			init := initRequest(data)
			init.Metadata = map[string]string{"study": "1234"}
			up := mustCall[api.InitResponse](first, api.PathInitUpload, init)
			parts := sendParts(second, up, data)
			mustCall[api.Object](first, api.PathCompleteUpload, completeRequest(up, parts, data))
			checkStored(t, srv, up.ObjectKey, data)
			checkRules(t, srv, up.ObjectKey)

			o := toPut("b.dcm", []byte("small"), api.ChecksumCRC64NVME)
			o.Metadata = init.Metadata
			u := mustCall[api.PutURLsResponse](second, api.PathPutURLs, api.PutURLsRequest{Objects: []api.ObjectToPut{o}}).Objects[0]
			if status, _, text := put(t, u.URL, u.Headers, []byte("small")); status != http.StatusOK {
				t.Fatalf("%d %s", status, text)
			}
			checkRules(t, srv, u.ObjectKey)
			bare := with(u.Headers, "x-amz-tagging", "department=mine")
			if status, _, _ := put(t, u.URL, bare, []byte("small")); status == http.StatusOK {
				t.Error("tags of the client's own were taken")
			}
		})
	}
}

// secondOf is cfg for another signer of the same vault.
func secondOf(t testing.TB, cfg signer.Config, p *oidctest.Provider) signer.Config {
	t.Helper()
	cfg.Policy, _ = policyFile(t, wardPolicy+"\n[defaults]\nbucket_key = true\n")
	cfg.Auth = readyOIDC(t, p)
	return cfg
}

// checkRules looks for what wardPolicy says.
func checkRules(t testing.TB, srv *s3test.Server, key string) {
	t.Helper()
	if !strings.HasPrefix(key, "ward/") {
		t.Errorf("key %q", key)
	}
	out, err := srv.Client().GetObjectTagging(t.Context(), &awss3.GetObjectTaggingInput{Bucket: &srv.Bucket, Key: &key})
	if err != nil {
		t.Fatalf("GetObjectTagging: %v", err)
	}
	tags := map[string]string{}
	for _, tag := range out.TagSet {
		tags[*tag.Key] = *tag.Value
	}
	if len(tags) != 2 || tags["department"] != "ward seven" || tags["class"] != "a+b" {
		t.Errorf("%s: tags %v", key, tags)
	}
	head, err := srv.Client().HeadObject(t.Context(), &awss3.HeadObjectInput{Bucket: &srv.Bucket, Key: &key})
	if err != nil {
		t.Fatal(err)
	}
	if got := string(head.StorageClass); got != "" && got != "STANDARD" {
		t.Errorf("%s: storage class %q", key, got)
	}
	if srv.KMSKeyID != "" && (string(head.ServerSideEncryption) != "aws:kms" || !strings.HasSuffix(fmt.Sprint(*head.SSEKMSKeyId), srv.KMSKeyID)) {
		t.Errorf("%s: %v", key, head.ServerSideEncryption)
	}
	if head.Metadata["study"] != "1234" {
		t.Errorf("%s: metadata %v", key, head.Metadata)
	}
}

// TestNamesOfAGroup: who is signed in is told what their own keys hold of names, and who is not the most that any hold.
func TestNamesOfAGroup(t *testing.T) {
	const nameless, named = `key_template = "w/{principal}/{uploadRef}/object{ext}"`, `key_template = "w/{principal}/{uploadRef}/{path}"`
	for _, x := range []struct{ base, ward, lab, alice, bob, eve, anybody string }{
		{"{principal}/{uploadRef}/{path}", nameless, nameless, api.NamesExtension, api.NamesExtension, api.NamesPath, api.NamesPath},
		{"{principal}/{uploadRef}", named, nameless, api.NamesPath, api.NamesExtension, api.NamesNone, api.NamesPath},
		{"{principal}/{uploadRef}", nameless, "", api.NamesExtension, api.NamesNone, api.NamesNone, api.NamesExtension},
	} {
		policy, _ := policyFile(t, "[groups.ward]\n"+x.ward+"\n[groups.lab]\n"+x.lab+"\n")
		v := openVault(t, signer.Config{Storage: newFake(), Auth: groupTokens(t), Policy: policy, KeyTemplate: x.base})
		for token, want := range map[string]string{aliceToken: x.alice, bobToken: x.bob, eveToken: x.eve, "": x.anybody} {
			v.token = token
			if got := capabilities(v).Names; got != want {
				t.Errorf("%+v: %q is told %q, want %q", x, token, got, want)
			}
		}
	}
}
