package fault

import (
	"errors"
	"slices"

	"longshore/uploader"
)

// transaction changes the state and knows the way back.
type transaction struct {
	*state
	undo []func()
}

func (t *transaction) rollback() {
	for _, undo := range slices.Backward(t.undo) {
		undo()
	}
}

// set and drop change one entry of a map.
func set[K comparable, T any](t *transaction, m map[K]T, k K, v T) {
	old, had := m[k]
	t.undo = append(t.undo, func() {
		if had {
			m[k] = old
		} else {
			delete(m, k)
		}
	})
	m[k] = v
}

func drop[K comparable, T any](t *transaction, m map[K]T, k K) {
	if old, had := m[k]; had {
		t.undo = append(t.undo, func() { m[k] = old })
		delete(m, k)
	}
}

func conflict(why string) error {
	return uploader.E(OpApply, uploader.CodeJournalConflict, errors.New(why))
}

// wrong is what a correct engine never asks for.
func wrong(why string) error { return uploader.E(OpApply, uploader.CodeInternal, errors.New(why)) }

func (t *transaction) apply(r uploader.Record) error {
	switch r := r.(type) {
	case uploader.SaveVault:
		v := r.Vault
		v.DataOrigins = slices.Clone(v.DataOrigins)
		set(t, t.vaults, v.ID, v)
	case uploader.RemoveVault:
		for _, b := range t.batches {
			if b.Vault == r.ID {
				return conflict("a batch names the vault")
			}
		}
		drop(t, t.vaults, r.ID)
	case uploader.AddBatch:
		return t.addBatch(r.Batch, r.Entries)
	case uploader.SaveBatch:
		set(t, t.batches, r.Batch.ID, r.Batch)
	case uploader.SaveEntry:
		set(t, t.entries, r.Entry.ID, r.Entry)
	case uploader.RemoveEntry:
		return t.removeEntry(r.Entry)
	case uploader.AddJob:
		return t.addJob(r.Job)
	case uploader.RemoveJob:
		return t.removeJob(r.Job)
	case uploader.UpdateJob:
		return t.updateJob(r.Job)
	case uploader.Finish:
		return t.finish(r)
	case uploader.SaveAttempt:
		if _, ok := t.jobs[r.Attempt.Job]; !ok {
			return wrong("attempt without a job")
		}
		set(t, t.attempts, r.Attempt.ID, r.Attempt)
	case uploader.SavePart:
		return t.savePart(r)
	case uploader.DropPart:
		drop(t, t.parts[partOf{r.Attempt, r.UploadID}], r.PartNumber)
	case uploader.EndAttempt:
		if r.Tombstone != nil {
			set(t, t.tombstones, r.Tombstone.Attempt.ID, *r.Tombstone)
		}
		t.dropAttempt(r.Attempt)
	case uploader.SaveManifest:
		return t.saveManifest(r.Manifest)
	case uploader.DropTombstone:
		drop(t, t.tombstones, r.Attempt)
	default:
		return wrong("unknown record")
	}
	return nil
}

func (t *transaction) addBatch(b uploader.Batch, entries []uploader.Entry) error {
	if _, ok := t.batches[b.ID]; ok {
		return conflict("the batch exists")
	}
	if _, ok := t.vaults[b.Vault]; !ok {
		return wrong("batch of an unknown vault")
	}
	set(t, t.batches, b.ID, b)
	for _, e := range entries {
		if e.Batch != b.ID {
			return wrong("entry of another batch")
		}
		set(t, t.entries, e.ID, e)
	}
	return nil
}

func (t *transaction) saveManifest(m uploader.Manifest) error {
	old, known := t.manifests[m.Batch]
	switch {
	case known && old.State == uploader.ManifestRefused && m.State == uploader.ManifestWanted: // asked once more
	case known && old.State != uploader.ManifestWanted:
		return wrong("a manifest that has ended")
	case !known && m.State != uploader.ManifestWanted:
		return wrong("a manifest without an intent")
	case (m.State == uploader.ManifestStored) != (m.Key != ""):
		return wrong("a manifest is stored if it has a key")
	}
	set(t, t.manifests, m.Batch, m)
	return nil
}

func (t *transaction) removeEntry(e uploader.Entry) error {
	for _, j := range t.jobs {
		if j.Entry != e.ID {
			continue
		}
		if t.open(j.ID) {
			return wrong("an open upload of the entry has no tombstone")
		}
		t.dropJob(j)
	}
	drop(t, t.entries, e.ID)
	for _, other := range t.entries {
		if other.Batch == e.Batch {
			return nil
		}
	}
	drop(t, t.batches, e.Batch)
	return nil
}

// open tells whether a job has an attempt whose multipart upload may exist.
func (t *transaction) open(id uploader.JobID) bool {
	for _, a := range t.attempts {
		if a.Job == id && !a.Single {
			return true
		}
	}
	return false
}

func (t *transaction) addJob(j uploader.Job) error {
	if _, ok := t.jobs[j.ID]; ok {
		return conflict("the job exists")
	}
	if _, ok := t.entries[j.Entry]; !ok {
		return wrong("job without an entry")
	}
	at := batchPath{j.Batch, j.RelPath}
	if _, ok := t.paths[at]; ok {
		return conflict("the batch has a job of this path")
	}
	j.Revision = 1
	set(t, t.paths, at, j.ID)
	set(t, t.jobs, j.ID, j)
	return nil
}

func (t *transaction) removeJob(j uploader.Job) error {
	old, ok := t.jobs[j.ID]
	if !ok {
		return nil
	}
	for _, a := range t.attempts {
		if a.Job == j.ID {
			return wrong("the job has an attempt")
		}
	}
	t.dropJob(old)
	return nil
}

func (t *transaction) dropJob(j uploader.Job) {
	t.dropAttempts(j.ID)
	drop(t, t.paths, batchPath{j.Batch, j.RelPath})
	drop(t, t.jobs, j.ID)
}

func (t *transaction) updateJob(j uploader.Job) error {
	old, ok := t.jobs[j.ID]
	if !ok || old.Revision != j.Revision-1 {
		return conflict("the job changed")
	}
	before, after := batchPath{old.Batch, old.RelPath}, batchPath{j.Batch, j.RelPath}
	if before != after {
		if _, taken := t.paths[after]; taken {
			return conflict("the batch has a job of this path")
		}
		drop(t, t.paths, before)
		set(t, t.paths, after, j.ID)
	}
	set(t, t.jobs, j.ID, j)
	return nil
}

func (t *transaction) finish(r uploader.Finish) error {
	if r.Job.State != uploader.Done || r.Receipt.Job != r.Job.ID {
		return wrong("finished, but not done, or another job's receipt")
	}
	if err := t.updateJob(r.Job); err != nil {
		return err
	}
	t.dropAttempts(r.Job.ID)
	n := len(t.history)
	t.undo = append(t.undo, func() { t.history = t.history[:n] })
	t.history = append(t.history, r.Receipt)
	return nil
}

func (t *transaction) savePart(r uploader.SavePart) error {
	a, ok := t.attempts[r.Attempt]
	switch {
	case r.Part.PartNumber < 1 || r.Part.PartNumber > 10_000 || r.Part.ETag == "":
		return wrong("part without a number or an ETag")
	case !ok: // its attempt ended while the part was on its way: nothing would ever read it
		return nil
	case a.Single || a.UploadID != r.UploadID:
		return wrong("part of another upload than the attempt's")
	}
	of := partOf{r.Attempt, r.UploadID}
	if t.parts[of] == nil {
		set(t, t.parts, of, map[int32]uploader.Part{})
	}
	set(t, t.parts[of], r.Part.PartNumber, r.Part)
	return nil
}

func (t *transaction) dropAttempts(id uploader.JobID) {
	for _, a := range t.attempts {
		if a.Job == id {
			t.dropAttempt(a.ID)
		}
	}
}

func (t *transaction) dropAttempt(id uploader.AttemptID) {
	for of := range t.parts {
		if of.attempt == id {
			drop(t, t.parts, of)
		}
	}
	drop(t, t.attempts, id)
}
