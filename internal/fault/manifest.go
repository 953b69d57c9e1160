package fault

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"longshore/uploader"
)

// Manifest is one that the vault holds.
type Manifest struct {
	Objects []uploader.BatchObject
	Writes  int // how often its writing was asked for
}

// Manifest returns a batch's manifest.
func (v *Vault) Manifest(batch uploader.BatchID) (m Manifest, ok bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if held := v.batches[batch]; held != nil {
		return *held, true
	}
	return m, false
}

// Manifests is how many the vault holds.
func (v *Vault) Manifests() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.batches)
}

// CompleteBatch lists what is there, and refuses what is not. A page's token is the page.
func (s signer) CompleteBatch(ctx context.Context, req uploader.BatchRequest) (uploader.BatchAnswer, error) {
	v := s.v
	return call(ctx, v, Call{Op: OpBatch}, func() (uploader.BatchAnswer, error) {
		objects := req.Objects
		for _, token := range req.Pages {
			var page []uploader.BatchObject
			if err := json.Unmarshal([]byte(token), &page); err != nil {
				return uploader.BatchAnswer{}, uploader.E(OpBatch, uploader.CodeForbidden, errors.New("no token of this vault"))
			}
			objects = append(objects, page...)
		}
		if err := v.confirm(objects, len(req.Objects)); err != nil {
			return uploader.BatchAnswer{}, uploader.E(OpBatch, uploader.CodeRefused, err)
		}
		if req.Page {
			token, err := json.Marshal(objects)
			return uploader.BatchAnswer{Page: string(token)}, err
		}
		held := v.batches[req.Batch]
		if held == nil {
			held = &Manifest{Objects: objects}
			v.batches[req.Batch] = held
		}
		held.Writes++
		if fmt.Sprint(held.Objects) != fmt.Sprint(objects) {
			return uploader.BatchAnswer{}, uploader.E(OpBatch, uploader.CodeKeyTaken, nil)
		}
		return uploader.BatchAnswer{Key: "manifests/" + string(req.Batch), RootHash: "root", Objects: len(objects)}, nil
	})
}

// confirm holds a list against what is stored, with the lock held.
func (v *Vault) confirm(objects []uploader.BatchObject, inCall int) error {
	if len(objects) == 0 || inCall > v.opt.ManifestPage {
		return errors.New("too few objects or too many")
	}
	for i, listed := range objects {
		o := v.objects[listed.Key]
		switch {
		case i > 0 && listed.Attempt <= objects[i-1].Attempt:
			return errors.New("out of order")
		case o == nil || o.attempt != listed.Attempt || o.Size != listed.Size || listed.Checksum != "" && o.Checksum != listed.Checksum:
			return errors.New("not stored as the list says")
		}
	}
	return nil
}
