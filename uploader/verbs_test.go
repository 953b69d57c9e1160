package uploader_test

import (
	"fmt"
	"testing"
	"time"

	"longshore/internal/fault"
	"longshore/uploader"
)

// slow makes transfers last: a part of the small world takes a tenth of a second.
var slow = fault.VaultOptions{Latency: 2 * time.Millisecond, Speed: 10_000}

// parts waits until the first job has so many parts recorded.
func (w *world) parts(n int32) {
	w.t.Helper()
	w.until(fmt.Sprint(n, " parts"), func(s *uploader.Snapshot) bool { return s.Jobs.Len() > 0 && s.Jobs.At(0).Part >= n })
}

func TestPauseStopsTheWireAndResumeSendsOnlyTheRest(t *testing.T) {
	inWorld(t, slow, func(w *world) {
		data := w.write("/file.bin", 30*partSize)
		e := uploader.Target{Entries: w.add("/file.bin").Entries}
		w.parts(8)
		w.do(uploader.Pause, e)
		w.until("paused", func(s *uploader.Snapshot) bool { return s.Entries.At(0).State == uploader.Paused })
		time.Sleep(time.Second)
		before := w.vault.Traffic(w.vault.Keys()[0]).Bytes
		time.Sleep(time.Hour)
		if after := w.vault.Traffic(w.vault.Keys()[0]).Bytes; after != before {
			t.Errorf("%d bytes were sent while paused", after-before)
		}
		w.crash() // a pause outlives the program
		time.Sleep(time.Hour)
		if s := w.engine.Snapshot(); s.Entries.At(0).State != uploader.Paused || s.Entries.At(0).BytesSent < 8*partSize {
			t.Fatalf("after the restart: %+v", *s.Entries.At(0))
		}
		w.do(uploader.Resume, e)
		w.settled()
		w.stored("file.bin", data)
		w.sentOnce()
		w.nothingOpen()
	})
}

func TestCancelClearsTheUploadAway(t *testing.T) {
	for _, at := range []string{"queued", "creating", "sending", "paused", "failed"} {
		t.Run(at, func(t *testing.T) {
			inWorld(t, slow, func(w *world) {
				w.write("/file.bin", 30*partSize)
				switch at {
				case "creating":
					w.vault.Faults.Add(fault.OpCreate, fault.Fault{Delay: time.Minute})
				case "failed":
					w.vault.Faults.Add(fault.OpPutPart, fault.Fault{Status: 400, S3Code: "InvalidRequest"})
				}
				e := uploader.Target{Entries: w.add("/file.bin").Entries}
				switch at {
				case "creating":
					time.Sleep(30 * time.Second)
				case "sending":
					w.parts(4)
				case "paused":
					w.parts(4)
					w.do(uploader.Pause, e)
				case "failed":
					w.until("failed", func(s *uploader.Snapshot) bool { return s.Totals.FilesFailed == 1 })
				}
				w.do(uploader.Cancel, e)
				w.settled()
				if row := w.engine.Snapshot().Entries.At(0); row.State != uploader.Cancelled {
					t.Errorf("it is %s", row.State)
				}
				w.nothingOpen()
				if len(w.vault.Objects()) > 0 {
					t.Error("something was stored")
				}
				if s := w.engine.Snapshot(); s.Totals.Files != 0 || s.Totals.Bytes != 0 {
					t.Errorf("totals still count it: %+v", s.Totals)
				}
			})
		})
	}
}

func TestAnAbortIsRepeatedUntilTheUploadIsGone(t *testing.T) {
	inWorld(t, slow, func(w *world) {
		w.write("/file.bin", 30*partSize)
		e := uploader.Target{Entries: w.add("/file.bin").Entries}
		w.parts(4)
		w.vault.Faults.Add(fault.OpAbort, fault.Fault{Code: uploader.CodeServer, Repeat: 4}, fault.Fault{DropAnswer: true})
		w.do(uploader.Remove, e)
		if n := w.engine.Snapshot().Entries.Len(); n != 0 {
			t.Errorf("%d rows are left", n)
		}
		w.crash() // the tombstone outlives its row and the program
		w.settled()
		w.nothingOpen()
	})
}

func TestRetryAfterCancelSendsTheFileUnderANewKey(t *testing.T) {
	inWorld(t, slow, func(w *world) {
		data := w.write("/file.bin", 12*partSize)
		e := uploader.Target{Entries: w.add("/file.bin").Entries}
		w.parts(4)
		w.do(uploader.Cancel, e)
		w.settled()
		w.do(uploader.RetryJobs, e)
		w.settled()
		w.stored("file.bin", data)
		w.nothingOpen()
		if n := len(w.vault.Keys()); n != 2 {
			t.Errorf("%d keys were used, want 2", n)
		}
	})
}

func TestMoveToTopGoesFirst(t *testing.T) {
	inWorld(t, slow, func(w *world) {
		var last uploader.Added
		for i := range 6 {
			w.write(fmt.Sprintf("/f%d", i), 40*partSize)
			last = w.add(fmt.Sprintf("/f%d", i))
		}
		w.parts(2)
		w.do(uploader.MoveToTop, uploader.Target{Entries: last.Entries})
		if s := w.engine.Snapshot(); s.Entries.At(0).Name != "f5" {
			t.Errorf("the first row is %s", s.Entries.At(0).Name)
		}
		s := w.until("two are done", func(s *uploader.Snapshot) bool { return s.Totals.FilesDone >= 2 }) // f0 had a start
		if e := s.Entries.At(0); e.State != uploader.Done || e.Name != "f5" {
			t.Errorf("others were done first: %+v", *e)
		}
		w.crash()
		if s := w.engine.Snapshot(); s.Entries.At(0).Name != "f5" {
			t.Errorf("after the restart the first row is %s", s.Entries.At(0).Name)
		}
		w.settled()
		w.sentOnce()
	})
}

func TestRemoveTakesDoneRowsAwayAndHistoryStays(t *testing.T) {
	inWorld(t, fault.VaultOptions{}, func(w *world) {
		w.write("/a/1", 10)
		w.write("/a/2", 3*partSize)
		w.write("/b", 10)
		w.add("/a", "/b")
		w.settled()
		first := w.engine.Snapshot().Entries.At(0).ID
		w.do(uploader.Remove, uploader.Target{Entries: []uploader.EntryID{first}})
		if s := w.engine.Snapshot(); s.Entries.Len() != 1 || s.Jobs.Len() != 1 || s.Totals.Files != 1 || s.Totals.FilesDone != 1 {
			t.Errorf("%d entries, %d jobs, %+v", s.Entries.Len(), s.Jobs.Len(), s.Totals)
		}
		w.do(uploader.Remove, uploader.Target{All: true})
		w.crash()
		if s := w.engine.Snapshot(); s.Entries.Len() != 0 || s.Jobs.Len() != 0 || s.Totals != (uploader.Totals{}) {
			t.Errorf("after the restart: %+v", s.Totals)
		}
		if h, _ := w.engine.History(w.t.Context(), uploader.HistoryQuery{}); len(h) != 3 {
			t.Errorf("%d receipts", len(h))
		}
	})
}

func TestAddingAPathAgainGoesOnWithItsJob(t *testing.T) {
	inWorld(t, slow, func(w *world) {
		data := w.write("/d/file.bin", 30*partSize)
		first := w.add("/d")
		w.parts(4)
		w.do(uploader.Pause, uploader.Target{All: true})
		w.crash()
		for _, path := range []string{"/d", "/d/file.bin"} { // the folder itself, and the file by its own name
			again := w.add(path)
			if len(again.Entries) != 0 || len(again.Resumed) != 1 || again.Resumed[0] != first.Entries[0] {
				t.Fatalf("%s: %+v", path, again)
			}
		}
		w.settled()
		w.stored("d/file.bin", data)
		w.sentOnce()
		if again := w.add("/d"); len(again.Entries) != 1 { // it is done: this is a new upload
			t.Errorf("%+v", again)
		}
		w.settled()
		if n := len(w.vault.Objects()); n != 2 {
			t.Errorf("%d objects", n)
		}
	})
}

func TestFilesOfOneNameInOneDropKeepApart(t *testing.T) {
	inWorld(t, fault.VaultOptions{}, func(w *world) {
		a, b := w.write("/a/x.dcm", 10), w.write("/b/x.dcm", 11)
		w.add("/a/x.dcm", "/b/x.dcm", "/a/x.dcm")
		w.settled()
		w.stored("x.dcm", a)
		w.stored("x.dcm (2)", b)
	})
}

func TestMovingByOnePlaceKeepsBlocksTogether(t *testing.T) {
	inWorld(t, fault.VaultOptions{Latency: time.Hour}, func(w *world) {
		ids := map[rune]uploader.EntryID{}
		for _, name := range "abcdef" {
			w.write("/"+string(name), partSize)
			ids[name] = w.add("/" + string(name)).Entries[0]
		}
		order := func() (names string) {
			for _, e := range w.engine.Snapshot().Entries.All() {
				names += e.Name
			}
			return names
		}
		for _, c := range []struct {
			verb  uploader.Verb
			which string
			want  string
		}{
			{uploader.MoveUp, "cd", "acdbef"},
			{uploader.MoveUp, "cd", "cdabef"},
			{uploader.MoveUp, "cd", "cdabef"}, // they are there
			{uploader.MoveDown, "ce", "dcabfe"},
			{uploader.MoveUp, "df", "dcafbe"}, // one is there, the other goes on
			{uploader.MoveDown, "be", "dcafbe"},
			{uploader.MoveDown, "dcafbe", "dcafbe"},
			{uploader.MoveToTop, "be", "bedcaf"},
			{uploader.MoveUp, "", "bedcaf"},
		} {
			var target uploader.Target
			for _, name := range c.which {
				target.Entries = append(target.Entries, ids[name])
			}
			w.do(c.verb, target)
			if got := order(); got != c.want {
				t.Fatalf("%s of %q: %s, want %s", c.verb, c.which, got, c.want)
			}
		}
		for _, c := range []struct{ which, before, want string }{
			{"c", "e", "bcedaf"}, {"cb", "a", "edbcaf"}, {"ef", "", "dbcaef"}, {"dc", "c", "bdcaef"}, {"ae", "b", "aebdcf"},
			{"e", "e", "aebdcf"}, {"", "b", "aebdcf"}, {"a", "gone", "aebdcf"}, {"aebdcf", "d", "aebdcf"}, {"ae", "d", "baedcf"}, {"be", "a", "beadcf"},
			{"a", "f", "bedcaf"},
		} {
			target := uploader.Target{}
			for _, name := range c.which {
				target.Entries = append(target.Entries, ids[name])
			}
			if target.Before = uploader.EntryID(c.before); len(c.before) == 1 {
				target.Before = ids[rune(c.before[0])]
			}
			w.do(uploader.MoveTo, target)
			if got := order(); got != c.want {
				t.Fatalf("%q to before %q: %s, want %s", c.which, c.before, got, c.want)
			}
		}
		w.crash()
		if got := order(); got != "bedcaf" {
			t.Errorf("after the restart: %s", got)
		}
	})
}
