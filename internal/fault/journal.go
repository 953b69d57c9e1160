package fault

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"longshore/uploader"
)

// Journal is uploader.Journal in memory, stricter than the contract: what a correct engine never asks for is
// CodeInternal.
type Journal struct {
	Faults *Faults
	Delay  time.Duration // of every Apply: the disk's; set it before the journal is used

	mu      sync.Mutex
	durable state
}

// state is what survives a power cut.
type state struct {
	vaults     map[uploader.VaultID]uploader.Vault
	batches    map[uploader.BatchID]uploader.Batch
	entries    map[uploader.EntryID]uploader.Entry
	jobs       map[uploader.JobID]uploader.Job
	paths      map[batchPath]uploader.JobID
	attempts   map[uploader.AttemptID]uploader.Attempt
	parts      map[partOf]map[int32]uploader.Part
	tombstones map[uploader.AttemptID]uploader.Tombstone
	history    []uploader.Receipt
	manifests  map[uploader.BatchID]uploader.Manifest
}

type batchPath struct {
	batch uploader.BatchID
	path  string
}

type partOf struct {
	attempt uploader.AttemptID
	upload  string
}

var _ uploader.Journal = (*Journal)(nil)

// NewJournal returns an empty journal.
func NewJournal() *Journal {
	return &Journal{Faults: newFaults(), durable: state{
		vaults: map[uploader.VaultID]uploader.Vault{}, batches: map[uploader.BatchID]uploader.Batch{},
		entries: map[uploader.EntryID]uploader.Entry{}, jobs: map[uploader.JobID]uploader.Job{},
		paths: map[batchPath]uploader.JobID{}, attempts: map[uploader.AttemptID]uploader.Attempt{},
		parts: map[partOf]map[int32]uploader.Part{}, tombstones: map[uploader.AttemptID]uploader.Tombstone{},
		manifests: map[uploader.BatchID]uploader.Manifest{},
	}}
}

// Clone returns a journal with what is durable now, without faults. A group that is on its way is not in it.
func (j *Journal) Clone() *Journal {
	j.mu.Lock()
	defer j.mu.Unlock()
	d := j.durable
	c := &Journal{Faults: newFaults(), Delay: j.Delay, durable: state{
		vaults: maps.Clone(d.vaults), batches: maps.Clone(d.batches), entries: maps.Clone(d.entries), jobs: maps.Clone(d.jobs),
		paths: maps.Clone(d.paths), attempts: maps.Clone(d.attempts), parts: map[partOf]map[int32]uploader.Part{},
		tombstones: maps.Clone(d.tombstones), history: slices.Clone(d.history),
		manifests: maps.Clone(d.manifests),
	}}
	for of, parts := range d.parts {
		c.durable.parts[of] = maps.Clone(parts)
	}
	return c
}

// Load returns everything that lives.
func (j *Journal) Load(ctx context.Context) (uploader.Queue, error) {
	end, err := j.begin(ctx, Call{Op: OpLoad})
	defer end(nil)
	if err != nil {
		return uploader.Queue{}, err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	d := &j.durable
	q := uploader.Queue{
		Vaults:     sorted(d.vaults, func(a, b uploader.Vault) int { return cmp.Compare(a.ID, b.ID) }),
		Batches:    sorted(d.batches, func(a, b uploader.Batch) int { return cmp.Compare(a.ID, b.ID) }),
		Entries:    sorted(d.entries, func(a, b uploader.Entry) int { return cmp.Or(cmp.Compare(a.Order, b.Order), cmp.Compare(a.ID, b.ID)) }),
		Jobs:       sorted(d.jobs, func(a, b uploader.Job) int { return cmp.Or(cmp.Compare(a.Order, b.Order), cmp.Compare(a.ID, b.ID)) }),
		Attempts:   sorted(d.attempts, func(a, b uploader.Attempt) int { return cmp.Compare(a.ID, b.ID) }),
		Tombstones: sorted(d.tombstones, func(a, b uploader.Tombstone) int { return cmp.Compare(a.Attempt.ID, b.Attempt.ID) }),
	}
	for _, m := range sorted(d.manifests, func(a, b uploader.Manifest) int { return cmp.Compare(a.Batch, b.Batch) }) {
		if _, queued := d.batches[m.Batch]; queued || m.State == uploader.ManifestWanted {
			q.Manifests = append(q.Manifests, m)
		}
	}
	for i := range q.Vaults {
		q.Vaults[i].DataOrigins = slices.Clone(q.Vaults[i].DataOrigins)
	}
	return q, nil
}

func sorted[K comparable, T any](m map[K]T, by func(a, b T) int) []T {
	return slices.SortedFunc(maps.Values(m), by)
}

// Parts returns an upload's recorded parts in order.
func (j *Journal) Parts(ctx context.Context, attempt uploader.AttemptID, uploadID string) ([]uploader.Part, error) {
	end, err := j.begin(ctx, Call{Op: OpParts, Attempt: attempt})
	defer end(nil)
	if err != nil {
		return nil, err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	parts := j.durable.parts[partOf{attempt, uploadID}]
	return sorted(parts, func(a, b uploader.Part) int { return cmp.Compare(a.PartNumber, b.PartNumber) }), nil
}

// Receipts hands out a batch's receipts.
func (j *Journal) Receipts(ctx context.Context, batch uploader.BatchID, each func(uploader.Receipt)) error {
	found, err := j.History(ctx, uploader.HistoryQuery{Batch: batch})
	for _, r := range found {
		each(r)
	}
	return err
}

// Known tells which files there are receipts of.
func (j *Journal) Known(ctx context.Context, vault uploader.VaultID, files []uploader.Sight) ([]bool, error) {
	end, err := j.begin(ctx, Call{Op: OpKnown})
	defer end(nil)
	if err != nil {
		return nil, err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	known := make([]bool, len(files))
	for i, f := range files {
		known[i] = slices.ContainsFunc(j.durable.history, func(r uploader.Receipt) bool {
			return r.Vault == vault && r.Size == f.Size && !f.ModTime.IsZero() && r.ModTime.Equal(f.ModTime) &&
				(r.Path == f.Path || r.RelPath == f.RelPath)
		})
	}
	return known, nil
}

// History returns receipts, newest first.
func (j *Journal) History(ctx context.Context, q uploader.HistoryQuery) ([]uploader.Receipt, error) {
	end, err := j.begin(ctx, Call{Op: OpHistory})
	defer end(nil)
	if err != nil {
		return nil, err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	var found []uploader.Receipt
	before := q.Before != uploader.HistoryMark{}
	for _, r := range slices.Backward(j.durable.history) {
		if before && r.Mark() == q.Before {
			before = false
			continue
		}
		if !before && q.Finds(&r) && (q.Batch == "" || r.Batch == q.Batch) && (q.After.IsZero() || r.FinishedAt.After(q.After)) {
			r.ManifestKey = j.durable.manifests[r.Batch].Key
			found = append(found, r)
		}
	}
	slices.SortStableFunc(found, func(a, b uploader.Receipt) int { return b.FinishedAt.Compare(a.FinishedAt) })
	if q.Limit > 0 && len(found) > q.Limit {
		found = found[:q.Limit]
	}
	return found, nil
}

// Apply makes all records durable or none.
func (j *Journal) Apply(ctx context.Context, records []uploader.Record) (err error) {
	end, err := j.begin(ctx, Call{Op: OpApply, Records: records})
	defer func() { end(&err) }()
	if err != nil {
		return err
	}
	time.Sleep(j.Delay) // once begun, a commit is not broken off
	j.mu.Lock()
	defer j.mu.Unlock()
	t := &transaction{state: &j.durable}
	for i, r := range records {
		if err := t.apply(r); err != nil {
			t.rollback()
			return fmt.Errorf("record %d, %T: %w", i+1, r, err)
		}
	}
	return nil
}

// begin runs a call's fault up to the effect. end runs what comes after it.
func (j *Journal) begin(ctx context.Context, c Call) (end func(*error), err error) {
	fault, over := j.Faults.begin(c)
	refused := true
	end = func(err *error) {
		defer over()
		if refused {
			return
		}
		if fault.After != nil {
			fault.After()
		}
		if fault.DropAnswer && err != nil && *err == nil { // the commit happened, and the disk says it did not
			*err = uploader.E(c.Op, cmp.Or(fault.Code, uploader.CodeJournalBroken), errors.New("answer lost"))
		}
	}
	if err := fault.enter(ctx); err != nil {
		return end, uploader.E(c.Op, uploader.CodeCancelled, err)
	}
	if err := fault.refusal(c.Op); err != nil {
		return end, err
	}
	refused = false
	return end, nil
}

// LoseVaults drops every vault's record, as a damaged journal may have.
func (j *Journal) LoseVaults() {
	j.mu.Lock()
	defer j.mu.Unlock()
	clear(j.durable.vaults)
}
