package signer_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/text/unicode/norm"

	"longshore/signer"
	"longshore/signer/api"
)

// counted passes calls on and counts them: presigning counts too.
type counted struct {
	signer.Storage
	calls atomic.Int64
}

func (c *counted) CreateUpload(ctx context.Context, in signer.CreateInput) (signer.OpenUpload, error) {
	c.calls.Add(1)
	return c.Storage.CreateUpload(ctx, in)
}

func (c *counted) PresignPart(ctx context.Context, in signer.PartInput) (signer.SignedRequest, error) {
	c.calls.Add(1)
	return c.Storage.PresignPart(ctx, in)
}

func (c *counted) PresignPut(ctx context.Context, in signer.PutInput) (signer.SignedRequest, error) {
	c.calls.Add(1)
	return c.Storage.PresignPut(ctx, in)
}

func (c *counted) PresignPost(ctx context.Context, in signer.PostInput) (signer.SignedForm, error) {
	c.calls.Add(1)
	return c.Storage.(signer.FormStorage).PresignPost(ctx, in)
}

func (c *counted) ListUploads(ctx context.Context, key string) ([]signer.OpenUpload, error) {
	c.calls.Add(1)
	return c.Storage.ListUploads(ctx, key)
}

func (c *counted) ListParts(ctx context.Context, id signer.UploadKey) ([]signer.StoredPart, error) {
	c.calls.Add(1)
	return c.Storage.ListParts(ctx, id)
}

func (c *counted) AbortDate(ctx context.Context, id signer.UploadKey) (time.Time, error) {
	c.calls.Add(1)
	return c.Storage.AbortDate(ctx, id)
}

func (c *counted) CompleteUpload(ctx context.Context, in signer.CompleteInput) (signer.StoredObject, error) {
	c.calls.Add(1)
	return c.Storage.CompleteUpload(ctx, in)
}

func (c *counted) AbortUpload(ctx context.Context, id signer.UploadKey) error {
	c.calls.Add(1)
	return c.Storage.AbortUpload(ctx, id)
}

func (c *counted) Stat(ctx context.Context, key string) (signer.StoredObject, error) {
	c.calls.Add(1)
	return c.Storage.Stat(ctx, key)
}

func (c *counted) PutObject(ctx context.Context, in signer.PutInput, body []byte) error {
	c.calls.Add(1)
	return c.Storage.PutObject(ctx, in, body)
}

func (c *counted) UploadPart(ctx context.Context, in signer.PartInput, body []byte) error {
	c.calls.Add(1)
	return c.Storage.UploadPart(ctx, in, body)
}

// matrixVault is a vault where alice calls, and what the cells are made of.
type matrixVault struct {
	*vault
	storage     *counted
	mine, other api.InitResponse // two uploads of alice's
	bobs        api.InitResponse
	ids         map[string]string
}

// matrixName has letters whose other form in Unicode is another key.
const matrixName = "folder/Ünïcode name.dcm"

func newMatrix(t testing.TB, st signer.Storage) *matrixVault {
	t.Helper()
	c := &counted{Storage: st}
	m := &matrixVault{vault: tokenVault(t, c, func(cfg *signer.Config) { cfg.Rate, cfg.AllowForms, cfg.CheckEvery = -1, true, -1 }), storage: c}
	begin := func(v *vault, token string) api.InitResponse {
		v.token = token
		r := initRequest(make([]byte, 100))
		r.RelativePath = matrixName
		return mustCall[api.InitResponse](v, api.PathInitUpload, r)
	}
	m.bobs = begin(m.vault, bobToken)
	m.other = begin(m.vault, aliceToken)
	m.mine = begin(m.vault, aliceToken)

	// The same caller and key under another seal, and at another vault.
	fake := newFake()
	reseal := tokenVault(t, fake, func(cfg *signer.Config) { cfg.SealKeys = [][]byte{bytes.Repeat([]byte{9}, 32)} })
	same := api.InitRequest{
		FileName: "f", RelativePath: matrixName, MimeType: "text/plain", Size: ptr(int64(100)), Checksum: api.ChecksumCRC64NVME,
		UploadRef: strings.Split(m.mine.ObjectKey, "/")[3],
	}
	otherSeal := mustCall[api.InitResponse](reseal, api.PathInitUpload, same)
	if otherSeal.ObjectKey != m.mine.ObjectKey {
		t.Fatalf("the other vault has another key: %q", otherSeal.ObjectKey)
	}
	m.ids = m.forgeries(otherSeal.UploadID)
	return m
}

// forgeries are sealed ids that alice may not use for any key but, "own", hers.
func (m *matrixVault) forgeries(otherSeal string) map[string]string {
	own := m.mine.UploadID
	ids := map[string]string{
		"own": own, "of another upload": m.other.UploadID, "foreign": m.bobs.UploadID, "other vault's seal": otherSeal,
		"random": base64.RawURLEncoding.EncodeToString(randomBytes(200)), "S3's own": "upload-3", "a word": "../../etc/passwd",
		"cut by one": own[:len(own)-1], "cut in half": own[:len(own)/2], "only a version": own[:4], "longer": own + "A",
		"twice": own + own, "padded": own + "=", "with a space": " " + own, "with a line's end": own + "\n", "with a NUL": own + "\x00",
		"overlong": strings.Repeat("A", 5000), "in capitals": strings.ToUpper(own), "claims of bob, seal of hers": m.bobs.UploadID[:60] + own[60:],
	}
	raw, err := base64.RawURLEncoding.DecodeString(own)
	if err != nil {
		m.t.Fatal(err)
	}
	for i := 0; i < len(raw); i += 7 {
		flipped := bytes.Clone(raw)
		flipped[i] ^= 1 << (i % 8)
		ids[fmt.Sprintf("a bit of byte %d flipped", i)] = base64.RawURLEncoding.EncodeToString(flipped)
	}
	for _, version := range []byte{0, 1, 3, 255} {
		other := bytes.Clone(raw)
		other[0] = version
		ids[fmt.Sprintf("version %d", version)] = base64.RawURLEncoding.EncodeToString(other)
	}
	return ids
}

// strangeKeys are keys that are none of alice's: somebody else's, nobody's, and
// hers with something in it that a server might resolve to another.
func (m *matrixVault) strangeKeys() map[string]string {
	own := strings.Split(m.mine.ObjectKey, "/")
	bob := strings.Split(m.bobs.ObjectKey, "/")[1]
	root, alice, date, ref, name := own[0], own[1], own[2], own[3], strings.Join(own[4:], "/")
	keys := map[string]string{
		"foreign": m.bobs.ObjectKey, "bob's, with her ref": strings.Join([]string{root, bob, date, ref, name}, "/"),
		"an alias": root + "/ward-7/" + date + "/" + ref + "/" + name, "another root": "backups/" + alice + "/" + date + "/" + ref + "/" + name,
		"another day": strings.Join([]string{root, alice, "2001-01-01", ref, name}, "/"), "a ref in small letters": strings.Join([]string{root, alice, date, strings.ToLower(ref), name}, "/"),
		"no name": strings.Join(own[:4], "/"), "an empty name": strings.Join(own[:4], "/") + "/", "only her prefix": root + "/" + alice + "/",
		"absolute": "/" + m.mine.ObjectKey, "her hash in small letters": strings.Replace(m.mine.ObjectKey, alice, strings.ToLower(alice), 1),
		"ends in a slash": m.mine.ObjectKey + "/", "two slashes": strings.Replace(m.mine.ObjectKey, "/", "//", 1), "the other form of Unicode": norm.NFD.String(m.mine.ObjectKey),
		"overlong": m.mine.ObjectKey + strings.Repeat("/x", 600), "an overlong name": m.mine.ObjectKey + strings.Repeat("x", 300), "a line's end": m.mine.ObjectKey + "\n",
		"a NUL": m.mine.ObjectKey + "\x00.png", "a NUL amid": strings.Replace(m.mine.ObjectKey, alice, alice+"\x00", 1),
	}
	// A way up and into bob's, where the principal is and where the name is.
	for what, up := range map[string]string{
		"..": "..", "encoded": "%2e%2e", "half encoded": ".%2e", "double-encoded": "%252e%252e", "overlong UTF-8": "%c0%ae%c0%ae",
		"fullwidth dots": "．．", "two dot leader": "‥", "dots with a zero width space": ".\u200b.", "a single dot": ".", "a backslash": `..\..`,
	} {
		for by, slash := range map[string]string{
			"/": "/", "encoded slash": "%2f", "double-encoded slash": "%252f", "fullwidth slash": "／", "division slash": "∕", "fraction slash": "⁄", "backslash": `\`,
		} {
			climb := strings.Join([]string{root, alice, up, bob, date, ref, name}, slash)
			keys["from hers by "+what+" and "+by] = climb
			keys["beside hers by "+what+" and "+by] = root + "/" + bob + slash + up + slash + alice + "/" + date + "/" + ref + "/" + name
		}
		keys["as principal: "+what] = strings.Join([]string{root, up, date, ref, name}, "/")
	}
	for _, up := range []string{"..", ".", "", "a\x01b", "a\u0085b", "\uffff"} {
		keys[fmt.Sprintf("in the name: %q", up)] = strings.Join([]string{root, alice, date, ref, up, up, up, bob, name}, "/")
	}
	return keys
}
