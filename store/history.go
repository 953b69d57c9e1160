package store

import (
	"bytes"
	"context"
	"strings"
	"unicode/utf8"

	"longshore/uploader"
)

// A history may hold millions of receipts. It is read in stretches of this many, each in a transaction of its own: while
// one is open, a writer whose file must grow waits for it.
const stretch = 4096

// History returns receipts, newest first. What it holds in memory is its answer; a receipt that Search does not look for
// is not decoded. One batch's receipts are found by an index, not by reading all.
// Errors: CodeCancelled, CodeJournalBroken.
func (db *DB) History(ctx context.Context, q uploader.HistoryQuery) ([]uploader.Receipt, error) {
	r := &historyReader{query: q}
	if err := db.readHistory(ctx, r); err != nil {
		return nil, err
	}
	return r.found, nil
}

// HistorySum tells how many receipts a query finds, and of how many bytes. It looks at all of them, in stretches as
// History does, and holds none. Errors as History's.
func (db *DB) HistorySum(ctx context.Context, q uploader.HistoryQuery) (uploader.HistorySum, error) {
	r := &historyReader{query: q, sum: &uploader.HistorySum{}}
	if err := db.readHistory(ctx, r); err != nil {
		return uploader.HistorySum{}, err
	}
	return *r.sum, nil
}

// readHistory answers a query.
func (db *DB) readHistory(ctx context.Context, r *historyReader) error {
	q := r.query
	r.runs, r.bucket = foldable(q.Search), kindHistory
	if q.Vault != "" {
		r.runs = append(r.runs, []byte(q.Vault))
	}
	if q.Batch != "" {
		r.bucket, r.within = kindBatchFinish, prefix(string(q.Batch))
	}
	switch {
	case q.Before.Job != "":
		r.before = append(bytes.Clone(r.within), historyKey(q.Before)...)
	case !q.Until.IsZero():
		r.before = append(bytes.Clone(r.within), timeKey(q.Until)...)
	}
	for more := true; more; {
		err := db.view(ctx, func(t *tx) (err error) {
			var n int64
			more, n, err = r.read(t)
			if db.mapped.Add(n) > stretch {
				db.mapped.Store(0)
				t.shed()
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// historyReader is one query under way.
type historyReader struct {
	query  uploader.HistoryQuery
	runs   [][]byte // see foldable; and the vault's id
	bucket kind
	within []byte // prefix of the keys
	before []byte // the key reached; nil at the start
	found  []uploader.Receipt
	sum    *uploader.HistorySum // what was found is added up and not kept; nil: it is kept
}

// read looks at the next stretch and tells whether there may be more, and how many receipts it looked at.
func (r *historyReader) read(t *tx) (more bool, n int64, err error) {
	keys := manifestKeys{tx: t}
	err = t.newestFirst(r.bucket, r.within, r.before, func(key, payload []byte) (bool, error) {
		if n++; n > stretch {
			more = true
			return false, nil
		}
		r.before = append(r.before[:0], key...)
		payload, err := t.pointed(r.bucket, payload)
		if err != nil || !mayHold(payload, r.runs) {
			return true, err
		}
		one, err := decode(receiptFields, payload)
		switch {
		case err != nil:
			return false, errDamaged
		case !r.query.After.IsZero() && !one.FinishedAt.After(r.query.After):
			return false, nil
		case !r.query.Finds(&one):
			return true, nil
		case r.sum != nil:
			r.sum.Files++
			r.sum.Bytes += one.Size
			return r.query.Limit <= 0 || r.sum.Files < r.query.Limit, nil
		}
		if one.ManifestKey, err = keys.of(one.Batch); err != nil {
			return false, err
		}
		r.found = append(r.found, one)
		return r.query.Limit <= 0 || len(r.found) < r.query.Limit, nil
	})
	return more, n, err
}

// Receipts hands every receipt of a batch to each. Errors: CodeCancelled, CodeJournalBroken.
func (db *DB) Receipts(ctx context.Context, batch uploader.BatchID, each func(uploader.Receipt)) error {
	return db.view(ctx, func(t *tx) error {
		n := 0
		return t.newestFirst(kindBatchFinish, prefix(string(batch)), nil, func(_, payload []byte) (bool, error) {
			if n++; n%lookEvery == 0 && ctx.Err() != nil {
				return false, ctx.Err()
			}
			payload, err := t.pointed(kindBatchFinish, payload)
			if err != nil {
				return false, err
			}
			r, err := decode(receiptFields, payload)
			if err != nil {
				return false, errDamaged
			}
			each(r)
			return true, nil
		})
	})
}

// pointed is the record of a receipt: payload itself, or what an index record points to.
func (t *tx) pointed(k kind, payload []byte) ([]byte, error) {
	if k != kindBatchFinish {
		return payload, nil
	}
	at, err := decode(textField, payload)
	if err != nil {
		return nil, errDamaged
	}
	payload, err = t.get(kindHistory, []byte(at))
	if err == nil && payload == nil {
		err = errDamaged
	}
	return payload, err
}

// newestFirst walks the keys with the prefix backwards, from the last one before the key `before` (nil: from the last),
// until fn says false.
func (t *tx) newestFirst(k kind, prefix, before []byte, fn func(key, payload []byte) (bool, error)) error {
	b, err := t.bucket(k)
	if err != nil {
		return err
	}
	end := before
	if end == nil && len(prefix) > 0 {
		end = append(bytes.Clone(prefix), bytes.Repeat([]byte{0xff}, 12)...)
	}
	c := b.Cursor()
	var key, v []byte
	if end == nil {
		key, v = c.Last()
	} else if next, _ := c.Seek(end); next == nil {
		key, v = c.Last() // nothing comes after it
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

// foldable is what every record that a search finds holds, in some case: the runs of the term in which each byte is a
// letter or digit of ASCII whose other case is in ASCII too. They only sift; what passes is looked at again.
func foldable(term string) (runs [][]byte) {
	for _, run := range strings.FieldsFunc(term, func(r rune) bool {
		plain := r < utf8.RuneSelf && (r >= '0' && r <= '9' || r|0x20 >= 'a' && r|0x20 <= 'z')
		return !plain || r|0x20 == 'i' || r|0x20 == 'k' // the lower case of a dotted I and of the Kelvin sign too
	}) {
		runs = append(runs, []byte(run))
	}
	return runs
}

// mayHold tells whether text holds all runs, in any case.
func mayHold(text []byte, runs [][]byte) bool {
	for _, run := range runs {
		if !foldContains(text, run) {
			return false
		}
	}
	return true
}

func foldContains(text, run []byte) bool {
	first := run[0] | 0x20
	for i := 0; i+len(run) <= len(text); i++ {
		if text[i]|0x20 == first && bytes.EqualFold(text[i:i+len(run)], run) {
			return true
		}
	}
	return false
}
