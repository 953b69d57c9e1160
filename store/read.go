package store

import (
	"bytes"
	"cmp"
	"context"
	"slices"

	"longshore/uploader"
)

// lookEvery is how many records are read between two looks at the context.
const lookEvery = 1024

// Load returns everything that lives, sorted as uploader.Queue says; the rest is in order of the ids. It changes
// nothing. Errors: CodeCancelled, CodeJournalBroken.
func (db *DB) Load(ctx context.Context) (uploader.Queue, error) {
	var q uploader.Queue
	err := db.view(ctx, func(t *tx) error {
		var err error
		all(ctx, t, &err, kindVault, vaultFields, &q.Vaults)
		all(ctx, t, &err, kindBatch, batchFields, &q.Batches)
		all(ctx, t, &err, kindEntry, entryFields, &q.Entries)
		all(ctx, t, &err, kindJob, jobFields, &q.Jobs)
		all(ctx, t, &err, kindAttempt, attemptFields, &q.Attempts)
		all(ctx, t, &err, kindTombstone, tombstoneFields, &q.Tombstones)
		if err == nil {
			q.Manifests, err = t.liveManifests()
		}
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

// all reads every record of a bucket, unless an earlier one of the same Load has failed.
func all[T any](ctx context.Context, t *tx, failed *error, k kind, fields func(*coder, *T), to *[]T) {
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
	*failed = t.each(k, nil, func(_, payload []byte) error {
		if n++; n%lookEvery == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		v, err := decode(fields, payload)
		if err != nil {
			return errDamaged
		}
		*to = append(*to, v)
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

// History returns receipts, newest first. One batch's receipts are found by an index, not by reading all.
// Errors: CodeCancelled, CodeJournalBroken.
func (db *DB) History(ctx context.Context, q uploader.HistoryQuery) ([]uploader.Receipt, error) {
	var receipts []uploader.Receipt
	err := db.view(ctx, func(t *tx) error {
		keys := manifestKeys{tx: t}
		k, within := kindHistory, []byte(nil)
		if q.Batch != "" {
			k, within = kindBatchFinish, prefix(string(q.Batch))
		}
		n := 0
		return t.newestFirst(k, within, func(key, payload []byte) (bool, error) {
			if n++; n%lookEvery == 0 && ctx.Err() != nil {
				return false, ctx.Err()
			}
			r, err := t.receipt(k, payload)
			if err != nil || !q.After.IsZero() && !r.FinishedAt.After(q.After) {
				return false, err
			}
			if r.ManifestKey, err = keys.of(r.Batch); err != nil {
				return false, err
			}
			receipts = append(receipts, r)
			return q.Limit <= 0 || len(receipts) < q.Limit, nil
		})
	})
	return receipts, err
}

// receipt reads a receipt, or the one an index record points to.
func (t *tx) receipt(k kind, payload []byte) (uploader.Receipt, error) {
	if k == kindBatchFinish {
		at, err := decode(textField, payload)
		if err != nil {
			return uploader.Receipt{}, errDamaged
		}
		if payload, err = t.get(kindHistory, []byte(at)); err != nil {
			return uploader.Receipt{}, err
		}
		if payload == nil {
			return uploader.Receipt{}, errDamaged
		}
	}
	r, err := decode(receiptFields, payload)
	if err != nil {
		return r, errDamaged
	}
	return r, nil
}

// newestFirst walks the keys with the prefix backwards until fn says false.
func (t *tx) newestFirst(k kind, prefix []byte, fn func(key, payload []byte) (bool, error)) error {
	b, err := t.bucket(k)
	if err != nil {
		return err
	}
	c := b.Cursor()
	var key, v []byte
	if len(prefix) == 0 {
		key, v = c.Last()
	} else if next, _ := c.Seek(append(bytes.Clone(prefix), bytes.Repeat([]byte{0xff}, 12)...)); next == nil {
		key, v = c.Last() // nothing comes after the prefix
	} else {
		key, v = c.Prev()
	}
	for ; key != nil && bytes.HasPrefix(key, prefix); key, v = c.Prev() {
		payload, err := open(k, key, v)
		if err != nil {
			return err
		}
		if more, err := fn(key, payload); err != nil || !more {
			return err
		}
	}
	return nil
}
