package fault

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/minio/crc64nvme"

	"longshore/uploader"
)

// signer is the control plane.
type signer struct{ v *Vault }

// Signer returns the vault's control plane.
func (v *Vault) Signer() uploader.Signer { return signer{v} }

// call makes one call of the control plane: the fault, the network and the effect, which runs with the vault's lock
// held.
func call[T any](ctx context.Context, v *Vault, c Call, effect func() (T, error)) (T, error) {
	var zero T
	fault, end := v.Faults.begin(c)
	defer end()
	up, cut := v.network()
	if !up {
		return zero, uploader.E(c.Op, uploader.CodeNetwork, errors.New("offline"))
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stop := watch(ctx, cut, cancel)
	defer stop()
	if err := fault.enter(ctx); err != nil {
		return zero, lost(ctx, c.Op, err)
	}
	if err := sleep(ctx, v.opt.Latency); err != nil {
		return zero, lost(ctx, c.Op, err)
	}
	if err := fault.refusal(c.Op); err != nil {
		return zero, err
	}
	v.mu.Lock()
	v.expire()
	result, err := effect()
	v.mu.Unlock()
	if fault.After != nil {
		fault.After()
	}
	if fault.Reply != nil {
		fault.Reply(&result)
	}
	switch {
	case fault.Hang:
		<-ctx.Done()
		return zero, lost(ctx, c.Op, ctx.Err())
	case fault.DropAnswer && fault.Code != "":
		return zero, uploader.E(c.Op, fault.Code, errCut)
	case fault.DropAnswer:
		return zero, uploader.E(c.Op, uploader.CodeNetwork, errCut)
	}
	if gone := ctx.Err(); gone != nil { // the answer finds nobody
		return zero, lost(ctx, c.Op, gone)
	}
	return result, err
}

var errCut = errors.New("connection cut")

// watch cancels ctx with errCut when cut is closed. stop waits until it has ended.
func watch(ctx context.Context, cut <-chan struct{}, cancel context.CancelCauseFunc) (stop func()) {
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		select {
		case <-cut:
			cancel(errCut)
		case <-ctx.Done():
		case <-done:
		}
	}()
	return func() {
		close(done)
		<-ended
	}
}

// lost is the error of a call that was cut by the network or ended by its context.
func lost(ctx context.Context, op string, err error) error {
	if errors.Is(context.Cause(ctx), errCut) {
		return uploader.E(op, uploader.CodeNetwork, errCut)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return uploader.E(op, uploader.CodeNetwork, err)
	}
	return uploader.E(op, uploader.CodeCancelled, err)
}

func (s signer) Capabilities(ctx context.Context) (uploader.Capabilities, error) {
	return call(ctx, s.v, Call{Op: OpCapabilities}, func() (uploader.Capabilities, error) {
		return uploader.Capabilities{
			Name: s.v.opt.Name, Checksum: s.v.opt.Checksum, MinPartSize: 5 << 20, MaxPartSize: 5 << 30, PartSize: 16 << 20, MaxParts: 10_000,
			URLLifetime: s.v.opt.URLLifetime, DataOrigins: []string{s.v.Origin()}, Encryption: s.v.opt.Encryption, SignIn: "none",
			ManifestPage: s.v.opt.ManifestPage,
		}, nil
	})
}

// key is made from the attempt, as PROTOCOL wants it.
func key(req uploader.CreateRequest) string {
	name := req.RelPath
	if name == "" {
		name = req.FileName
	}
	return path.Join("uploads", "principal", string(req.Attempt), name)
}

// Create starts an upload, or with retry finds the oldest one of the attempt.
func (s signer) Create(ctx context.Context, req uploader.CreateRequest, retry bool) (uploader.Created, error) {
	v, k := s.v, key(req)
	return call(ctx, v, Call{Op: OpCreate, Attempt: req.Attempt, Key: k, Retry: retry}, func() (uploader.Created, error) {
		if req.Attempt == "" || req.PartSize <= 0 || req.Size < 0 || req.Checksum != v.opt.Checksum {
			return uploader.Created{}, uploader.E(OpCreate, uploader.CodeRefused, nil)
		}
		v.trafficOf(k)
		if retry {
			if o, ok := v.objects[k]; ok {
				if o.attempt != req.Attempt || o.Size != req.Size {
					return uploader.Created{}, uploader.E(OpCreate, uploader.CodeRefConflict, nil)
				}
				done := o.Object
				return uploader.Created{Object: &done}, nil
			}
			if u := v.oldest(k); u != nil {
				if u.request.Size != req.Size || u.request.PartSize != req.PartSize || u.request.Checksum != req.Checksum {
					return uploader.Created{}, uploader.E(OpCreate, uploader.CodeRefConflict, nil)
				}
				return v.created(u), nil
			}
		}
		v.serial++
		u := &upload{
			id: base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "sealed %s %d", v.opt.Name, v.serial)), serial: v.serial,
			key: k, attempt: req.Attempt, request: req, partSize: req.PartSize, parts: map[int32]*part{},
		}
		if v.opt.PartSize > 0 {
			u.partSize = v.opt.PartSize
		}
		if v.opt.ResumeWithin > 0 {
			u.until = time.Now().Add(v.opt.ResumeWithin)
		}
		v.uploads[u.id] = u
		return v.created(u), nil
	})
}

func (v *Vault) created(u *upload) uploader.Created {
	return uploader.Created{
		Upload: uploader.Upload{UploadID: u.id, Key: u.key}, PartSize: u.partSize, Checksum: u.request.Checksum, ResumeBefore: u.until,
	}
}

// oldest returns the oldest open upload of a key, or nil.
func (v *Vault) oldest(key string) *upload {
	var first *upload
	for _, u := range v.uploads {
		if u.key == key && (first == nil || u.serial < first.serial) {
			first = u
		}
	}
	return first
}

// SignParts binds URLs to parts. Like the real signer it does not know whether the upload still is.
func (s signer) SignParts(ctx context.Context, up uploader.Upload, parts []uploader.PartToSign) (uploader.SignedParts, error) {
	v := s.v
	c := Call{Op: OpSignParts, Key: up.Key}
	for _, p := range parts {
		c.Parts = append(c.Parts, p.PartNumber)
	}
	return call(ctx, v, c, func() (uploader.SignedParts, error) {
		if err := v.sealed(up); err != nil {
			return nil, err
		}
		if len(parts) == 0 || len(parts) > 100 {
			return nil, uploader.E(OpSignParts, uploader.CodeRefused, errors.New("1 to 100 parts a call"))
		}
		urls := make(uploader.SignedParts)
		for _, p := range parts {
			if p.PartNumber < 1 || p.PartNumber > 10_000 || p.Size < 0 || (p.Checksum == "") != (v.opt.Checksum == uploader.ChecksumNone) {
				return nil, uploader.E(OpSignParts, uploader.CodeRefused, errors.New("part outside the plan"))
			}
			if u := v.uploads[up.UploadID]; u != nil && (p.Size > u.partSize || int64(p.PartNumber-1)*u.partSize+p.Size > u.request.Size) {
				return nil, uploader.E(OpSignParts, uploader.CodeRefused, errors.New("part outside the plan"))
			}
			urls[p.PartNumber] = v.sign(&signature{upload: up.UploadID, key: up.Key, part: p.PartNumber, size: p.Size, sum: p.Checksum})
		}
		return urls, nil
	})
}

// sealed checks that id and key belong together, as far as the vault has ever made such an id.
func (v *Vault) sealed(up uploader.Upload) error {
	text, err := base64.RawURLEncoding.DecodeString(up.UploadID)
	if err != nil || !strings.HasPrefix(string(text), "sealed "+v.opt.Name+" ") {
		return uploader.E("seal", uploader.CodeForbidden, errors.New("not an upload id of this vault"))
	}
	if u := v.uploads[up.UploadID]; u != nil && u.key != up.Key {
		return uploader.E("seal", uploader.CodeForbidden, errors.New("the upload id belongs to another key"))
	}
	return nil
}

// SignObjects signs single PUTs.
func (s signer) SignObjects(ctx context.Context, objects []uploader.CreateRequest) ([]uploader.SignedObject, error) {
	v := s.v
	c := Call{Op: OpSignObjects}
	if len(objects) > 0 {
		c.Attempt, c.Key = objects[0].Attempt, key(objects[0])
	}
	return call(ctx, v, c, func() ([]uploader.SignedObject, error) {
		if len(objects) == 0 || len(objects) > 100 {
			return nil, uploader.E(OpSignObjects, uploader.CodeRefused, errors.New("1 to 100 objects a call"))
		}
		out := make([]uploader.SignedObject, len(objects))
		for i, req := range objects {
			k := key(req)
			fault, end := v.Faults.begin(Call{Op: OpSignObject, Attempt: req.Attempt, Key: k})
			end()
			switch {
			case fault.refuses():
				out[i].Err = fault.refusal(OpSignObject)
			case req.PartSize != 0 || req.Size < 0 || req.Checksum != v.opt.Checksum || (req.Sum == "") != (req.Checksum == uploader.ChecksumNone):
				out[i].Err = uploader.E(OpSignObject, uploader.CodeRefused, nil)
			default:
				v.trafficOf(k)
				out[i] = uploader.SignedObject{Key: k, SignedRequest: v.sign(&signature{key: k, attempt: req.Attempt, size: req.Size, sum: req.Sum})}
			}
		}
		return out, nil
	})
}

// ListParts lists what S3 holds.
func (s signer) ListParts(ctx context.Context, up uploader.Upload) ([]uploader.Part, error) {
	v := s.v
	return call(ctx, v, Call{Op: OpListParts, Key: up.Key}, func() ([]uploader.Part, error) {
		if err := v.sealed(up); err != nil {
			return nil, err
		}
		u := v.uploads[up.UploadID]
		if u == nil {
			return nil, uploader.E(OpListParts, uploader.CodeNoSuchUpload, nil)
		}
		var parts []uploader.Part
		for _, p := range u.parts {
			listed := p.Part
			if v.opt.Checksum != uploader.ChecksumCRC64NVME {
				listed.Checksum = "" // S3 keeps no MD5
			}
			parts = append(parts, listed)
		}
		slices.SortFunc(parts, func(a, b uploader.Part) int { return int(a.PartNumber - b.PartNumber) })
		return parts, nil
	})
}

// Complete makes the object, after every check S3 makes.
func (s signer) Complete(ctx context.Context, req uploader.CompleteRequest) (uploader.Object, error) {
	v := s.v
	return call(ctx, v, Call{Op: OpComplete, Attempt: req.Attempt, Key: req.Key}, func() (uploader.Object, error) {
		if err := v.sealed(req.Upload); err != nil {
			return uploader.Object{}, err
		}
		if o, ok := v.objects[req.Key]; ok {
			if o.attempt == req.Attempt && o.Size == req.Size {
				return o.Object, nil
			}
			return uploader.Object{}, uploader.E(OpComplete, uploader.CodeKeyTaken, nil)
		}
		u := v.uploads[req.UploadID]
		if u == nil {
			return uploader.Object{}, uploader.E(OpComplete, uploader.CodeNoSuchUpload, nil)
		}
		data, sum, err := v.assemble(u, req)
		if err != nil {
			return uploader.Object{}, err
		}
		v.forget(req.Key)
		return v.store(req.Key, u.attempt, data, req.Size, sum), nil
	})
}

// assemble joins the parts that Complete names.
func (v *Vault) assemble(u *upload, req uploader.CompleteRequest) (data []byte, sum string, err error) {
	fail := func(code uploader.Code, format string, args ...any) ([]byte, string, error) {
		return nil, "", uploader.E(OpComplete, code, fmt.Errorf(format, args...))
	}
	crc := v.opt.Checksum == uploader.ChecksumCRC64NVME
	var size int64
	var small int32
	for i, named := range req.Parts {
		p := u.parts[named.PartNumber]
		switch {
		case i > 0 && named.PartNumber <= req.Parts[i-1].PartNumber:
			return fail(uploader.CodeRefused, "parts out of order")
		case p == nil, p.ETag != named.ETag, crc && p.Checksum != named.Checksum:
			return fail(uploader.CodeInvalidPart, "part %d", named.PartNumber)
		case i < len(req.Parts)-1 && p.Size < v.opt.MinPart:
			small = named.PartNumber
		}
		data = append(data, p.data...)
		size += p.Size
	}
	if sum = crcText(crc64nvme.Checksum(data)); v.opt.Discard {
		sum = req.Checksum
	}
	switch {
	case len(req.Parts) == 0:
		return fail(uploader.CodeRefused, "no parts")
	case small > 0:
		return fail(uploader.CodeEntityTooSmall, "part %d", small)
	case size != req.Size:
		return fail(uploader.CodeSizeMismatch, "%d bytes", size)
	case crc && req.Checksum != sum:
		return fail(uploader.CodeBadDigest, "the whole object's checksum is another")
	}
	return data, sum, nil
}

// forget drops every open upload of a key.
func (v *Vault) forget(key string) {
	for id, u := range v.uploads {
		if u.key == key {
			delete(v.uploads, id)
		}
	}
}

// StatObjects looks at keys.
func (s signer) StatObjects(ctx context.Context, keys []string) ([]uploader.ObjectStat, error) {
	v := s.v
	c := Call{Op: OpStat}
	if len(keys) > 0 {
		c.Key = keys[0]
	}
	return call(ctx, v, c, func() ([]uploader.ObjectStat, error) {
		if len(keys) == 0 || len(keys) > 100 {
			return nil, uploader.E(OpStat, uploader.CodeRefused, errors.New("1 to 100 keys a call"))
		}
		stats := make([]uploader.ObjectStat, len(keys))
		for i, k := range keys {
			stats[i].Key = k
			if o, ok := v.objects[k]; ok {
				stats[i] = uploader.ObjectStat{Found: true, Attempt: o.attempt, Object: o.Object}
			}
		}
		return stats, nil
	})
}

// Abort drops an upload and what else was begun for its key. A finished object stays.
func (s signer) Abort(ctx context.Context, up uploader.Upload) error {
	_, err := call(ctx, s.v, Call{Op: OpAbort, Key: up.Key}, func() (struct{}, error) {
		if err := s.v.sealed(up); err != nil {
			return struct{}{}, err
		}
		s.v.forget(up.Key)
		return struct{}{}, nil
	})
	return err
}
