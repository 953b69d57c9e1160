package ui

import (
	"testing"

	"longshore/uploader"
)

// The details of a folder say what was found in it: what cannot be sent by what is wrong with it, and what is left out.
func TestDetailsSayWhatWasFound(t *testing.T) {
	q := newFake(fakeVault)
	e := file("7", "study", uploader.Failed, 0, 500)
	e.Dir, e.Files, e.FilesFailed, e.Empty, e.LeftOut = true, 5, 3, 1, 2
	q.rows = []uploader.EntryRow{e}
	r := open(t, q, Options{})
	row := func(id string, code uploader.Code) uploader.JobRow {
		return uploader.JobRow{ID: uploader.JobID(id), Entry: e.ID, State: uploader.Failed, Code: code}
	}
	last := *r.last
	last.Jobs = uploader.PagesOf([]uploader.JobRow{
		row("1", uploader.CodeNotRegular), row("2", uploader.CodeNotRegular), row("3", uploader.CodeSourceUnreadable),
		{ID: "4", Entry: "other", State: uploader.Failed, Code: uploader.CodeNotRegular},
	})
	r.last = &last
	r.Details(&e)
	want := "5 files\n2 files · " + r.book.Sentence(uploader.CodeNotRegular) + "\n1 file · " + r.book.Sentence(uploader.CodeSourceUnreadable) +
		"\n2 files were in the vault already · 1 empty folder not stored"
	if !shown(r)[want] {
		t.Errorf("the details do not say %q: %v", want, shown(r))
	}
}
