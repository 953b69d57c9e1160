package store

import (
	"errors"
	"fmt"
	"strconv"

	bolt "go.etcd.io/bbolt"
)

// Names in the meta bucket. The schema's name and form must never change: every version has to be able to read it.
const (
	metaSchema   = "schema"
	metaRecovery = "recovery"
)

var errNewer = errors.New("store: written by a newer version")

// migration changes the records of one schema into those of the next.
type migration func(*tx) error

// migrations lead from schema 1 to this version's: the first from 1 to 2, and so on.
var migrations = []migration{addKnown}

func parseSchema(payload []byte) (int, bool) {
	s, err := decode(textField, payload)
	if err != nil {
		return 0, false
	}
	n, err := strconv.Atoi(s)
	return n, err == nil && n >= 1
}

func (t *tx) setSchema(n int) error {
	return saveText(t, kindMeta, []byte(metaSchema), strconv.Itoa(n))
}

func (t *tx) schema() (int, error) {
	payload, err := t.get(kindMeta, []byte(metaSchema))
	if err != nil {
		return 0, err
	}
	if n, ok := parseSchema(payload); ok {
		return n, nil
	}
	return 0, fmt.Errorf("%w: schema", errDamaged)
}

// backupName is the copy that is kept from before a migration.
func backupName(schema int) string { return fmt.Sprintf("%s.v%d.bak", fileQueue, schema) }

// migrate runs what is missing in one transaction, after a copy of the file. bbolt holds the whole state in the file
// after each commit, so that a plain copy is a good one while nobody writes.
func migrate(f folder, b *bolt.DB, steps []migration) error {
	var from int
	err := b.View(func(bt *bolt.Tx) (err error) {
		from, err = newTx(bt).schema()
		return err
	})
	if err != nil {
		return err
	}
	to := 1 + len(steps)
	if from > to {
		return errNewer
	}
	if from == to {
		return nil
	}
	if err := f.copyDurably(fileQueue, backupName(from)); err != nil {
		return err
	}
	return b.Update(func(bt *bolt.Tx) error {
		t := newTx(bt)
		for _, step := range steps[from-1:] {
			if err := step(t); err != nil {
				return err
			}
		}
		return t.setSchema(to)
	})
}
