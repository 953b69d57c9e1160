package support

import (
	"time"

	"longshore/uploader"
)

// What is listed at most; the counts are of all.
const (
	mostEntries  = 1000
	mostTroubled = 200
)

type queueFacts struct {
	Totals   uploader.Totals
	Trouble  uploader.Code // the journal's
	Files    []fileCount
	Entries  []entryFacts // the first thousand
	Troubled []fileFacts  // the first two hundred files that failed or wait
}

// fileCount is how many files are in a state, for a reason.
type fileCount struct {
	State  uploader.State
	Reason uploader.WaitReason `json:",omitempty"`
	Code   uploader.Code       `json:",omitempty"`
	Count  int
}

type entryFacts struct {
	ID                            uploader.EntryID
	Batch                         uploader.BatchID
	Vault                         uploader.VaultID
	Folder, Scanning              bool
	State                         uploader.State
	Reason                        uploader.WaitReason `json:",omitempty"`
	Code                          uploader.Code       `json:",omitempty"`
	Files, FilesDone, FilesFailed int
	Bytes, BytesSent              int64
	Late                          uploader.Late `json:",omitempty"`
	Deadline                      *time.Time    `json:",omitempty"`
	Note                          uploader.Code `json:",omitempty"`
}

type fileFacts struct {
	ID          uploader.JobID
	Entry       uploader.EntryID
	State       uploader.State
	Reason      uploader.WaitReason `json:",omitempty"`
	Code        uploader.Code
	Detail      string // technical, redacted
	Size, Sent  int64
	Part, Parts int32
}

// queueOf says how the queue stands, without a name.
func queueOf(s *uploader.Snapshot, n *names) queueFacts {
	f := queueFacts{Totals: s.Totals, Trouble: s.Trouble}
	for i, e := range s.Entries.All() {
		if i == mostEntries {
			break
		}
		facts := entryFacts{
			ID: e.ID, Batch: e.Batch, Vault: e.Vault, Folder: e.Dir, Scanning: e.Scanning, State: e.State, Reason: e.Reason, Code: e.Code,
			Files: e.Files, FilesDone: e.FilesDone, FilesFailed: e.FilesFailed, Bytes: e.Bytes, BytesSent: e.BytesSent, Late: e.Late, Note: e.Note,
		}
		if !e.Deadline.IsZero() {
			facts.Deadline = &e.Deadline
		}
		f.Entries = append(f.Entries, facts)
	}
	at := map[fileCount]int{}
	for _, j := range s.Jobs.All() {
		kind := fileCount{State: j.State, Reason: j.Reason, Code: j.Code}
		if _, ok := at[kind]; !ok {
			at[kind] = len(f.Files)
			f.Files = append(f.Files, kind)
		}
		f.Files[at[kind]].Count++
		if j.Code != "" && len(f.Troubled) < mostTroubled {
			f.Troubled = append(f.Troubled, fileFacts{
				ID: j.ID, Entry: j.Entry, State: j.State, Reason: j.Reason, Code: j.Code, Detail: n.hide(j.Detail),
				Size: j.Size, Sent: j.Sent, Part: j.Part, Parts: j.Parts,
			})
		}
	}
	return f
}
