package words

import (
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"longshore/uploader"
)

// Stamp writes a day with its year, and its time, in the zone of at: "26 November 2026, 14:00".
func (b *Book) Stamp(at time.Time) string {
	key := Stamp
	if b.form.american {
		key = StampUS
	}
	return b.Say(key, "day", at.Day(), "month", nth(b.Say(Months), int(at.Month())-1), "year", strconv.Itoa(at.Year()),
		"time", at.Format(b.form.clock))
}

// Verified says in words what the vault confirmed of a file.
func (b *Book) Verified(v uploader.Verified) string {
	switch v {
	case uploader.VerifiedFullObject:
		return b.Say(ReceiptFull)
	case uploader.VerifiedPartMD5:
		return b.Say(ReceiptParts)
	}
	return b.Say(ReceiptSize)
}

// FileName is what a stored file is called.
func FileName(r *uploader.Receipt) string {
	path := r.Path
	if i := strings.LastIndexAny(path, `/\`); i >= 0 && i+1 < len(path) {
		path = path[i+1:]
	}
	return Name(filepath.Base(path))
}

// RowName is what a stored file is called in a list: with the folders that it was dropped with, which tell apart the
// slices of two studies.
func RowName(r *uploader.Receipt) string {
	if r.RelPath != "" {
		return Name(r.RelPath)
	}
	return FileName(r)
}

// ReceiptLine says of a stored file its size, when and where it was stored, and what was verified.
func (b *Book) ReceiptLine(r *uploader.Receipt, vault string) string {
	return dots(b.Bytes(r.Size), b.Stamp(r.FinishedAt.Local()), vault, b.Verified(r.Verified))
}

// Receipt is all that a receipt says, as pairs of a name and what it is.
func (b *Book) Receipt(r *uploader.Receipt, vault string) [][2]string {
	source := ReceiptLooked
	if r.Source == "read" {
		source = ReceiptRead
	}
	facts := [][2]string{
		{b.Say(DetailName), FileName(r)}, {b.Say(DetailPath), Name(r.Path)},
		{b.Say(DetailSize), b.Bytes(r.Size) + " (" + b.Number(int(r.Size)) + " B)"},
		{b.Say(ReceiptStored), b.Stamp(r.FinishedAt.Local())}, {b.Say(DetailVault), vault},
		{b.Say(ReceiptVerified), b.Verified(r.Verified) + ". " + b.Say(source) + "."},
		{b.Say(ReceiptKey), Name(r.Key)}, {b.Say(ReceiptChecksum), Name(r.Checksum)}, {b.Say(ReceiptETag), Name(r.ETag)},
		{b.Say(ReceiptVersion), Name(r.VersionID)}, {b.Say(ReceiptEncryption), b.Encryption(r.Encryption)},
		{b.Say(DetailManifest), Name(r.ManifestKey)},
	}
	kept := facts[:0]
	for _, f := range facts {
		if f[1] != "" {
			kept = append(kept, f)
		}
	}
	return kept
}

// Verdict says how a stored object stands against its receipt; the sentence of a code says why that cannot be told.
func (b *Book) Verdict(v uploader.Verdict) string {
	switch v.Standing {
	case uploader.StandingSame:
		return b.Say(VerdictSame)
	case uploader.StandingGone:
		return b.Say(VerdictGone)
	case uploader.StandingAnother:
		return b.Say(VerdictAnother)
	}
	return b.Say(VerdictUnknown)
}
