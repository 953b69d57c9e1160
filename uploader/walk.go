package uploader

import (
	"context"
	"errors"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"
)

// So many roots of a drop are walked by one task, which hands their finds over together: most of what it costs to take in
// a file that was dropped by itself is not the look at it, but the task, the question, the look into the history, and the
// way to the owner and into the journal.
const rootsTogether = 256

// walk is one batch's walk: its workers read the roots' paths and room, and never the core.
type walk struct {
	c      *core
	batch  *batch
	vault  VaultID
	source Source
	room   *semaphore.Weighted
}

type walkRoot struct {
	e        *entry // the owner's alone
	turn     int32  // the entry's walks when this one began
	path     string
	prefix   string
	task     *walkTask                          // the owner's: what walks it
	found    bool                               // the owner's: all that is in it was handed over
	over     bool                               // the owner's: nothing more is to come of it
	folder   string                             // the walk's: the one that it read last
	personal atomic.Bool                        // a name that was come across is one as patients have
	halted   atomic.Bool                        // the entry was cancelled or removed
	cancel   atomic.Pointer[context.CancelFunc] // of its walk, once that has begun
}

// halt ends the walk of a root, or keeps it from beginning.
func (r *walkRoot) halt() {
	r.halted.Store(true)
	if cancel := r.cancel.Load(); cancel != nil {
		(*cancel)()
	}
}

// begin gives the context of the root's walk. There is none before: of 100,000 files that were dropped one by one each
// is a root.
func (r *walkRoot) begin(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	r.cancel.Store(&cancel)
	if r.halted.Load() {
		cancel()
	}
	return ctx, cancel
}

// walkTask is the walk of some roots of a batch, one after another.
type walkTask struct {
	*walk
	roots []*walkRoot
	at    atomic.Int32 // the one that is walked
	cut   atomic.Bool  // that one hangs, and the others are walked by another task
	ask   *question
}

// now is the root that is walked.
func (t *walkTask) now() *walkRoot { return t.roots[t.at.Load()] }

// walked is what was found of a root since the last time; last says that this is all.
type walked struct {
	root  *walkRoot
	finds []Found
	last  bool
}

// submit has some roots walked. The walk counts as a call to the drive, from one find to the next.
func (w *walk) submit(roots []*walkRoot) {
	c := w.c
	if c.stopping || len(roots) == 0 {
		return
	}
	t := &walkTask{walk: w, roots: roots}
	for _, root := range roots {
		root.task = t
	}
	t.ask = c.newQuestion("", walkHangs, nil)
	t.ask.walk, t.ask.pool = t, c.scans
	t.ask.task = &task{ctx: c.ctx, ask: t.ask, work: func(ctx context.Context) func() {
		t.run()
		return func() {
			delete(c.asks, t.ask)
			if t.ask.passed {
				c.deaf--
			}
			if ctx.Err() != nil { // the engine stops: the batch stays Scanning, and a restart walks again
				return
			}
			for _, root := range roots {
				if root.task == t {
					c.rootDone(w.batch, root)
				}
			}
		}
	}}
	c.scans.submit(t.ask.task)
}

func (t *walkTask) run() {
	var parts []walked
	n := 0
	for i, root := range t.roots {
		t.at.Store(int32(i))
		ctx, cancel := root.begin(t.c.ctx)
		var finds []Found
		t.ask.begin()
		err := t.source.Walk(ctx, root.path, func(f Found) error {
			t.ask.end() // it is the owner's turn
			defer t.ask.begin()
			t.readName(root, f.RelPath)
			finds = append(finds, f)
			if n++; n < scanChunk {
				return nil
			}
			parts = append(parts, walked{root, finds, false})
			got := parts
			parts, finds, n = nil, nil, 0
			return t.hand(ctx, got)
		})
		t.ask.end()
		stopped := ctx.Err() != nil
		cancel()
		root.cancel.Store(nil)
		if !stopped {
			if err != nil {
				var known *Error
				if !errors.As(err, &known) {
					err = E("walk", CodeSourceUnreadable, nil)
				}
				finds = append(finds, Found{Path: root.path, Err: err})
				n++
			}
			parts = append(parts, walked{root, finds, true})
		}
		if t.cut.Load() {
			break
		}
	}
	_ = t.hand(t.c.ctx, parts) // fails only when the engine stops
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

// hand gives what was found to the owner, when there is room. ctx is the last root's: when that is taken back, what was
// found in the others is still to be handed over.
func (t *walkTask) hand(ctx context.Context, parts []walked) error {
	if len(parts) == 0 {
		return nil
	}
	if len(parts) > 1 {
		ctx = t.c.ctx
	}
	if err := t.room.Acquire(ctx, weight(parts)); err != nil {
		return err
	}
	known := t.known(ctx, parts)
	select {
	case t.c.events <- func() { t.c.harvest(t.walk, parts, known) }:
	case <-t.c.over:
	}
	return nil
}

// weight is how much room the finds take; a root of which nothing more comes is something to be journalled too.
func weight(parts []walked) int64 {
	n := 0
	for _, p := range parts {
		n += max(len(p.finds), 1)
	}
	return int64(n)
}

// listen notes whether a walk hangs now. The first time it does, others go past it, also those that it was to walk
// itself; what it still finds counts.
func (c *core) listen(a *question, limit time.Duration) {
	root, hangs := a.walk.now(), a.hangs(limit)
	if e := root.e; e.deaf != hangs && e.root == root {
		e.deaf = hangs
		c.pub.entry(e)
		c.changed()
	}
	if hangs && !a.passed && (c.deaf < walksMost || c.stopping) && a.pool.abandon(c.staff, a.task) {
		a.passed = true
		c.deaf++
		a.walk.cut.Store(true)
		a.walk.submit(slices.DeleteFunc(slices.Clone(a.walk.roots), func(r *walkRoot) bool { return r == root || r.found || r.over }))
	}
}
