package sim

import (
	"slices"
	"sync"
	"testing"

	"longshore/uploader"
)

// queue is the queue as it is durable, as far as the choices need it.
type queue struct {
	jobs  map[uploader.JobID]uploader.Job // in the queue
	ever  map[uploader.JobID]bool
	rules map[uploader.EntryID]uploader.Known
	since map[uploader.EntryID]int // how much of stored was stored when it was dropped
	// stored is what every file was known by that is in the history, oldest first.
	stored []uploader.Receipt
	counts map[string]int
}

func newQueue() queue {
	return queue{
		jobs: map[uploader.JobID]uploader.Job{}, ever: map[uploader.JobID]bool{}, rules: map[uploader.EntryID]uploader.Known{},
		since: map[uploader.EntryID]int{}, counts: map[string]int{},
	}
}

// follow sees a record that is durable now; m.mu is held.
func (m *monitor) follow(rec uploader.Record) {
	q := &m.queue
	switch r := rec.(type) {
	case uploader.AddBatch:
		for _, e := range r.Entries {
			q.rules[e.ID] = e.Known
			if _, again := q.since[e.ID]; !again {
				q.since[e.ID] = len(q.stored)
			}
		}
	case uploader.SaveEntry:
		q.rules[r.Entry.ID] = r.Entry.Known
	case uploader.RemoveEntry:
		for id, j := range q.jobs {
			if j.Entry == r.Entry.ID {
				delete(q.jobs, id)
			}
		}
	case uploader.AddJob:
		if !q.ever[r.Job.ID] {
			m.found(r.Job)
		}
		q.jobs[r.Job.ID], q.ever[r.Job.ID] = r.Job, true
	case uploader.RemoveJob:
		delete(q.jobs, r.Job.ID)
	case uploader.UpdateJob:
		q.jobs[r.Job.ID] = r.Job
	case uploader.Finish:
		q.jobs[r.Job.ID] = r.Job
		q.stored = append(q.stored, r.Receipt)
	case uploader.SaveAttempt:
		m.begun(r.Attempt)
	}
}

// found holds that a walk does with a file that the vault has already what the user wants.
func (m *monitor) found(j uploader.Job) {
	known := j.State != uploader.Failed && m.isStored(j.Path, j.RelPath, j.Fingerprint, m.queue.stored[:m.queue.since[j.Entry]])
	switch rule := m.queue.rules[j.Entry]; {
	case !known:
	case rule == uploader.KnownSkip:
		m.w.trace.violate("%s is in the vault, was to be left out, and is in the queue", j.RelPath)
	case rule == uploader.KnownAsk && (!j.Known || j.State != uploader.Paused):
		m.w.trace.violate("%s is in the vault, was to be asked about, and is %s", j.RelPath, j.State)
	case rule == uploader.KnownAsk:
		m.queue.counts["ask"]++
	case j.Known:
		m.w.trace.violate("%s is in the vault, was to be sent again, and is held", j.RelPath)
	}
}

func (m *monitor) isStored(path, rel string, f uploader.Fingerprint, stored []uploader.Receipt) bool {
	return slices.ContainsFunc(stored, func(r uploader.Receipt) bool {
		return r.Size == f.Size && !f.ModTime.IsZero() && r.ModTime.Equal(f.ModTime) && (r.Path == path || r.RelPath == rel)
	})
}

// begun holds that nothing is sent that was taken out, is held for an answer, or is stored.
func (m *monitor) begun(a uploader.Attempt) {
	j, there := m.queue.jobs[a.Job]
	_, stored := m.done[a.Job]
	switch {
	case !there:
		m.w.trace.violate("an attempt at a file that is not in the queue: %s", label(a.Key))
	case j.Known && j.State == uploader.Paused:
		m.w.trace.violate("%s waits for the user's answer and is sent", j.RelPath)
	case stored:
		m.w.trace.violate("%s is stored and is sent again", j.RelPath)
	}
}

func (m *monitor) count(what string, n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.queue.counts[what] += n
}

// checkLeftOut holds, at the end, that what is missing of an entry was left out for good reason and counted.
func (w *world) checkLeftOut(e *uploader.EntryRow, missing []string) {
	w.monitor.mu.Lock()
	defer w.monitor.mu.Unlock()
	for _, path := range missing {
		had := slices.ContainsFunc(w.monitor.queue.stored, func(r uploader.Receipt) bool { return r.Path == path })
		if !had || e.LeftOut == 0 {
			w.trace.violate("%s was there all the time and is not in the queue", path)
		}
	}
	if int(e.LeftOut) < len(missing) {
		w.trace.violate("%d files of %s are left out, and it says %d", len(missing), e.Name, e.LeftOut)
	}
	if e.LeftOut > 0 {
		w.monitor.queue.counts["left out"]++
	}
}

// tally is how often something happened that the choices are about, in all seeds.
type tally struct {
	mu     sync.Mutex
	counts map[string]int
}

func (n *tally) add(w *world) {
	w.monitor.mu.Lock()
	defer w.monitor.mu.Unlock()
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.counts == nil {
		n.counts = map[string]int{}
	}
	for what, times := range w.monitor.queue.counts {
		n.counts[what] += times
	}
}

// want fails where many seeds never did what is held: then nothing is held.
func (n *tally) want(t *testing.T, seeds uint64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	t.Logf("%v", n.counts)
	if seeds < 200 || t.Failed() {
		return
	}
	for _, what := range []string{"ask", string(uploader.SendAgain), string(uploader.LeaveOut), "left out", "restore"} {
		if n.counts[what] == 0 {
			t.Errorf("in %d seeds there was no %q", seeds, what)
		}
	}
}
