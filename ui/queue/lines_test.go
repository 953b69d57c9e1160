package queue

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"longshore/uploader"
)

// study is a queue of a file, a folder of three files that came out of order, and another file.
func study() *uploader.Snapshot {
	rows := []uploader.EntryRow{
		{ID: "A", Name: "film.mov", State: uploader.Uploading, Files: 1, Bytes: 10},
		{ID: "B", Name: "CT Thorax", Dir: true, State: uploader.Uploading, Files: 3, FilesDone: 1, FilesFailed: 1, Bytes: 30},
		{ID: "C", Name: "consent.pdf", State: uploader.Done, Files: 1, FilesDone: 1},
	}
	jobs := []uploader.JobRow{
		{ID: "a", Entry: "A", RelPath: "film.mov", State: uploader.Uploading},
		{ID: "b10", Entry: "B", RelPath: "CT Thorax/s/IM10.dcm", State: uploader.Failed, Code: uploader.CodeSourceMissing},
		{ID: "b2", Entry: "B", RelPath: "CT Thorax/s/IM2.dcm", State: uploader.Done, Size: 10},
		{ID: "c", Entry: "C", RelPath: "consent.pdf", State: uploader.Done},
		{ID: "b1", Entry: "B", RelPath: "CT Thorax/s/im1.dcm", State: uploader.Uploading},
	}
	return &uploader.Snapshot{Entries: uploader.PagesOf(rows), Jobs: uploader.PagesOf(jobs)}
}

func names(l *lines) string {
	var s []string
	for i := range l.len() {
		s = append(s, l.row(i).Name)
	}
	return strings.Join(s, " | ")
}

func TestArrange(t *testing.T) {
	opened := map[uploader.EntryID]bool{"B": true}
	for _, c := range []struct {
		what   string
		wish   wish
		want   string
		counts [filters]int
	}{
		{"everything", wish{}, "film.mov | CT Thorax | consent.pdf", [filters]int{3, 2, 0, 1, 1}},
		{"opened, in natural order", wish{opened: opened}, "film.mov | CT Thorax | s/im1.dcm | s/IM2.dcm | s/IM10.dcm | consent.pdf", [filters]int{3, 2, 0, 1, 1}},
		{"active", wish{filter: filterActive}, "film.mov | CT Thorax", [filters]int{3, 2, 0, 1, 1}},
		{"failed, opened", wish{filter: filterFailed, opened: opened}, "CT Thorax | s/IM10.dcm", [filters]int{3, 2, 0, 1, 1}},
		{"stored, opened: the folder is there for its file", wish{filter: filterDone, opened: opened}, "CT Thorax | s/IM2.dcm | consent.pdf", [filters]int{3, 2, 0, 1, 1}},
		{"waiting", wish{filter: filterWaiting}, "", [filters]int{3, 2, 0, 1, 1}},
		{"a folder's name brings its files", wish{search: "thorax", opened: opened}, "CT Thorax | s/im1.dcm | s/IM2.dcm | s/IM10.dcm", [filters]int{1, 1, 0, 1, 0}},
		{"a file's name brings its folder", wish{search: "im10", opened: opened}, "CT Thorax | s/IM10.dcm", [filters]int{1, 1, 0, 1, 0}},
		{"a closed folder's files are searched", wish{search: "im10"}, "CT Thorax | s/IM10.dcm", [filters]int{1, 1, 0, 1, 0}},
		{"what was opened for the search is closed", wish{search: "im10", shut: opened}, "CT Thorax", [filters]int{1, 1, 0, 1, 0}},
		{"a closed folder's name does not open it", wish{search: "thorax"}, "CT Thorax", [filters]int{1, 1, 0, 1, 0}},
		{"a file of its own is not below itself", wish{search: "consent"}, "consent.pdf", [filters]int{1, 0, 0, 0, 1}},
		{"both", wish{search: "m", filter: filterDone}, "CT Thorax | s/IM2.dcm", [filters]int{2, 2, 0, 1, 0}},
		{"both, closed", wish{search: "m", filter: filterDone, shut: opened}, "CT Thorax", [filters]int{2, 2, 0, 1, 0}},
		{"both, and the files that fit stand otherwise", wish{search: "im1", filter: filterDone}, "", [filters]int{1, 1, 0, 1, 0}},
	} {
		l := arrange(&lines{snap: study()}, study(), c.wish)
		if got := names(l); got != c.want || l.counts != c.counts {
			t.Errorf("%s: %s, %v; want %s, %v", c.what, got, l.counts, c.want, c.counts)
		}
		if !slices.Equal(l.failed, []uploader.JobID{"b10"}) {
			t.Errorf("%s: failed %v", c.what, l.failed)
		}
	}
}

func TestArrangeKnowsWhetherAnythingMoved(t *testing.T) {
	opened := wish{opened: map[uploader.EntryID]bool{"B": true}}
	a := arrange(&lines{snap: study()}, study(), opened)
	next := study()
	next.Jobs.At(1).State = uploader.Uploading
	if b := arrange(a, next, opened); !b.same || b.row(4).State != uploader.Uploading {
		t.Errorf("same %v, and the row is %s", b.same, b.row(4).State)
	}
	b := arrange(a, next, wish{filter: filterFailed, opened: opened.opened})
	if b.same || names(b) != "CT Thorax" {
		t.Errorf("nothing in the folder has failed now, and there is %s", names(b))
	}
	if c := arrange(b, next, opened); c.same || c.len() != 6 {
		t.Errorf("with the filter gone, same %v, %d rows", c.same, c.len())
	}
	if arrange(a, study(), wish{}).same {
		t.Error("closing a folder changes nothing")
	}
}

// What was found is kept while the files are the same, and narrowed while letters are typed; new files are looked at.
func TestSearchGoesOn(t *testing.T) {
	l := &lines{snap: study()}
	for _, c := range []struct{ search, want string }{
		{"im1", "CT Thorax | s/im1.dcm | s/IM10.dcm"}, {"im10", "CT Thorax | s/IM10.dcm"}, {"im", "CT Thorax | s/im1.dcm | s/IM2.dcm | s/IM10.dcm"},
	} {
		if l = arrange(l, study(), wish{search: c.search}); names(l) != c.want {
			t.Errorf("%s finds %s", c.search, names(l))
		}
	}
	next := study()
	next.Jobs = uploader.PagesOf(append(slices.Collect(func(yield func(uploader.JobRow) bool) {
		for _, j := range study().Jobs.All() {
			yield(*j)
		}
	}), uploader.JobRow{ID: "b3", Entry: "B", RelPath: "CT Thorax/s/IM3.dcm"}))
	if l = arrange(l, next, wish{search: "im"}); names(l) != "CT Thorax | s/im1.dcm | s/IM2.dcm | s/IM3.dcm | s/IM10.dcm" {
		t.Errorf("with one more: %s", names(l))
	}
}

// A folder that is open for the search can be closed, tells how many of its files fit, and is as it was afterwards.
func TestSearchedFoldersFold(t *testing.T) {
	l, _, _ := shownList(t, nil)
	l.Update(study())
	l.search("IM1")
	if names(l.now) != "CT Thorax | s/im1.dcm | s/IM10.dcm" || l.shown[0].view.fold != foldOpen || !strings.HasPrefix(l.shown[0].view.status, "2 files match · ") {
		t.Fatalf("%s; %+v", names(l.now), l.shown[0].view)
	}
	key(l, fyne.KeyHome, fyne.KeyLeft)
	if names(l.now) != "CT Thorax" || l.shown[0].view.fold != foldClosed {
		t.Errorf("closed: %s", names(l.now))
	}
	key(l, fyne.KeyRight)
	if l.now.len() != 3 {
		t.Errorf("opened again: %s", names(l.now))
	}
	l.search("")
	if l.now.len() != 3 || l.now.wish.opened["B"] {
		t.Errorf("after the search: %s", names(l.now))
	}
}

func TestFoldersOpen(t *testing.T) {
	l, a, _ := shownList(t, nil)
	l.Update(study())
	key(l, fyne.KeyDown, fyne.KeyDown, fyne.KeyRight)
	if l.now.len() != 6 || l.shown[1].view.fold != foldOpen {
		t.Fatalf("%d rows", l.now.len())
	}
	p := l.shown[4].parts
	if p.name.Text != "s/IM10.dcm" || p.name.Position().X <= l.shown[0].parts.name.Position().X || !p.remove.Visible() || l.shown[3].parts.remove.Visible() {
		t.Errorf("the file's row: %q at %v", p.name.Text, p.name.Position())
	}
	test.Tap(p.main)
	if !slices.Equal(a.targets[0].Jobs, []uploader.JobID{"b10"}) || a.verbs[0] != uploader.RetryJobs {
		t.Errorf("asked %v of %+v", a.verbs, a.targets)
	}
	key(l, fyne.KeyDown, fyne.KeyDown, fyne.KeyLeft) // from a file to its folder
	if l.Selected().ID != "B" || l.now.len() != 6 {
		t.Errorf("on %s with %d rows", l.Selected().ID, l.now.len())
	}
	key(l, fyne.KeyLeft)
	if l.now.len() != 3 {
		t.Errorf("closed, it has %d rows", l.now.len())
	}
	test.Tap(l.shown[1].parts.fold)
	if l.now.len() != 6 {
		t.Errorf("opened by its button, it has %d rows", l.now.len())
	}
}

// With many rows the work is done elsewhere; what nobody wishes any more is not shown.
func TestArrangingAsideDropsWhatIsStale(t *testing.T) {
	l, a, _ := shownList(t, entries(fewRows+1))
	var later []func() func()
	a.later = &later
	l.search("clip_1")
	l.search("clip_22")
	s := snap(entries(fewRows + 2))
	l.Update(s)
	if len(later) != 1 || l.now.len() != fewRows+1 {
		t.Fatalf("%d under way, %d rows shown", len(later), l.now.len())
	}
	later[0]()()
	if l.now.len() != fewRows+1 {
		t.Errorf("what was searched for before is shown: %d rows", l.now.len())
	}
	if len(later) != 2 {
		t.Fatalf("the newest wish is not carried out: %d", len(later))
	}
	later[1]()()
	if want := 11; l.now.len() != want || l.now.snap != s || len(later) != 2 {
		t.Errorf("%d rows, want %d; %d under way", l.now.len(), want, len(later)-2)
	}
}

// One folder of 100,000 files, opened: a change of one of them is found off the UI goroutine.
func BenchmarkArrangeOpened100000(b *testing.B) {
	jobs := make([]uploader.JobRow, 100_000)
	for i := range jobs {
		jobs[i] = uploader.JobRow{ID: uploader.JobID(fmt.Sprintf("J%06d", i)), Entry: "B", RelPath: fmt.Sprintf("CT/IM%d.dcm", i), State: uploader.Queued}
	}
	s := &uploader.Snapshot{Entries: uploader.PagesOf([]uploader.EntryRow{{ID: "B", Name: "CT", Dir: true, Files: len(jobs)}}), Jobs: uploader.PagesOf(jobs)}
	for _, c := range []struct {
		name string
		wish wish
	}{{"closed", wish{}}, {"opened", wish{opened: map[uploader.EntryID]bool{"B": true}}}, {"searched", wish{search: "im77"}}, {"anew", wish{search: "im77"}}} {
		b.Run(c.name, func(b *testing.B) {
			before := arrange(&lines{snap: s}, s, c.wish)
			for b.Loop() {
				if c.name == "anew" { // the first letters of a search, or while files are still found
					before = &lines{snap: s}
				}
				before = arrange(before, s, c.wish)
			}
		})
	}
}
