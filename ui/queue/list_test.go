package queue

import (
	"fmt"
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"longshore/ui/theme"
	"longshore/uploader"
)

// asked records what the page asked for.
type asked struct {
	verbs     []uploader.Verb
	targets   []uploader.Target
	removed   []uploader.EntryID
	files     []uploader.JobID // removed by themselves
	names     []string         // of all that was removed
	details   []uploader.EntryID
	copied    []uploader.Target
	signIn    []uploader.VaultID
	shortcuts int
	proxies   int
	later     *[]func() func()
}

func (a *asked) BrowseFiles()                 {}
func (a *asked) BrowseFolder()                {}
func (a *asked) Settings()                    {}
func (a *asked) History()                     {}
func (a *asked) Shortcuts()                   { a.shortcuts++ }
func (a *asked) ChooseVault(uploader.VaultID) {}
func (a *asked) AskProxy()                    { a.proxies++ }
func (a *asked) SignInTo(id uploader.VaultID) { a.signIn = append(a.signIn, id) }
func (a *asked) Do(v uploader.Verb, t uploader.Target) {
	a.verbs, a.targets = append(a.verbs, v), append(a.targets, t)
}
func (a *asked) Remove(rows []*uploader.EntryRow, t uploader.Target) {
	a.removed, a.files = append(a.removed, t.Entries...), append(a.files, t.Jobs...)
	for _, e := range rows {
		a.names = append(a.names, e.Name)
	}
}

// Aside keeps what is to be done for later, if the test wants it so.
func (a *asked) Aside(work func() func()) {
	if a.later != nil {
		*a.later = append(*a.later, work)
		return
	}
	work()()
}
func (a *asked) CopyReceipt(t uploader.Target)   { a.copied = append(a.copied, t) }
func (a *asked) ShowInFolder(*uploader.EntryRow) {}
func (a *asked) Details(e *uploader.EntryRow)    { a.details = append(a.details, e.ID) }

func entries(n int) []uploader.EntryRow {
	rows := make([]uploader.EntryRow, n)
	for i := range rows {
		rows[i] = uploader.EntryRow{
			ID: uploader.EntryID(fmt.Sprintf("E%06d", i)), Name: fmt.Sprintf("clip_%d.mov", i), State: uploader.Uploading,
			Files: 1, Bytes: 1000, Parts: 10,
		}
	}
	return rows
}

func snap(rows []uploader.EntryRow) *uploader.Snapshot {
	return &uploader.Snapshot{Entries: uploader.PagesOf(rows)}
}

func shownList(t *testing.T, rows []uploader.EntryRow) (*List, *asked, fyne.Window) {
	t.Helper()
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.System))
	a := &asked{}
	l := NewList(a, func(string) {}, en)
	l.Update(snap(rows))
	w := test.NewTempWindow(t, l)
	w.Resize(fyne.NewSize(900, 400))
	return l, a, w
}

func key(l *List, names ...fyne.KeyName) {
	for _, n := range names {
		l.TypedKey(&fyne.KeyEvent{Name: n})
	}
}

func TestOnlyVisibleRowsExist(t *testing.T) {
	l, _, _ := shownList(t, entries(100_000))
	key(l, fyne.KeyEnd)
	if l.Selected().ID != "E099999" {
		t.Errorf("End selects %s", l.Selected().ID)
	}
	l.touch()
	if n := len(l.shown); n > 12 {
		t.Errorf("%d rows exist for a window of six", n)
	}
}

func TestSelectionStaysWithTheEntry(t *testing.T) {
	rows := entries(5)
	l, _, _ := shownList(t, rows)
	key(l, fyne.KeyDown, fyne.KeyDown, fyne.KeyDown) // the third
	if l.Selected().ID != "E000002" {
		t.Fatalf("selected %s", l.Selected().ID)
	}
	moved := append([]uploader.EntryRow{rows[2]}, rows[0], rows[1], rows[3], rows[4])
	l.Update(snap(moved))
	if l.Selected().ID != "E000002" || l.sel.at != 0 {
		t.Errorf("after it moved to the top: %s at %d", l.Selected().ID, l.sel.at)
	}
	if !l.shown[0].selected || l.shown[2].selected {
		t.Error("another row is drawn as selected")
	}
	l.Update(snap(moved[1:]))
	if l.Selected().ID != "E000000" {
		t.Errorf("after it was removed %s is selected, want the one in its place", l.Selected().ID)
	}
	l.Update(snap(nil))
	if l.Selected() != nil {
		t.Error("something is selected in an empty list")
	}
}

func TestChangedRowsAreDrawnInPlace(t *testing.T) {
	rows := entries(6)
	l, _, _ := shownList(t, rows)
	before := map[int]*row{}
	for i, r := range l.shown {
		before[i] = r
	}
	rows[1].BytesSent, rows[1].State = 500, uploader.Paused
	l.Update(snap(rows))
	if got := l.shown[1].parts.status1.Text; got != "Paused" {
		t.Errorf("the row says %q", got)
	}
	if got := l.shown[1].parts.percent.Text; got != "50 %" {
		t.Errorf("the row shows %q", got)
	}
	for i, r := range l.shown {
		if before[i] != r {
			t.Errorf("row %d was made anew", i)
		}
	}
}

// A row beyond the edge is kept by the toolkit and comes back without being asked for when the window grows.
func TestRowsBeyondTheEdgeStayFresh(t *testing.T) {
	rows := entries(20)
	l, _, w := shownList(t, rows)
	for height := float32(400); height <= 800; height += 40 {
		for i := range rows {
			rows[i].BytesSent += 10
		}
		l.Update(snap(rows))
		w.Resize(fyne.NewSize(900, height))
		l.touch()
		want := viewOf(&rows[0], en).percent
		for i := range int(height/(rowHeight+4)) - 1 {
			if r := l.shown[i]; r == nil || r.view.percent != want {
				t.Fatalf("at height %v row %d is stale or missing", height, i)
			}
		}
	}
}

func TestKeysAct(t *testing.T) {
	rows := entries(4)
	rows[1].State, rows[2].State, rows[3].State = uploader.Paused, uploader.Failed, uploader.Done
	l, a, _ := shownList(t, rows)
	for range rows {
		key(l, fyne.KeyDown, fyne.KeySpace)
	}
	if want := []uploader.Verb{uploader.Pause, uploader.Resume, uploader.RetryJobs}; !slices.Equal(a.verbs, want) {
		t.Errorf("Space on sending, paused, failed and stored rows asks %v, want %v", a.verbs, want)
	}
	if !slices.Equal(a.targets[2].Entries, []uploader.EntryID{"E000002"}) || a.targets[2].All {
		t.Errorf("retry is for %+v", a.targets[2])
	}
	key(l, fyne.KeyDelete, fyne.KeyReturn)
	if !slices.Equal(a.removed, []uploader.EntryID{"E000003"}) || !slices.Equal(a.details, []uploader.EntryID{"E000003"}) {
		t.Errorf("removed %v, details of %v", a.removed, a.details)
	}
	key(l, fyne.KeyHome)
	l.ToTop()
	if got := a.verbs[len(a.verbs)-1]; got != uploader.MoveToTop || len(a.verbs) != 4 {
		t.Errorf("asked %v", a.verbs)
	}
}

func TestButtonsAct(t *testing.T) {
	rows := entries(2)
	rows[1].State, rows[1].Code = uploader.Failed, uploader.CodeSourceMissing
	l, a, _ := shownList(t, rows)
	p := l.shown[0].parts
	test.Tap(p.main)
	test.Tap(p.top)
	test.Tap(p.remove)
	if !slices.Equal(a.verbs, []uploader.Verb{uploader.Pause, uploader.MoveToTop}) || len(a.removed) != 1 {
		t.Errorf("asked %v, removed %v", a.verbs, a.removed)
	}
	test.Tap(l.shown[1].parts.top) // there it explains
	if !slices.Equal(a.details, []uploader.EntryID{"E000001"}) {
		t.Errorf("details of %v", a.details)
	}
}

func TestLongNamesStayInTheirColumn(t *testing.T) {
	rows := entries(1)
	for range 8 {
		rows[0].Name = "long_" + rows[0].Name + "_name"
	}
	rows[0].Name += "_that_goes_on_and_on_and_on_and_on_and_on_and_on_and_on_and_on.mov"
	rows[0].State, rows[0].Code = uploader.Failed, uploader.CodeBadName
	l, _, w := shownList(t, rows)
	for _, width := range []float32{560, 700, 900, 1280} {
		w.Resize(fyne.NewSize(width, 400))
		p := l.shown[0].parts
		edge := p.bytes.Position().X
		for _, text := range []interface {
			Position() fyne.Position
			MinSize() fyne.Size
		}{p.name, p.status1, p.status2} {
			if right := text.Position().X + text.MinSize().Width; right > edge {
				t.Errorf("at %v a text ends at %v, in the next column, which begins at %v", width, right, edge)
			}
		}
		if p.remove.Position().X+p.remove.Size().Width > l.shown[0].Size().Width {
			t.Errorf("at %v a button is outside", width)
		}
	}
}

func TestMenuNamesWhatFits(t *testing.T) {
	l, _, _ := shownList(t, entries(1))
	labels := func(v view) (s []string) {
		for _, i := range l.menuItems(v) {
			if !i.IsSeparator {
				s = append(s, i.Label)
			}
		}
		return s
	}
	sending := labels(viewOf(&uploader.EntryRow{State: uploader.Uploading}, en))
	if want := []string{"Pause", "Move to top", "Move up", "Move down", "Stop", "Details", "Show in folder", "Remove from the list"}; !slices.Equal(sending, want) {
		t.Errorf("sending: %q", sending)
	}
	done := labels(viewOf(&uploader.EntryRow{State: uploader.Done}, en))
	if want := []string{"Details", "Show in folder", "Remove from the list"}; !slices.Equal(done, want) {
		t.Errorf("stored: %q", done)
	}
}

func BenchmarkUpdateOf100000(b *testing.B) {
	test.NewTempApp(b).Settings().SetTheme(theme.New(theme.System))
	l := NewList(&asked{}, func(string) {}, en)
	rows := entries(100_000)
	x, y := snap(rows), snap(rows)
	l.Update(x)
	w := test.NewTempWindow(b, l)
	w.Resize(fyne.NewSize(900, 600))
	for b.Loop() {
		l.Update(y)
		l.Update(x)
	}
}

func TestAFilterShowsItsFirstRows(t *testing.T) {
	rows := entries(200)
	for i := range rows {
		if i%4 == 3 {
			rows[i].State = uploader.Failed
		}
	}
	l, _, _ := shownList(t, rows)
	key(l, fyne.KeyEnd, fyne.KeyUp) // a row that is filtered away
	l.filter(filterFailed)
	if got := l.GetScrollOffset(); got != 0 || l.now.len() != 50 {
		t.Errorf("%d rows are shown from %v on", l.now.len(), got)
	}
	key(l, fyne.KeyEnd)
	l.filter(filterAll)
	if first, last := l.window(); l.Selected().ID != "E000199" || l.sel.at < first || l.sel.at > last {
		t.Errorf("%s is selected, and rows %d to %d are shown", l.Selected().ID, first, last)
	}
	l.search("clip_2") // none of them is selected
	if got := l.GetScrollOffset(); got != 0 {
		t.Errorf("what was found is shown from %v on", got)
	}
}
