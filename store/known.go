package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"

	bolt "go.etcd.io/bbolt"

	"longshore/uploader"
)

// The index of what is known to be stored: from a file's vault, size, time, and path to its newest receipt. A file is
// known by its whole path or by its path in the drop, so that a folder that was moved, or is on another drive, is known
// too, and so is a file that is dropped by itself this time. It is not known by its name alone: a DICOM series has the
// same names, sizes and seconds as its neighbour.
//
// Keys begin with the time: what is dropped together was mostly written together, and so lies together.

// addKnown is the step to schema 2. Receipts from before do not say of which time their file was, so that nothing of
// theirs can be put into the index.
func addKnown(t *tx) error {
	_, err := t.bolt.CreateBucketIfNotExists([]byte(bucketNames[kindKnown]))
	return err
}

// sight is what a file is known by.
func sight(r *uploader.Receipt) uploader.Sight {
	return uploader.Sight{Path: r.Path, RelPath: r.RelPath, Size: r.Size, ModTime: r.ModTime}
}

// knownPrefix begins the keys of all files of a vault that are of one time, size and name.
func knownPrefix(v uploader.VaultID, s *uploader.Sight) []byte {
	size := binary.BigEndian.AppendUint64(nil, uint64(s.Size))
	return append(timeKey(s.ModTime), sum8(string(v), string(size), s.Name())...)
}

// knownKey tells those apart by where they were.
func knownKey(v uploader.VaultID, s *uploader.Sight) []byte {
	return append(append(knownPrefix(v, s), sum8(s.Path)...), sum8(s.RelPath)...)
}

func sum8(parts ...string) []byte {
	sum := sha256.Sum256(key(parts...))
	return sum[:8]
}

// know notes that a file is stored.
func (t *tx) know(r *uploader.Receipt, at []byte) error {
	if r.ModTime.IsZero() {
		return nil
	}
	s := sight(r)
	return saveText(t, kindKnown, knownKey(r.Vault, &s), string(at))
}

// unknow forgets it with the receipt, unless there is a newer one.
func (t *tx) unknow(r *uploader.Receipt, at []byte) error {
	if r.ModTime.IsZero() {
		return nil
	}
	s := sight(r)
	k := knownKey(r.Vault, &s)
	newest, found, err := load(t, kindKnown, k, textField)
	if err != nil || !found || newest != string(at) {
		return err
	}
	return t.drop(kindKnown, k)
}

// Known implements uploader.Journal. It costs a look into an index for each file, however long the history is.
// Errors: CodeCancelled, CodeJournalBroken.
func (db *DB) Known(ctx context.Context, vault uploader.VaultID, files []uploader.Sight) ([]bool, error) {
	known := make([]bool, len(files))
	err := db.view(ctx, func(t *tx) error {
		b, err := t.bucket(kindKnown)
		if err != nil {
			return err
		}
		c := b.Cursor()
		for i := range files {
			known[i] = isKnown(c, vault, &files[i])
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return known, nil
}

func isKnown(c *bolt.Cursor, vault uploader.VaultID, s *uploader.Sight) bool {
	if s.ModTime.IsZero() {
		return false
	}
	like := knownPrefix(vault, s)
	path, rel := sum8(s.Path), sum8(s.RelPath)
	for k, _ := c.Seek(like); bytes.HasPrefix(k, like); k, _ = c.Next() {
		if where := k[len(like):]; len(where) == 16 && (bytes.Equal(where[:8], path) || bytes.Equal(where[8:], rel)) {
			return true
		}
	}
	return false
}
