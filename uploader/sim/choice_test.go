package sim

import (
	"slices"
	"sync"
	"testing/synctest"
	"time"

	"longshore/uploader"
)

// What a user says about files that the vault has already, and what is taken off the queue and put back. A world of
// choices draws these from a stream of their own, so that a world without them is the same as before.

// removal is what a user took off the queue, as it stood.
type removal struct {
	undo    string
	of      *session
	at      time.Time // by the world's clock
	n       int       // how many can come back
	entries []uploader.EntryRow
	jobs    []uploader.JobRow
}

// rule draws what is to become of the files of a drop that the vault has already.
func (w *world) rule() uploader.Known {
	if !w.choices {
		return uploader.KnownSend
	}
	return []uploader.Known{uploader.KnownSend, uploader.KnownAsk, uploader.KnownAsk, uploader.KnownSkip}[w.will.IntN(4)]
}

// look is the queue when everything that could happen by now has happened.
func (w *world) look() *uploader.Snapshot {
	synctest.Wait() // the snapshot follows the answer
	return w.session.engine.Snapshot()
}

// choose is one such thing, now and then.
func (w *world) choose(roots []string) {
	if !w.choices || w.will.IntN(2) == 0 {
		return
	}
	w.pass()
	if w.died() || !w.trace.holds() {
		return
	}
	switch w.will.IntN(6) {
	case 0, 1:
		w.add([]string{roots[w.will.IntN(len(roots))]})
	case 2, 3:
		w.decide()
	case 4:
		w.takeOff()
		if w.will.IntN(3) > 0 {
			w.pass()
			if !w.died() && w.trace.holds() {
				w.putBack(len(w.removals) - 1)
			}
		}
	case 5:
		w.putBack(w.will.IntN(len(w.removals) + 1))
	}
}

// decide answers the question about some of the files that are held for it.
func (w *world) decide() {
	s := w.look()
	verb := []uploader.Verb{uploader.SendAgain, uploader.LeaveOut}[w.will.IntN(2)]
	var target uploader.Target
	var held []*uploader.JobRow
	for _, j := range s.Jobs.All() {
		if j.Known {
			held = append(held, j)
		}
	}
	switch n := w.will.IntN(3); {
	case n == 0 || len(held) == 0:
		target.All = true
	case n == 1:
		target.Entries = []uploader.EntryID{held[w.will.IntN(len(held))].Entry}
		held = slices.DeleteFunc(held, func(j *uploader.JobRow) bool { return j.Entry != target.Entries[0] })
	default:
		held = held[:1]
		target.Jobs = []uploader.JobID{held[0].ID}
	}
	w.trace.add("user: %s all=%v entries=%v jobs=%v, %d are held", verb, target.All, target.Entries, target.Jobs, len(held))
	err := w.session.engine.Do(w.patience(), verb, target)
	w.report(err)
	if err != nil {
		return
	}
	now := jobsOf(w.look())
	for _, j := range held {
		row, there := now[j.ID]
		switch {
		case verb == uploader.LeaveOut && there:
			w.trace.violate("%s was left out and is in the queue, %s", j.RelPath, row.State)
		case verb == uploader.SendAgain && (!there || row.Known):
			w.trace.violate("%s was to be sent again and still waits for the answer", j.RelPath)
		}
	}
	w.monitor.count(string(verb), len(held))
}

// takeOff takes some entries off the queue in a way that can be taken back.
func (w *world) takeOff() {
	s := w.look()
	var ids []uploader.EntryID
	r := removal{of: w.session}
	for _, e := range s.Entries.All() {
		if w.will.IntN(2) == 0 {
			continue
		}
		ids = append(ids, e.ID)
		if e.State != uploader.Done && e.State != uploader.Cancelled {
			r.entries = append(r.entries, *e)
		}
	}
	for _, j := range s.Jobs.All() {
		if slices.ContainsFunc(r.entries, func(e uploader.EntryRow) bool { return e.ID == j.Entry }) {
			r.jobs = append(r.jobs, *j)
		}
	}
	w.trace.add("user: takes %v off", ids)
	got, err := w.session.engine.Remove(w.patience(), uploader.Target{Entries: append(ids, ids...)})
	w.report(err)
	if err != nil {
		return
	}
	// What the snapshot did not call stored may have been by then: it follows by half a second.
	if got.Entries != len(ids) || got.Unfinished > len(r.entries) || (got.Undo == "") != (got.Unfinished == 0) {
		w.trace.violate("%d were taken off, %d of them unfinished, and it says %+v", len(ids), len(r.entries), got)
	}
	if got.Undo != "" {
		r.undo, r.at, r.n = got.Undo, w.now(), got.Unfinished
		w.removals = append(w.removals, r)
	}
}

// putBack takes a removal back and holds that all of it is as it was.
func (w *world) putBack(i int) {
	if i < 0 || i >= len(w.removals) {
		return
	}
	r := w.removals[i]
	before := w.look()
	w.trace.add("user: undo %s", r.undo)
	n, err := w.session.engine.Restore(w.patience(), r.undo)
	w.report(err)
	switch {
	case err != nil: // it may be back all the same
		w.removals[i].n = 0
		return
	case r.of != w.session && n > 0:
		w.trace.violate("%d came back from before the start", n)
	case r.of != w.session || r.n == 0 || n == 0 && w.now().Sub(r.at) > 25*time.Minute:
		return
	case n != r.n:
		w.trace.violate("%d of what was taken off can come back, and %d came back", r.n, n)
	}
	w.checkBack(r, before, w.look())
	w.removals[i].n = 0
	w.monitor.count("restore", n)
}

// checkBack holds that a removal is in the queue again as it was, but for what was stored by then.
func (w *world) checkBack(r removal, before, after *uploader.Snapshot) {
	entries, jobs := entriesOf(after), jobsOf(after)
	for _, e := range r.entries {
		open := slices.ContainsFunc(r.jobs, func(j uploader.JobRow) bool {
			return j.Entry == e.ID && j.State != uploader.Cancelled && !w.monitor.isDone(j.ID)
		})
		if open && entries[e.ID] == nil && !dropped(before, e.Path) {
			w.trace.violate("%s was taken off and did not come back", e.Name)
		}
	}
	for _, j := range r.jobs {
		row := jobs[j.ID]
		switch stays := j.State.Ended() || j.State == uploader.Paused; {
		case entries[j.Entry] == nil: // all of it was stored, or it was dropped anew meanwhile
		case row == nil:
			w.trace.violate("%s did not come back with its folder", j.RelPath)
		case stays && (row.State != j.State || row.Known != j.Known):
			w.trace.violate("%s was %s and came back as %s", j.RelPath, j.State, row.State)
		}
	}
}

// slip takes something off and back while the program dies: nobody hears what it says.
func (w *world) slip(user *sync.WaitGroup) {
	if !w.choices || w.will.IntN(3) > 0 {
		return
	}
	var ids []uploader.EntryID
	for _, e := range w.look().Entries.All() {
		ids = append(ids, e.ID)
	}
	s := w.session
	w.trace.add("user: takes all off, and back")
	user.Go(func() {
		if got, err := s.engine.Remove(w.patience(), uploader.Target{Entries: ids}); err == nil {
			_, _ = s.engine.Restore(w.patience(), got.Undo)
		}
	})
	time.Sleep(time.Duration(w.will.Int64N(int64(60 * time.Millisecond))))
}

// dropped tells whether a path is in the queue and not stored yet.
func dropped(s *uploader.Snapshot, path string) bool {
	for _, e := range s.Entries.All() {
		if e.Path == path && e.State != uploader.Done {
			return true
		}
	}
	return false
}

func jobsOf(s *uploader.Snapshot) map[uploader.JobID]*uploader.JobRow {
	m := map[uploader.JobID]*uploader.JobRow{}
	for _, j := range s.Jobs.All() {
		m[j.ID] = j
	}
	return m
}

func entriesOf(s *uploader.Snapshot) map[uploader.EntryID]*uploader.EntryRow {
	m := map[uploader.EntryID]*uploader.EntryRow{}
	for _, e := range s.Entries.All() {
		m[e.ID] = e
	}
	return m
}
