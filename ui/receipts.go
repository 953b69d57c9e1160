package ui

import (
	"context"
	"strings"

	"longshore/ui/words"
	"longshore/uploader"
)

// mostReceipts is how many can be copied at once: a clipboard is no place for a megabyte of text.
const mostReceipts = 1000

// CopyReceipt copies the receipts of what is stored of a target, as text.
func (w *window) CopyReceipt(t uploader.Target) {
	jobs, queries := w.storedOf(t)
	if len(jobs) > mostReceipts {
		w.tell(words.Saying(words.ReceiptTooMany, "files", len(jobs)))
		return
	}
	if len(jobs) == 0 {
		return
	}
	names := map[uploader.VaultID]string{}
	for _, v := range w.vaults {
		names[v.ID] = words.Name(v.Name)
	}
	w.work.alone(func(ctx context.Context) {
		var texts []string
		for _, q := range queries {
			receipts, err := w.queue.History(ctx, q)
			if err != nil {
				w.bridge.Post(func() { w.fail(err) })
				return
			}
			for _, r := range receipts {
				if jobs[r.Job] {
					jobs[r.Job] = false // a drop that is asked for twice, and a job that has two
					texts = append(texts, plain(w.book.Receipt(&r, names[r.Vault])))
				}
			}
		}
		w.bridge.Post(func() { w.copied(texts) })
	})
}

// copied puts receipts into the clipboard, and says so.
func (w *window) copied(texts []string) {
	if len(texts) == 0 {
		w.tell(words.Saying(words.ReceiptNone))
		return
	}
	w.app.Clipboard().SetContent(strings.Join(texts, "\n"))
	w.page.Hint(w.book.Say(words.ReceiptCopied, "files", len(texts)))
}

// storedOf are the files of a target that are stored, and what to ask the history for them: of one file for it alone, of
// several for their drops.
func (w *window) storedOf(t uploader.Target) (jobs map[uploader.JobID]bool, queries []uploader.HistoryQuery) {
	jobs = map[uploader.JobID]bool{}
	if w.last == nil {
		return jobs, nil
	}
	entries, named := map[uploader.EntryID]bool{}, map[uploader.JobID]bool{}
	for _, id := range t.Entries {
		entries[id] = true
	}
	for _, id := range t.Jobs {
		named[id] = true
	}
	asked := map[uploader.BatchID]bool{}
	for _, j := range w.last.Jobs.All() {
		if j.State != uploader.Done || !entries[j.Entry] && !named[j.ID] {
			continue
		}
		jobs[j.ID] = true
		if !asked[j.Batch] {
			asked[j.Batch] = true
			queries = append(queries, uploader.HistoryQuery{Batch: j.Batch, Search: j.Path})
		}
	}
	if len(jobs) > 1 {
		for i := range queries {
			queries[i].Search = ""
		}
	}
	return jobs, queries
}
