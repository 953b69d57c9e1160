package uploader

import (
	"context"
	"path/filepath"
	"slices"
	"time"
)

// Known is what becomes of those files of a drop that the vault has already: the history has a receipt of a file with
// this path, size and time. It is the user's word, and nothing else leaves a file out.
type Known uint8

// What can be wanted. The journal keeps the numbers.
const (
	KnownSend Known = 0 // they are sent again
	KnownAsk  Known = 1 // they are paused until SendAgain or LeaveOut says what the user wants
	KnownSkip Known = 2 // they are left out, and counted
)

// Sight is what a file is known by.
type Sight struct {
	Path    string // as Job has it
	RelPath string
	Size    int64
	ModTime time.Time
}

// Name is what the file is called.
func (s *Sight) Name() string { return filepath.Base(s.Path) }

// known tells which of some finds of a drop the vault has already. It runs on the walk's worker: a history may be long, and the
// owner does not wait for a disk. A journal that cannot tell leaves nothing out and asks nothing.
func (w *walk) known(ctx context.Context, parts []walked) []bool {
	var files []Sight
	for _, p := range parts {
		for _, f := range p.finds {
			s := Sight{}
			if f.Err == nil && !f.Empty && !f.Gone {
				s = Sight{Path: f.Path, RelPath: f.below(p.root.prefix), Size: f.Fingerprint.Size, ModTime: f.Fingerprint.ModTime}
			}
			files = append(files, s)
		}
	}
	if len(files) == 0 {
		return nil
	}
	known, err := w.c.cfg.Journal.Known(ctx, w.vault, files)
	if err != nil {
		if ctx.Err() == nil {
			w.c.cfg.Log.Warn("what is stored already is not known", "err", err)
		}
		return nil
	}
	return known
}

// choose carries out the user's word on files that the vault has already: for whole entries also on what their walks
// still find.
func (c *core) choose(verb Verb, entries []*entry, jobs []*job) {
	rule := KnownSend
	if verb == LeaveOut {
		rule = KnownSkip
	}
	for _, e := range entries {
		if e.Known == KnownAsk {
			e.Known = rule
			c.write(nil, SaveEntry{e.Entry})
		}
	}
	jobs = slices.DeleteFunc(slices.Clone(jobs), func(j *job) bool { return !j.seen.known })
	if verb == SendAgain {
		for _, j := range jobs {
			j.entry.again++
			c.write(func() { c.makeReady(j) }, c.update(j, func(rec *Job) {
				rec.Known = false
				if !j.entry.Held { // else it is paused for that
					rec.State = Queued
				}
			}))
		}
		return
	}
	c.leaveOut(jobs)
}

// leaveOut takes jobs out of the queue whose files the vault has already.
func (c *core) leaveOut(jobs []*job) {
	left := map[*entry]int32{}
	for _, j := range jobs {
		if j.gone { // named twice
			continue
		}
		left[j.entry]++
		c.forget(j)
		delete(j.entry.batch.known, j.RelPath)
		c.write(nil, RemoveJob{j.Job})
	}
	for e, n := range left {
		e.jobs = slices.DeleteFunc(e.jobs, func(j *job) bool { return j.gone })
		c.leftOut(e, n)
		c.write(nil, SaveEntry{e.Entry})
	}
	if len(left) > 0 {
		c.compactFound()
	}
}

// leftOut counts what is not sent of an entry. What was dropped is then not all that the drop stores, so that there is
// no manifest of it. The caller journals the entry.
func (c *core) leftOut(e *entry, n int32) {
	e.LeftOut += n
	c.partly(e.batch)
	c.pub.entry(e)
	c.changed()
}
