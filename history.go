package main

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"longshore/app/records"
	"longshore/ui"
	"longshore/uploader"
)

// What the window does with the history (ui.Past) and app.Session does not do itself.

func (a adapter) ExportHistory(ctx context.Context, path, format string, q uploader.HistoryQuery) (n int, err error) {
	err = records.Save(path, func(w io.Writer) (err error) {
		if format == "json" {
			n, err = records.JSON(ctx, w, a.Session, q)
			return err
		}
		n, err = records.CSV(ctx, w, a.Session, q, true)
		return err
	})
	return n, err
}

// chosen is a history of some receipts, as records reads one.
type chosen struct {
	adapter
	receipts []uploader.Receipt
}

func (c chosen) History(_ context.Context, q uploader.HistoryQuery) ([]uploader.Receipt, error) {
	from := slices.IndexFunc(c.receipts, func(r uploader.Receipt) bool { return r.Mark() == q.Before }) + 1
	return c.receipts[from:min(from+q.Limit, len(c.receipts))], nil
}

func (a adapter) ExportReceipts(ctx context.Context, path, format string, receipts []uploader.Receipt) error {
	return records.Save(path, func(w io.Writer) (err error) {
		if format == "json" {
			_, err = records.JSON(ctx, w, chosen{a, receipts}, uploader.HistoryQuery{})
		} else {
			_, err = records.CSV(ctx, w, chosen{a, receipts}, uploader.HistoryQuery{}, true)
		}
		return err
	})
}

var errNoReceipt = errors.New("no receipt")

func (a adapter) SaveDropReceipt(ctx context.Context, path string, batch uploader.BatchID, words ui.DropWords) (int, error) {
	var d records.Drop
	err := records.Save(path, func(w io.Writer) (err error) {
		if strings.EqualFold(filepath.Ext(path), ".json") {
			d, err = records.DropJSON(ctx, w, a.Session, batch)
		} else {
			d, err = records.DropText(ctx, w, a.Session, batch, records.Words{
				Title: words.Title, File: words.File,
				Head: func(d records.Drop) [][2]string { return words.Head(d.Files, d.Bytes, d.First, d.Last, d.ManifestKey) },
			})
		}
		if err == nil && d.Files == 0 {
			err = errNoReceipt
		}
		return err
	})
	if errors.Is(err, errNoReceipt) {
		return 0, nil
	}
	return d.Files, err
}
