package store

import (
	"errors"
	"fmt"
	"os"
	"time"

	bolt "go.etcd.io/bbolt"

	"longshore/uploader"
)

// check reads the whole file at path and returns errDamaged if anything in it is not as it was written: first with
// our own reader, which cannot crash, then with bbolt's own check, which can.
func check(path string) error {
	if err := checkPages(path); err != nil {
		return err
	}
	b, err := bolt.Open(path, 0o600, &bolt.Options{ReadOnly: true, Timeout: lockTimeout, PreLoadFreelist: true})
	if err != nil {
		return err
	}
	defer b.Close()
	return b.View(func(t *bolt.Tx) error {
		n := 0
		for range t.Check() {
			n++
		}
		if n > 0 {
			return fmt.Errorf("%w: %d faults", errDamaged, n)
		}
		return nil
	})
}

// checkPages is the half of check that cannot crash.
func checkPages(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	p, err := openPages(f)
	if err != nil {
		return err
	}
	if len(p.metas) != 2 || p.metas[0].high > p.pages() {
		return fmt.Errorf("%w: meta pages", errDamaged)
	}
	counts := map[kind]int{}
	bad, schema := 0, 0
	w := newWalker(p, func(k kind, key, value []byte) {
		counts[k]++
		if k == kindMeta && string(key) == metaSchema {
			if _, payload, ok := unseal(key, value); ok {
				schema, _ = parseSchema(payload)
			}
		}
		if !readable(k, key, value) {
			bad++
		}
	})
	w.walk(p.metas[0])
	if !w.sound() || bad > 0 || !w.complete(schema) {
		return fmt.Errorf("%w: tree", errDamaged)
	}
	if counts[kindJob] != counts[kindPath] || counts[kindJob] != counts[kindEntryJob] ||
		counts[kindAttempt] != counts[kindJobAttempt] || counts[kindHistory] != counts[kindBatchFinish] {
		return fmt.Errorf("%w: indexes", errDamaged)
	}
	free, own, ok := p.freelist(p.metas[0])
	if !ok {
		return fmt.Errorf("%w: freelist", errDamaged)
	}
	for id := range free {
		if w.seen[id] {
			return fmt.Errorf("%w: freelist", errDamaged)
		}
	}
	if 2+own+uint64(len(free))+uint64(len(w.seen)) != p.metas[0].high {
		return fmt.Errorf("%w: freelist", errDamaged)
	}
	return nil
}

// readable tells whether a record is as it was written and can be decoded.
func readable(k kind, key, value []byte) bool {
	got, payload, ok := unseal(key, value)
	return ok && got == k && decodable(k, payload)
}

func decodable(k kind, payload []byte) bool {
	switch k {
	case kindVault:
		return fits(vaultFields, payload)
	case kindBatch:
		return fits(batchFields, payload)
	case kindEntry:
		return fits(entryFields, payload)
	case kindJob:
		return fits(jobFields, payload)
	case kindAttempt:
		return fits(attemptFields, payload)
	case kindPart:
		return fits(partFields, payload)
	case kindTombstone:
		return fits(tombstoneFields, payload)
	case kindHistory:
		return fits(receiptFields, payload)
	case kindMeta, kindPath, kindBatchFinish, kindKnown:
		return fits(textField, payload)
	}
	return true
}

func fits[T any](fields func(*coder, *T), payload []byte) bool {
	_, err := decode(fields, payload)
	return err == nil
}

// peekSchema reads the schema's number without bbolt and without a change. ok is false when it cannot be read; err is
// set only when the file cannot be opened at all for reading and writing.
func peekSchema(path string) (schema int, ok bool, err error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		if code := codeOf(err, ""); code == uploader.CodeReadOnly || errors.Is(err, os.ErrNotExist) {
			return 0, false, err
		}
		return 0, false, nil // a folder of that name, say
	}
	defer f.Close()
	p, err := openPages(f)
	if err != nil || len(p.metas) == 0 {
		return 0, false, nil
	}
	w := newWalker(p, func(kind, []byte, []byte) {})
	w.tree(p.metas[0].root, nil, 0, func(_ uint32, name, value []byte) {
		if string(name) != bucketNames[kindMeta] || len(value) < 16 {
			return
		}
		value = append([]byte{}, value...)
		inner := newWalker(p, func(_ kind, key, value []byte) {
			if k, payload, good := unseal(key, value); good && k == kindMeta && string(key) == metaSchema {
				schema, ok = parseSchema(payload)
			}
		})
		inner.begin(kindMeta)
		inner.bucket(value)
	})
	return schema, ok, nil
}

// checkTime is how long a check or salvage may take.
func checkTime(path string, limit time.Duration) time.Duration {
	if limit > 0 {
		return limit
	}
	limit = 30 * time.Second
	if info, err := os.Stat(path); err == nil {
		limit += time.Duration(info.Size()>>22) * time.Second
	}
	return limit
}
