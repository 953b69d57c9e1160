package queue

import (
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"longshore/uploader"
)

// hand drags with the pointer as the toolkit does: from a place in a row, by steps.
type hand struct {
	list *List
	row  *row
	at   fyne.Position // in the window
}

func grab(l *List, i int, x, y float32) *hand {
	r := l.shown[i]
	return &hand{l, r, fyne.CurrentApp().Driver().AbsolutePositionForObject(r).AddXY(x, y)}
}

// by moves on; the row is the one that was grabbed, whatever it shows by now.
func (h *hand) by(dx, dy float32) *hand {
	h.at = h.at.AddXY(dx, dy)
	ev := &fyne.DragEvent{Dragged: fyne.NewDelta(dx, dy)}
	ev.AbsolutePosition = h.at
	ev.Position = h.at.Subtract(fyne.CurrentApp().Driver().AbsolutePositionForObject(h.row))
	h.row.Dragged(ev)
	return h
}

func (h *hand) drop() { h.row.DragEnd() }

const rowStep = rowHeight + 4

func TestARowIsDragged(t *testing.T) {
	l, a, _ := shownList(t, entries(20))
	h := grab(l, 0, 100, 20).by(0, 3)
	if l.drag.on || l.drag.layer.Visible() {
		t.Fatal("three pixels are a drag")
	}
	h.by(0, 2*rowStep)
	if !l.drag.on || !l.drag.layer.Visible() || !l.sel.has(id{entry: "E000000"}) || l.drag.label.Text != "clip_0.mov" {
		t.Fatalf("on %v, selected %v, %q", l.drag.on, picked(l), l.drag.label.Text)
	}
	if y := l.drag.line.Position().Y; y < 2*rowStep-4 || y > 2*rowStep+4 {
		t.Errorf("the line is at %v", y)
	}
	h.drop()
	if l.drag.layer.Visible() || len(a.verbs) != 1 || a.verbs[0] != uploader.MoveTo || a.targets[0].Before != "E000002" || !slices.Equal(a.targets[0].Entries, ids("E000000")) {
		t.Errorf("asked %v %+v", a.verbs, a.targets)
	}
	grab(l, 1, 100, 20).by(0, 12).drop() // where it was
	if len(a.verbs) != 1 {
		t.Errorf("asked %v %+v for nothing", a.verbs, a.targets)
	}
}

// What is selected goes together, if it is of it that one takes hold; Escape leaves all as it is.
func TestASelectionIsDragged(t *testing.T) {
	l, a, _ := shownList(t, entries(4))
	for _, i := range []int{0, 2} {
		l.sel.toggle(i, l.now.id(i))
	}
	h := grab(l, 2, 100, 20).by(0, 3*rowStep)
	if l.drag.label.Text != "2 rows selected" {
		t.Errorf("in the hand: %q", l.drag.label.Text)
	}
	key(l, fyne.KeyDelete)
	h.drop()
	if got := a.targets; len(got) != 1 || got[0].Before != "" || !slices.Equal(got[0].Entries, ids("E000000", "E000002")) {
		t.Errorf("asked %v %+v", a.verbs, got)
	}
	h = grab(l, 1, 100, 20).by(0, 2*rowStep) // not selected: it goes alone
	if !slices.Equal(picked(l), ids("E000001")) {
		t.Errorf("selected are %v", picked(l))
	}
	key(l, fyne.KeyEscape)
	if l.drag.layer.Visible() {
		t.Error("Escape leaves the line there")
	}
	h.by(0, 5).drop()
	if len(a.verbs) != 1 || len(picked(l)) != 1 {
		t.Errorf("after Escape: %v, selected %v", a.verbs, picked(l))
	}
}

// A click with an unsteady hand is a click: on the row, and on a button in it.
func TestAnUnsteadyClickIsAClick(t *testing.T) {
	l, a, _ := shownList(t, entries(4))
	grab(l, 1, 100, 20).by(3, 2).drop()
	if !slices.Equal(picked(l), ids("E000001")) {
		t.Errorf("selected are %v", picked(l))
	}
	b := l.shown[2].parts.main
	grab(l, 2, b.Position().X+10, b.Position().Y+10).by(10, 2).drop()
	if !slices.Equal(a.verbs, []uploader.Verb{uploader.Pause}) || a.targets[0].Entries[0] != "E000002" {
		t.Errorf("asked %v %+v", a.verbs, a.targets)
	}
	grab(l, 2, b.Position().X+10, b.Position().Y+10).by(0, 70).drop() // let go elsewhere
	if len(a.verbs) != 1 {
		t.Errorf("asked %v", a.verbs)
	}
}

// Near an edge the list scrolls on by itself, as far as it goes.
func TestDraggingScrolls(t *testing.T) {
	l, a, _ := shownList(t, entries(100))
	h := grab(l, 0, 100, 20).by(0, 370)
	if l.drag.speed <= 0 || l.drag.edge == nil {
		t.Fatalf("speed %v", l.drag.speed)
	}
	for range 200 {
		l.drag.glide(0.1)
	}
	if l.drag.before != 100 {
		t.Errorf("at the end: before %d", l.drag.before)
	}
	if _, kept := l.shown[0]; kept {
		l.touch()
	}
	h.drop()
	if l.drag.edge != nil || len(a.targets) != 1 || a.targets[0].Before != "" || !slices.Equal(a.targets[0].Entries, ids("E000000")) {
		t.Errorf("asked %+v", a.targets)
	}
}

// Rows go between entries, never among a folder's files; files and rows of a filtered list stay where they are.
func TestWhereRowsCanGo(t *testing.T) {
	l, a, _ := shownList(t, nil)
	l.Update(study())
	l.open(&uploader.EntryRow{ID: "B"}, true)
	for i, want := range []int{0, 1, 1, 1, 5, 5, 6, 6} {
		if got := l.now.place(i); got != want {
			t.Errorf("above row %d: %d, want %d", i, got, want)
		}
	}
	grab(l, 0, 100, 20).by(0, 4*rowStep).drop()
	if len(a.targets) != 1 || a.targets[0].Before != "C" {
		t.Errorf("asked %+v", a.targets)
	}
	grab(l, 3, 120, 20).by(0, -3*rowStep).drop()
	l.filter(filterDone)
	test.WidgetRenderer(l)
	grab(l, 1, 100, 20).by(0, -rowStep).drop()
	if len(a.targets) != 1 {
		t.Errorf("asked %+v", a.targets)
	}
}
