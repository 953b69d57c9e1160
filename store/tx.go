package store

import (
	"bytes"
	"errors"
	"fmt"

	bolt "go.etcd.io/bbolt"
)

// errDamaged marks a record that is not as it was written.
var errDamaged = errors.New("store: damaged record")

// tx gives the buckets of one transaction by kind, seals what goes in and unseals what comes out.
type tx struct {
	bolt    *bolt.Tx
	buckets map[kind]*bolt.Bucket
	coder   coder // for what is written: one buffer for all records
}

func newTx(t *bolt.Tx) *tx {
	return &tx{bolt: t, buckets: make(map[kind]*bolt.Bucket, len(bucketNames))}
}

func (t *tx) bucket(k kind) (*bolt.Bucket, error) {
	if b := t.buckets[k]; b != nil {
		return b, nil
	}
	b := t.bolt.Bucket([]byte(bucketNames[k]))
	if b == nil {
		return nil, fmt.Errorf("%w: no bucket %s", errDamaged, bucketNames[k])
	}
	if k.grows() {
		b.FillPercent = 0.9
	}
	t.buckets[k] = b
	return b, nil
}

func (t *tx) put(k kind, key, payload []byte) error {
	b, err := t.bucket(k)
	if err != nil {
		return err
	}
	return b.Put(key, seal(k, key, payload))
}

// get returns nil when there is no such key. The payload dies with the transaction.
func (t *tx) get(k kind, key []byte) ([]byte, error) {
	b, err := t.bucket(k)
	if err != nil {
		return nil, err
	}
	v := b.Get(key)
	if v == nil {
		return nil, nil
	}
	return open(k, key, v)
}

func open(k kind, key, value []byte) ([]byte, error) {
	got, payload, ok := unseal(key, value)
	if !ok || got != k {
		return nil, fmt.Errorf("%w in %s", errDamaged, bucketNames[k])
	}
	return payload, nil
}

func (t *tx) drop(k kind, key []byte) error {
	b, err := t.bucket(k)
	if err != nil {
		return err
	}
	return b.Delete(key)
}

// each calls fn for every key with the prefix, in order. Key and payload die with the transaction; fn must not change
// the bucket.
func (t *tx) each(k kind, prefix []byte, fn func(key, payload []byte) error) error {
	b, err := t.bucket(k)
	if err != nil {
		return err
	}
	c := b.Cursor()
	for key, v := c.Seek(prefix); key != nil && bytes.HasPrefix(key, prefix); key, v = c.Next() {
		payload, err := open(k, key, v)
		if err != nil {
			return err
		}
		if err := fn(key, payload); err != nil {
			return err
		}
	}
	return nil
}

// keys collects the keys with the prefix, copied: bbolt's cursors do not survive a change of their bucket.
func (t *tx) keys(k kind, prefix []byte) ([][]byte, error) {
	var keys [][]byte
	err := t.each(k, prefix, func(key, _ []byte) error {
		keys = append(keys, bytes.Clone(key))
		return nil
	})
	return keys, err
}

func (t *tx) dropPrefix(k kind, prefix []byte) error {
	keys, err := t.keys(k, prefix)
	if err != nil {
		return err
	}
	for _, key := range keys {
		if err := t.drop(k, key); err != nil {
			return err
		}
	}
	return nil
}

// save changes nothing of v: it is a pointer because records are large, and many.
func save[T any](t *tx, k kind, key []byte, fields func(*coder, *T), v *T) error {
	t.coder = coder{out: t.coder.out[:0]}
	fields(&t.coder, v)
	return t.put(k, key, t.coder.out)
}

func saveText(t *tx, k kind, key []byte, v string) error { return save(t, k, key, textField, &v) }

func load[T any](t *tx, k kind, key []byte, fields func(*coder, *T)) (v T, found bool, err error) {
	payload, err := t.get(k, key)
	if err != nil || payload == nil {
		return v, false, err
	}
	if v, err = decode(fields, payload); err != nil {
		return v, false, fmt.Errorf("%w in %s", errDamaged, bucketNames[k])
	}
	return v, true, nil
}

// any tells whether there is a key with the prefix.
func (t *tx) any(k kind, prefix []byte) (bool, error) {
	b, err := t.bucket(k)
	if err != nil {
		return false, err
	}
	key, _ := b.Cursor().Seek(prefix)
	return key != nil && bytes.HasPrefix(key, prefix), nil
}

// count goes through the keys without looking at the values, which is far cheaper than to grow a slice of records.
func (t *tx) count(k kind) (int, error) {
	b, err := t.bucket(k)
	if err != nil {
		return 0, err
	}
	n, c := 0, b.Cursor()
	for key, _ := c.First(); key != nil; key, _ = c.Next() {
		if n++; n%shedEvery == 0 {
			t.shed()
		}
	}
	return n, nil
}
