package queue

import (
	"fmt"
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"longshore/uploader"
)

// Files of an opened folder are taken off by themselves: by their button, by Delete, several at once, and not if they
// are stored. What was taken off is not shown, found or selected any more.
func TestFilesOfAFolderAreRemoved(t *testing.T) {
	l, a, _ := shownList(t, nil)
	l.Update(study())
	l.open(&uploader.EntryRow{ID: "B"}, true)
	test.Tap(l.shown[4].parts.remove)
	if len(a.removed) != 0 || !slices.Equal(a.files, []uploader.JobID{"b10"}) || !slices.Equal(a.names, []string{"s/IM10.dcm"}) {
		t.Errorf("its button removes %v %v %v", a.removed, a.files, a.names)
	}
	*a = asked{}
	l.sel.only(2, l.now.id(2))
	for i := 3; i < 6; i++ {
		l.sel.toggle(i, l.now.id(i))
	}
	key(l, fyne.KeyDelete)
	if !slices.Equal(a.removed, ids("C")) || fmt.Sprint(a.files) != "[b10 b1]" || len(a.names) != 3 {
		t.Errorf("Delete removes %v %v %v", a.removed, a.files, a.names)
	}
	next := study()
	for _, j := range next.Jobs.All() {
		j.Removed = j.ID == "b10"
	}
	l.Update(next)
	if names(l.now) != "film.mov | CT Thorax | s/im1.dcm | s/IM2.dcm | consent.pdf" {
		t.Errorf("it is still there: %s", names(l.now))
	}
	*a = asked{}
	key(l, fyne.KeyDelete)
	if !slices.Equal(a.files, []uploader.JobID{"b1"}) {
		t.Errorf("Delete removes %v again", a.files)
	}
	l.sel.only(2, l.now.id(2))
	next = study()
	for _, j := range next.Jobs.All() {
		j.Removed = j.ID != "b2"
	}
	l.Update(next)
	if names(l.now) != "film.mov | CT Thorax | s/IM2.dcm | consent.pdf" || l.Selected() == nil || l.Selected().Name != "s/IM2.dcm" {
		t.Errorf("of %s the next is not selected", names(l.now))
	}
	next = study()
	for _, j := range next.Jobs.All() {
		j.Removed = j.ID == "b10"
	}
	l.Update(next)
	l.search("im1")
	if names(l.now) != "CT Thorax | s/im1.dcm" {
		t.Errorf("the search finds %s", names(l.now))
	}
}

// A stored file alone has nothing to remove.
func TestAStoredFileGoesWithItsFolder(t *testing.T) {
	l, a, _ := shownList(t, nil)
	l.Update(study())
	l.open(&uploader.EntryRow{ID: "B"}, true)
	l.sel.only(3, l.now.id(3))
	key(l, fyne.KeyDelete)
	if len(a.names) != 0 {
		t.Errorf("asked to remove %v", a.names)
	}
	for _, item := range l.menuItems(l.view(3)) {
		if item.Label == "Remove from the list" {
			t.Error("its menu offers it")
		}
	}
}
