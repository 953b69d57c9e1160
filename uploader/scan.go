package uploader

import (
	"context"
	"errors"
)

// A walk hands its finds to the owner in chunks, and waits while this many are not durable yet: a journal slower than
// the disk slows the walk, not the memory.
const (
	scanChunk  = 512
	scanChunks = 4
)

// scan walks what of a batch is not walked yet. It is journalled as scanning before; a restart walks again and adds
// what is missing.
func (c *core) scan(b *batch) {
	if b.walking || c.cfg.Idle || c.batches[b.ID] == nil {
		return
	}
	b.walking = true
	if b.known == nil {
		b.known = map[string]*job{}
	}
	w := &walk{c: c, batch: b, source: c.cfg.Source, room: make(chan struct{}, scanChunks)}
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
		ctx, cancel := context.WithCancel(c.ctx)
		e.halt = cancel
		w.roots = append(w.roots, walkRoot{e: e, path: e.Path, ctx: ctx, turn: e.walks})
		c.pub.entry(e)
	}
	c.submit(c.ctx, c.scans, w.run)
}

// walkAgain has an entry walked once more: what its jobs lack is added.
func (c *core) walkAgain(e *entry) {
	b := e.batch
	e.walks++
	e.Walked, e.Halted, b.Scanning = false, false, true
	c.pub.entry(e)
	c.barrier(func() { c.scan(b) }, SaveEntry{e.Entry}, SaveBatch{b.Batch})
}

// walk is one batch's walk: its worker reads roots and room, and never the core.
type walk struct {
	c      *core
	batch  *batch
	source Source
	roots  []walkRoot
	room   chan struct{}
}

type walkRoot struct {
	e    *entry // the owner's alone
	turn int    // the entry's walks when this one began
	path string
	ctx  context.Context // ends when the entry is cancelled or removed
}

func (w *walk) run(ctx context.Context) func() {
	for _, root := range w.roots {
		var chunk []Found
		err := w.source.Walk(root.ctx, root.path, func(f Found) error {
			if chunk = append(chunk, f); len(chunk) < scanChunk {
				return nil
			}
			got := chunk
			chunk = nil
			return w.hand(root, got, false)
		})
		if root.ctx.Err() != nil {
			continue
		}
		if err != nil {
			var known *Error
			if !errors.As(err, &known) {
				err = E("walk", CodeSourceUnreadable, nil)
			}
			chunk = append(chunk, Found{Path: root.path, Err: err})
		}
		_ = w.hand(root, chunk, true) // fails only when the walk is taken back
	}
	if ctx.Err() != nil { // the engine stops: the batch stays Scanning, and a restart walks again
		return func() {}
	}
	return func() { w.c.scanned(w.batch) }
}

// hand gives a chunk to the owner, when there is room.
func (w *walk) hand(root walkRoot, chunk []Found, last bool) error {
	select {
	case w.room <- struct{}{}:
	case <-root.ctx.Done():
		return root.ctx.Err()
	}
	w.c.events <- func() { w.c.foundChunk(w, root, chunk, last) }
	return nil
}

// foundChunk makes jobs of what a walk found. They become active when they are durable.
func (c *core) foundChunk(w *walk, root walkRoot, chunk []Found, last bool) {
	e := root.e
	release := func() { <-w.room }
	if c.entries[e.ID] == nil || e.halt == nil { // removed or cancelled meanwhile
		release()
		return
	}
	var records []Record
	var fresh []*job
	save := false
	for _, f := range chunk {
		if f.RelPath != "" && !e.Dir {
			e.Dir, save = true, true
		}
		rel := e.Prefix
		if f.RelPath != "" {
			rel += "/" + f.RelPath
		}
		if w.batch.known[rel] != nil {
			continue
		}
		j := c.addJob(c.newJob(e, rel, f), e)
		w.batch.known[rel] = j
		fresh = append(fresh, j)
		records = append(records, AddJob{j.Job})
	}
	if last && e.walks == root.turn {
		e.Walked, save = true, true
	}
	if save {
		records = append(records, SaveEntry{e.Entry})
	}
	c.pub.entry(e)
	c.changed()
	c.write(func() {
		release()
		for _, j := range fresh {
			c.makeReady(j)
		}
	}, records...)
}

func (c *core) newJob(e *entry, rel string, f Found) Job {
	j := Job{
		ID: JobID(c.cfg.NewID()), Batch: e.Batch, Entry: e.ID, Vault: e.batch.Vault, Path: f.Path, RelPath: rel,
		Size: f.Fingerprint.Size, Fingerprint: f.Fingerprint, State: Queued, Order: int64(len(e.jobs)),
		Revision: 1, AddedAt: c.cfg.Now(),
	}
	if e.Held {
		j.State = Paused
	}
	err := f.Err
	if err == nil && j.Size > c.sizing.most*c.sizing.parts {
		err = tooLarge(c.sizing.most * c.sizing.parts)
	}
	if err != nil {
		j.State, j.Code, j.Detail, j.EndedAt = Failed, CodeOf(err), err.Error(), j.AddedAt
		j.Unwalked = f.Err != nil
	}
	return j
}

// scanned ends a batch's scanning once all that was found is durable; what asked to be walked meanwhile is walked first.
func (c *core) scanned(b *batch) {
	b.walking = false
	if c.batches[b.ID] == nil {
		return
	}
	for _, e := range b.entries {
		if e.halt != nil {
			e.halt()
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
	c.barrier(nil, records...)
}
