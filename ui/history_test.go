package ui

import (
	"image"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"longshore/ui/words"
	"longshore/uploader"
)

func withPast(n int) func() *fakeQueue {
	return func() *fakeQueue {
		q := newFake(fakeVault)
		q.past = somePast(n, fakeVault.ID, time.Now())
		return q
	}
}

// history opens the history and waits for what is in it.
func (r *rig) history(n int) {
	r.t.Helper()
	r.History()
	r.until("the receipts are shown", func() bool { return r.past.Found() && len(r.past.Rows()) == n })
}

func (r *rig) click(text words.Key) {
	r.t.Helper()
	for _, o := range slices.Backward(r.objects()) { // what a dialog has before what is below it
		if b, ok := o.(*widget.Button); ok && b.Text == r.book.Say(text) && !b.Disabled() {
			test.Tap(b)
			return
		}
	}
	r.t.Fatalf("no button %q", r.book.Say(text))
}

func TestHistoryIsReadPageByPageAndFiltered(t *testing.T) {
	r := open(t, withPast(450)(), Options{})
	r.win.Resize(fyne.NewSize(1000, 680))
	r.history(200)
	if r.fake.past.asked[0].Limit != 201 {
		t.Errorf("asked for %+v", r.fake.past.asked[0])
	}
	var list interface{ ScrollToBottom() }
	for _, o := range r.objects() {
		if l, ok := o.(interface{ ScrollToBottom() }); ok && list == nil { // what comes later is inside of it
			list = l
		}
	}
	list.ScrollToBottom()
	r.until("the next page is there", func() bool { return len(r.past.Rows()) == 400 })
	list.ScrollToBottom()
	r.until("all are there", func() bool { return len(r.past.Rows()) == 450 && strings.HasPrefix(r.past.Footer(), "450 receipts, ") })

	r.past.Search("im000012.DCM")
	r.until("one is found", func() bool { return r.past.Found() && len(r.past.Rows()) == 1 })
	r.past.Search("elsewhere")
	r.until("none is found", func() bool { return r.past.Found() && len(r.past.Rows()) == 0 })
	if !shown(r)[r.book.Say(words.HistoryNothingFits)] {
		t.Error("an empty answer says nothing")
	}
	r.past.Search("")
	r.past.Since(1)
	var after time.Time
	r.until("today is asked for", func() bool {
		r.fake.mu.Lock()
		defer r.fake.mu.Unlock()
		for _, q := range r.fake.past.asked { // the one before may be asked later
			if !q.After.IsZero() {
				after = q.After
			}
		}
		return !after.IsZero()
	})
	if y, m, d := time.Now().Date(); !after.Equal(time.Date(y, m, d, 0, 0, 0, 0, time.Local).Add(-1)) {
		t.Errorf("today begins at %v", after)
	}
	r.past.Search("x")
	for range 2 { // the first empties the field
		r.win.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	}
	if r.past != nil || r.win.Content() != fyne.CanvasObject(r.page) {
		t.Error("Escape does not lead back to the queue")
	}
}

func TestHistoryIsVerifiedExportedAndCleared(t *testing.T) {
	q := withPast(5)()
	q.past.gone = q.past.receipts[2].Key
	r := open(t, q, Options{Picker: picker{paths: []string{"/tmp/here.csv"}}})
	r.win.Resize(fyne.NewSize(1000, 680))
	r.history(5)
	r.click(words.HistoryVerifyAll)
	r.until("it says what was found", func() bool { return strings.Contains(r.past.Status(), "4 the same, 1 gone") })
	if s := shown(r); !s[r.book.Say(words.VerdictGone)] || !s[r.book.Say(words.VerdictSame)] {
		t.Error("the rows do not say what was found")
	}
	r.ExportHistory(uploader.HistoryQuery{Search: "x"}, "csv")
	r.until("it is exported", func() bool { return strings.Contains(r.past.Status(), "here.csv") })
	if q.past.exported["/tmp/here.csv"].Search != "x" {
		t.Errorf("exported %+v", q.past.exported)
	}
	r.click(words.HistoryClear)
	if len(q.past.receipts) != 5 {
		t.Fatal("cleared without a question")
	}
	r.click(words.HistoryClearYes)
	r.until("it is empty", func() bool { return r.past.Found() && len(r.past.Rows()) == 0 })
}

func TestReceiptIsShownCopiedAndVerified(t *testing.T) {
	q := withPast(3)()
	r := open(t, q, Options{Picker: picker{paths: []string{"/tmp/receipt"}}})
	r.win.Resize(fyne.NewSize(1000, 680))
	r.history(3)
	one := q.past.receipts[1]
	r.ShowReceipt(one)
	for _, want := range []string{one.Key, one.Checksum, one.ETag, one.VersionID, one.ManifestKey} {
		if !shown(r)[want] {
			t.Errorf("%q is not shown", want)
		}
	}
	r.click(words.ReceiptCopyKey)
	if got := r.app.Clipboard().Content(); got != one.Key {
		t.Errorf("copied %q", got)
	}
	r.click(words.ReceiptCopy)
	if got := r.app.Clipboard().Content(); !strings.Contains(got, "Checksum (CRC64NVME): "+one.Checksum+"\n") {
		t.Errorf("copied %q", got)
	}
	r.click(words.ReceiptDrop)
	r.until("the drop's receipt is saved", func() bool {
		q.mu.Lock()
		defer q.mu.Unlock()
		return q.past.dropped["/tmp/receipt.txt"] == one.Batch
	})
}

func TestHistoryByTheKeyboardAlone(t *testing.T) {
	r := open(t, withPast(3)(), Options{})
	r.win.Resize(fyne.NewSize(1000, 680))
	r.history(3)
	press := func(key fyne.KeyName) { r.win.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: key}) }
	press(fyne.KeyDown) // from the field into the list
	press(fyne.KeyDown)
	if n := rings(r); n != 1 {
		t.Errorf("%d rows show that they have the keyboard", n)
	}
	press(fyne.KeyReturn)
	if !shown(r)[r.fake.past.receipts[1].Key] {
		t.Fatal("the second receipt is not open")
	}
	r.typed(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if r.win.Canvas().Overlays().Top() != nil || r.past == nil {
		t.Fatal("Escape does not close the receipt alone")
	}
	press(fyne.KeyEscape) // takes the selection back
	if r.past == nil || len(r.past.Picked()) > 0 {
		t.Fatal("Escape does not take the selection back first")
	}
	press(fyne.KeyEscape)
	if r.past != nil {
		t.Error("Escape does not lead back to the queue")
	}
}

func TestSettingsSayHowLongReceiptsAreKept(t *testing.T) {
	q := withPast(0)()
	q.past.keep = uploader.Keep{Days: 30} // by the command line
	r := open(t, q, Options{})
	r.Settings()
	var pick *widget.Select
	r.until("the choice is there", func() bool {
		for _, o := range r.objects() {
			if s, ok := o.(*widget.Select); ok && s.Selected == r.book.Say(words.SettingsKeepDays, "days", 30) {
				pick = s
			}
		}
		return pick != nil
	})
	pick.SetSelected(r.book.Say(words.SettingsKeepDays, "days", 90))
	r.until("it is saved", func() bool {
		k, err := q.Keep(t.Context())
		return err == nil && k == (uploader.Keep{Days: 90})
	})
}

func TestAFinishedDropOffersItsReceipt(t *testing.T) {
	q := withPast(1)()
	q.rows = sceneDone()
	r := open(t, q, Options{Picker: picker{paths: []string{"/tmp/drop.json"}}})
	for _, e := range r.window.last.Entries.All() {
		if e.State == uploader.Done {
			r.Details(e)
			break
		}
	}
	r.click(words.ReceiptDrop)
	r.until("it is saved, and told", func() bool {
		q.mu.Lock()
		defer q.mu.Unlock()
		_, saved := q.past.dropped["/tmp/drop.json"]
		return saved && len(r.page.Notices()) == 1
	})
}

// rings are the frames around rows that have the keyboard.
func rings(r *rig) (n int) {
	r.drawn(func(o fyne.CanvasObject, _ fyne.Position, _ image.Rectangle, _ bool) {
		if ring, ok := o.(*canvas.Rectangle); ok && ring.StrokeWidth == 1.5 && ring.CornerRadius == 6 {
			n++
		}
	})
	return n
}
