package store

import (
	"cmp"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"

	"longshore/uploader"
)

// rebuild makes the remains consistent and says what is missing.
//
// What can be known from elsewhere is put back: a finished job from its receipt, an entry from the paths of its jobs,
// a batch from its jobs. Where jobs may be missing every batch scans again, so that the engine's walk finds their
// files. An upload nobody could finish any more becomes a tombstone.
func (r *remains) rebuild(now time.Time) *Recovery {
	r.finishFromReceipts()
	r.dropTwins()
	lost := 0
	for _, id := range r.everNamed() {
		if _, here := r.jobs[id]; !here {
			lost++
		}
	}
	missing := lost > 0 || !r.whole
	r.buryAttempts(now)
	r.rewindJobs()
	r.addParents()
	if missing {
		for id, b := range r.batches {
			b.Scanning = true
			r.batches[id] = b
		}
		for id, e := range r.entries {
			e.Walked = false
			r.entries[id] = e
		}
	}
	if missing || !r.certain {
		for id, b := range r.batches {
			b.Manifest = false // nobody knows any more all that was dropped, and what of it is stored
			r.batches[id] = b
		}
	}
	unknown := !r.certain || !r.whole && !r.indexed
	return &Recovery{Jobs: len(r.jobs), Lost: lost, Unknown: unknown, At: now}
}

// everNamed is every job an index names, in order.
func (r *remains) everNamed() []uploader.JobID {
	ids := maps.Clone(r.paths)
	for id := range r.named {
		ids[id] = true
	}
	return slices.Sorted(maps.Keys(ids))
}

// finishFromReceipts: a job with a receipt of its attempt is done, whatever its record says, and needs no record to
// be so.
func (r *remains) finishFromReceipts() {
	for _, at := range slices.Sorted(maps.Keys(r.receipts)) {
		c := r.receipts[at]
		j, known := r.jobs[c.Job]
		entry, named := r.named[c.Job]
		switch {
		case known && j.Attempt == c.Attempt && !j.State.Ended():
			j.Revision++
		case !known && named:
			j = uploader.Job{ID: c.Job, Batch: c.Batch, Entry: entry, Vault: c.Vault, Path: c.Path, RelPath: c.RelPath,
				Size: c.Size, Attempt: c.Attempt, Revision: 1, AddedAt: c.StartedAt}
		default:
			continue
		}
		j.State, j.EndedAt = uploader.Done, c.FinishedAt
		r.jobs[j.ID] = j
	}
}

// dropTwins keeps one job of a path: an old page may hold one that was removed and added again.
func (r *remains) dropTwins() {
	holder := map[string]uploader.JobID{}
	for _, id := range slices.Sorted(maps.Keys(r.jobs)) { // ids sort by time
		j := r.jobs[id]
		at := string(pathKey(j.Batch, j.RelPath))
		if older, twin := holder[at]; twin {
			delete(r.jobs, older)
			delete(r.paths, older)
			delete(r.named, older)
		}
		holder[at] = id
	}
}

// buryAttempts keeps the attempts jobs are at, and owes the others' uploads an abort.
func (r *remains) buryAttempts(now time.Time) {
	for id, a := range r.attempts {
		if j, ok := r.jobs[a.Job]; ok && j.Attempt == id && j.State != uploader.Done {
			continue
		}
		delete(r.attempts, id)
		if _, buried := r.tombstones[id]; !buried && !a.Single {
			r.tombstones[id] = uploader.Tombstone{Attempt: a, Since: now}
		}
	}
	for k := range r.parts {
		id, _, _ := strings.Cut(k, "\x00")
		if _, ok := r.attempts[uploader.AttemptID(id)]; !ok {
			delete(r.parts, k)
		}
	}
}

// rewindJobs sends jobs back to the queue whose attempt is lost.
func (r *remains) rewindJobs() {
	for id, j := range r.jobs {
		if _, ok := r.attempts[j.Attempt]; ok || j.State == uploader.Done || j.Attempt == "" {
			continue
		}
		j.Attempt = ""
		switch j.State {
		case uploader.Creating, uploader.Uploading, uploader.Completing:
			j.State = uploader.Queued
		}
		r.jobs[id] = j
	}
}

// addParents makes up the batches and entries jobs name.
func (r *remains) addParents() {
	for _, id := range slices.Sorted(maps.Keys(r.jobs)) {
		j := r.jobs[id]
		if _, ok := r.entries[j.Entry]; !ok {
			r.entries[j.Entry] = entryOf(&j)
		}
		if _, ok := r.batches[j.Batch]; !ok {
			r.batches[j.Batch] = uploader.Batch{ID: j.Batch, Vault: j.Vault, Scanning: true, AddedAt: j.AddedAt}
		}
	}
}

// entryOf is the dropped file or folder a job must have come from: its relative path begins with the entry's prefix.
func entryOf(j *uploader.Job) uploader.Entry {
	path := j.Path
	depth := strings.Count(j.RelPath, "/")
	for range depth {
		path = filepath.Dir(path)
	}
	first, _, _ := strings.Cut(j.RelPath, "/")
	return uploader.Entry{ID: j.Entry, Batch: j.Batch, Path: path, Name: filepath.Base(path), Prefix: first, Dir: depth > 0,
		Order: j.Order}
}

// write puts the remains into a new file, in several transactions, because one of 100,000 jobs would be large.
func (r *remains) write(b *bolt.DB) error {
	var steps []func(*tx) error
	for _, v := range r.vaults {
		steps = append(steps, func(t *tx) error { return t.saveVault(&v) })
	}
	for _, v := range r.batches {
		steps = append(steps, func(t *tx) error { return t.saveBatch(&v) })
	}
	for _, v := range r.entries {
		steps = append(steps, func(t *tx) error { return t.saveEntry(&v) })
	}
	for _, j := range slices.SortedFunc(maps.Values(r.jobs), byID) {
		steps = append(steps, func(t *tx) error {
			if err := t.indexJob(&j); err != nil {
				return err
			}
			return save(t, kindJob, key(string(j.ID)), jobFields, &j)
		})
	}
	for _, a := range r.attempts {
		steps = append(steps, func(t *tx) error { return t.saveAttempt(&a) })
	}
	for id, v := range r.tombstones {
		steps = append(steps, func(t *tx) error { return save(t, kindTombstone, key(string(id)), tombstoneFields, &v) })
	}
	for _, at := range slices.Sorted(maps.Keys(r.receipts)) {
		c := r.receipts[at]
		steps = append(steps, func(t *tx) error { return t.addReceipt(&c) })
	}
	for k, v := range r.parts {
		steps = append(steps, func(t *tx) error { return t.put(kindPart, []byte(k), v) })
	}
	for k, v := range r.settings {
		steps = append(steps, func(t *tx) error { return t.put(kindSetting, []byte(k), v) })
	}
	for chunk := range slices.Chunk(steps, 4096) {
		if err := b.Update(func(bt *bolt.Tx) error { return runAll(newTx(bt), chunk) }); err != nil {
			return err
		}
	}
	return nil
}

func byID(a, b uploader.Job) int { return cmp.Compare(a.ID, b.ID) }

func runAll(t *tx, steps []func(*tx) error) error {
	for _, step := range steps {
		if err := step(t); err != nil {
			return err
		}
	}
	return nil
}
