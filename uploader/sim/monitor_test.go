package sim

import (
	"bytes"
	"slices"
	"sync"

	"longshore/signer/api"
	"longshore/uploader"
)

// monitor reads along what becomes durable and holds it against what S3 has.
type monitor struct {
	w        *world
	mu       sync.Mutex
	keys     map[uploader.AttemptID]string
	recorded map[string]map[int32]bool // by key: parts that are recorded
	done     map[uploader.JobID]uploader.Receipt
	entries  map[uploader.EntryID]bool // durable and not removed
	queue    queue
}

func newMonitor(w *world) *monitor {
	return &monitor{
		w: w, keys: map[uploader.AttemptID]string{}, recorded: map[string]map[int32]bool{},
		done: map[uploader.JobID]uploader.Receipt{}, entries: map[uploader.EntryID]bool{}, queue: newQueue(),
	}
}

// before sees a group on its way to the journal: what it calls done, S3 must have.
func (m *monitor) before(records []uploader.Record) {
	for _, rec := range records {
		switch r := rec.(type) {
		case uploader.Finish:
			m.confirmed(r.Receipt)
		case uploader.SaveManifest:
			m.manifest(r.Manifest)
		case uploader.UpdateJob:
			switch r.Job.Code {
			case uploader.CodeInternal, uploader.CodeRefused, uploader.CodeForbidden, uploader.CodeJournalConflict, uploader.CodeWrongDest,
				uploader.CodeBadName, uploader.CodeTooLarge, uploader.CodeKeyTaken, uploader.CodeSizeMismatch,
				uploader.CodeEncryption, uploader.CodeRefConflict, uploader.CodeEntityTooSmall, uploader.CodeInvalidPart:
				m.w.trace.violate("%s ends as %s: %s", r.Job.RelPath, r.Job.Code, r.Job.Detail)
			}
		}
	}
}

// confirmed checks a receipt against the bucket and the file's versions.
func (m *monitor) confirmed(r uploader.Receipt) {
	o, data, ok := m.w.bucket.object(r.Key)
	switch {
	case !ok:
		m.w.trace.violate("%s is called done, and S3 has nothing", r.RelPath)
	case o.Metadata[api.MetaUploadRef] != "" && o.Metadata[api.MetaUploadRef] != string(r.Attempt):
		m.w.trace.violate("%s is called done by the object of another attempt", r.RelPath)
	case int64(len(data)) != r.Size || r.Checksum != "" && r.Checksum != crcText(data) || m.w.bucket.conditional && r.ETag != o.ETag:
		m.w.trace.violate("%s: the receipt is about another object: %+v", r.RelPath, r)
	case m.w.mode == uploader.ChecksumCRC64NVME && r.Verified == uploader.VerifiedFullObject && r.Checksum == "":
		m.w.trace.violate("%s: the receipt claims a checksum that it has not", r.RelPath)
	case !m.w.disk.version(r.Path, data):
		m.w.trace.violate("%s: no version of the file has these %d bytes", r.RelPath, len(data))
	}
}

// applied sees a group that is durable now.
func (m *monitor) applied(records []uploader.Record) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, rec := range records {
		m.follow(rec)
		switch r := rec.(type) {
		case uploader.AddBatch:
			for _, e := range r.Entries {
				m.entries[e.ID] = true
			}
		case uploader.SaveEntry:
			m.entries[r.Entry.ID] = true
		case uploader.RemoveEntry:
			delete(m.entries, r.Entry.ID)
		case uploader.SaveAttempt:
			m.keys[r.Attempt.ID] = r.Attempt.Key
		case uploader.SavePart:
			key := m.keys[r.Attempt]
			if m.recorded[key] == nil {
				m.recorded[key] = map[int32]bool{}
			}
			m.recorded[key][r.Part.PartNumber] = true
		case uploader.DropPart:
			delete(m.recorded[m.keys[r.Attempt]], r.PartNumber)
		case uploader.Finish:
			m.done[r.Job.ID] = r.Receipt
		}
	}
}

// lost notes that S3 itself lost a part: it must be sent again.
func (m *monitor) lost(key string, part int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.recorded[key], int32(part))
}

func (m *monitor) isRecorded(key string, part int) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.recorded[key][int32(part)]
}

func (m *monitor) isDone(id uploader.JobID) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, ok := m.done[id]
	return ok
}

// checkResend holds that a part whose answer had arrived and was recorded is not sent again.
func (s *session) checkResend(sig *signature) {
	if sig.upload != "" && s.w.monitor.isRecorded(sig.key, sig.part) && !s.isDead() {
		s.w.trace.violate("part %d of %s was recorded and is sent again", sig.part, label(sig.key))
	}
}

// checkBytes holds that an object is byte-identical to one version of its file.
func (w *world) checkBytes(key string, data []byte) {
	path, ok := w.disk.pathOf(label(key))
	if !ok {
		w.trace.violate("an object of no file: %s", label(key))
		return
	}
	if !w.disk.version(path, data) {
		w.trace.violate("the object of %s has %d bytes that no version of the file had", label(key), len(data))
	}
}

// checkSnapshot holds what every snapshot must say: sums that add up, and nothing done that the journal does not have.
func (w *world) checkSnapshot(s *uploader.Snapshot) {
	sum := uploader.Totals{}
	type tally struct {
		files, done, failed int
		bytes, sent         int64
		asks                int32
	}
	entries := map[uploader.EntryID]*tally{}
	for _, j := range s.Jobs.All() {
		e := entries[j.Entry]
		if e == nil {
			e = &tally{}
			entries[j.Entry] = e
		}
		if j.State == uploader.Done && !w.monitor.isDone(j.ID) {
			w.trace.violate("%s is shown as done and is not journalled so", j.RelPath)
		}
		if j.Sent > j.Size || j.Sent < 0 {
			w.trace.violate("%s: %d of %d bytes sent", j.RelPath, j.Sent, j.Size)
		}
		if j.State == uploader.Cancelled {
			continue
		}
		sum.Files++
		e.files++
		sum.Bytes, sum.BytesSent = sum.Bytes+j.Size, sum.BytesSent+j.Sent
		e.bytes, e.sent = e.bytes+j.Size, e.sent+j.Sent
		switch j.State {
		case uploader.Done:
			sum.FilesDone++
			e.done++
		case uploader.Failed, uploader.SourceChanged:
			sum.FilesFailed++
			e.failed++
		case uploader.Waiting:
			sum.FilesWaiting++
		case uploader.Paused:
			sum.FilesPaused++
			if j.Known {
				sum.FilesAsked++
				e.asks++
			}
		case uploader.Creating, uploader.Uploading, uploader.Completing:
			sum.FilesActive++
		}
	}
	got := s.Totals
	got.Rate, got.Left, got.Scanning, got.Aborting, got.Manifests = 0, 0, false, 0, 0
	if got != sum {
		w.trace.violate("the totals are %+v, the rows sum up to %+v", got, sum)
	}
	for _, row := range s.Entries.All() {
		e := entries[row.ID]
		if e == nil {
			e = &tally{}
		}
		if row.Files != e.files || row.FilesDone != e.done || row.FilesFailed != e.failed || row.Bytes != e.bytes || row.BytesSent != e.sent || row.Asks != e.asks {
			w.trace.violate("the entry %s says %+v, its rows %+v", row.Name, *row, *e)
		}
		if row.State == uploader.Done && (row.Scanning || e.done != e.files) {
			w.trace.violate("the entry %s is called done with %d of %d files", row.Name, e.done, e.files)
		}
	}
}

// checkWhole holds, at the end, that an entry has all the files that were there all the time.
func (w *world) checkWhole(s *uploader.Snapshot, e *uploader.EntryRow) {
	var have, missing []string
	for _, j := range s.Jobs.All() {
		if j.Entry == e.ID {
			have = append(have, j.Path)
		}
	}
	for _, path := range w.disk.steady(e.Path) {
		if !slices.Contains(have, path) {
			missing = append(missing, path)
		}
	}
	w.checkLeftOut(e, missing)
}

func sameBytes(versions [][]byte, data []byte) bool {
	return slices.ContainsFunc(versions, func(v []byte) bool { return bytes.Equal(v, data) })
}
