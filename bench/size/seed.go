//go:build linux

package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"longshore/store"
	"longshore/uploader"
)

// group is how many records the engine's writer puts into one transaction.
const group = 128

// began is when the queue of a seeded folder was dropped.
var began = time.Date(2026, 11, 1, 8, 0, 0, 123456789, time.UTC)

// seed is a state folder to be made.
type seed struct {
	rows    int // dropped files, each a row of the window
	folder  int // files in one dropped folder: one row more
	history int // receipts of files that left the queue long ago
	signer  string
	origin  string
}

// writer hands records to a store as the engine does.
type writer struct {
	db      *store.DB
	pending []uploader.Record
	err     error
}

func (w *writer) add(records ...uploader.Record) {
	w.pending = append(w.pending, records...)
	if len(w.pending) >= group {
		w.flush()
	}
}

func (w *writer) flush() {
	if w.err == nil {
		w.err = w.db.Apply(context.Background(), w.pending)
	}
	w.pending = w.pending[:0]
}

// make writes the folder.
func (s seed) make(dir string) (err error) {
	db, err := store.Open(context.Background(), dir, store.Options{})
	if err != nil {
		return err
	}
	w := &writer{db: db}
	w.add(uploader.SaveVault{Vault: uploader.Vault{
		ID: vault, Name: "Size", SignerURL: s.signer, DataOrigins: []string{s.origin}, Checksum: uploader.ChecksumCRC64NVME,
		Encryption: "none", AddedAt: began,
	}})
	s.past(w)
	s.queue(w)
	w.flush()
	if w.err != nil {
		_ = db.Close() // the first error is the one that explains
		return w.err
	}
	return db.Close()
}

const vault uploader.VaultID = "01JCK0000000000000000VAULT"

func id(kind byte, n int) string { return fmt.Sprintf("01JCK%c%020d", kind, n) }

// past is what was stored and taken off the list: studies of 500 slices, half a minute apart.
func (s seed) past(w *writer) {
	const study = 500
	for n := range s.history {
		batch, entry := uploader.BatchID(id('P', n/study)), uploader.EntryID(id('Q', n/study))
		if n%study == 0 {
			w.add(uploader.AddBatch{Batch: uploader.Batch{ID: batch, Vault: vault, AddedAt: began}, Entries: []uploader.Entry{{
				ID: entry, Batch: batch, Path: fmt.Sprintf("/data/study %d", n/study), Name: fmt.Sprintf("study %d", n/study), Dir: true, Walked: true,
			}}})
		}
		rel := fmt.Sprintf("study %d/series %d/IM%06d.dcm", n/study, n/50%10, n)
		j := job('H', n, batch, entry, "/data/", rel)
		at := began.Add(-time.Duration(s.history-n) * 100 * time.Millisecond)
		w.add(uploader.AddJob{Job: j}, uploader.Finish{Job: next(j, uploader.Done), Receipt: receipt(j, n, at)})
		if n%study == study-1 || n == s.history-1 {
			w.flush()
			w.add(uploader.RemoveEntry{Entry: uploader.Entry{ID: entry, Batch: batch}})
		}
	}
}

// queue is what the window shows: files dropped one by one, most of them stored, some paused, some failed; and a folder.
func (s seed) queue(w *writer) {
	if s.rows+s.folder == 0 {
		return
	}
	batch := uploader.Batch{ID: uploader.BatchID(id('B', 1)), Vault: vault, AddedAt: began}
	entry := func(n int) uploader.Entry {
		name := fmt.Sprintf("IM%06d.dcm", n)
		return uploader.Entry{ID: uploader.EntryID(id('E', n)), Batch: batch.ID, Path: "/data/dropped/" + name, Name: name, Prefix: name, Walked: true, Order: int64(n)}
	}
	all := make([]uploader.Entry, 0, s.rows+1)
	for n := range s.rows {
		all = append(all, entry(n))
	}
	if s.folder > 0 {
		e := entry(s.rows)
		e.Path, e.Name, e.Prefix, e.Dir = "/data/folder", "folder", "folder", true
		all = append(all, e)
	}
	w.flush()
	w.add(uploader.AddBatch{Batch: batch, Entries: all})
	for n := range s.rows {
		j := job('J', n, batch.ID, all[n].ID, "/data/dropped/", all[n].Name)
		s.file(w, j, n)
	}
	for n := range s.folder {
		rel := fmt.Sprintf("folder/series %d/IM%06d.dcm", n/500, n)
		j := job('K', n, batch.ID, all[s.rows].ID, "/data/", rel)
		j.Order = int64(n)
		s.file(w, j, n)
	}
}

// file adds a job in one of the states in which nothing moves.
func (s seed) file(w *writer, j uploader.Job, n int) {
	w.add(uploader.AddJob{Job: j})
	switch {
	case n%10 < 6:
		w.add(uploader.Finish{Job: next(j, uploader.Done), Receipt: receipt(j, n, began.Add(time.Duration(n)*time.Millisecond))})
	case n%10 < 9:
		w.add(uploader.UpdateJob{Job: next(j, uploader.Paused)})
	default:
		j = next(j, uploader.Failed)
		j.Code, j.Detail = uploader.CodeRefused, "put: refused: 403 AccessDenied"
		w.add(uploader.UpdateJob{Job: j})
	}
}

func job(kind byte, n int, batch uploader.BatchID, entry uploader.EntryID, root, rel string) uploader.Job {
	const size = 200_000
	return uploader.Job{
		ID: uploader.JobID(id(kind, n)), Batch: batch, Entry: entry, Vault: vault, Path: root + rel, RelPath: rel, Size: size,
		Fingerprint: uploader.Fingerprint{Size: size, ModTime: began, ChangeTime: began, Device: 66305, Inode: uint64(1_000_000 + n), Mount: "8:1"},
		State:       uploader.Queued, Revision: 1, AddedAt: began,
	}
}

func next(j uploader.Job, s uploader.State) uploader.Job {
	j.State = s
	j.Revision++
	return j
}

func receipt(j uploader.Job, n int, at time.Time) uploader.Receipt {
	key := fmt.Sprintf("uploads/2026-11-01/someone/%s/%s", j.ID, filepath.Base(j.RelPath))
	return uploader.Receipt{
		Job: j.ID, Batch: j.Batch, Attempt: uploader.AttemptID(id('A', n)), Vault: j.Vault, Path: j.Path, RelPath: j.RelPath, Size: j.Size,
		Key: key, FileURL: "https://vault.s3.eu-central-1.amazonaws.com/" + key, ETag: fmt.Sprintf(`"%032x"`, n), Checksum: "AAAAAAAAAAA=",
		Verified: uploader.VerifiedFullObject, Encryption: "aws:kms", Source: "read", StartedAt: at.Add(-time.Second), FinishedAt: at,
		ModTime: at.Add(-time.Hour), // so that the file is known to be stored, and in the index of those
	}
}
