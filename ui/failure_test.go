package ui

import (
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"longshore/uploader"
)

// What is copied for an administrator has the code, the request, the time and the number, and no name.
func TestDetailsAreCopiedWithoutNames(t *testing.T) {
	q := newFake(fakeVault)
	e := file("7", "Doe_Jane_1980.dcm", uploader.Failed, 0, 524_288)
	e.Code, e.Detail = uploader.CodeDenied, "PUT part: 403 AccessDenied, request 4442587FB7D0A2F9"
	q.rows = []uploader.EntryRow{e}
	r := open(t, q, Options{Version: "1.2.3"})
	r.Details(r.last.Entries.At(0))
	test.Tap(r.button("Copy without names"))
	got := r.app.Clipboard().Content()
	for _, want := range []string{"Longshore: 1.2.3", "Code: denied", "4442587FB7D0A2F9", "Number: J7", "Time: ", "Radiology North"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in:\n%s", want, got)
		}
	}
	if strings.Contains(got, "Doe") {
		t.Errorf("a name is in it:\n%s", got)
	}
}

func TestRemovalIsTakenBack(t *testing.T) {
	q := newFake(fakeVault)
	q.rows = sceneMixed()
	r := open(t, q, Options{})
	queued, stored, stopped := q.rows[9], q.rows[7], q.rows[8]
	stopped.State = uploader.Cancelled // the way back must not send it
	r.Remove([]*uploader.EntryRow{&queued, &stored, &stopped})
	r.until("all are gone", func() bool { return r.entries() == 7 })
	var undo *widget.Button
	for _, o := range test.LaidOutObjects(r.win.Content()) {
		if b, ok := o.(*widget.Button); ok && b.Text == "Undo" && b.Visible() {
			undo = b
		}
	}
	if undo == nil {
		t.Fatal("there is no way back")
	}
	test.Tap(undo)
	r.until("what was not stored is back", func() bool { return r.entries() == 8 })
	if !slices.Equal(r.paths(), []string{queued.Path}) {
		t.Errorf("added %q", r.paths())
	}
	if undo.Visible() {
		t.Error("it can be taken back twice")
	}
}

func TestRemovingSeveralAsksOnce(t *testing.T) {
	q := newFake(fakeVault)
	q.rows = sceneMixed()
	r := open(t, q, Options{})
	a, b, c := q.rows[0], q.rows[1], q.rows[7]
	r.Remove([]*uploader.EntryRow{&a, &b, &c})
	if !shown(r)["2 of them are not stored yet. What was sent of them so far is thrown away."] || len(r.verbs()) != 0 {
		t.Errorf("asked otherwise: %v", shown(r))
	}
	test.Tap(r.button("Remove"))
	r.until("all are gone", func() bool { return r.entries() == 7 })
}
