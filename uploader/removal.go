package uploader

import (
	"cmp"
	"slices"
	"time"
)

// A removal may have been a slip of the finger. What was taken off the queue before it was stored is kept in memory for a
// while, so that it can come back as it was: what was stored stays stored, what was paused is paused. What S3 held of the
// rest is gone, and is sent again.
const (
	undoFor  = 30 * time.Minute
	undoMost = 200_000 // files that are kept; the oldest removals go first, the newest stays
)

// removal is what one order took off the queue.
type removal struct {
	undo    string
	entries []removedEntry
	alone   []Job // files that were taken off by themselves, as they were
	files   int
	over    *later
}

type removedEntry struct {
	Entry
	batch    Batch
	whole    bool // its batch went with it, and may still have its manifest
	personal bool
	again    int32
	jobs     []Job
}

// removeKept is Engine.Remove on the owner.
func (c *core) removeKept(t Target, answer func(Removed, error)) {
	entries, _ := c.targets(Target{All: t.All, Entries: t.Entries})
	slices.SortFunc(entries, func(a, b *entry) int { return cmp.Compare(a.index, b.index) })
	entries = slices.Compact(entries)
	r := &removal{undo: c.cfg.NewID()}
	for _, e := range entries {
		if s := e.state(); s != Done && s != Cancelled {
			r.keep(e)
		}
	}
	c.remove(entries)
	alone := c.alone(t)
	for _, j := range alone {
		if j.State != Cancelled {
			r.keepFile(j)
		}
		c.takeOut(j)
	}
	for i := range r.entries {
		e := &r.entries[i]
		e.whole = e.batch.Manifest && c.batches[e.Batch] == nil
	}
	got := Removed{Entries: len(entries), Files: len(alone), Unfinished: len(r.entries) + len(r.alone)}
	if got.Unfinished > 0 {
		got.Undo = r.undo
		c.remember(r)
	}
	c.durable(func(err error) { answer(got, err) })
}

// keep notes an entry as it is, before anything of it is cancelled.
func (r *removal) keep(e *entry) {
	kept := removedEntry{Entry: e.Entry, batch: e.batch.Batch, personal: e.personal, again: e.again, jobs: make([]Job, 0, len(e.jobs))}
	for _, j := range e.jobs {
		rec := j.Job
		rec.Attempt, rec.Revision = "", 1
		switch {
		case j.finishing(): // it is stored; only the journal does not know yet
			rec.State, rec.Code, rec.Detail, rec.EndedAt = Done, "", "", time.Time{}
		default:
			rec.State = comingBack(rec.State)
		}
		kept.jobs = append(kept.jobs, rec)
	}
	r.entries = append(r.entries, kept)
	r.files += len(kept.jobs)
}

// remember keeps a removal for a while.
func (c *core) remember(r *removal) {
	c.removals = append(c.removals, r)
	r.over = c.timers.after(undoFor, false, func() { c.drop(r) })
	files := 0
	for _, r := range slices.Backward(slices.Clone(c.removals)) {
		if files += r.files; files > undoMost && r != c.removals[len(c.removals)-1] {
			c.drop(r)
		}
	}
}

func (c *core) drop(r *removal) {
	c.timers.stop(r.over)
	c.removals = slices.DeleteFunc(c.removals, func(other *removal) bool { return other == r })
}

// restore is Engine.Restore on the owner.
func (c *core) restore(undo string, answer func(int, error)) {
	i := slices.IndexFunc(c.removals, func(r *removal) bool { return r.undo == undo })
	if i < 0 {
		answer(0, nil)
		return
	}
	r := c.removals[i]
	c.drop(r)
	walk, n := map[*batch]bool{}, 0 // whether what came back of a batch is to be walked
	queued := c.queued()
	for i := range r.entries {
		e := &r.entries[i]
		at := wayOf{e.batch.Vault, e.Path}
		switch {
		case c.vaults[at.vault] == nil: // it was removed meanwhile
			continue
		case !queued[at]: // else the user has added it again
			c.bringBack(e, walk)
		}
		n++
	}
	for _, rec := range r.alone {
		if c.putBack(rec) {
			n++
		}
	}
	c.sortList()
	for b, unwalked := range walk {
		if !unwalked {
			c.write(func() { c.whole(b) }) // all of it may have been stored while it was away
			continue
		}
		b.Scanning = true
		c.barrier(func() { c.scan(b) }, SaveBatch{b.Batch})
	}
	c.durable(func(err error) { answer(n, err) })
}

// wayOf is where a file or folder is to be sent from, and to.
type wayOf struct {
	vault VaultID
	path  string
}

// queued is what in the queue is to be sent.
func (c *core) queued() map[wayOf]bool {
	at := make(map[wayOf]bool, len(c.list))
	for _, e := range c.list {
		if e.unfinished() {
			at[wayOf{e.batch.Vault, e.Path}] = true
		}
	}
	return at
}

// bringBack puts an entry with its jobs into the queue again. It notes whether its batch is to be walked.
func (c *core) bringBack(kept *removedEntry, walk map[*batch]bool) {
	b := c.batches[kept.Batch]
	var e *entry
	if b == nil {
		b = &batch{Batch: kept.batch, entries: map[EntryID]*entry{}}
		b.Manifest, b.Scanning = kept.whole, false
		c.batches[b.ID] = b
		e = c.addEntry(kept.Entry, b)
		c.write(nil, AddBatch{Batch: b.Batch, Entries: []Entry{e.Entry}})
	} else {
		e = c.addEntry(kept.Entry, b)
		c.write(nil, SaveEntry{e.Entry})
	}
	e.personal, e.again = kept.personal, kept.again
	for _, rec := range kept.jobs {
		j := c.addJob(rec, e)
		c.write(func() { c.makeReady(j) }, AddJob{rec})
	}
	walk[b] = walk[b] || !e.Walked
}

// remove takes entries off the queue; what is unfinished is cancelled first.
func (c *core) remove(entries []*entry) {
	if len(entries) == 0 {
		return
	}
	for _, e := range entries {
		if e.unfinished() {
			c.partly(e.batch)
		}
		c.haltWalk(e)
		for _, j := range e.jobs {
			c.cancel(j)
		}
		for _, j := range e.jobs {
			c.forget(j)
		}
		c.write(nil, RemoveEntry{e.Entry})
		delete(c.entries, e.ID)
		delete(e.batch.entries, e.ID)
		if len(e.batch.entries) == 0 {
			delete(c.batches, e.batch.ID)
		}
	}
	c.list = slices.DeleteFunc(c.list, func(e *entry) bool { return c.entries[e.ID] == nil })
	for i, e := range c.list {
		e.index = int32(i)
	}
	c.compactFound()
	c.pub.listChanged = true
	c.changed()
}

// forget takes a job out of memory; the caller takes it out of its entry's list and of core.found.
func (c *core) forget(j *job) {
	c.release(j)
	c.sum(j, j.seen, -1)
	j.gone = true
	delete(c.jobs, j.ID)
	c.pub.entry(j.entry)
	c.changed()
}

func (c *core) compactFound() {
	c.found = slices.DeleteFunc(c.found, func(j *job) bool { return j.gone })
	for i, j := range c.found {
		j.index = int32(i)
	}
	c.pub.foundChanged = true
}
