package records

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"longshore/uploader"
)

// past is a history in memory, newest first, that counts how much of it is asked for at once.
type past struct {
	receipts []uploader.Receipt
	most     int
	err      error
}

func (p *past) Vaults(context.Context) ([]uploader.Vault, error) {
	return []uploader.Vault{{ID: "V1", Name: "Radiology, North"}}, nil
}

func (p *past) History(_ context.Context, q uploader.HistoryQuery) (found []uploader.Receipt, err error) {
	before := q.Before != uploader.HistoryMark{}
	for _, r := range p.receipts {
		if before {
			before = r.Mark() != q.Before
			continue
		}
		if (q.Batch == "" || r.Batch == q.Batch) && q.Finds(&r) && (q.Limit == 0 || len(found) < q.Limit) {
			found = append(found, r)
		}
	}
	p.most = max(p.most, len(found))
	return found, p.err
}

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func withReceipts(n int) *past {
	p := &past{}
	for i := range n {
		p.receipts = append(p.receipts, uploader.Receipt{
			Job: uploader.JobID(fmt.Sprintf("J%d", i)), Batch: uploader.BatchID(fmt.Sprintf("B%d", i%2)), Vault: "V1", Path: fmt.Sprintf("/d/%d.dcm", i),
			Size: 10, Key: fmt.Sprintf("k/%d", i), Checksum: "abc=", ETag: `"e"`, Verified: uploader.VerifiedFullObject, Source: "read",
			StartedAt: now, FinishedAt: now.Add(-time.Duration(i) * time.Second), ManifestKey: "m/1",
		})
	}
	return p
}

func TestCSVIsReadBackAsItWas(t *testing.T) {
	p := withReceipts(2500)
	p.receipts[0].Path = "/d/a, \"b\"\r\nc.dcm"
	p.receipts[1].Path = "=HYPERLINK(\"https://evil.test\",\"x\")"
	p.receipts[2].Checksum = "+bc="
	var out bytes.Buffer
	n, err := CSV(context.Background(), &out, p, uploader.HistoryQuery{}, true)
	if err != nil || n != 2500 || p.most > page {
		t.Fatal(n, err, p.most)
	}
	text, marked := strings.CutPrefix(out.String(), byteOrderMark)
	if !marked || strings.Count(text, "\r\n") < 2501 {
		t.Error("no byte order mark, or lines end otherwise")
	}
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || len(rows) != 2501 {
		t.Fatal(len(rows), err)
	}
	if got := rows[1][0]; got != "/d/a, \"b\"\nc.dcm" { // the reader makes one newline of CRLF
		t.Errorf("%q", got)
	}
	if got := rows[2][0]; got != "'"+p.receipts[1].Path {
		t.Errorf("a formula: %q", got)
	}
	if got := rows[3][5]; got != "'+bc=" {
		t.Errorf("a checksum: %q", got)
	}
	if got := rows[4]; got[1] != "10" || got[2] != "2026-03-01T11:59:57Z" || got[3] != "Radiology, North" || got[13] != "m/1" {
		t.Errorf("%q", got)
	}
}

func TestCell(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "a=b": "a=b", "=1": "'=1", "+1": "'+1", "-1": "'-1", "@x": "'@x", "  =1": "'  =1", "\t=1": "'\t=1", "\rx": "'\rx", "＝1": "'＝1",
		"/d/a;=1": "/d/a;'=1", "/d/a; \"@x": "/d/a; \"'@x", "a\r\n-1": "a\r\n'-1", "a;b-c": "a;b-c",
		"/d/x": "/d/x", "bad\xff": "bad\uFFFD",
	} {
		if got := Cell(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}

func TestJSONIsOneArray(t *testing.T) {
	for _, n := range []int{0, 1, 1000, 2001} {
		p := withReceipts(n)
		var out bytes.Buffer
		if got, err := JSON(context.Background(), &out, p, uploader.HistoryQuery{}); err != nil || got != n {
			t.Fatal(got, err)
		}
		var views []View
		if err := json.Unmarshal(out.Bytes(), &views); err != nil || len(views) != n || n > 0 && views[n-1] != ViewOf(&p.receipts[n-1]) {
			t.Errorf("%d of %d views, %v", len(views), n, err)
		}
	}
}

func TestALimitIsKeptOverPages(t *testing.T) {
	p := withReceipts(3000)
	n := 0
	err := Each(context.Background(), p, uploader.HistoryQuery{Limit: 1500}, func(*uploader.Receipt) error { n++; return nil })
	if err != nil || n != 1500 {
		t.Error(n, err)
	}
}

func TestReceiptOfADrop(t *testing.T) {
	p := withReceipts(2001) // 1001 of B0
	p.receipts[0].Verified = uploader.VerifiedSizeOnly
	var out bytes.Buffer
	d, err := DropJSON(context.Background(), &out, p, "B0")
	if err != nil || d.Files != 1001 || d.Bytes != 10010 || d.Full != 1000 || d.VaultName != "Radiology, North" || d.ManifestKey != "m/1" ||
		!d.Last.Equal(now) || !d.First.Equal(now.Add(-2000*time.Second)) {
		t.Errorf("%+v, %v", d, err)
	}
	var whole struct {
		Drop
		Objects []View `json:"objects"`
	}
	if err := json.Unmarshal(out.Bytes(), &whole); err != nil || whole.Drop != d || len(whole.Objects) != 1001 {
		t.Errorf("%+v, %d objects, %v", whole.Drop, len(whole.Objects), err)
	}
	out.Reset()
	words := Words{
		Title: "Receipt",
		Head:  func(d Drop) [][2]string { return [][2]string{{"Files", fmt.Sprint(d.Files)}} },
		File:  func(r *uploader.Receipt) [][2]string { return [][2]string{{"Name", r.Path}, {"Checksum", r.Checksum}} },
	}
	if _, err := DropText(context.Background(), &out, p, "B0", words); err != nil {
		t.Fatal(err)
	}
	if text := out.String(); !strings.HasPrefix(text, "Receipt\n\nFiles: 1001\n\nName: /d/0.dcm\nChecksum: abc=\n\n") || strings.Count(text, "Name: ") != 1001 {
		t.Errorf("%.200s", text)
	}
	if d, err := DropText(context.Background(), io.Discard, p, "nobody", words); err != nil || d.Files != 0 {
		t.Errorf("a drop that nobody knows: %+v, %v", d, err)
	}
}

func TestAFileIsWholeOrNotThere(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "history.csv")
	broken := errors.New("broken")
	for _, c := range []struct {
		path string
		err  error
		want error
	}{
		{path, broken, broken}, {filepath.Join(dir, "missing", "x.csv"), nil, ErrPlace}, {path, nil, nil},
	} {
		err := Save(c.path, func(w io.Writer) error {
			if _, err := io.WriteString(w, "text"); err != nil {
				return err
			}
			return c.err
		})
		if !errors.Is(err, c.want) {
			t.Errorf("%v, want %v", err, c.want)
		}
		files, err := filepath.Glob(filepath.Join(dir, "*"))
		if hidden, _ := filepath.Glob(filepath.Join(dir, ".longshore-*")); err != nil || len(hidden) > 0 || (c.want == nil) != (len(files) == 1) {
			t.Errorf("after %v: %v, %v", c.want, files, hidden)
		}
	}
	if data, err := os.ReadFile(path); err != nil || string(data) != "text" {
		t.Errorf("%q, %v", data, err)
	}
}
