package signer

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/minio/crc64nvme"
	"github.com/oklog/ulid/v2"

	"longshore/signer/api"
)

// manifest is one on its way into the storage.
type manifest struct {
	principal Principal
	batch     ulid.ULID
	key       string
	mode      string // the vault's checksum mode
	policy    *policy
	rules     *rules // of the caller
	pages     []pageToken
	lines     []byte // of the only page, if it goes into the manifest itself
}

// Names under x-amz-meta- on manifests and their pages. With them a repeated
// call finds what an earlier one wrote without reading its body.
const (
	metaManifestHash    = "manifest-hash"
	metaManifestCreated = "manifest-created"
)

// manifestLines are the canonical bytes of a page: one object a line, fields in
// the order of the type, nothing escaped for HTML.
func manifestLines(objects []api.ManifestObject) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	for _, o := range objects {
		if err := enc.Encode(o); err != nil {
			panic(err) // strings and integers always marshal
		}
	}
	return b.Bytes()
}

// rootHash is the SHA-256 of the pages' own.
func (m manifest) rootHash() string {
	h := sha256.New()
	for _, p := range m.pages {
		h.Write(p.hash[:])
	}
	return hex.EncodeToString(h.Sum(nil))
}

func (m manifest) totals() (count int, size int64) {
	for _, p := range m.pages {
		count, size = count+p.count, size+p.bytes
	}
	return count, size
}

// body is the manifest's JSON. All but tool and created follows from the
// objects.
func (m manifest) body(t manifestTemplate, tool string, created time.Time) []byte {
	count, size := m.totals()
	head, err := json.Marshal(api.ManifestFile{
		Kind: api.ManifestKind, Version: api.ManifestVersion, Tool: tool, Created: created,
		BatchRef: m.batch.String(), Count: count, Bytes: size, RootHash: m.rootHash(),
	})
	if err != nil {
		panic(err) // as above
	}
	var b bytes.Buffer
	b.Write(bytes.TrimSuffix(head, []byte("}")))
	if m.lines != nil {
		b.WriteString(",\"objects\":[\n")
		b.Write(bytes.ReplaceAll(bytes.TrimSuffix(m.lines, []byte("\n")), []byte("\n"), []byte(",\n")))
	} else {
		b.WriteString(",\"pages\":[\n")
		for i, p := range m.pages {
			line, err := json.Marshal(api.ManifestPage{
				Key: t.page(m.key, p.hash[:]), Size: p.size, SHA256: hex.EncodeToString(p.hash[:]), Count: p.count, Bytes: p.bytes,
			})
			if err != nil {
				panic(err) // as above
			}
			if i > 0 {
				b.WriteString(",\n")
			}
			b.Write(line)
		}
	}
	b.WriteString("\n]}\n")
	return b.Bytes()
}

// storePage stores a page. Its key is its hash: who finds it stored finds this.
func (s *Signer) storePage(ctx context.Context, m manifest, p confirmedPage) error {
	in := s.manifestInput(m, s.manifests.page(m.key, p.hash[:]), "application/x-ndjson", p.lines)
	in.Metadata[metaManifestHash] = hex.EncodeToString(p.hash[:])
	_, err := s.writeOnce(ctx, m, in, p.lines)
	return err
}

// storeManifest stores the manifest, after all it lists, and answers. One that
// is stored already is answered as it was, if it lists the same.
func (s *Signer) storeManifest(ctx context.Context, m manifest) (any, error) {
	now := time.Now().UTC().Truncate(time.Second)
	body := m.body(s.manifests, s.cfg.Tool, now)
	in := s.manifestInput(m, m.key, "application/json", body)
	in.Metadata[metaManifestHash], in.Metadata[metaManifestCreated] = m.rootHash(), strconv.FormatInt(now.Unix(), 10)
	obj, err := s.writeOnce(ctx, m, in, body)
	if err != nil {
		return nil, err
	}
	created, err := strconv.ParseInt(obj.Metadata[metaManifestCreated], 10, 64)
	if err != nil {
		return nil, fail(api.CodeBatchConflict, "")
	}
	count, size := m.totals()
	return api.CompleteBatchResponse{Manifest: &api.Manifest{
		ObjectKey: m.key, FileURL: s.storage.ObjectURL(m.key), ETag: obj.ETag, VersionID: obj.VersionID,
		Encryption: encryptionOf(obj), Created: time.Unix(created, 0).UTC(), Objects: count, Bytes: size, RootHash: m.rootHash(),
	}}, nil
}

func (s *Signer) manifestInput(m manifest, key, kind string, body []byte) PutInput {
	in := PutInput{
		CreateInput: CreateInput{ // in the bucket's own storage class: an index that must be restored first is none
			Key: key, ContentType: kind, Metadata: map[string]string{api.MetaBatchRef: m.batch.String()},
			KMSKeyID: m.rules.kmsKeyID, BucketKey: m.rules.bucketKey, Tagging: m.rules.tagging,
		},
		Size: int64(len(body)), IfNoneMatch: !s.cfg.NoConditionalWrites,
	}
	if m.mode == api.ChecksumMD5 {
		sum := md5.Sum(body) //nolint:gosec // S3's Content-MD5, against damage on the way
		in.MD5 = base64.StdEncoding.EncodeToString(sum[:])
	} else {
		var sum [8]byte
		binary.BigEndian.PutUint64(sum[:], crc64nvme.Checksum(body))
		in.CRC64 = base64.StdEncoding.EncodeToString(sum[:])
	}
	return in
}

// writeOnce stores body unless the same is stored already, and gives what is
// stored then. It looks before it writes, which stands in for If-None-Match
// where the storage does not know it, and looks again after: an answer of the
// storage proves less than the object. Something else at the key is
// batch_conflict, and stays as it is.
func (s *Signer) writeOnce(ctx context.Context, m manifest, in PutInput, body []byte) (StoredObject, error) {
	last := error(nil)
	for try := range settleTries {
		if try > 1 && !pause(ctx, settlePause) {
			last = ctx.Err()
			break
		}
		obj, err := s.storage.Stat(ctx, in.Key)
		switch {
		case err == nil && obj.Metadata[metaManifestHash] != in.Metadata[metaManifestHash],
			err == nil && obj.Metadata[api.MetaBatchRef] != in.Metadata[api.MetaBatchRef]:
			return obj, fail(api.CodeBatchConflict, "")
		case err == nil && !fitsOne(obj, m.policy.kmsKeys):
			return obj, fail(api.CodeEncryptionMismatch, "")
		case err == nil:
			return obj, nil
		case !isFailure(err, FailNotFound):
			return obj, err
		}
		if last = s.storage.PutObject(ctx, in, body); last != nil && !unsettled(last) {
			return obj, last
		}
	}
	if last == nil {
		last = fmt.Errorf("the storage took an object and does not show it")
	}
	return StoredObject{}, failBecause(api.CodeUnknownOutcome, last)
}
