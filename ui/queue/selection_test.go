package queue

import (
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"longshore/uploader"
)

func picked(l *List) (got []uploader.EntryID) { return l.sel.target(l.now).Entries }

func ids(names ...uploader.EntryID) []uploader.EntryID { return names }

func TestSelectingSeveral(t *testing.T) {
	rows := entries(6)
	l, a, _ := shownList(t, rows)
	var held fyne.KeyModifier
	l.modifiers = func() fyne.KeyModifier { return held }
	click := func(i int, mod fyne.KeyModifier) {
		held = mod
		test.Tap(l.shown[i])
		held = 0
	}
	const shift, ctrl = fyne.KeyModifierShift, fyne.KeyModifierShortcutDefault
	want := func(what string, names ...uploader.EntryID) {
		t.Helper()
		if !slices.Equal(picked(l), names) {
			t.Errorf("%s: %v, want %v", what, picked(l), names)
		}
	}
	l.Resize(fyne.NewSize(900, 700))
	click(1, 0)
	click(3, shift)
	want("a range", "E000001", "E000002", "E000003")
	click(0, shift)
	want("the range turned over", "E000000", "E000001")
	click(4, ctrl)
	want("one more", "E000000", "E000001", "E000004")
	click(1, ctrl)
	want("one less", "E000000", "E000004")
	click(2, 0)
	held = shift
	key(l, fyne.KeyDown, fyne.KeyDown)
	held = 0
	want("by keys", "E000002", "E000003", "E000004")
	if !l.shown[3].selected || l.shown[1].selected || l.shown[3].focused || !l.many() {
		t.Error("it is drawn otherwise")
	}
	key(l, fyne.KeyDelete)
	if !slices.Equal(a.removed, ids("E000002", "E000003", "E000004")) {
		t.Errorf("removed %v", a.removed)
	}
	l.Up()
	if got := a.targets[len(a.targets)-1]; a.verbs[len(a.verbs)-1] != uploader.MoveUp || len(got.Entries) != 3 {
		t.Errorf("%v of %+v", a.verbs, got)
	}
	l.Update(snap(append(slices.Clone(rows[3:]), rows[:2]...)))
	want("after the rows moved and one went", "E000003", "E000004")
	key(l, fyne.KeyEscape)
	want("after Escape")
	if r := l.shown[l.sel.at]; r.selected || r.parts.edge.Visible() {
		t.Error("the row is drawn as selected")
	}
	key(l, fyne.KeySpace)
	if got := a.targets[len(a.targets)-1]; !slices.Equal(got.Entries, ids("E000004")) {
		t.Errorf("without a selection Space is for %+v, not for the row under the cursor", got)
	}
	l.SelectAll()
	if len(picked(l)) != 5 {
		t.Errorf("all are %v", picked(l))
	}
}

// A selected folder stands for its files; what a filter hides is not selected any more.
func TestSelectionOfFilesAndFolders(t *testing.T) {
	l, a, _ := shownList(t, nil)
	l.Update(study())
	l.open(&uploader.EntryRow{ID: "B"}, true)
	l.filter(filterFailed)
	l.SelectAll()
	l.do(uploader.RetryJobs)
	if got := a.targets[0]; !slices.Equal(got.Entries, ids("B")) || len(got.Jobs) != 0 {
		t.Errorf("the folder and its file: %+v", got)
	}
	l.sel.toggle(0, l.now.id(0))
	l.do(uploader.RetryJobs)
	if got := a.targets[1]; len(got.Entries) != 0 || !slices.Equal(got.Jobs, []uploader.JobID{"b10"}) {
		t.Errorf("the file alone: %+v", got)
	}
	l.Up()
	if len(a.verbs) != 2 {
		t.Error("something moves though the rows around it are hidden")
	}
	l.filter(filterAll)
	l.SelectAll()
	l.search("film")
	if !slices.Equal(picked(l), ids("A")) || len(l.sel.picked) != 1 {
		t.Errorf("selected, though it is not shown: %v", l.sel.picked)
	}
}

// What finishes while a filter shows only what is being sent leaves the list by itself; the key that was meant for it
// does nothing to the row that moved into its place.
func TestARowThatLeavesTheFilterLeavesNothingSelected(t *testing.T) {
	rows := entries(3)
	for i := range rows {
		rows[i].State = uploader.Uploading
	}
	l, a, _ := shownList(t, rows)
	l.filter(filterActive)
	test.Tap(l.shown[0])
	rows = slices.Clone(rows)
	rows[0].State = uploader.Done
	l.Update(snap(rows))
	if l.now.len() != 2 {
		t.Fatalf("%d rows are shown", l.now.len())
	}
	key(l, fyne.KeyDelete, fyne.KeySpace)
	l.do(uploader.Cancel)
	if len(a.removed) != 0 || len(a.verbs) != 0 {
		t.Errorf("removed %v, asked %v", a.removed, a.verbs)
	}
	key(l, fyne.KeyDown)
	if !slices.Equal(picked(l), ids("E000001")) {
		t.Errorf("the keyboard leads to %v", picked(l))
	}
}

func TestSeveralRowsHaveABarAndAMenu(t *testing.T) {
	p, a := shownPage(t)
	p.Update(snap(entries(3)))
	if p.picked.box.Visible() || !p.header.all.Visible() {
		t.Error("the bar is there without a selection")
	}
	p.list.SelectAll()
	if !p.picked.box.Visible() || p.header.all.Visible() || p.picked.count.Text() != "3 rows selected" {
		t.Errorf("visible %v: %q", p.picked.box.Visible(), p.picked.count.Text())
	}
	test.Tap(p.picked.down)
	if a.verbs[0] != uploader.MoveDown || len(a.targets[0].Entries) != 3 {
		t.Errorf("asked %v", a.verbs)
	}
	for _, i := range p.list.manyItems() {
		if i.Label == "Stop" {
			i.Action()
		}
	}
	if a.verbs[1] != uploader.Cancel || len(a.targets[1].Entries) != 3 {
		t.Errorf("asked %v", a.verbs)
	}
	p.list.Clear()
	if p.picked.box.Visible() || !p.header.all.Visible() {
		t.Error("the bar stays")
	}
}

// A line of a menu is for what was selected when the menu opened, also when rows went or another was selected since.
func TestAMenuIsForWhatWasSelectedWhenItOpened(t *testing.T) {
	rows := entries(4)
	l, a, _ := shownList(t, rows)
	l.sel.only(0, l.now.id(0))
	l.sel.toggle(1, l.now.id(1))
	items := l.manyItems()
	one := l.menuItems(l.view(0))
	l.sel.only(3, l.now.id(3))
	chosen := func(items []*fyne.MenuItem, label string) {
		for _, i := range items {
			if i.Label == label {
				i.Action()
			}
		}
	}
	chosen(items, "Stop")
	chosen(items, "Move to top")
	chosen(one, "Move to top")
	for i, want := range [][]uploader.EntryID{ids("E000000", "E000001"), ids("E000000", "E000001"), ids("E000000")} {
		if !slices.Equal(a.targets[i].Entries, want) {
			t.Errorf("%s is for %v, want %v", a.verbs[i], a.targets[i].Entries, want)
		}
	}
	l.Update(snap(rows[1:]))
	chosen(items, "Remove from the list")
	if !slices.Equal(a.removed, ids("E000001")) {
		t.Errorf("removed %v", a.removed)
	}
}

func TestFiltersCountAndLeadBack(t *testing.T) {
	p, _ := shownPage(t)
	p.Update(study())
	if got := p.filter.buttons[filterFailed].Text; got != "Failed 1" {
		t.Errorf("the filter says %q", got)
	}
	test.Tap(p.filter.buttons[filterWaiting])
	if !p.none.Visible() {
		t.Error("an empty result is not told")
	}
	p.filter.reset()
	if p.none.Visible() || p.list.now.len() != 3 {
		t.Error("there is no way back")
	}
	p.filter.search.SetText("FILM")
	if p.list.now.len() != 1 {
		t.Errorf("%d rows are called so", p.list.now.len())
	}
	p.filter.search.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if p.list.now.len() != 3 || p.filter.search.Text != "" {
		t.Error("Escape does not empty the search")
	}
	p.filter.search.TypedKey(&fyne.KeyEvent{Name: fyne.KeyDown})
	if !p.list.focused {
		t.Error("Down does not lead into the list")
	}
}
