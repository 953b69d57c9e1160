package uploader

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// add is Engine.Add on the owner.
func (c *core) add(vault VaultID, paths []string, known Known, answer func(Added, error)) {
	if c.vaults[vault] == nil {
		answer(Added{}, E("add", CodeBadConfig, errors.New("unknown vault")))
		return
	}
	wanted := make(map[string]bool, len(paths))
	var list []string
	for _, p := range paths {
		if p = absolute(p); !wanted[p] {
			wanted[p] = true
			list = append(list, p)
		}
	}
	added := Added{}
	again := c.unfinished(vault, wanted)
	for e := range again {
		added.Resumed = append(added.Resumed, e.ID)
	}
	slices.Sort(added.Resumed)
	var fresh []string
	for _, p := range list {
		if wanted[p] {
			fresh = append(fresh, p)
		}
	}
	if len(fresh) > 0 {
		c.addBatch(vault, fresh, known, &added)
	}
	c.durable(func(err error) { answer(added, err) })
}

// unfinished sets going again what is in the queue already for these paths, and takes those out of wanted.
func (c *core) unfinished(vault VaultID, wanted map[string]bool) map[*entry]bool {
	again := map[*entry]bool{}
	var jobs []*job
	for _, e := range c.list {
		if e.batch.Vault != vault || !wanted[e.Path] || !e.unfinished() {
			continue
		}
		again[e] = true
		jobs = append(jobs, e.jobs...)
	}
	for _, j := range c.found {
		if !j.gone && j.Vault == vault && j.State != Done && wanted[j.Path] && !again[j.entry] {
			again[j.entry] = true
			jobs = append(jobs, j)
		}
	}
	for e := range again {
		if wanted[e.Path] {
			delete(wanted, e.Path)
			c.hold(e, false)
			if e.Dir || e.Halted { // there may be more in it by now
				c.walkAgain(e)
			}
		}
	}
	for _, j := range jobs {
		delete(wanted, j.Path)
		c.unpause(j)
	}
	c.retry(jobs)
	return again
}

func (e *entry) unfinished() bool {
	return !e.Walked || e.Halted || len(e.jobs) != e.tally.of(Done)
}

// entriesMost is how many entries are journalled with their batch. Those of a larger drop follow it in several
// transactions; until the last of them holds, its batch says that there is no manifest of it: a crash may have kept
// what follows.
const entriesMost = groupMost

// addBatch journals a drop with its roots before the first folder is read.
func (c *core) addBatch(vault VaultID, paths []string, known Known, added *Added) {
	now := c.cfg.Now()
	b := &batch{
		Batch:   Batch{ID: BatchID(c.cfg.NewID()), Vault: vault, Scanning: true, AddedAt: now, Manifest: true},
		entries: map[EntryID]*entry{},
	}
	c.batches[b.ID] = b
	order := int64(0)
	for _, e := range c.list {
		order = max(order, e.Order+1)
	}
	taken := make(map[string]bool, len(paths))
	rec := AddBatch{Batch: b.Batch, Entries: make([]Entry, 0, min(len(paths), entriesMost))}
	rec.Batch.Manifest = len(paths) <= entriesMost
	added.Entries = make([]EntryID, 0, len(paths))
	var more []Record
	for i, p := range paths {
		name := rootName(p)
		e := Entry{ID: EntryID(c.cfg.NewID()), Batch: b.ID, Path: p, Name: name, Order: order + int64(i), Known: known}
		e.Prefix = unique(name, taken)
		c.addEntry(e, b)
		if i < entriesMost {
			rec.Entries = append(rec.Entries, e)
		} else {
			more = append(more, SaveEntry{e})
		}
		added.Entries = append(added.Entries, e.ID)
	}
	added.Batch = b.ID
	if len(more) == 0 {
		c.barrier(func() { c.scan(b) }, rec)
		return
	}
	c.write(nil, rec)
	for some := range slices.Chunk(more, entriesMost) {
		c.write(nil, some...)
	}
	c.barrier(func() { c.scan(b) }, SaveBatch{b.Batch})
}

// absolute makes a path absolute in the system's form. A line with a scheme (smb://server/share) stays what it is: the
// walk says that it is not a file on this computer.
func absolute(p string) string {
	if i := strings.Index(p, "://"); i > 0 {
		return p
	}
	if abs, err := filepath.Abs(p); err == nil {
		return abs
	}
	return filepath.Clean(p)
}

func rootName(p string) string {
	name := filepath.Base(p)
	if name == "." || name == string(filepath.Separator) || name == "" {
		return "files"
	}
	return strings.ToValidUTF8(name, "\uFFFD")
}

// unique tells files of one name in one drop apart; only the journal's index sees the number.
func unique(name string, taken map[string]bool) string {
	out := name
	for i := 2; taken[out]; i++ {
		out = fmt.Sprintf("%s (%d)", name, i)
	}
	taken[out] = true
	return out
}

// do is Engine.Do on the owner.
func (c *core) do(verb Verb, t Target, answer func(struct{}, error)) {
	entries, jobs := c.targets(t)
	switch verb {
	case Pause:
		for _, e := range entries {
			c.hold(e, !e.Walked)
		}
		for _, j := range jobs {
			c.pause(j)
		}
	case Resume:
		for _, e := range entries {
			c.hold(e, false)
		}
		for _, j := range jobs {
			c.unpause(j)
		}
		c.timers.fireEarly()
	case RetryJobs:
		for _, e := range entries {
			if e.Halted {
				c.walkAgain(e)
			}
		}
		c.retry(jobs)
		c.timers.fireEarly()
	case Cancel:
		for _, e := range entries {
			c.haltWalk(e)
		}
		for _, j := range jobs {
			c.cancel(j)
		}
	case SendAgain, LeaveOut:
		c.choose(verb, entries, jobs)
	case Remove:
		c.remove(entries)
		for _, j := range c.alone(t) {
			c.takeOut(j)
		}
	case MoveToTop:
		c.moveToTop(entries)
	case MoveUp:
		c.moveBy(entries, -1)
	case MoveDown:
		c.moveBy(entries, +1)
	case MoveTo:
		c.moveTo(entries, t.Before)
	default:
		answer(struct{}{}, E("do", CodeInternal, errors.New("unknown verb")))
		return
	}
	c.durable(func(err error) { answer(struct{}{}, err) })
}

// targets resolves a target: whole entries with all their jobs, and jobs named by themselves.
func (c *core) targets(t Target) (entries []*entry, jobs []*job) {
	if t.All {
		entries = slices.Clone(c.list)
	}
	for _, id := range t.Entries {
		if e := c.entries[id]; e != nil && !t.All {
			entries = append(entries, e)
		}
	}
	for _, e := range entries {
		for _, j := range e.jobs {
			if !j.Removed { // nothing that is done to the folder is for it
				jobs = append(jobs, j)
			}
		}
	}
	for _, id := range t.Jobs {
		if j := c.jobs[id]; j != nil && !t.All && !j.Removed {
			jobs = append(jobs, j)
		}
	}
	return entries, jobs
}

// finishing tells whether S3 has confirmed the job already and only the journal is waited for.
func (j *job) finishing() bool { return j.run != nil && j.run.finishing }

// release takes a job out of all that would make it go on.
func (c *core) release(j *job) {
	c.unready(j)
	c.timers.stop(j.again)
	j.hold, j.holds = "", 0
	if j.run != nil {
		j.run.end()
	}
}

func (c *core) pause(j *job) {
	if j.State.Ended() || j.State == Paused || j.finishing() {
		return
	}
	c.release(j)
	c.write(nil, c.update(j, func(rec *Job) { rec.State = Paused }))
}

func (c *core) unpause(j *job) {
	if j.State != Paused || j.Known { // that is for SendAgain to say
		return
	}
	c.write(func() { c.makeReady(j) }, c.update(j, func(rec *Job) { rec.State = Queued }))
}

// retry starts ended, unfinished jobs again. What a walk could not take is walked again: there may be a folder now.
func (c *core) retry(jobs []*job) {
	again := map[*entry]bool{}
	for _, j := range jobs {
		switch {
		case !j.State.Ended() || j.State == Done || j.finishing():
		case j.Unwalked:
			c.forget(j)
			c.write(nil, RemoveJob{j.Job})
			delete(j.entry.batch.known, j.RelPath)
			again[j.entry] = true
		default:
			j.lost = 0
			c.write(func() { c.makeReady(j) }, c.update(j, func(rec *Job) {
				rec.State, rec.Code, rec.Detail = Queued, "", ""
				rec.EndedAt, rec.Removed = time.Time{}, false
			}))
		}
	}
	for e := range again {
		e.jobs = slices.DeleteFunc(e.jobs, func(j *job) bool { return j.gone })
		c.walkAgain(e)
	}
	if len(again) > 0 {
		c.compactFound()
	}
}

// hold journals whether what a walk still finds in an entry is paused.
func (c *core) hold(e *entry, held bool) {
	if e.Held != held {
		e.Held = held
		c.write(nil, SaveEntry{e.Entry})
	}
}

// cancel ends a job for good; what S3 holds of it is cleared away.
func (c *core) cancel(j *job) {
	if j.State == Done || j.State == Cancelled || j.finishing() {
		return
	}
	r := j.run
	c.release(j)
	c.write(nil, c.update(j, func(rec *Job) {
		rec.State, rec.Code, rec.Detail, rec.Attempt, rec.EndedAt = Cancelled, CodeCancelled, "", "", c.cfg.Now()
		rec.Known = false // a retry of it means what it says
	}))
	c.dropAttempt(j, r)
}

// haltWalk ends an entry's walk for good: what it has not found yet is not wanted any more.
func (c *core) haltWalk(e *entry) {
	if e.Walked {
		return
	}
	if e.halt != nil {
		e.halt.halt()
		e.halt = nil
	}
	e.Walked, e.Halted = true, true
	c.pub.entry(e)
	c.changed()
	c.write(nil, SaveEntry{e.Entry})
	if e.root != nil && e.root.task != nil && e.root.task.ask.passed { // it may never come back
		c.rootDone(e.batch, e.root)
	}
}

func (c *core) moveToTop(entries []*entry) {
	if len(c.list) == 0 {
		return
	}
	first := c.list[0].Order
	for i := len(entries) - 1; i >= 0; i-- {
		first--
		entries[i].Order = first
		c.write(nil, SaveEntry{entries[i].Entry})
	}
	c.sortList()
}
