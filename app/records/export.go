package records

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"

	"longshore/uploader"
)

// byteOrderMark tells spreadsheets that a file is UTF-8. Programs do not want it.
const byteOrderMark = "\uFEFF"

// CSV writes the receipts of a query as RFC 4180 has it, in UTF-8, with a line of names first; for a spreadsheet it
// begins with a byte order mark. It tells how many receipts that were.
//
// A cell that a spreadsheet would take for a formula begins with an apostrophe: a file may be called =HYPERLINK(…).
func CSV(ctx context.Context, w io.Writer, h History, q uploader.HistoryQuery, spreadsheet bool) (n int, err error) {
	vaults, err := names(ctx, h)
	if err != nil {
		return 0, err
	}
	if spreadsheet {
		if _, err := io.WriteString(w, byteOrderMark); err != nil {
			return 0, err
		}
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	if err := out.Write([]string{
		"path", "size", "stored", "vault", "key", "checksum-crc64nvme", "etag", "version", "verified", "source", "encryption", "started",
		"drop", "manifest", "note",
	}); err != nil {
		return 0, err
	}
	err = Each(ctx, h, q, func(r *uploader.Receipt) error {
		n++
		return out.Write([]string{
			Cell(r.Path), strconv.FormatInt(r.Size, 10), stamp(r.FinishedAt), Cell(vaults[r.Vault]), Cell(r.Key), Cell(r.Checksum), Cell(r.ETag),
			Cell(r.VersionID), Cell(string(r.Verified)), Cell(r.Source), Cell(r.Encryption), stamp(r.StartedAt), Cell(string(r.Batch)),
			Cell(r.ManifestKey), Cell(string(r.Note)),
		})
	})
	if err != nil {
		return n, err
	}
	out.Flush()
	return n, out.Error()
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// formulas are what a spreadsheet takes for the beginning of a formula behind what may end a cell: with German, French
// and Spanish settings a semicolon does, and a quotation mark protects only the first cell of a line then.
var formulas = regexp.MustCompile("([;\r\n][ \"]*)([-=+@\uFF1D\uFF0B\uFF0D\uFF20])")

// Cell makes a text safe for a spreadsheet: what would begin a formula comes behind an apostrophe. The wide forms are
// those of East Asian keyboards, which spreadsheets take, too.
func Cell(s string) string {
	s = formulas.ReplaceAllString(strings.ToValidUTF8(s, "\uFFFD"), "$1'$2")
	if strings.ContainsAny(first(strings.TrimLeft(s, " ")), "=+-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20") {
		return "'" + s
	}
	return s
}

// first is the first character of a text.
func first(s string) string {
	for _, r := range s {
		return string(r)
	}
	return ""
}

// JSON writes the receipts of a query as one JSON array of views, and tells how many that were.
func JSON(ctx context.Context, w io.Writer, h History, q uploader.HistoryQuery) (n int, err error) {
	if _, err := io.WriteString(w, "["); err != nil {
		return 0, err
	}
	n, err = list(ctx, w, h, q)
	if err == nil {
		_, err = io.WriteString(w, "\n]\n")
	}
	return n, err
}

// list writes views with commas between them.
func list(ctx context.Context, w io.Writer, h History, q uploader.HistoryQuery) (n int, err error) {
	err = Each(ctx, h, q, func(r *uploader.Receipt) error {
		data, err := json.Marshal(ViewOf(r))
		if err != nil {
			return err
		}
		between := ",\n"
		if n++; n == 1 {
			between = "\n"
		}
		_, err = io.WriteString(w, between+string(data))
		return err
	})
	return n, err
}
