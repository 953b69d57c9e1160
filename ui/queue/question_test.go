package queue

import (
	"slices"
	"testing"

	"fyne.io/fyne/v2/test"

	"longshore/uploader"
)

// asking is a queue of two drops: the second has three files, of which the vault has some.
func asking(known int) *uploader.Snapshot {
	rows := entries(4)
	for i := range rows {
		rows[i].Batch = "B1"
		if i > 0 {
			rows[i].Batch = "B2"
		}
		if i > 0 && i <= known {
			rows[i].State, rows[i].Asks = uploader.Paused, 1
		}
	}
	return &uploader.Snapshot{
		Entries: uploader.PagesOf(rows), Totals: uploader.Totals{Files: 4, FilesActive: 4 - known, FilesPaused: known, FilesAsked: known},
	}
}

// The strip asks once for a whole drop, and the answer goes to all of it: what its walk still finds is meant too.
func TestADropAsksAboutWhatTheVaultHas(t *testing.T) {
	p, a := shownPage(t)
	p.Update(asking(2))
	const some = "2 of these 3 files are already in the vault: same path, size and time. They wait for your choice; the new ones are sent."
	if !p.banner.box.Visible() || p.banner.text.Text != some {
		t.Errorf("the strip says %q", p.banner.text.Text)
	}
	if p.banner.leave.Text != "Send only the new ones" || !p.banner.leave.Visible() || !p.banner.send.Visible() || p.banner.undo.Visible() {
		t.Errorf("offered: %q", p.banner.leave.Text)
	}
	if !p.header.resume.Disabled() {
		t.Error("Resume all would do nothing")
	}
	test.Tap(p.banner.leave)
	if p.banner.box.Visible() {
		t.Error("it asks on")
	}
	p.Update(asking(3))
	if p.banner.leave.Text != "Do not send again" {
		t.Errorf("nothing is new, and it offers %q", p.banner.leave.Text)
	}
	test.Tap(p.banner.send)
	p.Update(asking(0))
	if p.banner.box.Visible() || p.banner.send.Visible() {
		t.Error("it asks though nothing is to be asked")
	}
	if want := []uploader.Verb{uploader.LeaveOut, uploader.SendAgain}; !slices.Equal(a.verbs, want) {
		t.Fatalf("ordered %v", a.verbs)
	}
	for _, target := range a.targets {
		if !slices.Equal(target.Entries, []uploader.EntryID{"E000001", "E000002", "E000003"}) {
			t.Errorf("the answer is for %v", target.Entries)
		}
	}
}

// While a folder is looked through nothing is asked: the numbers are not known yet. What else there is to say comes first.
func TestADropAsksWhenItIsWalkedThrough(t *testing.T) {
	p, _ := shownPage(t)
	s := asking(2)
	rows := []uploader.EntryRow{}
	for _, e := range s.Entries.All() {
		rows = append(rows, *e)
	}
	rows[3].Scanning = true
	p.Update(&uploader.Snapshot{Entries: uploader.PagesOf(rows), Totals: s.Totals})
	if p.banner.box.Visible() {
		t.Error("it asks too early")
	}
	s.Trouble = uploader.CodeDiskFull
	p.Update(s)
	if p.banner.leave.Visible() || p.banner.text.Text != en.Sentence(uploader.CodeDiskFull) {
		t.Errorf("the strip says %q", p.banner.text.Text)
	}
}

func TestARowSaysWhatTheVaultHas(t *testing.T) {
	folder := uploader.EntryRow{Dir: true, Files: 3, FilesDone: 1, Asks: 2, State: uploader.Paused}
	partly := uploader.EntryRow{Dir: true, Files: 3, FilesDone: 0, Asks: 2, State: uploader.Paused}
	for _, c := range []struct {
		row    uploader.EntryRow
		status string
		main   action
	}{
		{folder, "2 files are in the vault already; they wait for your choice", none},
		{partly, "2 files are in the vault already; they wait for your choice", resume}, // one was paused by the user
		{uploader.EntryRow{Files: 1, Asks: 1, State: uploader.Paused}, "In the vault already; it waits for your choice", none},
		{uploader.EntryRow{LeftOut: 1, State: uploader.Done}, "Not sent again; it was in the vault already", none},
		{uploader.EntryRow{Dir: true, LeftOut: 1, State: uploader.Done}, "1 file was in the vault already", none},
		{uploader.EntryRow{Dir: true, Empty: 2, Files: 1, FilesDone: 1, State: uploader.Done}, "Stored, 1 file · 2 empty folders not stored", none},
		{uploader.EntryRow{Dir: true, Files: 1, FilesDone: 1, LeftOut: 2, State: uploader.Done}, "Stored, 1 file · 2 files were in the vault already", none},
	} {
		if v := viewOf(&c.row, en); v.status != c.status || v.main != c.main {
			t.Errorf("says %q and offers %v, want %q, %v", v.status, v.main, c.status, c.main)
		}
		if v := viewOf(&c.row, en); c.row.Files == 0 && v.bytes != "" {
			t.Errorf("%s of nothing", v.bytes)
		}
	}
}
