package ui

import (
	"context"
	"path/filepath"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"longshore/ui/history"
	"longshore/ui/words"
	"longshore/uploader"
)

// Past is the history: what was stored, and what can be done with its receipts. All methods may take long and are called
// off the UI goroutine.
type Past interface {
	History(ctx context.Context, q uploader.HistoryQuery) ([]uploader.Receipt, error)
	// Verify looks at what is stored, at 1,000 receipts at most.
	Verify(ctx context.Context, receipts []uploader.Receipt) ([]uploader.Verdict, error)
	// ExportHistory writes what a query finds to a file, as "csv" or "json", and tells how many receipts that were.
	ExportHistory(ctx context.Context, path, format string, q uploader.HistoryQuery) (int, error)
	// SaveDropReceipt writes the receipt of a drop to a file, as JSON if it is called so, and tells of how many files; of
	// none, no file is made.
	SaveDropReceipt(ctx context.Context, path string, batch uploader.BatchID, w DropWords) (int, error)
	// ExportReceipts writes some receipts so.
	ExportReceipts(ctx context.Context, path, format string, receipts []uploader.Receipt) error
	HistorySum(ctx context.Context, q uploader.HistoryQuery) (uploader.HistorySum, error)
	// RemoveReceipts removes receipts and returns those that went; RestoreReceipts brings them back.
	RemoveReceipts(ctx context.Context, marks []uploader.HistoryMark) ([]uploader.Receipt, error)
	RestoreReceipts(ctx context.Context, receipts []uploader.Receipt) error
	Keep(ctx context.Context) (uploader.Keep, error)
	SetKeep(ctx context.Context, k uploader.Keep) error
	// Prune removes receipts from before a moment.
	Prune(ctx context.Context, before time.Time, newest int) (removed int, err error)
}

// DropWords are the texts of a drop's receipt.
type DropWords struct {
	Title string
	Head  func(files int, bytes int64, first, last time.Time, manifest string) [][2]string
	File  func(*uploader.Receipt) [][2]string
}

// History shows what was stored, in place of the queue.
func (w *window) History() {
	if w.connect != nil || w.past != nil {
		return
	}
	w.past = history.NewPage(w, w.book, w.vaults)
	w.win.SetContent(w.past)
	w.win.Canvas().Focus(w.past.First())
}

// LeaveHistory goes back to the queue.
func (w *window) LeaveHistory() {
	if w.past == nil {
		return
	}
	w.past.Stop()
	w.past = nil
	w.choose()
}

// saveAs lets the user choose where to save a file; a name without an ending gets one.
func (w *window) saveAs(title, name string, save func(ctx context.Context, path string) (says words.Sentence, err error)) {
	chosen := func(paths []string) {
		path := paths[0]
		if filepath.Ext(path) == "" {
			path += filepath.Ext(name)
		}
		w.work.alone(func(ctx context.Context) {
			says, err := save(ctx, path)
			w.bridge.Post(func() {
				if err != nil {
					says = words.Saying(words.HistoryNotSaved)
				}
				w.note(says)
			})
		})
	}
	own := func(chosen func([]string)) { w.ownSave(name, chosen) }
	w.browse(title, func(p Picker, ctx context.Context, title string) ([]string, error) {
		path, err := p.Save(ctx, title, name)
		if path == "" {
			return nil, err
		}
		return []string{path}, err
	}, own, chosen)
}

// note says something where the user looks: on the history's page, or in the queue's strip.
func (w *window) note(says words.Sentence) {
	if w.past != nil {
		w.past.Say(says(w.book))
		return
	}
	w.tell(says)
}

// ExportHistory saves what a query finds.
func (w *window) ExportHistory(q uploader.HistoryQuery, format string) {
	w.saveAs(w.book.Say(words.HistoryPlace), "longshore-history."+format, func(ctx context.Context, path string) (words.Sentence, error) {
		n, err := w.queue.ExportHistory(ctx, path, format, q)
		return words.Saying(words.HistoryExported, "receipts", n, "name", words.Name(path)), err
	})
}

// SaveDropReceipt saves the receipt of a drop (history.Actions).
func (w *window) SaveDropReceipt(batch uploader.BatchID) { w.saveDropReceipt(batch) }

// saveDropReceipt saves the receipt of a drop.
func (w *window) saveDropReceipt(batch uploader.BatchID) {
	texts := w.dropWords()
	w.saveAs(w.book.Say(words.ReceiptPlace), "longshore-receipt.txt", func(ctx context.Context, path string) (words.Sentence, error) {
		n, err := w.queue.SaveDropReceipt(ctx, path, batch, texts)
		if n == 0 && err == nil {
			return words.Saying(words.ReceiptNone), nil
		}
		return words.Saying(words.ReceiptSaved, "files", n, "name", words.Name(path)), err
	})
}

func (w *window) dropWords() DropWords {
	b, names := w.book, map[uploader.VaultID]string{}
	for _, v := range w.vaults {
		names[v.ID] = words.Name(v.Name)
	}
	return DropWords{
		Title: b.Say(words.ReceiptTitle),
		Head: func(files int, bytes int64, first, last time.Time, manifest string) [][2]string {
			facts := [][2]string{
				{b.Say(words.DetailSize), b.Files(files) + ", " + b.Bytes(bytes)},
				{b.Say(words.ReceiptStored), b.Stamp(first.Local()) + " – " + b.Stamp(last.Local())},
			}
			if manifest != "" {
				facts = append(facts, [2]string{b.Say(words.DetailManifest), words.Name(manifest)})
			}
			return facts
		},
		File: func(r *uploader.Receipt) [][2]string { return b.Receipt(r, names[r.Vault]) },
	}
}

// ShowReceipt shows all of a receipt, and what can be done with it.
func (w *window) ShowReceipt(r uploader.Receipt) {
	w.once(askReceipt, func(closed func()) {
		vault := w.book.Say(words.UnknownVault)
		if v, ok := w.vault(r.Vault); ok {
			vault = words.Name(v.Name)
		}
		facts := w.book.Receipt(&r, vault)
		found := widget.NewLabel("")
		found.Wrapping = fyne.TextWrapWord
		found.TextStyle.Bold = true
		found.Hide()
		var verify *widget.Button
		verify = widget.NewButton(w.book.Say(words.HistoryVerify), func() {
			verify.Disable()
			found.SetText(w.book.Say(words.HistoryVerifying))
			found.Show()
			var v *uploader.Verdict
			w.VerifyStored([]uploader.Receipt{r}, func(l history.Looked) { v = &l.Verdicts[0] }, func(bool) {
				verify.Enable()
				if v == nil {
					found.Importance = widget.MediumImportance
					found.SetText(w.book.Say(words.VerdictUnknown))
					return
				}
				found.Importance = importance(v.Standing)
				found.SetText(w.verdict(*v))
				if w.past != nil {
					w.past.Verified(&r, *v)
				}
			})
		})
		buttons := container.New(layout.NewGridLayoutWithColumns(2),
			widget.NewButton(w.book.Say(words.ReceiptCopy), func() { w.app.Clipboard().SetContent(plain(facts)) }),
			widget.NewButton(w.book.Say(words.ReceiptCopyKey), func() { w.app.Clipboard().SetContent(r.Key) }),
			widget.NewButton(w.book.Say(words.ReceiptDrop), func() { w.saveDropReceipt(r.Batch) }), verify)
		scroll := container.NewVScroll(factGrid(facts))
		body := container.NewBorder(nil, container.NewVBox(found, buttons), nil, nil, scroll)
		d := dialog.NewCustom(w.book.Say(words.ReceiptTitle), w.book.Say(words.Close), body, w.win)
		d.SetOnClosed(closed)
		size := w.win.Canvas().Size()
		d.Resize(fyne.NewSize(min(680, size.Width-40), min(560, size.Height-40)))
		w.openLong(d, scroll)
	})
}

// verdict says what a look found, and why if it could not be told.
func (w *window) verdict(v uploader.Verdict) string {
	text := w.book.Verdict(v) + "."
	if v.Standing == uploader.StandingUnknown && v.Code.Info().Action == uploader.Wait {
		text += " " + w.book.Sentence(v.Code)
	}
	if len(v.Differs) > 0 {
		text += " (" + strings.Join(v.Differs, ", ") + ")"
	}
	return text
}

// importance is the colour of a look's outcome; its words say the same.
func importance(s uploader.Standing) widget.Importance {
	switch s {
	case uploader.StandingSame:
		return widget.SuccessImportance
	case uploader.StandingGone, uploader.StandingAnother:
		return widget.DangerImportance
	}
	return widget.WarningImportance
}

// ClearHistory removes all receipts after a question.
func (w *window) ClearHistory() {
	w.once(askClear, func(closed func()) {
		w.confirm(w.book.Say(words.HistoryClearTitle), w.book.Say(words.HistoryClearText), w.book.Say(words.HistoryClearYes), w.book.Say(words.Cancel),
			closed, func() {
				w.work.alone(func(ctx context.Context) {
					n, err := w.queue.Prune(ctx, time.Now(), 0)
					w.bridge.Post(func() {
						w.fail(err)
						switch says := words.Saying(words.HistoryCleared, "receipts", n); {
						case w.past != nil && err == nil:
							w.past.ReloadSaying(says(w.book))
						case w.past != nil:
							w.past.Reload()
						case err == nil:
							w.tell(says)
						}
					})
				})
			})
	})
}

// Keep is how long receipts are kept (settings.Services).
func (w *window) Keep(answer func(uploader.Keep)) {
	w.work.alone(func(ctx context.Context) {
		k, err := w.queue.Keep(ctx)
		w.bridge.Post(func() {
			w.fail(err)
			if err == nil {
				answer(k)
			}
		})
	})
}

// SetKeep saves it.
func (w *window) SetKeep(k uploader.Keep) {
	w.order(func(ctx context.Context) error { return w.queue.SetKeep(ctx, k) })
}
