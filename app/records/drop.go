package records

import (
	"context"
	"encoding/json"
	"io"
	"time"

	"longshore/uploader"
)

// Drop is what a drop's receipts say of it as a whole.
type Drop struct {
	Batch       uploader.BatchID `json:"batch"`
	Vault       uploader.VaultID `json:"vault"`
	VaultName   string           `json:"vaultName"` // "" for one that is no longer known
	Files       int              `json:"files"`
	Bytes       int64            `json:"bytes"`
	Full        int              `json:"verifiedFullObject"` // files whose whole checksum storage confirmed
	First       time.Time        `json:"firstStoredAt"`
	Last        time.Time        `json:"lastStoredAt"`
	ManifestKey string           `json:"manifest"` // "" without one
}

// DropOf sums up a drop; one without receipts has no files.
func DropOf(ctx context.Context, h History, batch uploader.BatchID) (Drop, error) {
	d := Drop{Batch: batch}
	vaults, err := names(ctx, h)
	if err != nil {
		return d, err
	}
	err = Each(ctx, h, uploader.HistoryQuery{Batch: batch}, func(r *uploader.Receipt) error {
		if d.Files++; d.Files == 1 {
			d.Last, d.Vault, d.VaultName, d.ManifestKey = r.FinishedAt, r.Vault, vaults[r.Vault], r.ManifestKey
		}
		if r.Verified == uploader.VerifiedFullObject {
			d.Full++
		}
		d.Bytes, d.First = d.Bytes+r.Size, r.FinishedAt
		return nil
	})
	return d, err
}

// Words are the texts of a drop's receipt: pairs of a name and what it is.
type Words struct {
	Title string
	Head  func(Drop) [][2]string
	File  func(*uploader.Receipt) [][2]string
}

// DropText writes a drop's receipt to be read: first the whole, then each file, newest first.
func DropText(ctx context.Context, w io.Writer, h History, batch uploader.BatchID, words Words) (Drop, error) {
	d, err := DropOf(ctx, h, batch)
	if err != nil || d.Files == 0 {
		return d, err
	}
	if _, err := io.WriteString(w, words.Title+"\n\n"+Plain(words.Head(d))); err != nil {
		return d, err
	}
	return d, Each(ctx, h, uploader.HistoryQuery{Batch: batch}, func(r *uploader.Receipt) error {
		_, err := io.WriteString(w, "\n"+Plain(words.File(r)))
		return err
	})
}

// Plain writes each pair on a line of its own.
func Plain(facts [][2]string) (text string) {
	for _, f := range facts {
		text += f[0] + ": " + f[1] + "\n"
	}
	return text
}

// DropJSON writes a drop's receipt as one JSON object: its Drop, and its receipts as objects.
func DropJSON(ctx context.Context, w io.Writer, h History, batch uploader.BatchID) (Drop, error) {
	d, err := DropOf(ctx, h, batch)
	if err != nil || d.Files == 0 {
		return d, err
	}
	head, err := json.Marshal(d)
	if err != nil {
		return d, err
	}
	if _, err = io.WriteString(w, string(head[:len(head)-1])+",\"objects\":["); err != nil {
		return d, err
	}
	if _, err = list(ctx, w, h, uploader.HistoryQuery{Batch: batch}); err != nil {
		return d, err
	}
	_, err = io.WriteString(w, "\n]}\n")
	return d, err
}
