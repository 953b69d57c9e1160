package sim

import (
	"context"
	"encoding/json"

	"longshore/signer"
	"longshore/signer/api"
	"longshore/uploader"
)

// PutObject is how a signer writes a manifest.
func (s storage) PutObject(ctx context.Context, in signer.PutInput, body []byte) error {
	return s.call(ctx, "put-object", in.Key, func(*roll) error {
		err := s.w.bucket.putManifest(in, body)
		s.w.trace.add("s3: manifest of %d bytes: %v", len(body), err)
		return err
	})
}

// putManifest stores a manifest: all it lists must be there, and none is overwritten.
func (b *bucket) putManifest(in signer.PutInput, body []byte) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	old := b.manifests[in.Key]
	if old != nil && in.IfNoneMatch && b.conditional {
		return s3Error("PutObject", signer.FailPrecondition)
	}
	var file api.ManifestFile
	if err := json.Unmarshal(body, &file); err != nil || file.Count != len(file.Objects) || file.Count == 0 {
		b.w.trace.violate("a manifest of %d objects with %d listed: %v", file.Count, len(file.Objects), err)
	}
	for _, listed := range file.Objects {
		o := b.objects[listed.Key]
		switch {
		case o == nil:
			b.w.trace.violate("the manifest lists %s, and S3 has nothing", label(listed.Key))
		case o.Size != listed.Size, o.ETag != listed.ETag, listed.Checksum != "" && listed.Checksum != crcText(o.data):
			b.w.trace.violate("the manifest lists %s with another size, ETag or checksum", label(listed.Key))
		case o.Metadata[api.MetaBatchRef] != file.BatchRef:
			b.w.trace.violate("the manifest lists %s of another drop", label(listed.Key))
		}
	}
	if b.kms != (in.KMSKeyID != "") {
		b.w.trace.violate("a manifest was stored without the vault's encryption")
	}
	if old != nil && old.root != file.RootHash {
		b.w.trace.violate("a manifest was overwritten by another")
	}
	stored := &manifest{root: file.RootHash, count: file.Count, StoredObject: signer.StoredObject{
		Key: in.Key, Size: in.Size, ETag: `"manifest"`, CRC64NVME: in.CRC64, Metadata: in.Metadata,
	}}
	if in.KMSKeyID != "" {
		stored.Encryption, stored.KMSKeyID = "aws:kms", "arn:aws:kms:eu:1:key/"+in.KMSKeyID
	}
	b.manifests[in.Key] = stored
	return nil
}

// manifest is one that S3 holds.
type manifest struct {
	signer.StoredObject
	root  string
	count int
}

// manifest sees what is about to be journalled of a manifest: one that is called stored is, and none is refused.
func (m *monitor) manifest(r uploader.Manifest) {
	switch r.State {
	case uploader.ManifestStored:
		m.w.bucket.mu.Lock()
		held := m.w.bucket.manifests[r.Key]
		m.w.bucket.mu.Unlock()
		if held == nil || held.root != r.RootHash || held.count != r.Files {
			m.w.trace.violate("a manifest is called stored, and S3 has %+v", held)
		}
	case uploader.ManifestRefused, uploader.ManifestNone:
		m.w.trace.violate("a manifest is refused: %s %s", r.Code, r.Detail)
	}
}

// checkManifests holds, at the end, that a drop has its manifest if it is stored as it was dropped.
func (w *world) checkManifests(s *uploader.Snapshot) {
	partly := map[uploader.BatchID]bool{}
	for _, j := range s.Jobs.All() {
		if j.State != uploader.Done {
			partly[j.Batch] = true
		}
	}
	q, err := w.durable.Load(context.Background())
	if err != nil {
		w.trace.violate("the journal cannot be read: %s", err)
		return
	}
	for _, e := range q.Entries {
		if e.Halted || !e.Walked {
			partly[e.Batch] = true
		}
	}
	files := map[uploader.BatchID]int{}
	for _, j := range q.Jobs {
		files[j.Batch]++
	}
	state := map[uploader.BatchID]uploader.ManifestState{}
	for _, m := range q.Manifests {
		state[m.Batch] = m.State
	}
	for _, b := range q.Batches {
		if want := b.Manifest && !partly[b.ID] && files[b.ID] > 0; want && state[b.ID] != uploader.ManifestStored {
			w.trace.violate("the drop %s is stored, and its manifest is %q", b.ID, state[b.ID])
		}
	}
}
