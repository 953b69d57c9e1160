package ui

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"longshore/ui/history"
	"longshore/ui/words"
	"longshore/uploader"
)

func TestSeveralReceiptsAreSelectedRemovedAndBroughtBack(t *testing.T) {
	q := withPast(300)()
	r := open(t, q, Options{Picker: picker{paths: []string{"/tmp/some.json"}}})
	r.win.Resize(fyne.NewSize(1000, 680))
	r.history(200)
	press := func(key fyne.KeyName) {
		ev := &fyne.KeyEvent{Name: key}
		if has := r.win.Canvas().Focused(); has != nil {
			has.TypedKey(ev)
			return
		}
		r.typed(ev) // after a click on a button nobody has the keyboard
	}
	press(fyne.KeyDown) // from the field into the list
	press(fyne.KeyDown)
	r.past.Toggle() // the second
	press(fyne.KeyDown)
	if got := r.past.Picked(); len(got) != 1 || got[0].Job != "J2" {
		t.Fatalf("selected %v", got)
	}
	r.copyReceipts()
	if got := r.app.Clipboard().Content(); !strings.Contains(got, "IM000002") || strings.Contains(got, "IM000001") {
		t.Errorf("copied %q", got)
	}
	r.ExportReceipts(r.past.Picked(), "json")
	r.until("it is exported", func() bool { return strings.Contains(r.past.Status(), "some.json") })
	r.selectAll()
	r.until("all are loaded and selected", func() bool { return len(r.past.Picked()) == 300 })
	press(fyne.KeyDelete)
	r.until("they are gone", func() bool { return len(r.past.Rows()) == 0 && strings.HasPrefix(r.past.Footer(), "0 ") })
	r.click(words.Undo)
	r.until("they are back", func() bool {
		return r.past.Found() && len(r.past.Rows()) == 200 && strings.HasPrefix(r.past.Footer(), "300 ")
	})
	if got := r.past.Status(); got != "300 receipts are back." {
		t.Errorf("it says %q", got)
	}
	press(fyne.KeyEscape)
	if r.past != nil {
		t.Error("Escape without a selection does not lead back")
	}
}

// A look goes through all that fits, not only through what was loaded; what is wrong can be shown alone.
func TestAllThatFitsIsVerified(t *testing.T) {
	q := withPast(1700)()
	q.past.gone = q.past.receipts[1600].Key
	r := open(t, q, Options{})
	r.win.Resize(fyne.NewSize(1000, 680))
	r.history(200)
	r.click(words.HistoryVerifyAll)
	r.until("all were looked at", func() bool { return strings.Contains(r.past.Status(), "1,699 the same, 1 gone") })
	r.click(words.HistoryOnlyWrong)
	if rows := r.past.Rows(); len(rows) != 1 || rows[0].Key != q.past.gone {
		t.Errorf("shown alone: %v", rows)
	}
	r.click(words.HistoryShowAll)
	r.until("all are shown", func() bool { return r.past.Found() && len(r.past.Rows()) == 200 })
}

// What was sent side by side within a minute is in the order of its names, whatever the order in which it came to an
// end, and a minute is not torn in two.
func TestReceiptsOfAMinuteAreInTheOrderOfTheirNames(t *testing.T) {
	at := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	var all []uploader.Receipt
	for i, name := range []string{"b/10", "b/9", "b/1", "a/2", "old/2", "old/1", "older"} {
		finished := at.Add(time.Duration(50-i) * time.Second)
		if i >= 4 {
			finished = at.Add(time.Duration(4-i)*time.Second - time.Second)
		}
		all = append(all, uploader.Receipt{Job: uploader.JobID(name), Batch: "B", RelPath: name, FinishedAt: finished})
	}
	all[6].FinishedAt = at.Add(-time.Hour)
	ask := func(_ context.Context, q uploader.HistoryQuery) ([]uploader.Receipt, error) {
		from := slices.IndexFunc(all, func(r uploader.Receipt) bool { return r.Mark() == q.Before }) + 1
		return all[from:min(from+q.Limit, len(all))], nil
	}
	var got []string
	q := uploader.HistoryQuery{Limit: 2}
	for more := true; more; {
		f, err := history.Read(t.Context(), ask, q)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range f.Receipts {
			got = append(got, r.RelPath)
		}
		more, q.Before = f.More, f.Next
	}
	if want := []string{"a/2", "b/1", "b/9", "b/10", "old/1", "old/2", "older"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
