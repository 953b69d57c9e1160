package store

import (
	"context"
	"fmt"

	"longshore/uploader"
)

// Apply makes all records durable, in order, in one transaction, as uploader.Journal demands. A context that is over
// is refused before the transaction begins; afterwards it is not looked at, since half a group must never be kept.
//
// Where the contract is silent: SaveBatch and SaveEntry insert what is missing; dropping what is missing does nothing;
// a part of an attempt that is not in the journal is not kept, because nothing would ever read or drop it.
func (db *DB) Apply(ctx context.Context, records []uploader.Record) error {
	if err := ctx.Err(); err != nil {
		return uploader.E("journal", uploader.CodeCancelled, err)
	}
	if len(records) == 0 {
		return nil
	}
	return db.update(func(t *tx) error {
		for _, r := range records {
			if err := t.apply(r); err != nil {
				return err
			}
		}
		if db.written.Add(int64(len(records))) >= shedEvery { // a large drop looks at every page of its indexes
			db.written.Store(0)
			t.shed()
		}
		return nil
	})
}

func (t *tx) apply(r uploader.Record) error {
	switch r := r.(type) {
	case uploader.SaveVault:
		return t.saveVault(&r.Vault)
	case uploader.RemoveVault:
		return t.removeVault(r.ID)
	case uploader.AddBatch:
		return t.addBatch(&r.Batch, r.Entries)
	case uploader.SaveBatch:
		return t.saveBatch(&r.Batch)
	case uploader.SaveEntry:
		return t.saveEntry(&r.Entry)
	case uploader.RemoveEntry:
		return t.removeEntry(&r.Entry)
	case uploader.AddJob:
		return t.addJob(&r.Job)
	case uploader.UpdateJob:
		return t.updateJob(&r.Job)
	case uploader.RemoveJob:
		return t.removeJob(r.Job.ID)
	case uploader.Finish:
		return t.finish(&r.Job, &r.Receipt)
	case uploader.SaveAttempt:
		return t.saveAttempt(&r.Attempt)
	case uploader.SavePart:
		return t.savePart(r.Attempt, r.UploadID, r.Part)
	case uploader.DropPart:
		return t.drop(kindPart, partKey(r.Attempt, r.UploadID, r.PartNumber))
	case uploader.EndAttempt:
		return t.endAttempt(r.Attempt, r.Tombstone)
	case uploader.SaveManifest:
		return t.saveManifest(&r.Manifest)
	case uploader.DropTombstone:
		return t.drop(kindTombstone, key(string(r.Attempt)))
	}
	return fmt.Errorf("store: unknown record %T", r)
}

func (t *tx) saveVault(v *uploader.Vault) error {
	if err := checkID("vault", v.ID); err != nil {
		return err
	}
	return save(t, kindVault, key(string(v.ID)), vaultFields, v)
}

func (t *tx) removeVault(id uploader.VaultID) error {
	err := t.each(kindBatch, nil, func(_, payload []byte) error {
		b, err := decode(batchFields, payload)
		if err == nil && b.Vault == id {
			return conflict("a batch names the vault")
		}
		return err
	})
	if err != nil {
		return err
	}
	return t.drop(kindVault, key(string(id)))
}

func (t *tx) addBatch(b *uploader.Batch, entries []uploader.Entry) error {
	if old, err := t.get(kindBatch, key(string(b.ID))); err != nil || old != nil {
		return orConflict(err, "the batch exists")
	}
	if err := t.saveBatch(b); err != nil {
		return err
	}
	for i := range entries {
		if entries[i].Batch != b.ID {
			return fmt.Errorf("store: entry of another batch")
		}
		if err := t.saveEntry(&entries[i]); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) saveBatch(b *uploader.Batch) error {
	if err := checkID("batch", b.ID); err != nil {
		return err
	}
	return save(t, kindBatch, key(string(b.ID)), batchFields, b)
}

func (t *tx) saveEntry(e *uploader.Entry) error {
	if err := checkID("entry", e.ID); err != nil {
		return err
	}
	if err := checkID("batch", e.Batch); err != nil {
		return err
	}
	return save(t, kindEntry, key(string(e.Batch), string(e.ID)), entryFields, e)
}

// removeEntry drops an entry with its jobs, and its batch when this was the last entry.
func (t *tx) removeEntry(e *uploader.Entry) error {
	jobs := prefix(string(e.ID))
	keys, err := t.keys(kindEntryJob, jobs)
	if err != nil {
		return err
	}
	for _, k := range keys {
		if err := t.removeJob(uploader.JobID(k[len(jobs):])); err != nil {
			return err
		}
	}
	if err := t.drop(kindEntry, key(string(e.Batch), string(e.ID))); err != nil {
		return err
	}
	if more, err := t.any(kindEntry, prefix(string(e.Batch))); err != nil || more {
		return err
	}
	return t.drop(kindBatch, key(string(e.Batch)))
}

func (t *tx) saveAttempt(a *uploader.Attempt) error {
	if err := checkID("attempt", a.ID); err != nil {
		return err
	}
	if err := checkID("job", a.Job); err != nil {
		return err
	}
	if err := t.put(kindJobAttempt, key(string(a.Job), string(a.ID)), nil); err != nil {
		return err
	}
	return save(t, kindAttempt, key(string(a.ID)), attemptFields, a)
}

func (t *tx) savePart(a uploader.AttemptID, uploadID string, p uploader.Part) error {
	if p.PartNumber < 1 || uploadID == "" {
		return fmt.Errorf("store: part without number or upload")
	}
	if known, err := t.get(kindAttempt, key(string(a))); err != nil || known == nil {
		return err
	}
	return save(t, kindPart, partKey(a, uploadID, p.PartNumber), partFields, &storedPart{uploadID, p})
}

func (t *tx) endAttempt(id uploader.AttemptID, grave *uploader.Tombstone) error {
	if grave != nil {
		if err := checkID("attempt", grave.Attempt.ID); err != nil {
			return err
		}
		if err := save(t, kindTombstone, key(string(grave.Attempt.ID)), tombstoneFields, grave); err != nil {
			return err
		}
	}
	return t.dropAttempt(id)
}

func (t *tx) dropAttempt(id uploader.AttemptID) error {
	a, found, err := load(t, kindAttempt, key(string(id)), attemptFields)
	if err != nil || !found {
		return err
	}
	if err := t.drop(kindJobAttempt, key(string(a.Job), string(id))); err != nil {
		return err
	}
	if err := t.dropPrefix(kindPart, prefix(string(id))); err != nil {
		return err
	}
	return t.drop(kindAttempt, key(string(id)))
}
