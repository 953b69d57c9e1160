package store

import (
	"bytes"
	"context"
	"time"

	"longshore/uploader"
)

// pruneStep is how many receipts one transaction looks at: what is sent meanwhile waits for it.
const pruneStep = 512

// Prune removes from the history what finished before a moment (zero: nothing for its age) and what is not among the
// newest (0: nothing for its number), and tells how many receipts that were. It goes in small steps, each whole, so that
// it may be stopped and called again.
//
// It never touches the queue. Receipts of a drop that is in the queue, or whose manifest is wanted, stay: the manifest is
// made of them. What is known of a manifest goes with the last receipt of its drop.
// Errors as Apply's, and CodeCancelled.
func (db *DB) Prune(ctx context.Context, before time.Time, newest int) (removed int, err error) {
	end, err := db.pruneEnd(ctx, before, newest)
	if err != nil || end == nil {
		return 0, err
	}
	p := &pruner{end: end}
	for more := true; more; {
		if err := ctx.Err(); err != nil {
			return removed, uploader.E("prune", uploader.CodeCancelled, err)
		}
		n := 0
		err := db.update(func(t *tx) (err error) {
			n, more, err = p.step(t)
			return err
		})
		if err != nil {
			return removed, err
		}
		removed += n
	}
	return removed, nil
}

// pruneEnd is the first key that stays; nil if all do.
func (db *DB) pruneEnd(ctx context.Context, before time.Time, newest int) (end []byte, err error) {
	if !before.IsZero() {
		end = timeKey(before)
	}
	if newest <= 0 {
		return end, nil
	}
	var at []byte // the last key counted
	for left := newest; left > 0; {
		n := 0
		err := db.view(ctx, func(t *tx) error {
			b, err := t.bucket(kindHistory)
			if err != nil {
				return err
			}
			c := b.Cursor()
			key, _ := c.Last()
			if at != nil {
				c.Seek(at)
				key, _ = c.Prev()
			}
			for ; key != nil && n < min(left, stretch); key, _ = c.Prev() {
				n++
				at = append(at[:0], key...)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		if n == 0 { // there are not so many
			return end, nil
		}
		left -= n
	}
	if bytes.Compare(at, end) > 0 {
		end = at
	}
	return end, nil
}

// pruner is a Prune under way.
type pruner struct {
	at  []byte // the last key looked at; nil at the start
	end []byte
}

// receiptAt is what there is to know of a receipt that may go.
type receiptAt struct {
	key     []byte
	receipt uploader.Receipt
}

// step looks at the next receipts and removes those that may go.
func (p *pruner) step(t *tx) (removed int, more bool, err error) {
	old, more, err := p.next(t)
	if err != nil {
		return 0, false, err
	}
	gone, err := t.dropReceipts(old)
	return len(gone), more, err
}

// next reads the oldest receipts before the end that were not looked at yet.
func (p *pruner) next(t *tx) (old []receiptAt, more bool, err error) {
	b, err := t.bucket(kindHistory)
	if err != nil {
		return nil, false, err
	}
	c := b.Cursor()
	key, v := c.First()
	if p.at != nil {
		if key, v = c.Seek(p.at); bytes.Equal(key, p.at) {
			key, v = c.Next()
		}
	}
	for ; key != nil && bytes.Compare(key, p.end) < 0; key, v = c.Next() {
		if len(old) == pruneStep {
			return old, true, nil
		}
		payload, err := open(kindHistory, key, v)
		if err != nil {
			return nil, false, err
		}
		r, err := decode(receiptFields, payload)
		if err != nil {
			return nil, false, errDamaged
		}
		p.at = append(p.at[:0], key...)
		old = append(old, receiptAt{bytes.Clone(key), r})
	}
	return old, false, nil
}

// needsReceipts tells whether something is still to be made of a drop's receipts.
func (t *tx) needsReceipts(batch uploader.BatchID) (bool, error) {
	if queued, err := t.get(kindBatch, key(string(batch))); err != nil || queued != nil {
		return true, err
	}
	m, found, err := t.manifest(batch)
	return found && m.State == uploader.ManifestWanted, err
}
