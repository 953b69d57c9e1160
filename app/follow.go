package app

import (
	"context"
	"time"

	"longshore/uploader"
)

// followEvery is how close together two looks at the queue are.
const followEvery = 200 * time.Millisecond

// FileResult is what became of one file.
type FileResult struct {
	Path     string            `json:"path"`
	Key      string            `json:"key"`
	Size     int64             `json:"size"`
	Checksum string            `json:"checksum"` // base64 CRC64NVME of the whole object, "" if S3 confirmed none
	ETag     string            `json:"eTag"`
	Verified uploader.Verified `json:"verified"`
	State    uploader.State    `json:"state"` // done, failed, source-changed or cancelled; waiting for what Follow gave up on
	Error    *Problem          `json:"error"`
}

// Progress sums up the followed entries.
type Progress struct {
	Files, Done, Failed, Cancelled, Paused int
	Bytes, Sent                            int64
	Rate                                   float64       // bytes per second
	Left                                   time.Duration // 0 when unknown
	Scanning                               bool
	Active                                 bool          // bytes move
	Waiting                                uploader.Code // what the rest waits for, "" if nothing
}

// Stored tells whether every file is in the vault.
func (p Progress) Stored() bool { return !p.Scanning && p.Done == p.Files && p.Failed+p.Cancelled == 0 }

// Follower hears what becomes of entries. Its functions are called one after the other, and may be nil.
type Follower struct {
	File     func(FileResult) // once for every file that has ended, and for those that are given up on
	Progress func(Progress)   // after every change
	// GiveUp ends Follow when all that is left waits for a person: a sign-in, or a drive that is not there. Without
	// it Follow goes on waiting.
	GiveUp bool
}

// Follow watches entries until every file of theirs has ended. Entries that somebody removes count as cancelled,
// unless they are in the history. The error is the context's, or the session's when that ended first; files that have
// ended by then have been told.
func Follow(ctx context.Context, s Session, ids []uploader.EntryID, f Follower) (Progress, error) {
	w := &watcher{session: s, f: f, ids: make(map[uploader.EntryID]bool), known: make(map[uploader.JobID]uploader.JobRow), told: make(map[uploader.JobID]uploader.State)}
	for _, id := range ids {
		w.ids[id] = true
	}
	changed, cancel := s.Subscribe()
	defer cancel()
	for {
		over := w.look(ctx, s.Snapshot())
		if over {
			return w.sum, nil
		}
		select {
		case <-ctx.Done():
			return w.sum, ctx.Err()
		case <-s.Ended():
			if w.look(ctx, s.Snapshot()) {
				return w.sum, nil
			}
			return w.sum, endOf(s)
		case <-changed:
		}
		if wait(ctx, followEvery) != nil {
			return w.sum, ctx.Err()
		}
	}
}

// endOf is why a session ended.
func endOf(s Session) error {
	if err := s.Err(); err != nil {
		return err
	}
	return fail("session", uploader.CodeCancelled, "Longshore was closed. Nothing is lost: resume to go on.", nil)
}

// watcher is one Follow.
type watcher struct {
	session Session
	f       Follower
	ids     map[uploader.EntryID]bool
	known   map[uploader.JobID]uploader.JobRow // followed files by the last look
	told    map[uploader.JobID]uploader.State  // and those that were told
	since   map[uploader.BatchID]time.Time     // receipts before that have been looked at
	sum     Progress
}

// look takes in a snapshot and tells whether there is nothing left to wait for.
func (w *watcher) look(ctx context.Context, snap *uploader.Snapshot) bool {
	var sum Progress
	open := 0 // entries that go on
	for _, e := range snap.Entries.All() {
		if !w.ids[e.ID] {
			continue
		}
		sum.Rate += e.Rate
		sum.Scanning = sum.Scanning || e.Scanning
		if e.Scanning || !e.State.Ended() {
			open++
		}
	}
	var ended []uploader.JobRow
	var stuck []uploader.JobRow
	present := make(map[uploader.JobID]bool, len(w.known))
	for _, j := range snap.Jobs.All() {
		if !w.ids[j.Entry] {
			continue
		}
		present[j.ID] = true
		w.known[j.ID] = *j
		w.count(&sum, j)
		switch {
		case j.State.Ended() && w.told[j.ID] != j.State:
			ended = append(ended, *j)
		case j.State == uploader.Waiting && (j.Reason == uploader.WaitSignIn || j.Reason == uploader.WaitDrive):
			stuck = append(stuck, *j)
		}
	}
	ended = append(ended, w.removed(present, &sum)...)
	if sum.Rate > 0 {
		sum.Left = time.Duration(float64(sum.Bytes-sum.Sent) / sum.Rate * float64(time.Second))
	}
	w.sum = sum
	w.tell(ctx, ended)
	if w.f.Progress != nil {
		w.f.Progress(sum)
	}
	if open == 0 {
		return true
	}
	if w.f.GiveUp && hopeless(sum, stuck) {
		w.tell(ctx, stuck)
		return true
	}
	return false
}

// hopeless tells whether nothing goes on before a person does something. A sign-in concerns the whole vault; a drive
// only the files on it.
func hopeless(sum Progress, stuck []uploader.JobRow) bool {
	if sum.Active || sum.Scanning || len(stuck) == 0 {
		return false
	}
	for _, j := range stuck {
		if j.Reason == uploader.WaitSignIn {
			return true
		}
	}
	return len(stuck) == sum.Files-sum.Done-sum.Failed
}

func (w *watcher) count(sum *Progress, j *uploader.JobRow) {
	if j.State == uploader.Cancelled {
		sum.Cancelled++
		return
	}
	sum.Files++
	sum.Bytes += j.Size
	switch j.State {
	case uploader.Done:
		sum.Done++
		sum.Sent += j.Size
		return
	case uploader.Failed, uploader.SourceChanged:
		sum.Failed++
	case uploader.Uploading, uploader.Completing:
		sum.Active = true
	case uploader.Paused:
		sum.Paused++
	case uploader.Waiting:
		if sum.Waiting == "" {
			sum.Waiting = j.Code
		}
	}
	sum.Sent += min(j.Sent, j.Size)
}

// removed finds followed files that are no longer in the queue, and counts them.
func (w *watcher) removed(present map[uploader.JobID]bool, sum *Progress) []uploader.JobRow {
	var rows []uploader.JobRow
	for id, j := range w.known {
		if present[id] {
			continue
		}
		if state, told := w.told[id]; told {
			j.State = state
			w.count(sum, &j)
			continue
		}
		rows = append(rows, j)
	}
	return rows
}

// tell passes ended files on, done ones with their receipts.
func (w *watcher) tell(ctx context.Context, rows []uploader.JobRow) {
	if len(rows) == 0 {
		return
	}
	receipts := w.receipts(ctx, rows)
	for _, j := range rows {
		r, stored := receipts[j.ID]
		gone := !j.State.Ended() && j.State != uploader.Waiting
		switch {
		case gone && stored:
			j.State = uploader.Done
			w.count(&w.sum, &j)
		case gone:
			j.State, j.Code = uploader.Cancelled, uploader.CodeCancelled
			w.count(&w.sum, &j)
		}
		w.told[j.ID] = j.State
		if w.f.File != nil {
			w.f.File(result(j, r))
		}
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
		f.Error = &Problem{Code: code, Sentence: code.Sentence(), Detail: j.Detail}
	}
	return f
}

// receipts looks up the receipts of rows. One that cannot be read leaves its file's receipt empty; the file is stored
// all the same.
func (w *watcher) receipts(ctx context.Context, rows []uploader.JobRow) map[uploader.JobID]uploader.Receipt {
	wanted := make(map[uploader.JobID]bool)
	batches := make(map[uploader.BatchID]bool)
	for _, j := range rows {
		if j.State == uploader.Done || !j.State.Ended() {
			wanted[j.ID], batches[j.Batch] = true, true
		}
	}
	found := make(map[uploader.JobID]uploader.Receipt)
	for b := range batches {
		list, err := w.session.History(ctx, uploader.HistoryQuery{Batch: b, After: w.since[b]})
		if err != nil {
			continue
		}
		for _, r := range list {
			if wanted[r.Job] {
				found[r.Job] = r
			}
		}
		if len(list) > 0 {
			if w.since == nil {
				w.since = make(map[uploader.BatchID]time.Time)
			}
			w.since[b] = list[0].FinishedAt.Add(-time.Minute) // files end at once in many places, receipts in no strict order
		}
	}
	return found
}
