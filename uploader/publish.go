package uploader

import (
	"cmp"
	"time"
)

// How often what is in flight is sampled, and how close together two snapshots may be. A user's action is shown at
// once.
const (
	sampleEvery  = 500 * time.Millisecond
	publishEvery = 100 * time.Millisecond
)

// publisher turns changes into snapshots: it notes which rows changed and copies only their pages.
type publisher struct {
	version      uint64
	last         Snapshot
	lastAt       time.Time
	dirty        bool
	now          bool // do not wait for publishEvery
	due          *later
	tick         *later
	jobs         map[*job]struct{}
	entries      map[*entry]struct{}
	listChanged  bool // entries went or moved
	foundChanged bool // jobs went
	totals       Totals
	all          rateMeter
	flowing      bool // bytes moved within the rate's span
}

func (p *publisher) job(j *job) {
	if p.jobs == nil {
		p.jobs = map[*job]struct{}{}
	}
	p.jobs[j] = struct{}{}
	p.dirty = true
}

func (p *publisher) entry(e *entry) {
	if p.entries == nil {
		p.entries = map[*entry]struct{}{}
	}
	p.entries[e] = struct{}{}
	p.dirty = true
}

// sum adds a job's face to the totals, or takes it away.
func (p *publisher) sum(f face, sign int) {
	t := &p.totals
	t.Bytes += int64(sign) * f.bytes
	t.BytesSent += int64(sign) * f.sent
	switch f.state {
	case Done:
		t.FilesDone += sign
	case Failed, SourceChanged:
		t.FilesFailed += sign
	case Waiting:
		t.FilesWaiting += sign
	case Paused:
		t.FilesPaused += sign
	case Creating, Uploading, Completing:
		t.FilesActive += sign
	}
	if f.known {
		t.FilesAsked += sign
	}
	if f.state != Cancelled {
		t.Files += sign
	}
}

// changed notes that the next snapshot will differ.
func (c *core) changed() { c.pub.dirty = true }

// publishIfDue shows what changed, unless the last snapshot is too fresh.
func (c *core) publishIfDue() {
	p := &c.pub
	if !p.dirty {
		p.now = false
		return
	}
	if wait := publishEvery - time.Since(p.lastAt); wait > 0 && !p.now {
		if p.due == nil {
			p.due = c.timers.after(wait, false, func() { p.due = nil })
		}
		return
	}
	c.publish()
}

func (c *core) publish() {
	p := &c.pub
	p.version++
	s := Snapshot{Version: p.version, Totals: p.totals, Trouble: c.writer.trouble}
	now := time.Now()
	if len(c.runs) > 0 {
		s.Totals.Rate = p.all.rate(now)
	}
	s.Totals.Left = left(s.Totals.Bytes-s.Totals.BytesSent, s.Totals.Rate)
	s.Totals.Limit, s.Totals.LimitUntil = c.allow.now, c.allow.until
	s.Totals.Limited = c.limited(&s.Totals)
	for _, t := range c.tombs {
		if !t.swept {
			s.Totals.Aborting++
		}
	}
	s.Totals.Manifests = c.manifestsWanted()
	for _, b := range c.batches {
		s.Totals.Scanning = s.Totals.Scanning || b.Scanning
	}
	s.Jobs = c.jobPages()
	s.Entries = c.entryPages(now)
	p.last, p.lastAt, p.dirty, p.now = s, now, false, false
	p.jobs, p.entries = emptied(p.jobs), emptied(p.entries)
	c.show(&s)
}

// emptied makes a set empty. One that was large goes away: a map keeps the room of its best days.
func emptied[T comparable](set map[T]struct{}) map[T]struct{} {
	const large = 4 * pageSize
	if len(set) > large {
		return nil
	}
	clear(set)
	return set
}

func (c *core) jobPages() Pages[JobRow] {
	p := &c.pub
	if p.foundChanged {
		p.foundChanged = false
		e := Pages[JobRow]{}.Edit()
		e.Resize(len(c.found))
		for i, j := range c.found {
			*e.Row(i) = j.row()
		}
		return e.Pages
	}
	old := p.last.Jobs.Len()
	if len(p.jobs) == 0 && old == len(c.found) {
		return p.last.Jobs
	}
	e := p.last.Jobs.Edit()
	for j := range p.jobs {
		if i := int(j.index); !j.gone && i < old {
			*e.Row(i) = j.row()
		}
	}
	e.Resize(len(c.found))
	for i, j := range c.found[old:] {
		*e.Row(old + i) = j.row()
	}
	return e.Pages
}

func (c *core) entryPages(now time.Time) Pages[EntryRow] {
	p := &c.pub
	if p.listChanged {
		p.listChanged = false
		pages := Pages[EntryRow]{}.Edit()
		pages.Resize(len(c.list))
		for i, e := range c.list {
			*pages.Row(i) = c.entryRow(e, now)
		}
		return pages.Pages
	}
	old := p.last.Entries.Len()
	if len(p.entries) == 0 && old == len(c.list) {
		return p.last.Entries
	}
	pages := p.last.Entries.Edit()
	for e := range p.entries {
		if c.entries[e.ID] != nil && int(e.index) < old {
			*pages.Row(int(e.index)) = c.entryRow(e, now)
		}
	}
	pages.Resize(len(c.list))
	for i, e := range c.list[old:] {
		*pages.Row(old + i) = c.entryRow(e, now)
	}
	return pages.Pages
}

func (j *job) row() JobRow {
	row := JobRow{
		ID: j.ID, Entry: j.Entry, Batch: j.Batch, RelPath: j.RelPath, Path: j.Path, Size: j.Size, Sent: j.seen.sent,
		State: j.seen.state, Reason: j.seen.reason(), Code: j.seen.code, Detail: j.Detail,
		Part: j.seen.part, Parts: j.seen.parts, Flying: j.seen.flying,
		Late: j.seen.late.Late(), Deadline: j.deadline(), Note: j.Note, Known: j.seen.known, Removed: j.Removed,
	}
	if j.at != nil {
		row.Key = j.at.Key
	}
	if j.State.Ended() && !j.EndedAt.IsZero() {
		row.Ended = j.EndedAt.Unix()
	}
	if r := j.run; r != nil {
		row.Rate = r.meter.rate(time.Now())
		row.Left = left(row.Size-row.Sent, row.Rate)
	}
	return row
}

func (c *core) entryRow(e *entry, now time.Time) EntryRow {
	row := EntryRow{
		ID: e.ID, Batch: e.Batch, Vault: e.batch.Vault, Name: e.Name, Path: e.Path, Dir: e.Dir, Personal: e.personal, Study: e.Study,
		Scanning: e.batch.Scanning && !e.Walked,
		Files:    len(e.jobs) - e.tally.of(Cancelled), FilesDone: e.tally.of(Done),
		FilesFailed: e.tally.of(Failed) + e.tally.of(SourceChanged), Bytes: e.bytes, BytesSent: e.sent,
		Asks: e.asks, Again: e.again, LeftOut: e.LeftOut, Empty: e.Empty, Gone: e.Gone,
	}
	row.State = e.state()
	if m := c.manifests[e.Batch]; m != nil {
		row.Manifest, row.ManifestKey = m.State, m.Key
	} else if !e.batch.Manifest {
		row.Manifest = ManifestPartly
	}
	if e.meter != nil {
		row.Rate = e.meter.rate(now)
		row.Left = left(row.Bytes-row.BytesSent, row.Rate)
	}
	if e.deaf && row.State == Waiting {
		row.Code, row.Reason = CodeDriveHangs, CodeDriveHangs.Info().Reason
		return row
	}
	switch row.State {
	case Waiting, Failed, SourceChanged:
		if j := e.example(row.State); j != nil {
			row.Code, row.Reason, row.Detail = j.seen.code, j.seen.reason(), j.Detail
		}
	}
	if len(e.jobs) == 1 {
		row.Part, row.Parts, row.Flying = e.jobs[0].seen.part, e.jobs[0].seen.parts, e.jobs[0].seen.flying
	}
	if e.late+e.noted > 0 {
		if e.news == nil {
			e.news = e.ask()
		}
		row.Late, row.Deadline, row.Note = e.news.late, e.news.deadline, e.news.note
	}
	return row
}

// news is what an entry's row tells of those of its files that are late or have a note.
type news struct {
	late     Late
	deadline time.Time // the earliest
	note     Code
}

// ask looks for it among all files.
func (e *entry) ask() *news {
	n := &news{}
	for _, j := range e.jobs {
		at := j.deadline()
		if j.seen.late != 0 && (n.late == "" || at.Before(n.deadline)) {
			n.late, n.deadline = j.seen.late.Late(), at
		}
		n.note = cmp.Or(n.note, j.Note)
	}
	return n
}

// example is a file of an entry in some state: the one that was told of last, if it still fits, for a folder may hold
// 100,000 and its row is made anew with every change. nil if there is none.
func (e *entry) example(s State) *job {
	if j := e.told; j != nil && !j.gone && j.seen.state == s {
		return j
	}
	e.told = nil
	for _, j := range e.jobs {
		if j.seen.state == s {
			e.told = j
			break
		}
	}
	return e.told
}

// state is what matters most of an entry's files: what moves, then what waits, then what needs a person.
func (e *entry) state() State {
	t := &e.tally
	switch {
	case t.of(Uploading) > 0:
		return Uploading
	case t.of(Completing) > 0:
		return Completing
	case t.of(Waiting) > 0 || e.deaf:
		return Waiting
	case t.of(Creating) > 0:
		return Creating
	case t.of(Queued) > 0 || e.batch.Scanning && !e.Walked:
		return Queued
	case t.of(Paused) > 0:
		return Paused
	case t.of(SourceChanged) > 0 && t.of(Failed) == 0:
		return SourceChanged
	case t.of(Failed) > 0:
		return Failed
	case t.of(Done) == 0 && (len(e.jobs) > 0 || e.Halted):
		return Cancelled
	}
	return Done
}

// startTick samples what is in flight while bytes flow, and until the rates have sunk to nothing.
func (c *core) startTick() {
	p := &c.pub
	if p.tick != nil || c.sends.busy+c.smalls.busy == 0 && !p.flowing {
		return
	}
	p.tick = c.timers.after(sampleEvery, false, func() {
		p.tick = nil
		for r := range c.runs {
			c.sample(r)
		}
		p.flowing = p.all.rate(time.Now()) > 0
		c.changed()
	})
}

// sample takes over how far a run's bytes have come.
func (c *core) sample(r *run) {
	moved := r.moved.Load()
	delta := moved - r.lastMove
	r.lastMove = moved
	if delta > 0 {
		now := time.Now()
		r.meter.add(now, delta)
		if m := r.j.entry.meter; m != nil {
			m.add(now, delta)
		}
		c.pub.all.add(now, delta)
	}
	if due := r.j.due; due != nil && !r.dead {
		due.pace.add(c.steady(), delta-r.wasted)
	}
	r.wasted = 0
	r.j.sent = r.inflight.Load()
	if r.parts != nil {
		r.j.sent += r.parts.bytes
	}
	if r.finishing {
		r.j.sent = r.fp.Size
	}
	c.touch(r.j)
	c.pub.job(r.j)
	c.pub.entry(r.j.entry)
}
