package uploader

import (
	"slices"

	"golang.org/x/sync/semaphore"
)

// A walk hands its finds to the owner in chunks of at most this many, and waits while so many finds are not durable yet:
// a journal slower than the disk slows the walk, not the memory. It is finds that count and not chunks, because of
// files that are dropped one by one each is a chunk of its own.
const (
	scanChunk = 512
	scanAhead = 4 * scanChunk
)

// scan walks what of a batch is not walked yet. It is journalled as scanning before; a restart walks again and adds
// what is missing.
func (c *core) scan(b *batch) {
	if b.walking > 0 || c.cfg.Idle || c.batches[b.ID] == nil {
		return
	}
	if b.known == nil {
		b.known = map[string]*job{}
	}
	w := &walk{c: c, batch: b, vault: b.Vault, source: c.cfg.Source, room: semaphore.NewWeighted(scanAhead)}
	var roots []*walkRoot
	for _, e := range c.list {
		if e.batch != b {
			continue
		}
		for _, j := range e.jobs {
			b.known[j.RelPath] = j
		}
		if e.Walked {
			continue
		}
		e.LeftOut, e.Empty, e.Gone = 0, 0, 0 // they are found again
		e.root = &walkRoot{e: e, path: e.Path, prefix: e.Prefix, turn: e.walks}
		e.halt = e.root
		roots = append(roots, e.root)
		c.pub.entry(e)
	}
	if b.walking = len(roots); b.walking == 0 {
		c.scanned(b)
	}
	for some := range slices.Chunk(roots, rootsTogether) {
		w.submit(slices.Clone(some)) // so that what is walked needs not be kept
	}
}

// walkAgain has an entry walked once more: what its jobs lack is added.
func (c *core) walkAgain(e *entry) {
	b := e.batch
	e.walks++
	e.Walked, e.Halted, b.Scanning = false, false, true
	c.pub.entry(e)
	c.barrier(func() { c.scan(b) }, SaveEntry{e.Entry}, SaveBatch{b.Batch})
}

// rootDone ends a batch's walk with its last root.
func (c *core) rootDone(b *batch, root *walkRoot) {
	if root.over {
		return
	}
	root.over = true
	if root.e.root == root {
		root.e.root, root.e.deaf = nil, false
	}
	if b.walking--; b.walking == 0 {
		c.scanned(b)
	}
}

// harvest makes jobs of what a walk found. They become active when they are durable.
func (c *core) harvest(w *walk, parts []walked, known []bool) {
	var made crop
	for _, p := range parts {
		var those []bool
		if known != nil {
			those, known = known[:len(p.finds)], known[len(p.finds):]
		}
		if e := p.root.e; c.entries[e.ID] != nil && e.halt != nil && !p.root.over { // else removed or cancelled meanwhile
			c.foundIn(w, p, those, &made)
		}
	}
	c.changed()
	c.write(func() {
		w.room.Release(weight(parts))
		for _, j := range made.jobs {
			c.makeReady(j)
		}
	}, made.records...)
	for _, e := range made.walked {
		c.lookInto(e)
	}
}

// crop is what came of some finds.
type crop struct {
	jobs    []*job
	records []Record
	walked  []*entry // that are through
}

func (c *core) foundIn(w *walk, p walked, known []bool, made *crop) {
	root, e := p.root, p.root.e
	save := false
	e.personal = e.personal || root.personal.Load()
	left := int32(0)
	for i, f := range p.finds {
		if f.RelPath != "" && !e.Dir {
			e.Dir, save = true, true
		}
		switch {
		case f.Empty:
			e.Empty, save = e.Empty+1, true
			continue
		case f.Gone:
			e.Gone, save = e.Gone+1, true
			continue
		}
		rel := f.below(e.Prefix)
		if w.batch.known[rel] != nil {
			continue
		}
		if known != nil && known[i] && e.Known == KnownSkip {
			left, save = left+1, true
			continue
		}
		j := c.addJob(c.newJob(e, rel, f, known != nil && known[i]), e)
		if known != nil && known[i] && e.Known == KnownSend {
			e.again++
		}
		w.batch.known[rel] = j
		made.jobs = append(made.jobs, j)
		made.records = append(made.records, AddJob{j.Job})
	}
	if left > 0 {
		c.leftOut(e, left)
	}
	if p.last {
		root.found = true
		if e.root == root {
			e.deaf = false
		}
	}
	if p.last && e.walks == root.turn {
		e.Walked, save = true, true
		e.Dir = e.Dir || len(e.jobs) == 0 && e.LeftOut == 0 // a file would have been found
	}
	if save {
		made.records = append(made.records, SaveEntry{e.Entry})
	}
	if e.Walked {
		made.walked = append(made.walked, e)
		e.halt = nil
	}
	c.pub.entry(e)
}

// below is where a find is in the drop.
func (f *Found) below(prefix string) string {
	if f.RelPath == "" {
		return prefix
	}
	return prefix + "/" + f.RelPath
}

func (c *core) newJob(e *entry, rel string, f Found, known bool) Job {
	j := Job{
		ID: JobID(c.cfg.NewID()), Batch: e.Batch, Entry: e.ID, Vault: e.batch.Vault, Path: f.Path, RelPath: rel,
		Size: f.Fingerprint.Size, Fingerprint: f.Fingerprint, State: Queued, Order: int64(len(e.jobs)),
		Revision: 1, AddedAt: c.cfg.Now(),
	}
	j.Known = known && e.Known == KnownAsk
	if e.Held || j.Known {
		j.State = Paused
	}
	err := f.Err
	if err == nil && j.Size > c.sizing.most*c.sizing.parts {
		err = tooLarge(c.sizing.most * c.sizing.parts)
	}
	if err != nil {
		j.Known = false
		j.State, j.Code, j.Detail, j.EndedAt = Failed, CodeOf(err), err.Error(), j.AddedAt
		j.Unwalked = f.Err != nil
	}
	return j
}

// scanned ends a batch's scanning once all that was found is durable; what asked to be walked meanwhile is walked first.
func (c *core) scanned(b *batch) {
	if c.batches[b.ID] == nil {
		return
	}
	for _, e := range b.entries {
		if e.halt != nil {
			e.halt.halt()
			e.halt = nil
		}
	}
	for _, e := range b.entries {
		if !e.Walked {
			c.scan(b)
			return
		}
	}
	b.known = nil
	b.Scanning = false
	records := []Record{SaveBatch{b.Batch}}
	for _, e := range b.entries {
		if e.Held {
			e.Held = false
			records = append(records, SaveEntry{e.Entry})
		}
		c.pub.entry(e)
	}
	c.changed()
	c.barrier(func() { c.whole(b) }, records...)
}
