package store

import (
	"context"
	"maps"
	"slices"

	"longshore/uploader"
)

// RemoveReceipts removes receipts from the history and returns those that it removed, for RestoreReceipts. Those of a
// drop that is in the queue, or whose manifest is wanted, stay, and so does what is not there. It goes in small steps,
// each whole; after an error it returns what was removed until then.
// Errors as Apply's, and CodeCancelled.
func (db *DB) RemoveReceipts(ctx context.Context, marks []uploader.HistoryMark) (removed []uploader.Receipt, err error) {
	for step := range slices.Chunk(marks, pruneStep) {
		if err := ctx.Err(); err != nil {
			return removed, uploader.E("remove receipts", uploader.CodeCancelled, err)
		}
		var gone []uploader.Receipt
		err := db.update(func(t *tx) (err error) {
			gone, err = t.forget(step)
			return err
		})
		if err != nil {
			return removed, err
		}
		removed = append(removed, gone...)
	}
	return removed, nil
}

// forget removes receipts, in one transaction.
func (t *tx) forget(marks []uploader.HistoryMark) (gone []uploader.Receipt, err error) {
	old := make([]receiptAt, 0, len(marks))
	for _, m := range marks {
		at := historyKey(m)
		r, found, err := load(t, kindHistory, at, receiptFields)
		if err != nil {
			return nil, err
		}
		if found {
			old = append(old, receiptAt{at, r})
		}
	}
	keys := manifestKeys{tx: t}
	for i := range old {
		if old[i].receipt.ManifestKey, err = keys.of(old[i].receipt.Batch); err != nil {
			return nil, err
		}
	}
	return t.dropReceipts(old)
}

// dropReceipts removes receipts but those that something is still to be made of, and returns what it removed.
func (t *tx) dropReceipts(old []receiptAt) (gone []uploader.Receipt, err error) {
	keeps := map[uploader.BatchID]bool{}
	for _, r := range old {
		keep, known := keeps[r.receipt.Batch]
		if !known {
			if keep, err = t.needsReceipts(r.receipt.Batch); err != nil {
				return nil, err
			}
			keeps[r.receipt.Batch] = keep
		}
		if keep {
			continue
		}
		if err := t.drop(kindHistory, r.key); err != nil {
			return nil, err
		}
		if err := t.drop(kindBatchFinish, batchFinishKey(r.receipt.Batch, r.key)); err != nil {
			return nil, err
		}
		if err := t.unknow(&r.receipt, r.key); err != nil {
			return nil, err
		}
		gone = append(gone, r.receipt)
	}
	maps.DeleteFunc(keeps, func(_ uploader.BatchID, keep bool) bool { return keep })
	for batch := range keeps {
		if left, err := t.any(kindBatchFinish, prefix(string(batch))); err != nil || left {
			if err != nil {
				return nil, err
			}
			continue
		}
		if err := t.drop(kindSetting, manifestName(batch)); err != nil {
			return nil, err
		}
	}
	return gone, nil
}

// RestoreReceipts puts back what RemoveReceipts removed, with where its manifest is. Errors as Apply's, and CodeCancelled.
func (db *DB) RestoreReceipts(ctx context.Context, receipts []uploader.Receipt) error {
	for step := range slices.Chunk(receipts, pruneStep) {
		if err := ctx.Err(); err != nil {
			return uploader.E("restore receipts", uploader.CodeCancelled, err)
		}
		err := db.update(func(t *tx) error {
			for i := range step {
				if err := t.restoreReceipt(&step[i]); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) restoreReceipt(r *uploader.Receipt) error {
	if err := t.addReceipt(r); err != nil || r.ManifestKey == "" {
		return err
	}
	if _, found, err := t.manifest(r.Batch); err != nil || found {
		return err
	}
	return t.saveManifest(&uploader.Manifest{Batch: r.Batch, Vault: r.Vault, State: uploader.ManifestStored, Key: r.ManifestKey})
}
