package signer_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"longshore/signer"
)

// fakeStorage is a bucket in memory. before may fail a call; after may fail it
// once it has had its effect, as a lost answer does. Both get the operation and
// how often it was called before.
type fakeStorage struct {
	mu      sync.Mutex
	uploads map[signer.UploadKey]*fakeUpload
	objects map[string]signer.StoredObject
	calls   map[string]int
	bodies  map[string][]byte // of what the signer itself wrote; nil keeps none
	seq     int

	before, after func(op string, n int) error
	forget        bool // Complete's answer lacks checksum and encryption
	encryption    string
	lax           bool // does not verify checksums
	sticky        int  // aborts that a part in flight outlives
	expiresIn     time.Duration
	abortDate     time.Time // of every upload
}

type fakeUpload struct {
	in    signer.CreateInput
	seq   int
	parts map[int]signer.StoredPart
}

func newFake() *fakeStorage {
	return &fakeStorage{
		uploads: make(map[signer.UploadKey]*fakeUpload), objects: make(map[string]signer.StoredObject),
		calls: make(map[string]int),
	}
}

func storageErr(op string, f signer.Failure) error {
	status := map[signer.Failure]int{
		signer.FailNotFound: 404, signer.FailNoSuchUpload: 404, signer.FailPrecondition: 412, signer.FailConflict: 409,
		signer.FailDenied: 403, signer.FailThrottled: 503, signer.FailUnknown: 500,
	}
	return &signer.StorageError{
		Op: op, Failure: f, Status: cmp.Or(status[f], 400), Code: string(f),
		Err: errors.New("PUT https://secret-host/vault/secret-key?X-Amz-Signature=secret"),
	}
}

// enter counts a call, runs before, and gives what to do last.
func (f *fakeStorage) enter(op string) (leave func(error) error, err error) {
	f.mu.Lock()
	n := f.calls[op]
	f.calls[op]++
	f.mu.Unlock()
	if f.before != nil {
		if err := f.before(op, n); err != nil {
			return nil, err
		}
	}
	f.mu.Lock()
	return func(err error) error {
		f.mu.Unlock()
		if err == nil && f.after != nil {
			err = f.after(op, n)
		}
		return err
	}, nil
}

func (f *fakeStorage) count(op string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls[op]
}

func (f *fakeStorage) CreateUpload(_ context.Context, in signer.CreateInput) (signer.OpenUpload, error) {
	leave, err := f.enter("create")
	if err != nil {
		return signer.OpenUpload{}, err
	}
	f.seq++
	id := signer.UploadKey{Key: in.Key, UploadID: fmt.Sprintf("upload-%d", f.seq)}
	f.uploads[id] = &fakeUpload{in: in, seq: f.seq, parts: make(map[int]signer.StoredPart)}
	return signer.OpenUpload{UploadKey: id, Algorithm: algorithm(in)}, leave(nil)
}

func algorithm(in signer.CreateInput) string {
	if in.CRC64NVME {
		return "CRC64NVME"
	}
	return ""
}

func (f *fakeStorage) PresignPart(_ context.Context, in signer.PartInput) (signer.SignedRequest, error) {
	leave, err := f.enter("presign-part")
	if err != nil {
		return signer.SignedRequest{}, err
	}
	h := http.Header{}
	if in.CRC64NVME != "" {
		h.Set("X-Amz-Checksum-Crc64nvme", in.CRC64NVME)
	}
	if in.MD5 != "" {
		h.Set("Content-Md5", in.MD5)
	}
	if in.Size != nil {
		h.Set("Content-Length", fmt.Sprint(*in.Size))
	}
	return signer.SignedRequest{
		URL:     fmt.Sprintf("https://secret-host/%s?partNumber=%d&sig=secret", in.Key, in.PartNumber),
		Headers: h, ExpiresIn: cmp.Or(f.expiresIn, in.Lifetime),
	}, leave(nil)
}

func (f *fakeStorage) PresignPut(_ context.Context, in signer.PutInput) (signer.SignedRequest, error) {
	leave, err := f.enter("presign-put")
	if err != nil {
		return signer.SignedRequest{}, err
	}
	h := http.Header{"Content-Type": {in.ContentType}}
	for k, v := range in.Metadata {
		h.Set("x-amz-meta-"+k, v)
	}
	if in.IfNoneMatch {
		h.Set("If-None-Match", "*")
	}
	return signer.SignedRequest{URL: "https://secret-host/" + in.Key + "?sig=secret", Headers: h, ExpiresIn: in.Lifetime}, leave(nil)
}

func (f *fakeStorage) ListUploads(_ context.Context, key string) ([]signer.OpenUpload, error) {
	leave, err := f.enter("list-uploads")
	if err != nil {
		return nil, err
	}
	ids := slices.Collect(maps.Keys(f.uploads))
	ids = slices.DeleteFunc(ids, func(id signer.UploadKey) bool { return id.Key != key })
	slices.SortFunc(ids, func(a, b signer.UploadKey) int { return f.uploads[a].seq - f.uploads[b].seq })
	var out []signer.OpenUpload
	for _, id := range ids {
		out = append(out, signer.OpenUpload{UploadKey: id, Algorithm: algorithm(f.uploads[id].in)})
	}
	return out, leave(nil)
}

func (f *fakeStorage) AbortDate(_ context.Context, id signer.UploadKey) (time.Time, error) {
	leave, err := f.enter("abort-date")
	if err != nil {
		return time.Time{}, err
	}
	if f.uploads[id] == nil {
		return time.Time{}, leave(storageErr("ListParts", signer.FailNoSuchUpload))
	}
	return f.abortDate, leave(nil)
}

func (f *fakeStorage) ListParts(_ context.Context, id signer.UploadKey) ([]signer.StoredPart, error) {
	leave, err := f.enter("list-parts")
	if err != nil {
		return nil, err
	}
	up := f.uploads[id]
	if up == nil {
		return nil, leave(storageErr("ListParts", signer.FailNoSuchUpload))
	}
	parts := slices.SortedFunc(maps.Values(up.parts), func(a, b signer.StoredPart) int { return a.PartNumber - b.PartNumber })
	return parts, leave(nil)
}

func (f *fakeStorage) CompleteUpload(ctx context.Context, in signer.CompleteInput) (signer.StoredObject, error) {
	leave, err := f.enter("complete")
	if err != nil {
		return signer.StoredObject{}, err
	}
	up := f.uploads[in.UploadKey]
	if up == nil {
		return signer.StoredObject{}, leave(storageErr("Complete", signer.FailNoSuchUpload))
	}
	if _, taken := f.objects[in.Key]; taken && in.IfNoneMatch {
		return signer.StoredObject{}, leave(storageErr("Complete", signer.FailPrecondition))
	}
	obj := signer.StoredObject{Key: in.Key, ETag: `"etag-` + in.UploadID + `"`, CRC64NVME: in.CRC64NVME, Metadata: up.in.Metadata}
	for _, p := range in.Parts {
		have, ok := up.parts[p.PartNumber]
		if !ok || have.ETag != p.ETag {
			return signer.StoredObject{}, leave(storageErr("Complete", signer.FailInvalidPart))
		}
		obj.Size += have.Size
	}
	if up.in.KMSKeyID != "" {
		obj.Encryption, obj.KMSKeyID = cmp.Or(f.encryption, "aws:kms"), "arn:aws:kms:"+up.in.KMSKeyID
	}
	delete(f.uploads, in.UploadKey)
	f.objects[in.Key] = obj
	answer := obj
	answer.Size, answer.Metadata = -1, nil
	if f.forget {
		answer = signer.StoredObject{Key: in.Key, Size: -1}
	}
	return answer, leave(ctx.Err())
}

func (f *fakeStorage) AbortUpload(_ context.Context, id signer.UploadKey) error {
	leave, err := f.enter("abort")
	if err != nil {
		return err
	}
	if f.uploads[id] == nil {
		return leave(storageErr("Abort", signer.FailNoSuchUpload))
	}
	if f.sticky--; f.sticky < 0 {
		delete(f.uploads, id)
	}
	return leave(nil)
}

func (f *fakeStorage) Stat(ctx context.Context, key string) (signer.StoredObject, error) {
	if ctx.Err() != nil {
		return signer.StoredObject{}, ctx.Err()
	}
	leave, err := f.enter("stat")
	if err != nil {
		return signer.StoredObject{}, err
	}
	obj, ok := f.objects[key]
	if !ok {
		return signer.StoredObject{}, leave(storageErr("Stat", signer.FailNotFound))
	}
	return obj, leave(nil)
}

func (f *fakeStorage) UploadPart(context.Context, signer.PartInput, []byte) error {
	leave, err := f.enter("upload-part")
	if err != nil {
		return err
	}
	if f.lax {
		return leave(nil)
	}
	return leave(storageErr("UploadPart", signer.FailBadDigest))
}

func (f *fakeStorage) PutObject(_ context.Context, in signer.PutInput, body []byte) error {
	leave, err := f.enter("put-object")
	if err != nil {
		return err
	}
	if _, taken := f.objects[in.Key]; taken && in.IfNoneMatch {
		return leave(storageErr("PutObject", signer.FailPrecondition))
	}
	if in.Size != int64(len(body)) || in.CRC64 != "" && in.CRC64 != crc(body) {
		return leave(storageErr("PutObject", signer.FailBadDigest))
	}
	obj := signer.StoredObject{
		Key: in.Key, Size: in.Size, ETag: `"put-` + in.Key + `"`, CRC64NVME: in.CRC64, Metadata: in.Metadata,
	}
	if in.KMSKeyID != "" {
		obj.Encryption, obj.KMSKeyID = cmp.Or(f.encryption, "aws:kms"), "arn:aws:kms:"+in.KMSKeyID
	}
	f.objects[in.Key] = obj
	if f.bodies != nil {
		f.bodies[in.Key] = bytes.Clone(body)
	}
	return leave(nil)
}

func (f *fakeStorage) DataOrigins() []string { return []string{"https://secret-host"} }

func (f *fakeStorage) ObjectURL(key string) string { return "https://secret-host/" + key }

// hold pretends that the client has sent part n of the key's newest upload.
func (f *fakeStorage) hold(key string, n int, size int64) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var newest *fakeUpload
	for id, up := range f.uploads {
		if id.Key == key && (newest == nil || up.seq > newest.seq) {
			newest = up
		}
	}
	etag := fmt.Sprintf(`"part-%d"`, n)
	newest.parts[n] = signer.StoredPart{PartNumber: n, ETag: etag, Size: size}
	return etag
}

// open counts the uploads of keys that hold text.
func (f *fakeStorage) open(text string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for id := range f.uploads {
		if strings.Contains(id.Key, text) {
			n++
		}
	}
	return n
}
