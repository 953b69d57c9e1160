package main

import (
	"context"
	"errors"
	"io"
	"path/filepath"
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
