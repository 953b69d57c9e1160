package store

import (
	"cmp"
	"context"
	"slices"

	"longshore/uploader"
)

// lookEvery is how many records are read between two looks at the context.
const lookEvery = 1024

// shedEvery is how many records are read before the pages they were on are given back.
const shedEvery = 8192

// Load returns everything that lives, sorted as uploader.Queue says; the rest is in order of the ids. It changes
// nothing. Errors: CodeCancelled, CodeJournalBroken.
func (db *DB) Load(ctx context.Context) (uploader.Queue, error) {
	var q uploader.Queue
	err := db.view(ctx, func(t *tx) error {
		var err error
		all(ctx, t, &err, kindVault, vaultFields, &q.Vaults)
		all(ctx, t, &err, kindBatch, batchFields, &q.Batches)
		all(ctx, t, &err, kindEntry, entryFields, &q.Entries)
		share := newSharer(len(q.Entries))
		for i := range q.Entries {
			share.entry(&q.Entries[i])
		}
		all(ctx, t, &err, kindJob, jobFields, &q.Jobs, share.job)
		all(ctx, t, &err, kindAttempt, attemptFields, &q.Attempts)
		all(ctx, t, &err, kindTombstone, tombstoneFields, &q.Tombstones)
		if err == nil {
			q.Manifests, err = t.liveManifests()
		}
		t.shed()
		return err
	})
	if err != nil {
		return uploader.Queue{}, err
	}
	slices.SortFunc(q.Entries, func(a, b uploader.Entry) int {
		return cmp.Or(cmp.Compare(a.Order, b.Order), cmp.Compare(a.ID, b.ID))
	})
	slices.SortFunc(q.Jobs, func(a, b uploader.Job) int {
		return cmp.Or(cmp.Compare(a.Order, b.Order), cmp.Compare(a.ID, b.ID))
	})
	return q, nil
}

// Vaults returns the vaults alone, in order of their ids. Errors: as Load.
func (db *DB) Vaults(ctx context.Context) (vaults []uploader.Vault, err error) {
	err = db.view(ctx, func(t *tx) error {
		var failed error
		all(ctx, t, &failed, kindVault, vaultFields, &vaults)
		return failed
	})
	return vaults, err
}

// all reads every record of a bucket, unless an earlier one of the same Load has failed. then is called with each.
func all[T any](ctx context.Context, t *tx, failed *error, k kind, fields func(*coder, *T), to *[]T, then ...func(*T)) {
	if *failed != nil {
		return
	}
	n, err := t.count(k)
	if err != nil || n == 0 {
		*failed = err
		return
	}
	*to = make([]T, 0, n)
	n = 0
	c := &coder{}
	*failed = t.each(k, nil, func(_, payload []byte) error {
		if n++; n%lookEvery == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if n%shedEvery == 0 {
			t.shed()
		}
		var zero T
		*to = append(*to, zero)
		v := &(*to)[len(*to)-1]
		c.read(payload)
		fields(c, v)
		if c.err != nil {
			return errDamaged
		}
		for _, f := range then {
			f(v)
		}
		return nil
	})
}

// Parts returns the recorded parts of one attempt's upload, in order of their numbers.
// Errors: CodeCancelled, CodeJournalBroken.
func (db *DB) Parts(ctx context.Context, attempt uploader.AttemptID, uploadID string) ([]uploader.Part, error) {
	var parts []uploader.Part
	err := db.view(ctx, func(t *tx) error {
		return t.each(kindPart, uploadPrefix(attempt, uploadID), func(_, payload []byte) error {
			p, err := decode(partFields, payload)
			if err != nil {
				return errDamaged
			}
			if p.uploadID == uploadID {
				parts = append(parts, p.part)
			}
			return nil
		})
	})
	return parts, err
}
