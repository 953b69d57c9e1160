package uploader

import (
	"cmp"
	"container/heap"
	"context"
	"slices"
	"sync/atomic"
)

// smallObject is the size up to which a file counts as small and has its own budget (DESIGN §4, sizes), in bytes.
const smallObject = 1 << 20

// job is a file in memory: its record, and what only this process knows of it. A queue may hold 100,000, so that every
// byte here counts; TestMemoryOfAQueue holds the sum.
type job struct {
	Job
	entry *entry
	at    *Attempt
	run   *run
	index int32  // in core.found
	ready int32  // place in its ready heap, -1 if it is not there
	hold  Code   // waits outside a run (drive missing), "" if not
	holds int32  // how often in a row
	stuck int32  // calls of it that were given up and are not back
	hangs int32  // how often it was given up since none was stuck
	lost  int32  // attempts this session that vanished at S3
	again *later // ends the hold
	sent  int64  // bytes S3 holds or is being handed
	gone  bool   // removed from the queue
	// unheard is how many Creates of the attempt got no answer: each may still make an upload that nobody is told of.
	unheard atomic.Int32
	due     *deadline // nil without an open upload that has a date
	seen    face
}

// face is what of a job is shown and summed up.
type face struct {
	state  State
	code   Code
	bytes  int64
	sent   int64
	part   int32
	parts  int32
	flying int32
	noted  bool     // Job.Note says something
	known  bool     // as Job.Known
	late   lateness // as Late
}

// entry is a dropped file or folder in memory. What is in it stands in few bytes for the same reason as a job's.
type entry struct {
	Entry
	batch    *batch
	jobs     []*job
	index    int32   // in core.list
	runs     int32   // jobs of it that are active
	tally    byState // of its jobs
	bytes    int64
	sent     int64
	late     int32      // files that may not make their deadline
	noted    int32      // files that something is told of (Job.Note)
	asks     int32      // files that are paused because the vault has them already
	again    int32      // files that it has already and that are sent again, of those that were found this session
	meter    *rateMeter // nil while nothing of it is active
	told     *job       // the one whose trouble its row told last
	news     *news      // of late and noted files, nil if it is to be looked up
	walks    int32      // walks that were asked for: one that is overtaken does not count as through
	personal bool       // a name in it is one as patients have
	deaf     bool       // its walk hangs: the drive does not answer
	root     *walkRoot  // its walk under way
	halt     *walkRoot  // its walk in the batch's, which may be through; nil when the batch is not walked
}

// batch is a drop in memory.
type batch struct {
	Batch
	entries map[EntryID]*entry
	known   map[string]*job // RelPath → job, only while it scans
	walking int             // roots whose walk is not through
	files   int             // of it, in the queue
	done    int             // of those, stored
	early   early
}

// load fills the core from the journal.
func (c *core) load(q Queue) {
	for _, v := range q.Vaults {
		c.addVault(v)
	}
	for _, b := range q.Batches {
		c.batches[b.ID] = &batch{Batch: b, entries: map[EntryID]*entry{}}
	}
	for _, b := range q.Batches {
		c.needVault(b.Vault)
	}
	for _, t := range q.Tombstones {
		c.needVault(t.Attempt.Vault)
	}
	for _, m := range q.Manifests {
		c.needVault(m.Vault)
		again := m.mendable()
		if again {
			m.State, m.Code, m.Detail = ManifestWanted, "", ""
		}
		c.manifests[m.Batch] = &manifest{Manifest: m, anew: again}
	}
	c.list, c.entries = make([]*entry, 0, len(q.Entries)), make(map[EntryID]*entry, len(q.Entries))
	for _, e := range q.Entries {
		if b := c.batches[e.Batch]; b != nil {
			c.addEntry(e, b)
		}
	}
	c.found, c.jobs = make([]*job, 0, len(q.Jobs)), make(map[JobID]*job, len(q.Jobs))
	attempts := make(map[AttemptID]*Attempt, len(q.Attempts))
	for i := range q.Attempts {
		attempts[q.Attempts[i].ID] = &q.Attempts[i]
	}
	for _, rec := range q.Jobs {
		if e := c.entries[rec.Entry]; e != nil {
			j := c.addJob(rec, e)
			if j.at = attempts[j.Attempt]; j.at != nil && (j.at.Phase == PhaseCreating || j.at.Unheard) {
				j.unheard.Store(1)
			}
			j.sent = c.sentBefore(j)
			c.dated(j)
			c.touch(j)
		}
	}
	for _, t := range q.Tombstones {
		c.tombs[t.Attempt.ID] = c.earlierTomb(t)
	}
}

// sentBefore is what the journal says S3 holds of an unfinished job, so that a restart shows it before any network
// call.
func (c *core) sentBefore(j *job) int64 {
	if j.State == Done {
		return j.Size
	}
	if j.at == nil || j.at.UploadID == "" {
		return 0
	}
	parts, err := c.cfg.Journal.Parts(context.Background(), j.at.ID, j.at.UploadID)
	if err != nil {
		return 0 // only a number on the screen: the resume reads them again and says what is wrong
	}
	var n int64
	for _, p := range parts {
		n += p.Size
	}
	return n
}

func (c *core) addEntry(rec Entry, b *batch) *entry {
	e := &entry{Entry: rec, batch: b, index: int32(len(c.list))}
	c.entries[e.ID], b.entries[e.ID] = e, e
	c.list = append(c.list, e)
	c.changed()
	return e
}

func (c *core) addJob(rec Job, e *entry) *job {
	j := &job{Job: rec, entry: e, index: int32(len(c.found)), ready: -1}
	c.jobs[j.ID] = j
	c.found = append(c.found, j)
	e.jobs = append(e.jobs, j)
	c.touch(j)
	return j
}

// resume starts what the journal left unfinished.
func (c *core) resume() {
	for _, b := range c.batches {
		if b.Scanning {
			c.scan(b)
		}
	}
	for _, j := range c.found {
		c.makeReady(j)
	}
	for _, t := range c.tombs {
		c.bury(t)
	}
	for _, m := range c.manifests {
		if m.anew && !c.cfg.Idle {
			c.write(func() { c.askManifest(m) }, SaveManifest{m.Manifest})
		} else {
			c.askManifest(m)
		}
	}
	for _, b := range c.batches {
		c.whole(b) // the program may have died between the last file and this
	}
}

// update changes a job's record and returns what journals the change.
func (c *core) update(j *job, change func(*Job)) UpdateJob {
	change(&j.Job)
	j.Revision++
	c.touch(j)
	return UpdateJob{j.Job}
}

// touch looks at what is shown of a job and, if it changed, passes it on to the sums and the next snapshot.
func (c *core) touch(j *job) {
	if j.gone {
		return
	}
	now := j.look()
	if now == j.seen && j.seen.state != "" {
		return
	}
	c.sum(j, j.seen, -1)
	j.seen = now
	c.sum(j, now, +1)
	c.pub.job(j)
	c.changed()
}

// sum adds a job's face to the sums of its entry and of all, or takes it away.
func (c *core) sum(j *job, f face, sign int) {
	if f.state == "" {
		return
	}
	e := j.entry
	e.tally.add(f.state, sign)
	e.batch.files += sign
	if f.state == Done {
		e.batch.done += sign
	}
	e.bytes += int64(sign) * f.bytes
	e.sent += int64(sign) * f.sent
	if f.late != 0 {
		e.late += int32(sign)
	}
	if f.noted {
		e.noted += int32(sign)
	}
	if f.known {
		e.asks += int32(sign)
	}
	if f.late != 0 || f.noted {
		e.news = nil
	}
	c.pub.sum(f, sign)
	c.pub.entry(e)
}

// reason says of what kind the wait is, "" if it does not wait.
func (f *face) reason() WaitReason {
	if f.state != Waiting {
		return ""
	}
	return f.code.Info().Reason
}

func (j *job) look() face {
	f := face{state: j.State, code: j.Code, bytes: j.Size, sent: min(j.sent, j.Size), noted: j.Note != "", known: j.Known && j.State == Paused}
	if !j.deadline().IsZero() {
		f.late = j.due.late.number()
	}
	switch {
	case j.State == Cancelled:
		f.bytes, f.sent = 0, 0
	case j.State == Done:
		f.sent = j.Size
	case j.run != nil:
		f.state = j.run.shown()
		if code, waits := j.run.waiting(); waits {
			f.state, f.code = Waiting, code
		}
		f.part, f.parts, f.flying = j.run.partNumbers()
	case j.hold != "" && !j.State.Ended() && j.State != Paused:
		f.state, f.code = Waiting, j.hold
	case !j.State.Ended() && j.State != Paused:
		f.state = Queued
	}
	return f
}

// readyQueue holds the jobs that may become active, small ones and large ones apart, each in the queue's order.
type readyQueue struct{ large, small readyHeap }

// readyOf is the heap a job waits in. A job's size changes only while it is active, so it leaves the one it came to.
func (c *core) readyOf(j *job) *readyHeap {
	if j.Size <= c.small {
		return &c.ready.small
	}
	return &c.ready.large
}

// makeReady lets a job become active when its turn comes, if it is one that may.
func (c *core) makeReady(j *job) {
	if j.ready >= 0 || j.run != nil || j.gone || j.hold != "" || j.State.Ended() || j.State == Paused {
		return
	}
	heap.Push(c.readyOf(j), j)
}

func (c *core) unready(j *job) {
	if j.ready >= 0 {
		heap.Remove(c.readyOf(j), int(j.ready))
	}
}

// before is the order of the queue: the user's, but what the vault will clear away soon goes first, by its date. That is
// forgotten with the date; the rows stay where the user put them.
func before(a, b *job) bool {
	switch x, y := a.urgent(), b.urgent(); {
	case x && y && !a.deadline().Equal(b.deadline()):
		return a.deadline().Before(b.deadline())
	case x != y:
		return x
	}
	return cmp.Or(cmp.Compare(a.entry.Order, b.entry.Order), cmp.Compare(a.Order, b.Order), cmp.Compare(a.ID, b.ID)) < 0
}

type readyHeap []*job

func (h readyHeap) Len() int           { return len(h) }
func (h readyHeap) Less(i, j int) bool { return before(h[i], h[j]) }
func (h readyHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].ready, h[j].ready = int32(i), int32(j)
}
func (h *readyHeap) Push(x any) {
	j := x.(*job)
	j.ready = int32(len(*h))
	*h = append(*h, j)
}
func (h *readyHeap) Pop() any {
	old := *h
	j := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	j.ready = -1
	return j
}

// sortList puts the entries in order again after one has moved.
func (c *core) sortList() {
	slices.SortStableFunc(c.list, func(a, b *entry) int { return cmp.Compare(a.Order, b.Order) })
	for i, e := range c.list {
		e.index = int32(i)
	}
	c.reorder()
	c.pub.listChanged = true
	c.changed()
}

// reorder puts what waits for its turn in order again.
func (c *core) reorder() {
	heap.Init(&c.ready.large)
	heap.Init(&c.ready.small)
	c.sendLarges.sort()
	c.sendSmalls.sort()
}
