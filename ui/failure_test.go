package ui

import (
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

// undo is the strip's button that takes back, nil where it is not shown.
func (r *rig) undo() *widget.Button {
	var undo *widget.Button
	for _, o := range test.LaidOutObjects(r.win.Content()) {
		if b, ok := o.(*widget.Button); ok && b.Text == "Undo" && b.Visible() {
			undo = b
		}
	}
	return undo
}

func TestRemovalIsTakenBack(t *testing.T) {
	q := newFake(fakeVault)
	q.rows = sceneMixed()
	q.rows[8].State = uploader.Cancelled // the way back must not send it
	q.rows[9].State = uploader.Paused
	r := open(t, q, Options{})
	held, stored, stopped := q.rows[9], q.rows[7], q.rows[8]
	r.take(&held, &stored, &stopped)
	r.until("all are gone", func() bool { return r.entries() == 7 })
	r.until("the way back is offered", func() bool { return r.undo() != nil })
	undo := r.undo()
	test.Tap(undo)
	r.until("what was not stored is back", func() bool { return r.entries() == 8 })
	if last := r.last.Entries.At(7); last.ID != held.ID || last.State != uploader.Paused || len(r.paths()) != 0 {
		t.Errorf("came back as %s, %s; added anew: %v", last.ID, last.State, r.paths())
	}
	if undo.Visible() {
		t.Error("it can be taken back twice")
	}
}

// What was asked about may have ended before the answer: the engine says what there is to bring back.
func TestNothingIsOfferedBackThatWasStoredMeanwhile(t *testing.T) {
	q := newFake(fakeVault)
	q.rows = sceneMixed()
	r := open(t, q, Options{})
	row := q.rows[0] // as it was when the question came
	r.take(&row)
	q.change(func() { q.rows[0].State = uploader.Done })
	test.Tap(r.button("Remove"))
	r.until("it is gone", func() bool { return r.entries() == 9 })
	if r.undo() != nil {
		t.Error("what is stored is offered to be sent again")
	}
}

// An order that fails has removed nothing, and says nothing else.
func TestAFailedRemovalIsNotTold(t *testing.T) {
	q := newFake(fakeVault)
	q.rows = sceneMixed()
	q.removing = uploader.E("journal", uploader.CodeDiskFull, nil)
	r := open(t, q, Options{})
	r.take(&q.rows[9])
	r.until("it says why", func() bool { return len(r.page.Notices()) == 1 })
	if r.undo() != nil || r.entries() != 10 {
		t.Error("the window says that it removed something")
	}
}

func TestARemovalOfLongAgoSaysSo(t *testing.T) {
	q := newFake(fakeVault)
	q.rows = sceneMixed()
	r := open(t, q, Options{})
	r.take(&q.rows[9])
	r.until("the way back is offered", func() bool { return r.undo() != nil })
	q.change(func() { q.back = nil })
	test.Tap(r.undo())
	r.until("it says so", func() bool { return shown(r)["That can no longer be undone. Add the files again."] })
}

func TestRemovingSeveralAsksOnce(t *testing.T) {
	q := newFake(fakeVault)
	q.rows = sceneMixed()
	r := open(t, q, Options{})
	a, b, c := q.rows[0], q.rows[1], q.rows[7]
	r.take(&a, &b, &c)
	if !shown(r)["2 of them are not stored yet. What was sent of them so far is thrown away."] || len(r.verbs()) != 0 {
		t.Errorf("asked otherwise: %v", shown(r))
	}
	test.Tap(r.button("Remove"))
	r.until("all are gone", func() bool { return r.entries() == 7 })
}

// take removes rows as the list does.
func (r *rig) take(rows ...*uploader.EntryRow) {
	var t uploader.Target
	for _, e := range rows {
		t.Entries = append(t.Entries, e.ID)
	}
	r.Remove(rows, t)
}
