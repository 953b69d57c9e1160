package store

import (
	"bytes"
	"os"
	"time"

	bolt "go.etcd.io/bbolt"

	"longshore/uploader"
)

// remains is everything that could be read of a damaged file.
type remains struct {
	schema     int
	vaults     map[uploader.VaultID]uploader.Vault
	batches    map[uploader.BatchID]uploader.Batch
	entries    map[uploader.EntryID]uploader.Entry
	jobs       map[uploader.JobID]uploader.Job
	attempts   map[uploader.AttemptID]uploader.Attempt
	tombstones map[uploader.AttemptID]uploader.Tombstone
	receipts   map[string]uploader.Receipt // by history key
	parts      map[string][]byte           // payloads by key
	settings   map[string][]byte

	named map[uploader.JobID]uploader.EntryID // jobs the entry index names
	paths map[uploader.JobID]bool             // jobs the path index names

	certain bool // beside jobs nothing was lost that is not found again: S3 knows the uploads and parts
	whole   bool // the jobs themselves are all here
	indexed bool // at least one index names every job
}

func newRemains() *remains {
	return &remains{
		schema: 1,
		vaults: map[uploader.VaultID]uploader.Vault{}, batches: map[uploader.BatchID]uploader.Batch{},
		entries: map[uploader.EntryID]uploader.Entry{}, jobs: map[uploader.JobID]uploader.Job{},
		attempts: map[uploader.AttemptID]uploader.Attempt{}, tombstones: map[uploader.AttemptID]uploader.Tombstone{},
		receipts: map[string]uploader.Receipt{}, parts: map[string][]byte{}, settings: map[string][]byte{},
		named: map[uploader.JobID]uploader.EntryID{}, paths: map[uploader.JobID]bool{},
	}
}

// salvage writes what can be read of queue.db into a new, complete file, and the Recovery that will be told. It never
// changes queue.db.
func salvage(f folder, aside string) error {
	r, err := collect(f.path(fileQueue))
	if err != nil {
		return err
	}
	told := r.rebuild(time.Now().UTC())
	told.SetAside = aside
	return create(f, fileSalvaged, r.schema, func(b *bolt.DB) error {
		if err := r.write(b); err != nil {
			return err
		}
		return told.save(b)
	})
}

// collect reads the tree of the newest meta page. Only when a part of the tree is lost does it go through the pages
// nobody points to: among them may be old ones, which would bring back what was removed.
func collect(path string) (*remains, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	p, err := openPages(f)
	if err != nil {
		return nil, err
	}
	r := newRemains()
	torn := map[kind]bool{}
	w := newWalker(p, nil)
	w.record = func(k kind, key, value []byte) {
		got, payload, ok := unseal(key, value)
		if !ok || got != k || !r.take(k, key, payload) {
			torn[k] = true
		}
	}
	var free map[uint64]bool
	if len(p.metas) > 0 {
		w.walk(p.metas[0])
		free, _, _ = p.freelist(p.metas[0])
	}
	for k := range w.problems {
		torn[k] = true
	}
	if len(p.metas) == 0 || !w.sound() {
		r.takeOrphans(p, w.seen, free)
	}
	// A lost meta page may be the newest; a fault among the roots may be any bucket.
	r.judge(torn, len(p.metas) == 2 && !torn[0])
	return r, nil
}

func (r *remains) judge(torn map[kind]bool, rooted bool) {
	r.whole = rooted && !torn[kindJob]
	r.indexed = rooted && (!torn[kindPath] || !torn[kindEntryJob])
	r.certain = rooted
	for _, k := range []kind{kindVault, kindBatch, kindEntry, kindHistory, kindSetting} {
		if torn[k] {
			r.certain = false
		}
	}
}

// takeOrphans takes the records of every leaf page that is neither read yet nor free. A sealed value names its
// bucket.
func (r *remains) takeOrphans(p *pageFile, seen, free map[uint64]bool) {
	for id := uint64(2); id < p.pages(); id++ {
		if seen[id] || free[id] {
			continue
		}
		pg, ok := p.page(id)
		if !ok || pg.flags != flagLeaf {
			continue
		}
		for i := range int(pg.count) {
			flags, key, value, ok := pg.leaf(i)
			if !ok {
				continue
			}
			if flags == flagBucket && len(value) >= 16 && order.Uint64(value) == 0 {
				r.takeInline(value[16:])
				continue
			}
			if k, payload, ok := unseal(key, value); ok {
				r.take(k, key, payload)
			}
		}
	}
}

// takeInline takes the records of a bucket so small that it lies in a root page.
func (r *remains) takeInline(b []byte) {
	pg, ok := inlinePage(b)
	if !ok || pg.flags != flagLeaf {
		return
	}
	for i := range int(pg.count) {
		if _, key, value, ok := pg.leaf(i); ok {
			if k, payload, ok := unseal(key, value); ok {
				r.take(k, key, payload)
			}
		}
	}
}

// take files one record. Of two versions of a record the first wins (the tree is read first), but a job of a higher
// revision always does.
func (r *remains) take(k kind, key, payload []byte) bool {
	switch k {
	case kindMeta:
		if string(key) == metaSchema {
			if n, ok := parseSchema(payload); ok {
				r.schema = n
			}
		}
		return true
	case kindVault:
		return keep(r.vaults, vaultFields, payload, func(v uploader.Vault) uploader.VaultID { return v.ID })
	case kindBatch:
		return keep(r.batches, batchFields, payload, func(v uploader.Batch) uploader.BatchID { return v.ID })
	case kindEntry:
		return keep(r.entries, entryFields, payload, func(v uploader.Entry) uploader.EntryID { return v.ID })
	case kindAttempt:
		return keep(r.attempts, attemptFields, payload, func(v uploader.Attempt) uploader.AttemptID { return v.ID })
	case kindTombstone:
		return keep(r.tombstones, tombstoneFields, payload, func(v uploader.Tombstone) uploader.AttemptID { return v.Attempt.ID })
	case kindHistory:
		return keep(r.receipts, receiptFields, payload, func(v uploader.Receipt) string { return string(historyKey(v.Mark())) })
	case kindJob:
		j, err := decode(jobFields, payload)
		if old, known := r.jobs[j.ID]; err == nil && (!known || j.Revision > old.Revision) {
			r.jobs[j.ID] = j
		}
		return err == nil
	case kindPart:
		r.parts[string(key)] = bytes.Clone(payload)
	case kindSetting:
		r.settings[string(key)] = bytes.Clone(payload)
	case kindPath:
		id, err := decode(textField, payload)
		r.paths[uploader.JobID(id)] = true
		return err == nil
	case kindEntryJob:
		if entry, job, ok := bytes.Cut(key, []byte{0}); ok {
			r.named[uploader.JobID(job)] = uploader.EntryID(entry)
		}
	}
	return true
}

func keep[K comparable, T any](in map[K]T, fields func(*coder, *T), payload []byte, id func(T) K) bool {
	v, err := decode(fields, payload)
	if err != nil {
		return false
	}
	if _, known := in[id(v)]; !known {
		in[id(v)] = v
	}
	return true
}
