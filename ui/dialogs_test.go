package ui

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"longshore/ui/widgets"
	"longshore/ui/words"
)

// at is where a text of a dialog begins.
func (r *rig) at(text string) fyne.Position {
	r.t.Helper()
	place := fyne.CurrentApp().Driver().AbsolutePositionForObject
	for _, o := range test.LaidOutObjects(r.win.Canvas().Overlays().Top()) {
		switch v := o.(type) {
		case *widget.Label:
			if v.Text == text {
				return place(v).AddXY(v.Theme().Size(base.SizeNameInnerPadding), 0)
			}
		case *widgets.Line:
			if v.Text() == text {
				return place(v)
			}
		}
	}
	r.t.Fatalf("no text %q", text)
	return fyne.Position{}
}

func TestATitleStandsAboveWhatItsDialogHolds(t *testing.T) {
	r := open(t, newFake(fakeVault), Options{})
	r.Settings()
	if title, below := r.at(r.book.Say(words.Settings)), r.at(r.book.Say(words.SettingsVaults)); title.X != below.X {
		t.Errorf("the title begins at %v, what is below at %v", title.X, below.X)
	}
}

// The wheel scrolls the settings also over a field, and a tap reaches the field all the same.
func TestTheWheelScrollsOverAField(t *testing.T) {
	r := open(t, newFake(fakeVault), Options{})
	r.Settings()
	r.until("the fields are shown", func() bool { return len(r.settingsFields()) >= 7 })
	field := r.settingsFields()[0].(fyne.CanvasObject)
	over := fyne.CurrentApp().Driver().AbsolutePositionForObject(field).AddXY(20, 8)
	if o := topmost(r.win.Canvas().Overlays().Top(), over, func(o fyne.CanvasObject) bool { _, ok := o.(fyne.Scrollable); return ok }); o == nil {
		t.Fatal("nothing scrolls there")
	} else {
		o.(fyne.Scrollable).Scrolled(&fyne.ScrollEvent{Scrolled: fyne.NewDelta(0, -50)})
	}
	if r.long.Offset.Y == 0 {
		t.Error("the settings stay where they are")
	}
	r.long.ScrollToTop()
	if o := topmost(r.win.Canvas().Overlays().Top(), over, func(o fyne.CanvasObject) bool { _, ok := o.(desktop.Cursorable); return ok }); o != field {
		t.Errorf("the pointer is over %T", o)
	}
}

// topmost is what the toolkit finds at a place: the last that fits.
func topmost(in fyne.CanvasObject, at fyne.Position, fits func(fyne.CanvasObject) bool) (found fyne.CanvasObject) {
	for _, o := range test.LaidOutObjects(in) {
		from := fyne.CurrentApp().Driver().AbsolutePositionForObject(o)
		inside := at.X >= from.X && at.Y >= from.Y && at.X < from.X+o.Size().Width && at.Y < from.Y+o.Size().Height
		if inside && fits(o) {
			found = o
		}
	}
	return found
}

// Another language makes the settings anew, where they were.
func TestTheSettingsStayWhereTheyWereInAnotherLanguage(t *testing.T) {
	r := open(t, newFake(fakeVault), Options{})
	r.Settings()
	r.until("all of it is there", func() bool { return len(r.settingsFields()) >= 7 })
	r.long.ScrollToOffset(fyne.NewPos(0, 400))
	old := r.long
	r.SetLanguage(words.German)
	r.until("they are there again", func() bool { return r.long != old && r.long.Offset.Y == 400 })
}
