package sim

import (
	"bytes"
	"cmp"
	"crypto/md5"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/minio/crc64nvme"

	"longshore/signer"
	"longshore/signer/api"
)

// bucket is what S3 holds, and S3's own rules. It has no faults: storage and the wire have.
type bucket struct {
	w           *world
	conditional bool // knows If-None-Match on writes
	remembers   bool // a repeat of a Complete answers 200 again
	kms         bool
	lifetime    time.Duration // the lifecycle rule aborts uploads so old; 0: none

	mu      sync.Mutex
	serial  int
	uploads map[signer.UploadKey]*upload
	ended   map[signer.UploadKey]signer.StoredObject
	objects map[string]*object
	signed  map[string]*signature

	manifests map[string]*manifest
}

type upload struct {
	in     signer.CreateInput
	serial int
	born   time.Time
	parts  map[int]*part
	coming int // parts whose bytes are here and not stored yet
}

type part struct {
	etag string
	data []byte
	crc  string
}

type object struct {
	signer.StoredObject
	data []byte
}

// signature is a request somebody may send.
type signature struct {
	key      string
	upload   string // "" for a whole object
	part     int
	size     int64 // -1: any
	crc, md5 string
	in       signer.PutInput
	expires  time.Time // by S3's clock
}

func newBucket(w *world) *bucket {
	return &bucket{
		w: w, uploads: map[signer.UploadKey]*upload{}, ended: map[signer.UploadKey]signer.StoredObject{},
		objects: map[string]*object{}, signed: map[string]*signature{}, manifests: map[string]*manifest{},
	}
}

// fault is an error of S3.
func s3Error(op string, f signer.Failure) error {
	status := map[signer.Failure]int{
		signer.FailNotFound: 404, signer.FailNoSuchUpload: 404, signer.FailPrecondition: 412, signer.FailConflict: 409,
		signer.FailDenied: 403, signer.FailThrottled: 503, signer.FailUnknown: 500,
	}
	return &signer.StorageError{Op: op, Failure: f, Status: cmp.Or(status[f], 400), Code: string(f)}
}

// sweep is the lifecycle rule; it is called with the lock held.
func (b *bucket) sweep() {
	if b.lifetime == 0 {
		return
	}
	now := b.w.now()
	maps.DeleteFunc(b.uploads, func(id signer.UploadKey, u *upload) bool {
		old := now.Sub(u.born) > b.lifetime
		if old {
			b.w.trace.add("s3: the lifecycle rule aborts %s of %s", id.UploadID, label(id.Key))
		}
		return old
	})
}

func (b *bucket) create(in signer.CreateInput) signer.OpenUpload {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.serial++
	id := signer.UploadKey{Key: in.Key, UploadID: fmt.Sprintf("upload-%d", b.serial)}
	u := &upload{in: in, serial: b.serial, born: b.w.now(), parts: map[int]*part{}}
	b.uploads[id] = u
	return b.describe(id, u)
}

func (b *bucket) describe(id signer.UploadKey, u *upload) signer.OpenUpload {
	open := signer.OpenUpload{UploadKey: id, Initiated: u.born}
	if u.in.CRC64NVME {
		open.Algorithm = "CRC64NVME"
	}
	if b.lifetime > 0 {
		open.AbortDate = u.born.Add(b.lifetime)
	}
	return open
}

func (b *bucket) listUploads(key string) []signer.OpenUpload {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sweep()
	var open []signer.OpenUpload
	for _, id := range b.sortedUploads() {
		if id.Key == key {
			open = append(open, b.describe(id, b.uploads[id]))
		}
	}
	return open
}

func (b *bucket) sortedUploads() []signer.UploadKey {
	return slices.SortedFunc(maps.Keys(b.uploads), func(x, y signer.UploadKey) int {
		return cmp.Compare(b.uploads[x].serial, b.uploads[y].serial)
	})
}

// listParts gives one page: up to n parts after a number.
func (b *bucket) listParts(id signer.UploadKey, after, n int) ([]signer.StoredPart, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sweep()
	u := b.uploads[id]
	if u == nil {
		return nil, s3Error("ListParts", signer.FailNoSuchUpload)
	}
	var page []signer.StoredPart
	for _, number := range slices.Sorted(maps.Keys(u.parts)) {
		if number > after && len(page) < n {
			p := u.parts[number]
			page = append(page, signer.StoredPart{
				PartNumber: number, ETag: p.etag, Size: int64(len(p.data)) * scale, CRC64NVME: p.crc,
			})
		}
	}
	return page, nil
}

func (b *bucket) abort(id signer.UploadKey, outlived bool) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sweep()
	u := b.uploads[id]
	switch {
	case u == nil:
		return s3Error("AbortMultipartUpload", signer.FailNoSuchUpload)
	case u.coming > 0 && outlived: // a part in flight outlives the abort
		clear(u.parts)
	default:
		delete(b.uploads, id)
	}
	return nil
}

// complete is CompleteMultipartUpload. S3 looks at the condition before it looks at the upload.
func (b *bucket) complete(in signer.CompleteInput) (signer.StoredObject, error) {
	const op = "CompleteMultipartUpload"
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sweep()
	if b.objects[in.Key] != nil && in.IfNoneMatch && b.conditional {
		return signer.StoredObject{}, s3Error(op, signer.FailPrecondition)
	}
	u := b.uploads[in.UploadKey]
	if u == nil {
		if o, ok := b.ended[in.UploadKey]; ok && b.remembers {
			return o, nil
		}
		return signer.StoredObject{}, s3Error(op, signer.FailNoSuchUpload)
	}
	var data []byte
	for _, listed := range in.Parts {
		p := u.parts[listed.PartNumber]
		if p == nil || p.etag != listed.ETag || u.in.CRC64NVME && p.crc != listed.CRC64NVME {
			return signer.StoredObject{}, s3Error(op, signer.FailInvalidPart)
		}
		data = append(data, p.data...)
	}
	if in.Size >= 0 && in.Size != int64(len(data))*scale {
		return signer.StoredObject{}, s3Error(op, signer.FailRefused)
	}
	sum := crcText(data)
	if in.CRC64NVME != "" && in.CRC64NVME != sum {
		return signer.StoredObject{}, s3Error(op, signer.FailBadDigest)
	}
	if !u.in.CRC64NVME {
		sum = ""
	}
	delete(b.uploads, in.UploadKey)
	o := b.store(u.in, data, sum)
	b.ended[in.UploadKey] = o
	return o, nil
}

// store writes an object, with the lock held. Nothing finished may be overwritten.
func (b *bucket) store(in signer.CreateInput, data []byte, crc string) signer.StoredObject {
	b.serial++
	o := &object{data: data, StoredObject: signer.StoredObject{
		Key: in.Key, Size: int64(len(data)) * scale, ETag: fmt.Sprintf(`"object-%d"`, b.serial),
		VersionID: fmt.Sprintf("version-%d", b.serial), CRC64NVME: crc, Metadata: in.Metadata,
	}}
	if in.KMSKeyID != "" {
		o.Encryption, o.KMSKeyID = "aws:kms", "arn:aws:kms:eu:1:key/"+in.KMSKeyID
	}
	if b.kms != (in.KMSKeyID != "") {
		b.w.trace.violate("an object was stored without the vault's encryption: %s", label(in.Key))
	}
	if old := b.objects[in.Key]; old != nil && (b.conditional || !bytes.Equal(old.data, data) || !maps.Equal(old.Metadata, in.Metadata)) {
		b.w.trace.violate("the object of %s was overwritten", label(in.Key))
	}
	b.w.checkBytes(in.Key, data)
	b.objects[in.Key] = o
	return o.StoredObject
}

func (b *bucket) stat(key string) (signer.StoredObject, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if m := b.manifests[key]; m != nil {
		return m.StoredObject, nil
	}
	o := b.objects[key]
	if o == nil {
		return signer.StoredObject{}, s3Error("HeadObject", signer.FailNotFound)
	}
	return o.StoredObject, nil
}

// sign remembers a request and gives the token in its URL.
func (b *bucket) sign(s *signature) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.serial++
	token := fmt.Sprintf("sig-%d", b.serial)
	b.signed[token] = s
	return token
}

func (b *bucket) signature(token string) *signature {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.signed[token]
}

// arriving notes bytes that are here and not stored yet; arrived ends it.
func (b *bucket) arriving(s *signature, by int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if u := b.uploads[signer.UploadKey{Key: s.key, UploadID: s.upload}]; u != nil {
		u.coming += by
	}
}

// put stores a body that came for a signature, or refuses it as S3 does.
func (b *bucket) put(s *signature, data []byte) *http.Response {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sweep()
	sum := crcText(data)
	md := md5.Sum(data)
	switch {
	case s.size >= 0 && int64(len(data)) != s.size:
		return answer(http.StatusBadRequest, "IncompleteBody", "")
	case s.crc != "" && s.crc != sum, s.md5 != "" && s.md5 != base64.StdEncoding.EncodeToString(md[:]):
		return answer(http.StatusBadRequest, "BadDigest", "")
	}
	header := http.Header{}
	if s.upload == "" {
		if b.objects[s.key] != nil && b.conditional && s.in.IfNoneMatch {
			return answer(http.StatusPreconditionFailed, "PreconditionFailed", "")
		}
		crc := ""
		if s.crc != "" {
			crc = sum
			header.Set("x-amz-checksum-crc64nvme", crc)
		}
		o := b.store(s.in.CreateInput, data, crc)
		header.Set("ETag", o.ETag)
		header.Set("x-amz-version-id", o.VersionID)
		if o.Encryption != "" {
			header.Set("x-amz-server-side-encryption", o.Encryption)
		}
		return plain(http.StatusOK, header, nil)
	}
	u := b.uploads[signer.UploadKey{Key: s.key, UploadID: s.upload}]
	if u == nil {
		return answer(http.StatusNotFound, "NoSuchUpload", "")
	}
	b.serial++
	p := &part{etag: fmt.Sprintf(`"part-%d"`, b.serial), data: data} // under KMS the same bytes get another ETag
	if u.in.CRC64NVME {
		p.crc = sum
	}
	u.parts[s.part] = p
	header.Set("ETag", p.etag)
	return plain(http.StatusOK, header, nil)
}

// forget drops open uploads, as a lifecycle rule does; lose drops one part that was stored.
func (b *bucket) forget() (n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	n = len(b.uploads)
	clear(b.uploads)
	return n
}

func (b *bucket) lose(pick func(n int) int) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	ids := b.sortedUploads()
	if len(ids) == 0 {
		return ""
	}
	u := b.uploads[ids[pick(len(ids))]]
	numbers := slices.Sorted(maps.Keys(u.parts))
	if len(numbers) == 0 {
		return ""
	}
	n := numbers[pick(len(numbers))]
	delete(u.parts, n)
	b.w.monitor.lost(u.in.Key, n)
	return fmt.Sprintf("part %d of %s", n, label(u.in.Key))
}

// open names the files with uploads that are neither completed nor aborted.
func (b *bucket) open() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sweep()
	var files []string
	for _, id := range b.sortedUploads() {
		if label(id.Key) == "probe" { // of no job: a signer's own, left behind when it was ended in the middle of it
			continue
		}
		files = append(files, id.UploadID+" of "+label(id.Key)+" ("+b.uploads[id].in.Metadata[api.MetaUploadRef]+")")
	}
	return files
}

// object returns what is at a key.
func (b *bucket) object(key string) (signer.StoredObject, []byte, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	o := b.objects[key]
	if o == nil {
		return signer.StoredObject{}, nil, false
	}
	return o.StoredObject, o.data, true
}

// label is the part of a key that names the file: what follows the uploadRef.
func label(key string) string {
	segments := strings.SplitN(key, "/", 5)
	return segments[len(segments)-1]
}

func crcText(data []byte) string {
	return base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint64(nil, crc64nvme.Checksum(data)))
}
