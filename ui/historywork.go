package ui

import (
	"context"
	"strings"

	"longshore/ui/history"
	"longshore/ui/words"
	"longshore/uploader"
)

// What the history's page asks for, off the UI goroutine (history.Actions).

// Receipts asks the journal.
func (w *window) Receipts(q uploader.HistoryQuery, answer func(history.Found, bool)) (stop func()) {
	return past(w, func(ctx context.Context) (history.Found, error) { return history.Read(ctx, w.queue.History, q) }, answer)
}

// Sum adds up what a query finds.
func (w *window) Sum(q uploader.HistoryQuery, answer func(uploader.HistorySum, bool)) (stop func()) {
	return past(w, func(ctx context.Context) (uploader.HistorySum, error) { return w.queue.HistorySum(ctx, q) }, answer)
}

// past asks, and answers on the UI goroutine unless the question was given up.
func past[T any](w *window, ask func(context.Context) (T, error), answer func(T, bool)) (stop func()) {
	ctx, cancel := context.WithCancel(w.work.ctx)
	given := false // belongs to the UI goroutine
	w.work.alone(func(context.Context) {
		defer cancel()
		found, err := ask(ctx)
		w.bridge.Post(func() {
			if given {
				return
			}
			w.fail(err)
			answer(found, err == nil)
		})
	})
	return func() {
		given = true
		cancel()
	}
}

// looksAtOnce is how many receipts are looked at in one go: the page tells after each how far it is.
const looksAtOnce = 500

// VerifyStored asks the vaults of some receipts.
func (w *window) VerifyStored(receipts []uploader.Receipt, told func(history.Looked), done func(bool)) (stop func()) {
	receipts = append([]uploader.Receipt(nil), receipts...)
	return w.verifyEach(func(context.Context) ([]uploader.Receipt, error) {
		n := min(len(receipts), looksAtOnce)
		next := receipts[:n]
		receipts = receipts[n:]
		return next, nil
	}, told, done)
}

// VerifyFound asks them of all that a query finds. Of a history of millions it holds one stretch.
func (w *window) VerifyFound(q uploader.HistoryQuery, told func(history.Looked), done func(bool)) (stop func()) {
	q.Limit = looksAtOnce
	return w.verifyEach(func(ctx context.Context) ([]uploader.Receipt, error) {
		next, err := w.queue.History(ctx, q)
		if n := len(next); n > 0 {
			q.Before = next[n-1].Mark()
		}
		return next, err
	}, told, done)
}

// verifyEach looks at what next gives until it gives nothing. When nothing at all can be told of a stretch it ends, since
// a line that is down would answer the same a thousand times.
func (w *window) verifyEach(next func(context.Context) ([]uploader.Receipt, error), told func(history.Looked), done func(bool)) (stop func()) {
	ctx, cancel := context.WithCancel(w.work.ctx)
	given := false // belongs to the UI goroutine
	w.work.alone(func(context.Context) {
		defer cancel()
		ok, err := true, error(nil)
		for ok && err == nil {
			var receipts []uploader.Receipt
			if receipts, err = next(ctx); err != nil || len(receipts) == 0 {
				break
			}
			var verdicts []uploader.Verdict
			if verdicts, err = w.queue.Verify(ctx, receipts); err != nil || len(verdicts) != len(receipts) {
				ok = false
				break
			}
			ok = some(verdicts)
			w.bridge.Post(func() {
				if !given {
					told(history.Looked{Receipts: receipts, Verdicts: verdicts})
				}
			})
		}
		w.bridge.Post(func() {
			if !given {
				w.fail(err)
				done(ok && err == nil)
			}
		})
	})
	return func() {
		given = true
		cancel()
	}
}

// some tells whether a look found out anything.
func some(verdicts []uploader.Verdict) bool {
	for _, v := range verdicts {
		if v.Standing != uploader.StandingUnknown || v.Code == "" {
			return true
		}
	}
	return false
}

// ExportReceipts saves some receipts.
func (w *window) ExportReceipts(receipts []uploader.Receipt, format string) {
	w.saveAs(w.book.Say(words.HistoryPlace), "longshore-receipts."+format, func(ctx context.Context, path string) (words.Sentence, error) {
		err := w.queue.ExportReceipts(ctx, path, format, receipts)
		return words.Saying(words.HistoryExported, "receipts", len(receipts), "name", words.Name(path)), err
	})
}

// CopyReceipts puts receipts on the clipboard, a blank line between them.
func (w *window) CopyReceipts(receipts []uploader.Receipt) {
	texts := make([]string, len(receipts))
	for i := range receipts {
		vault := w.book.Say(words.UnknownVault)
		if v, ok := w.vault(receipts[i].Vault); ok {
			vault = words.Name(v.Name)
		}
		texts[i] = plain(w.book.Receipt(&receipts[i], vault))
	}
	w.app.Clipboard().SetContent(strings.Join(texts, "\n"))
	w.note(words.Saying(words.HistoryCopied, "receipts", len(receipts)))
}

// RemoveReceipts takes receipts out of the history.
func (w *window) RemoveReceipts(marks []uploader.HistoryMark, done func([]uploader.Receipt)) {
	w.order(func(ctx context.Context) error {
		removed, err := w.queue.RemoveReceipts(ctx, marks)
		if err == nil || len(removed) > 0 {
			w.bridge.Post(func() { done(removed) })
		}
		return err
	})
}

// RestoreReceipts brings them back.
func (w *window) RestoreReceipts(receipts []uploader.Receipt, done func()) {
	w.order(func(ctx context.Context) error {
		err := w.queue.RestoreReceipts(ctx, receipts)
		if err == nil {
			w.bridge.Post(done)
		}
		return err
	})
}
