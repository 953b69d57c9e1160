package app

import (
	"context"
	"maps"
	"slices"
	"time"

	"longshore/uploader"
)

// watcher is one Follow. A look costs what has changed since the last, not the length of the queue.
type watcher struct {
	session Session
	f       Follower
	ids     map[uploader.EntryID]bool
	unseen  map[uploader.EntryID]bool       // followed entries without a file so far
	was     uploader.Pages[uploader.JobRow] // at the last look
	live    tally                           // of the followed files in was
	gone    tally                           // of those that were removed from the queue
	told    map[uploader.JobID]uploader.State
	sum     Progress
}

// tally counts files by what they are doing.
type tally struct {
	files, done, failed, cancelled, paused, active, signIn, drive, asked int
	bytes, sent                                                          int64
	waiting                                                              map[uploader.Code]int
}

func newWatcher(s Session, ids []uploader.EntryID, f Follower) *watcher {
	w := &watcher{session: s, f: f, ids: make(map[uploader.EntryID]bool, len(ids)), told: make(map[uploader.JobID]uploader.State)}
	for _, id := range ids {
		w.ids[id] = true
	}
	w.unseen = maps.Clone(w.ids)
	w.live.waiting, w.gone.waiting = map[uploader.Code]int{}, map[uploader.Code]int{}
	return w
}

// look takes in a snapshot and tells whether there is nothing left to wait for.
func (w *watcher) look(ctx context.Context, snap *uploader.Snapshot) bool {
	ended, ok := w.changes(snap.Jobs)
	if !ok {
		var removed []uploader.JobRow
		removed, ended = w.again(snap.Jobs)
		ended = append(ended, w.leave(ctx, removed)...)
	}
	w.was = snap.Jobs
	w.tell(ctx, ended)
	open := w.total(snap)
	if w.f.GiveUp && open > 0 && w.hopeless() {
		w.tell(ctx, w.stuck())
		open = 0
	}
	if w.f.Progress != nil {
		w.f.Progress(w.sum)
	}
	return open == 0
}

// changes takes in the rows that changed, and returns those that ended. It is not ok when rows were removed.
func (w *watcher) changes(now uploader.Pages[uploader.JobRow]) (ended []uploader.JobRow, ok bool) {
	if now.Len() < w.was.Len() {
		return nil, false
	}
	for i := range now.Changed(w.was) {
		row := now.At(i)
		if i < w.was.Len() {
			old := w.was.At(i)
			if old.ID != row.ID {
				return nil, false
			}
			if *old == *row {
				continue
			}
			if w.ids[old.Entry] {
				w.live.count(old, -1)
			}
		}
		if !w.ids[row.Entry] {
			continue
		}
		delete(w.unseen, row.Entry)
		w.live.count(row, +1)
		if row.State.Ended() && w.told[row.ID] != row.State {
			ended = append(ended, *row)
		}
	}
	return ended, true
}

// again takes in a list from which rows were removed. removed are those that had not ended when they were last seen.
func (w *watcher) again(now uploader.Pages[uploader.JobRow]) (removed, ended []uploader.JobRow) {
	present := make(map[uploader.JobID]bool, now.Len())
	for _, row := range now.All() {
		present[row.ID] = true
	}
	for _, row := range w.was.All() {
		if !w.ids[row.Entry] || present[row.ID] {
			continue
		}
		if state, told := w.told[row.ID]; told {
			last := *row
			last.State = state
			w.gone.count(&last, +1)
			continue
		}
		removed = append(removed, *row)
	}
	w.was, w.live = uploader.Pages[uploader.JobRow]{}, tally{waiting: map[uploader.Code]int{}}
	ended, _ = w.changes(now)
	return removed, ended
}

// leave settles what became of removed files: they are stored if there is a receipt, else they were cancelled.
func (w *watcher) leave(ctx context.Context, removed []uploader.JobRow) []uploader.JobRow {
	receipts := w.receipts(ctx, removed)
	for i := range removed {
		j := &removed[i]
		j.State, j.Code = uploader.Cancelled, uploader.CodeCancelled
		if _, stored := receipts[j.ID]; stored {
			j.State, j.Code = uploader.Done, ""
		}
		w.gone.count(j, +1)
	}
	return removed
}

func (t *tally) count(j *uploader.JobRow, sign int) {
	if j.State == uploader.Cancelled {
		t.cancelled += sign
		return
	}
	t.files += sign
	t.bytes += int64(sign) * j.Size
	switch j.State {
	case uploader.Done:
		t.done += sign
		t.sent += int64(sign) * j.Size
		return
	case uploader.Failed, uploader.SourceChanged:
		t.failed += sign
	case uploader.Uploading, uploader.Completing:
		t.active += sign
	case uploader.Paused:
		t.paused += sign
		if j.Known {
			t.asked += sign
		}
	case uploader.Waiting:
		t.waiting[j.Code] += sign
		switch j.Reason {
		case uploader.WaitSignIn:
			t.signIn += sign
		case uploader.WaitDrive:
			t.drive += sign
		}
	}
	t.sent += int64(sign) * min(j.Sent, j.Size)
}

// total sums up, and returns how many entries go on.
func (w *watcher) total(snap *uploader.Snapshot) (open int) {
	l, g := &w.live, &w.gone
	sum := Progress{
		Files: l.files + g.files, Done: l.done + g.done, Failed: l.failed + g.failed, Cancelled: l.cancelled + g.cancelled,
		Paused: l.paused, Asked: l.asked, Bytes: l.bytes + g.bytes, Sent: l.sent + g.sent, Active: l.active > 0, Trouble: snap.Trouble,
	}
	for _, code := range slices.Sorted(maps.Keys(l.waiting)) {
		if l.waiting[code] > 0 {
			sum.Waiting = code
			break
		}
	}
	lost := len(w.unseen)
	for _, e := range snap.Entries.All() {
		if !w.ids[e.ID] {
			continue
		}
		if w.unseen[e.ID] {
			lost--
		}
		sum.Rate += e.Rate
		sum.Again += int(e.Again)
		sum.LeftOut += int(e.LeftOut)
		sum.Empty += int(e.Empty)
		sum.Gone += int(e.Gone)
		if e.State == uploader.Waiting && sum.Waiting == "" { // it may be the walk that waits
			sum.Waiting = e.Code
		}
		if e.Late != "" && (sum.Late == "" || e.Deadline.Before(sum.Deadline)) {
			sum.Late, sum.Deadline = e.Late, e.Deadline
		}
		sum.Scanning = sum.Scanning || e.Scanning
		if e.Scanning || !e.State.Ended() {
			open++
		}
	}
	sum.Cancelled += lost // somebody removed them before any of their files was seen
	if sum.Rate > 0 {
		sum.Left = time.Duration(float64(sum.Bytes-sum.Sent) / sum.Rate * float64(time.Second))
	}
	w.sum = sum
	return open
}

// hopeless tells whether nothing goes on before a person does something. A sign-in concerns the whole vault; a drive
// only the files on it.
func (w *watcher) hopeless() bool {
	if w.sum.Active || w.sum.Scanning {
		return false
	}
	l := &w.live
	return l.signIn > 0 || l.drive+l.asked > 0 && l.drive+l.asked == l.files-l.done-l.failed
}

// stuck lists the files that wait for a person.
func (w *watcher) stuck() (rows []uploader.JobRow) {
	for _, j := range w.was.All() {
		if w.ids[j.Entry] && j.State == uploader.Waiting && (j.Reason == uploader.WaitSignIn || j.Reason == uploader.WaitDrive) {
			rows = append(rows, *j)
		}
	}
	return rows
}

// tell passes files on: those that ended, and those that are given up on.
func (w *watcher) tell(ctx context.Context, list []uploader.JobRow) {
	if w.f.File == nil || len(list) == 0 {
		w.note(list)
		return
	}
	var receipts map[uploader.JobID]uploader.Receipt
	if w.f.Receipts {
		receipts = w.receipts(ctx, list)
	}
	for _, j := range list {
		w.f.File(result(j, receipts[j.ID]))
	}
	w.note(list)
}

func (w *watcher) note(list []uploader.JobRow) {
	for _, j := range list {
		w.told[j.ID] = j.State
	}
}

// result is what is told of a file.
func result(j uploader.JobRow, r uploader.Receipt) FileResult {
	f := FileResult{Path: j.Path, Key: j.Key, Size: j.Size, State: j.State}
	switch {
	case j.State == uploader.Done && r.Key != "":
		f.Key, f.Size, f.Checksum, f.ETag, f.Verified = r.Key, r.Size, r.Checksum, r.ETag, r.Verified
	case j.State != uploader.Done:
		code := j.Code
		if code == "" && j.State == uploader.Cancelled {
			code = uploader.CodeCancelled
		}
		f.Error = ProblemOf(code, j.Detail)
	}
	return f
}

// receipts looks up the receipts of files that are stored, or may be. One that cannot be read is left out: the file is
// stored all the same.
func (w *watcher) receipts(ctx context.Context, list []uploader.JobRow) map[uploader.JobID]uploader.Receipt {
	wanted := make(map[uploader.BatchID]map[uploader.JobID]bool)
	for _, j := range list {
		if j.State != uploader.Done && j.State.Ended() {
			continue
		}
		if wanted[j.Batch] == nil {
			wanted[j.Batch] = make(map[uploader.JobID]bool)
		}
		wanted[j.Batch][j.ID] = true
	}
	found := make(map[uploader.JobID]uploader.Receipt)
	for b, jobs := range wanted {
		w.search(ctx, b, jobs, found)
	}
	return found
}

// receiptsAtOnce is how many receipts are asked for in one go.
const receiptsAtOnce = 1000

// search moves what it finds in a batch's history from jobs to found. It begins with the newest: files end in nearly the
// order of their receipts.
func (w *watcher) search(ctx context.Context, b uploader.BatchID, jobs map[uploader.JobID]bool, found map[uploader.JobID]uploader.Receipt) {
	q := uploader.HistoryQuery{Batch: b, Limit: min(2*len(jobs)+64, receiptsAtOnce)}
	for len(jobs) > 0 {
		receipts, err := w.session.History(ctx, q)
		if err != nil || len(receipts) == 0 {
			return
		}
		for _, r := range receipts {
			if jobs[r.Job] {
				found[r.Job] = r
				delete(jobs, r.Job)
			}
		}
		q.Before, q.Limit = receipts[len(receipts)-1].Mark(), receiptsAtOnce
	}
}
