package ui

import (
	"context"
	"fmt"
	"slices"
	"time"

	"longshore/uploader"
)

// fakePast is a history in memory.
type fakePast struct {
	receipts []uploader.Receipt // newest first
	gone     string             // the key of an object that is no longer there
	asked    []uploader.HistoryQuery
	exported map[string]uploader.HistoryQuery // by path
	picked   []uploader.Receipt
	dropped  map[string]uploader.BatchID
	keep     uploader.Keep
}

// somePast is a history of n files.
func somePast(n int, vault uploader.VaultID, at time.Time) fakePast {
	p := fakePast{exported: map[string]uploader.HistoryQuery{}, dropped: map[string]uploader.BatchID{}}
	for i := range n {
		name := fmt.Sprintf("study %d/IM%06d.dcm", i/100+1, i)
		p.receipts = append(p.receipts, uploader.Receipt{
			Job: uploader.JobID(fmt.Sprintf("J%d", i)), Batch: uploader.BatchID(fmt.Sprintf("B%d", i/100)), Attempt: "A", Vault: vault,
			Path: "/scans/" + name, RelPath: name, Size: 524288 + int64(i)*1000, Key: fmt.Sprintf("uploads/anna/01JDX%06d/IM%06d.dcm", i, i),
			ETag: `"9b2cf535f27731c974343645a3985328"`, VersionID: "3HL4kqtJvjVBH40Nrjfkd", Checksum: "uN8+dXm0lqQ=", Verified: uploader.VerifiedFullObject,
			Encryption: "aws:kms", Source: "read", StartedAt: at, FinishedAt: at.Add(-time.Duration(i) * time.Minute),
			ManifestKey: "uploads/anna/manifests/01JDX.json",
		})
	}
	return p
}

func (q *fakeQueue) History(_ context.Context, h uploader.HistoryQuery) (found []uploader.Receipt, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.past.asked = append(q.past.asked, h)
	before := h.Before != uploader.HistoryMark{}
	for _, r := range q.past.receipts {
		if before {
			before = r.Mark() != h.Before
			continue
		}
		if h.Finds(&r) && (h.After.IsZero() || r.FinishedAt.After(h.After)) && (h.Limit == 0 || len(found) < h.Limit) {
			found = append(found, r)
		}
	}
	return found, nil
}

func (q *fakeQueue) Verify(_ context.Context, receipts []uploader.Receipt) ([]uploader.Verdict, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	verdicts := make([]uploader.Verdict, len(receipts))
	for i, r := range receipts {
		verdicts[i] = uploader.Verdict{Standing: uploader.StandingSame, Proof: "checksum"}
		if r.Key == q.past.gone {
			verdicts[i] = uploader.Verdict{Standing: uploader.StandingGone}
		}
	}
	return verdicts, nil
}

func (q *fakeQueue) ExportHistory(_ context.Context, path, _ string, h uploader.HistoryQuery) (int, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.past.exported[path] = h
	return len(q.past.receipts), nil
}

func (q *fakeQueue) SaveDropReceipt(_ context.Context, path string, batch uploader.BatchID, _ DropWords) (int, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.past.dropped[path] = batch
	return 3, nil
}

func (q *fakeQueue) Keep(context.Context) (uploader.Keep, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.past.keep, nil
}

func (q *fakeQueue) SetKeep(_ context.Context, k uploader.Keep) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.past.keep = k
	return nil
}

func (q *fakeQueue) Prune(_ context.Context, before time.Time, _ int) (int, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := len(q.past.receipts)
	q.past.receipts = slices.DeleteFunc(q.past.receipts, func(r uploader.Receipt) bool { return r.FinishedAt.Before(before) })
	return n - len(q.past.receipts), nil
}

func (q *fakeQueue) ExportReceipts(_ context.Context, path, _ string, receipts []uploader.Receipt) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.past.picked = append(q.past.picked, receipts...)
	q.past.exported[path] = uploader.HistoryQuery{}
	return nil
}

func (q *fakeQueue) HistorySum(ctx context.Context, h uploader.HistoryQuery) (sum uploader.HistorySum, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for i := range q.past.receipts {
		if r := &q.past.receipts[i]; h.Finds(r) {
			sum.Files, sum.Bytes = sum.Files+1, sum.Bytes+r.Size
		}
	}
	return sum, ctx.Err()
}

func (q *fakeQueue) RemoveReceipts(_ context.Context, marks []uploader.HistoryMark) (removed []uploader.Receipt, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.past.receipts = slices.DeleteFunc(slices.Clone(q.past.receipts), func(r uploader.Receipt) bool {
		gone := slices.Contains(marks, r.Mark())
		if gone {
			removed = append(removed, r)
		}
		return gone
	})
	return removed, nil
}

func (q *fakeQueue) RestoreReceipts(_ context.Context, receipts []uploader.Receipt) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.past.receipts = append(slices.Clone(q.past.receipts), receipts...)
	slices.SortStableFunc(q.past.receipts, func(a, b uploader.Receipt) int { return b.FinishedAt.Compare(a.FinishedAt) })
	return nil
}
