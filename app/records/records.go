// Package records writes what was stored into files: the history as CSV and JSON, the receipt of a drop as text and JSON.
// A history may hold millions of receipts; they are read page by page and never held all at once.
//
// It must not know where the history is kept, nor in which language a person reads: texts are given to it.
package records

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"time"

	"longshore/uploader"
)

// History is where receipts are read; an app.Session is one.
type History interface {
	History(ctx context.Context, q uploader.HistoryQuery) ([]uploader.Receipt, error)
	Vaults(ctx context.Context) ([]uploader.Vault, error)
}

// page is how many receipts are read at once.
const page = 1000

// Each hands the receipts of a query to do, newest first, q.Limit of them at most. What do returns ends it.
func Each(ctx context.Context, h History, q uploader.HistoryQuery, do func(*uploader.Receipt) error) error {
	for left := q.Limit; q.Limit == 0 || left > 0; {
		part := q
		part.Limit = page
		if q.Limit > 0 {
			part.Limit = min(left, page)
		}
		receipts, err := h.History(ctx, part)
		if err != nil {
			return err
		}
		for i := range receipts {
			if err := do(&receipts[i]); err != nil {
				return err
			}
		}
		if left -= len(receipts); len(receipts) < part.Limit {
			return nil
		}
		q.Before = receipts[len(receipts)-1].Mark()
	}
	return nil
}

// names are what the vaults are called. One that is no longer known has no name.
func names(ctx context.Context, h History) (map[uploader.VaultID]string, error) {
	vaults, err := h.Vaults(ctx)
	list := make(map[uploader.VaultID]string, len(vaults))
	for _, v := range vaults {
		list[v.ID] = v.Name
	}
	return list, err
}

// View is a receipt as JSON has it. Fields may be added; none is taken away or changes its meaning.
type View struct {
	Path       string            `json:"path"`
	Key        string            `json:"key"`
	Size       int64             `json:"size"`
	Checksum   string            `json:"checksum"` // CRC64NVME of all bytes, base64; "" if storage confirmed none
	ETag       string            `json:"eTag"`
	VersionID  string            `json:"versionId"`
	FileURL    string            `json:"fileUrl"`
	Verified   uploader.Verified `json:"verified"`
	Encryption string            `json:"encryption"`
	Source     string            `json:"source"` // "read" or "looked": see uploader.Receipt
	StartedAt  time.Time         `json:"startedAt"`
	FinishedAt time.Time         `json:"finishedAt"`
	Note       uploader.Code     `json:"note"` // deadline: it had to start over
	Batch      uploader.BatchID  `json:"batch"`
	Vault      uploader.VaultID  `json:"vault"`
	Manifest   string            `json:"manifest"` // key of its drop's manifest, "" without one
}

// ViewOf is a receipt's view.
func ViewOf(r *uploader.Receipt) View {
	return View{
		Path: r.Path, Key: r.Key, Size: r.Size, Checksum: r.Checksum, ETag: r.ETag, VersionID: r.VersionID, FileURL: r.FileURL,
		Verified: r.Verified, Encryption: r.Encryption, Source: r.Source, StartedAt: r.StartedAt, FinishedAt: r.FinishedAt, Note: r.Note,
		Batch: r.Batch, Vault: r.Vault, Manifest: r.ManifestKey,
	}
}

// ErrPlace says that a file cannot be written where it was wanted. Its text names no path.
var ErrPlace = errors.New("the file cannot be written there")

// Save makes a file of what write writes: whole, or not at all, and readable by its owner alone. Errors: ErrPlace, and
// what write returns.
func Save(path string, write func(io.Writer) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".longshore-*")
	if err != nil {
		return ErrPlace
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name()) // what went wrong before says more
		}
	}()
	w := &fileWriter{file: f}
	out := bufio.NewWriter(w)
	err = write(out)
	if err == nil {
		err = out.Flush()
	}
	switch closeErr := f.Close(); {
	case w.failed || err == nil && closeErr != nil:
		return ErrPlace
	case err != nil:
		return err
	}
	if os.Rename(f.Name(), path) != nil {
		return ErrPlace
	}
	return nil
}

// fileWriter remembers that a file could not be written: that is told from why there was nothing to write.
type fileWriter struct {
	file   *os.File
	failed bool
}

func (w *fileWriter) Write(p []byte) (int, error) {
	n, err := w.file.Write(p)
	w.failed = w.failed || err != nil
	return n, err
}
