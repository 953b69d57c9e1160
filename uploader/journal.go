package uploader

import (
	"context"
	"strings"
	"time"
)

// Journal keeps the queue through kills and power cuts. store implements it on bbolt.
//
// The engine is the only writer of a journal and calls Apply from one goroutine. Intent is journalled before effect,
// for every effect: the walk of a folder, Create, the PUT of a single object, Complete, Abort.
type Journal interface {
	// Load returns everything that lives, without parts and history. It makes no change.
	Load(ctx context.Context) (Queue, error)
	// Apply makes all records durable, in order, in one transaction. A nil error means they survive a power loss; any
	// error means that none was applied. Errors are *Error: CodeJournalConflict (a compare-and-set failed: somebody
	// else wrote), CodeDiskFull, CodeReadOnly, CodeJournalBroken.
	Apply(ctx context.Context, records []Record) error
	// Parts returns the recorded parts of one attempt's upload, in order of their numbers.
	Parts(ctx context.Context, attempt AttemptID, uploadID string) ([]Part, error)
	// Receipts hands every receipt of a batch to each, in no order, one at a time; what it holds may be dropped then.
	Receipts(ctx context.Context, batch BatchID, each func(Receipt)) error
	// Known tells of each file whether the history has a receipt of it: one of this vault, with its size and time, and
	// with its path or its path in the drop. It is called beside Apply, and costs the same however long the history is.
	Known(ctx context.Context, vault VaultID, files []Sight) ([]bool, error)
	// History returns receipts, newest first.
	History(ctx context.Context, q HistoryQuery) ([]Receipt, error)
}

// HistoryQuery selects receipts. A history may hold millions: who wants more than a page asks with a Limit, and for the
// next page with Before set to the last receipt's Mark.
type HistoryQuery struct {
	Batch  BatchID     // "" for all
	Vault  VaultID     // "" for all
	After  time.Time   // finished after; zero for all
	Until  time.Time   // finished before; zero for all
	Before HistoryMark // only those that come after this one in the answer's order; zero for all
	Search string      // a part of the path or of the key, in any case; "" for all
	Limit  int         // at most so many; 0 for all
}

// Keep is how long receipts are kept: the zero value for ever, else until they are too old or no longer among the newest.
type Keep struct {
	Days   int // 0 for any age
	Newest int // 0 for any number
}

// Before is when a receipt must have been written to stay at a moment; zero if that does not matter.
func (k Keep) Before(now time.Time) time.Time {
	if k.Days <= 0 {
		return time.Time{}
	}
	return now.AddDate(0, 0, -k.Days)
}

// HistoryMark is a receipt's place in the history.
type HistoryMark struct {
	FinishedAt time.Time
	Job        JobID
	Attempt    AttemptID
}

// Mark is the receipt's place in the history.
func (r *Receipt) Mark() HistoryMark { return HistoryMark{r.FinishedAt, r.Job, r.Attempt} }

// HistorySum is what a query finds, added up.
type HistorySum struct {
	Files int
	Bytes int64
}

// Finds tells whether a receipt is one that Vault, Until and Search ask for.
func (q *HistoryQuery) Finds(r *Receipt) bool {
	if q.Vault != "" && r.Vault != q.Vault || !q.Until.IsZero() && !r.FinishedAt.Before(q.Until) {
		return false
	}
	return q.Search == "" || contains(r.Path, q.Search) || contains(r.RelPath, q.Search) || contains(r.Key, q.Search)
}

// contains is strings.Contains in any case.
func contains(s, part string) bool {
	return strings.Contains(strings.ToLower(s), strings.ToLower(part))
}

// Queue is the journal's live content.
type Queue struct {
	Vaults     []Vault
	Batches    []Batch
	Entries    []Entry   // sorted by Order
	Jobs       []Job     // sorted by Order
	Attempts   []Attempt // of jobs that have one
	Tombstones []Tombstone
	Manifests  []Manifest // that are wanted, and those of batches that are in the queue
}

// Record is one change of the journal: one of the types below.
type Record interface{ record() }

type (
	// SaveVault inserts or replaces a vault.
	SaveVault struct{ Vault Vault }
	// RemoveVault drops a vault that no batch names.
	RemoveVault struct{ ID VaultID }
	// AddBatch inserts a batch with its entries.
	AddBatch struct {
		Batch   Batch
		Entries []Entry
	}
	// SaveBatch replaces a batch's own record.
	SaveBatch struct{ Batch Batch }
	// SaveEntry inserts an entry of a batch that is there, or replaces it.
	SaveEntry struct{ Entry Entry }
	// RemoveEntry drops an entry and its jobs with their attempts and parts; its batch goes with the last entry.
	// Open uploads must have become tombstones before.
	RemoveEntry struct{ Entry Entry }
	// AddJob inserts a job with Revision 1. A job of the same batch and RelPath is a CodeJournalConflict.
	AddJob struct{ Job Job }
	// RemoveJob drops a job without attempt; its RelPath is free again.
	RemoveJob struct{ Job Job }
	// UpdateJob replaces a job whose journalled Revision is Job.Revision-1, else CodeJournalConflict.
	UpdateJob struct{ Job Job }
	// SaveAttempt inserts or replaces an attempt.
	SaveAttempt struct{ Attempt Attempt }
	// SavePart records a part S3 has confirmed.
	SavePart struct {
		Attempt  AttemptID
		UploadID string
		Part     Part
	}
	// DropPart forgets a part that S3 turned out not to hold.
	DropPart struct {
		Attempt    AttemptID
		UploadID   string
		PartNumber int32
	}
	// Finish ends a job as done: UpdateJob, dropping its attempt and parts, and appending the receipt, in one.
	Finish struct {
		Job     Job
		Receipt Receipt
	}
	// EndAttempt drops an attempt and its parts without a receipt. With a Tombstone its upload is owed an abort.
	EndAttempt struct {
		Attempt   AttemptID
		Tombstone *Tombstone
	}
	// SaveManifest inserts or replaces what is known of a batch's manifest. It outlives the batch.
	SaveManifest struct{ Manifest Manifest }
	// DropTombstone ends a tombstone: S3 has said that the upload is gone.
	DropTombstone struct{ Attempt AttemptID }
)

func (SaveVault) record()     {}
func (RemoveVault) record()   {}
func (AddBatch) record()      {}
func (SaveBatch) record()     {}
func (SaveEntry) record()     {}
func (RemoveEntry) record()   {}
func (AddJob) record()        {}
func (RemoveJob) record()     {}
func (UpdateJob) record()     {}
func (SaveAttempt) record()   {}
func (SavePart) record()      {}
func (DropPart) record()      {}
func (Finish) record()        {}
func (EndAttempt) record()    {}
func (SaveManifest) record()  {}
func (DropTombstone) record() {}
