package uploader

import (
	"context"
	"errors"
	"path"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

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
	w := &walk{c: c, batch: b, source: c.cfg.Source, room: semaphore.NewWeighted(scanAhead)}
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
		ctx, cancel := context.WithCancel(c.ctx)
		e.halt = cancel
		e.LeftOut, e.Empty = 0, 0 // they are found again
		e.root = &walkRoot{e: e, path: e.Path, prefix: e.Prefix, vault: b.Vault, ctx: ctx, turn: e.walks}
		roots = append(roots, e.root)
		c.pub.entry(e)
	}
	if b.walking = len(roots); b.walking == 0 {
		c.scanned(b)
	}
	for _, root := range roots {
		w.submit(root)
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

// walk is one batch's walk: its workers read the roots' paths and room, and never the core.
type walk struct {
	c      *core
	batch  *batch
	source Source
	room   *semaphore.Weighted
}

type walkRoot struct {
	e        *entry // the owner's alone
	turn     int32  // the entry's walks when this one began
	path     string
	prefix   string
	vault    VaultID
	ctx      context.Context // ends when the entry is cancelled or removed
	ask      *question
	over     bool        // the owner's: nothing more is to come of it
	folder   string      // the walk's: the one that it read last
	personal atomic.Bool // a name that was come across is one as patients have
}

// submit has one root walked. The walk counts as a call to the drive, from one find to the next.
func (w *walk) submit(root *walkRoot) {
	c := w.c
	if c.stopping {
		return
	}
	root.ask = c.newQuestion("", walkHangs, nil)
	root.ask.root, root.ask.pool = root, c.scans
	root.ask.task = &task{ctx: c.ctx, ask: root.ask, work: func(ctx context.Context) func() {
		w.run(root)
		return func() {
			delete(c.asks, root.ask)
			if root.ask.passed {
				c.deaf--
			}
			if ctx.Err() == nil { // else the engine stops: the batch stays Scanning, and a restart walks again
				c.rootDone(w.batch, root)
			}
		}
	}}
	c.scans.submit(root.ask.task)
}

func (w *walk) run(root *walkRoot) {
	var chunk []Found
	root.ask.begin()
	err := w.source.Walk(root.ctx, root.path, func(f Found) error {
		root.ask.end() // it is the owner's turn
		defer root.ask.begin()
		w.readName(root, f.RelPath)
		if chunk = append(chunk, f); len(chunk) < scanChunk {
			return nil
		}
		got := chunk
		chunk = nil
		return w.hand(root, got, false)
	})
	root.ask.end()
	if root.ctx.Err() != nil {
		return
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

// readName notes a find that is called as a patient is, or lies in a folder that is.
func (w *walk) readName(root *walkRoot, rel string) {
	personal := w.c.cfg.Personal
	if personal == nil || root.personal.Load() {
		return
	}
	if root.folder == "" { // the first find: the root itself
		root.personal.Store(personal(filepath.Base(root.path)))
		root.folder = "."
	}
	folder, name := path.Split(rel)
	if folder != root.folder && folder != "" { // a folder's files come one after another
		root.folder = folder
		for part := range strings.SplitSeq(strings.Trim(folder, "/"), "/") {
			if personal(part) {
				root.personal.Store(true)
			}
		}
	}
	if name != "" && personal(name) {
		root.personal.Store(true)
	}
}

// hand gives a chunk to the owner, when there is room.
func (w *walk) hand(root *walkRoot, chunk []Found, last bool) error {
	if err := w.room.Acquire(root.ctx, weight(chunk)); err != nil {
		return err
	}
	known := w.known(root, chunk)
	select {
	case w.c.events <- func() { w.c.foundChunk(w, root, chunk, known, last) }:
	case <-w.c.over:
	}
	return nil
}

// weight is how much room a chunk takes; the empty one at the end of a walk is something to be journalled too.
func weight(chunk []Found) int64 { return int64(max(len(chunk), 1)) }

// listen notes whether a walk hangs now. The first time it does, others go past it; what it still finds counts.
func (c *core) listen(a *question, limit time.Duration) {
	e, hangs := a.root.e, a.hangs(limit)
	if e.deaf != hangs && e.root == a.root {
		e.deaf = hangs
		c.pub.entry(e)
		c.changed()
	}
	if hangs && !a.passed && (c.deaf < walksMost || c.stopping) && a.pool.abandon(c.staff, a.task) {
		a.passed = true
		c.deaf++
	}
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

// foundChunk makes jobs of what a walk found. They become active when they are durable.
func (c *core) foundChunk(w *walk, root *walkRoot, chunk []Found, known []bool, last bool) {
	e := root.e
	release := func() { w.room.Release(weight(chunk)) }
	if c.entries[e.ID] == nil || e.halt == nil || root.over { // removed or cancelled meanwhile
		release()
		return
	}
	var records []Record
	var fresh []*job
	save := false
	e.personal = e.personal || root.personal.Load()
	left := int32(0)
	for i, f := range chunk {
		if f.RelPath != "" && !e.Dir {
			e.Dir, save = true, true
		}
		if f.Empty {
			e.Empty, save = e.Empty+1, true
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
		fresh = append(fresh, j)
		records = append(records, AddJob{j.Job})
	}
	if left > 0 {
		c.leftOut(e, left)
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
	if e.Walked {
		c.lookInto(e)
	}
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
	c.barrier(func() { c.whole(b) }, records...)
}
