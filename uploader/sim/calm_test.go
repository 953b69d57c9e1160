package sim

import (
	"context"
	"slices"
	"strings"
	"testing/synctest"
	"time"

	"longshore/uploader"
)

// lull ends all trouble: from now on everything works.
func (w *world) lull() {
	w.trace.add("the storm is over")
	w.calm.Store(true)
	w.skew.Store(false)
	w.signedOut.Store(false)
	w.expired.Store(false)
	for _, answer := range w.answers {
		answer()
	}
	w.answers = nil
	w.diskFull.Store(false)
	w.disk.Plug("/usb")
	w.network.set(true)
}

// settle gives every job that waits for a person what it needs, until all of them are done or cancelled.
func (w *world) settle() {
	for round := range 8 {
		if !w.rests() {
			return
		}
		s := w.session.engine.Snapshot()
		w.checkSnapshot(s)
		var again, resume, cancel uploader.Target
		var held bool
		for _, j := range s.Jobs.All() {
			switch {
			case j.Known:
				held = true
			case j.State == uploader.Paused:
				resume.Jobs = append(resume.Jobs, j.ID)
			case j.State != uploader.Failed && j.State != uploader.SourceChanged:
			case w.disk.isAbsent(j.Path) && w.rng.IntN(2) == 0:
				cancel.Jobs = append(cancel.Jobs, j.ID)
			default:
				w.bringBack(j.Path)
				again.Jobs = append(again.Jobs, j.ID)
			}
			if j.State == uploader.Failed || j.State == uploader.SourceChanged {
				w.trace.add("%s is %s %s: %s", j.RelPath, j.State, j.Code, j.Detail)
			}
		}
		if len(again.Jobs)+len(resume.Jobs)+len(cancel.Jobs) == 0 && !held {
			return
		}
		if held {
			w.decide()
		}
		w.trace.add("round %d: retry %d, resume %d, cancel %d", round, len(again.Jobs), len(resume.Jobs), len(cancel.Jobs))
		w.report(w.session.engine.Do(w.patience(), uploader.Resume, resume))
		w.report(w.session.engine.Do(w.patience(), uploader.RetryJobs, again))
		w.report(w.session.engine.Do(w.patience(), uploader.Cancel, cancel))
	}
	w.trace.violate("the run does not settle: %s", w.describe())
}

// bringBack restores what is not there at a path: a file, or everything that was in a folder.
func (w *world) bringBack(root string) {
	for _, name := range w.disk.names() {
		if (name == root || strings.HasPrefix(name, root+"/")) && w.disk.isAbsent(name) {
			w.trace.add("disk: %s is back", name)
			w.disk.write(name, w.disk.now(name))
		}
	}
}

// rests waits until the engine has nothing to do any more on its own.
func (w *world) rests() bool {
	changed, cancel := w.session.engine.Subscribe()
	defer cancel()
	late := time.NewTimer(12 * time.Hour)
	defer late.Stop()
	for {
		synctest.Wait() // the snapshot follows the answer
		s := w.session.engine.Snapshot()
		if !s.Totals.Scanning && s.Totals.Aborting+s.Totals.Manifests == 0 && !slices.ContainsFunc(slices.Collect(states(s)), func(st uploader.State) bool {
			return !st.Ended() && st != uploader.Paused
		}) {
			return true
		}
		select {
		case <-changed:
		case err := <-w.session.done:
			w.session.done <- nil // whoever stops it later does not wait
			w.trace.violate("the engine ends by itself: %v", err)
			return false
		case <-late.C:
			w.trace.violate("nothing hinders it and it does not come to rest: %s", w.describe())
			return false
		}
	}
}

func states(s *uploader.Snapshot) func(yield func(uploader.State) bool) {
	return func(yield func(uploader.State) bool) {
		for _, j := range s.Jobs.All() {
			if !yield(j.State) {
				return
			}
		}
	}
}

// finale holds what must be true at the end of a run.
func (w *world) finale() {
	s := w.session.engine.Snapshot()
	w.checkSnapshot(s)
	for _, j := range s.Jobs.All() {
		if j.State != uploader.Done && j.State != uploader.Cancelled {
			w.trace.violate("%s ends as %s %s", j.RelPath, j.State, j.Code)
		}
	}
	time.Sleep(30 * time.Minute) // what was under way at the other side comes to its end
	w.network.servers.Wait()
	if open := w.bucket.open(); len(open) > 0 {
		w.trace.violate("uploads stay open: %v", open)
	}
	for _, e := range s.Entries.All() {
		if e.State == uploader.Done {
			w.checkWhole(s, e)
		}
	}
	w.monitor.mu.Lock()
	known := len(w.monitor.entries)
	w.monitor.mu.Unlock()
	if known != s.Entries.Len() {
		w.trace.violate("%d entries were queued and %d are shown", known, s.Entries.Len())
	}
	w.checkManifests(s)
	w.checkJournal()
}

// checkJournal holds that the journal, read anew, is what the engine had in memory. It quits the program.
func (w *world) checkJournal() {
	last := w.session.engine
	w.quit()
	if err := w.open(); err != nil {
		w.trace.violate("the journal does not open: %s", err)
		return
	}
	defer w.shut()
	q, err := w.durable.Load(context.Background())
	if err != nil {
		w.trace.violate("the journal cannot be read: %s", err)
		return
	}
	if len(q.Attempts)+len(q.Tombstones) > 0 {
		w.trace.violate("%d attempts and %d tombstones are left in the journal", len(q.Attempts), len(q.Tombstones))
	}
	w.checkHistory()
	again, err := uploader.New(context.Background(), uploader.Config{Journal: w.durable, Source: w.disk, NewID: w.newID})
	if err != nil {
		w.trace.violate("the journal cannot be used: %s", err)
		return
	}
	had, has := rows(last.Snapshot()), rows(again.Snapshot())
	if !slices.Equal(had, has) {
		w.trace.violate("in memory was %v, in the journal is %v", had, has)
	}
}

// checkHistory holds that every file that was called done has one receipt.
func (w *world) checkHistory() {
	history, err := w.durable.History(context.Background(), uploader.HistoryQuery{})
	if err != nil {
		w.trace.violate("the history cannot be read: %s", err)
		return
	}
	w.monitor.mu.Lock()
	defer w.monitor.mu.Unlock()
	seen := map[uploader.JobID]bool{}
	for _, r := range history {
		if seen[r.Job] || w.monitor.done[r.Job].Key != r.Key {
			w.trace.violate("a receipt of %s that is wrong or comes twice", r.RelPath)
		}
		seen[r.Job] = true
	}
	if len(seen) != len(w.monitor.done) {
		w.trace.violate("%d files were done, and there are %d receipts", len(w.monitor.done), len(seen))
	}
}

// rows are a snapshot's rows as far as the journal knows them.
func rows(s *uploader.Snapshot) (list []uploader.JobRow) {
	for _, j := range s.Jobs.All() {
		row := *j
		row.Part, row.Parts, row.Rate, row.Left = 0, 0, 0, 0
		list = append(list, row)
	}
	slices.SortFunc(list, func(a, b uploader.JobRow) int { return cmpText(string(a.ID), string(b.ID)) })
	return list
}

func cmpText(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
