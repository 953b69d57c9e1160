package ui

import (
	"fmt"
	"image"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"longshore/ui/theme"
	"longshore/ui/words"
	"longshore/uploader"
)

// drawnAt opens a window whose size, look and language are the same on every machine; the font is the toolkit's own, the
// zone TestMain's.
func drawnAt(t *testing.T, q *fakeQueue, height float32) *rig {
	t.Helper()
	r := open(t, q, Options{})
	r.app.Settings().SetTheme(theme.New(theme.Light))
	r.win.Resize(fyne.NewSize(1000, height))
	return r
}

// tree is what is in the window's topmost layer, between two heights.
func (r *rig) tree(from, to float32) string {
	t := newTree()
	t.from, t.to = from, to
	c := r.win.Canvas()
	top := c.Overlays().Top()
	if top == nil {
		top = c.Content()
	}
	t.walk(top, fyne.Position{}, fyne.Position{})
	return t.String()
}

func (r *rig) whole() string { return r.tree(0, 1e6) }

// edges are where the filters and the list begin.
func (r *rig) edges() (filters, list float32) {
	r.t.Helper()
	r.whole() // which lays it out
	r.drawn(func(o fyne.CanvasObject, at fyne.Position, _ image.Rectangle, _ bool) {
		switch fmt.Sprintf("%T", o) {
		case "*queue.searchField":
			filters = at.Y
		case "*queue.List":
			list = at.Y
		}
	})
	if filters == 0 || list <= filters {
		r.t.Fatalf("the filters begin at %v, the list at %v", filters, list)
	}
	return filters, list
}

func sceneSending() []uploader.EntryRow {
	clip := file("1", "A001_C001_1120ab.braw", uploader.Uploading, 310e6, 640e6)
	clip.Rate, clip.Left = 8e6, 41*time.Second
	study := folder("2", "MR Head 5000 slices", uploader.Uploading, 1200, 5000, 240e6, 1_000e6)
	study.Rate, study.Left = 4e6, 190*time.Second
	return []uploader.EntryRow{
		clip, study, file("3", "A001_C002_1120ab.braw", uploader.Queued, 0, 22_400e6), file("4", "consent-form.pdf", uploader.Done, 0, 182_000),
	}
}

// sceneAsks is a drop of which the vault has some.
func sceneAsks() []uploader.EntryRow {
	known := folder("1", "CT Thorax 2026-11-20", uploader.Paused, 0, 12, 0, 6e6)
	known.Batch, known.Asks = "B", 12
	fresh := file("2", "consent-form.pdf", uploader.Uploading, 100_000, 182_000)
	fresh.Batch = "B"
	return []uploader.EntryRow{known, fresh}
}

// sceneStates has each way in which a row can stand.
func sceneStates() []uploader.EntryRow {
	stopped := file("12", "wrong-clip.mov", uploader.Cancelled, 1e6, 3e6)
	failed := sceneFailed()
	rows := append(sceneMixed(), stopped, failed[len(failed)-1], sceneAsks()[0])
	for i, e := range sceneWaiting() {
		e.ID = uploader.EntryID(fmt.Sprint("w", i))
		rows = append(rows, e)
	}
	return rows
}

func TestGoldenRows(t *testing.T) {
	r := drawnAt(t, withRows(sceneStates)(), 2000)
	_, list := r.edges()
	golden(t, "rows", r.tree(list, float32(len(r.fake.rows)*60)+list))
}

func TestGoldenHeaders(t *testing.T) {
	for name, rows := range map[string]func() []uploader.EntryRow{
		"sending": sceneSending, "failed": sceneFailed, "done": sceneDone, "waiting": sceneWaiting,
	} {
		t.Run(name, func(t *testing.T) {
			r := drawnAt(t, withRows(rows)(), 680)
			filters, _ := r.edges()
			golden(t, "header-"+name, r.tree(0, filters))
		})
	}
}

func TestGoldenFilters(t *testing.T) {
	r := drawnAt(t, withRows(sceneMixed)(), 680)
	r.press("Failed 2")
	filters, list := r.edges()
	golden(t, "filters", r.tree(filters, list))
}

func TestGoldenStored(t *testing.T) {
	r := drawnAt(t, withRows(sceneAsks)(), 680)
	filters, _ := r.edges()
	golden(t, "stored-already", r.tree(0, filters))
}

func TestGoldenQueue(t *testing.T) {
	r := drawnAt(t, withRows(sceneSending)(), 680)
	golden(t, "queue-en", r.whole())
	r.speak(words.New(words.German, "de-DE"))
	golden(t, "queue-de", r.whole())
}

func TestGoldenPages(t *testing.T) {
	past := func(n int) func() *fakeQueue {
		return func() *fakeQueue {
			q := newFake(fakeVault)
			q.past = somePast(n, fakeVault.ID, time.Date(2026, 11, 20, 14, 5, 0, 0, time.UTC))
			return q
		}
	}
	for name, p := range map[string]struct {
		queue func() *fakeQueue
		then  func(*rig)
	}{
		"queue-empty": pages["empty"], "first": pages["first"],
		"settings": {pages["settings"].queue, func(r *rig) {
			r.Settings()
			r.until("all that it asks for has been answered", func() bool {
				s, login := shown(r), false
				for _, o := range r.objects() {
					if c, ok := o.(*widget.Check); ok && c.Text == r.book.Say(words.SettingsLogin) {
						login = !c.Disabled()
					}
				}
				return login && s[r.book.Say(words.SettingsSmall)] && s[r.book.Say(words.SettingsKeep)] &&
					s[r.book.Say(words.SettingsLimit)] && s[r.book.Say(words.ProxyNowNone)]
			})
		}},
		"connection": {func() *fakeQueue { return newFake() }, func(r *rig) {
			test.Type(r.win.Canvas().Focused(), fakeVault.SignerURL)
			r.click(words.ConnectCheck)
			r.until("the question is asked", func() bool { return shown(r)[r.book.Say(words.ConnectUse)] })
		}},
		"history":       {past(3), func(r *rig) { r.addedUp(3) }},
		"history-empty": {past(0), func(r *rig) { r.addedUp(0) }},
		"receipt":       {past(1), func(r *rig) { r.ShowReceipt(r.fake.past.receipts[0]) }},
	} {
		t.Run(name, func(t *testing.T) {
			r := drawnAt(t, p.queue(), 680)
			p.then(r)
			golden(t, name, r.whole())
		})
	}
}

// addedUp opens the history and waits for the sum at its foot.
func (r *rig) addedUp(n int) {
	r.t.Helper()
	r.history(n)
	r.until("the receipts are added up", func() bool { return !strings.Contains(r.whole(), r.book.Say(words.HistoryCounting)) })
}
