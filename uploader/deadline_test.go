package uploader_test

import (
	"strings"
	"testing"
	"time"

	"longshore/internal/fault"
	"longshore/uploader"
)

// deadlined is a slow vault (four parts at a time make 40 bytes a second) that clears unfinished uploads away.
func deadlined(within time.Duration) fault.VaultOptions {
	return fault.VaultOptions{
		Latency: 2 * time.Millisecond, Speed: 10, ResumeWithin: within, URLLifetime: 24 * time.Hour, Discard: true,
	}
}

// bytesIn is how much that vault takes in a time, in whole parts.
func bytesIn(d time.Duration) int64 { return int64(40*d.Seconds()) / partSize * partSize }

// late waits for a verdict about the first file, at most the given time.
func (w *world) late(want uploader.Late, within time.Duration) uploader.EntryRow {
	w.t.Helper()
	for end := time.Now().Add(within); time.Now().Before(end); time.Sleep(time.Minute) {
		s := w.engine.Snapshot()
		if s.Jobs.Len() > 0 && s.Jobs.At(0).Late == want {
			e := s.Entries.At(0)
			if e.Late != want || want != "" && !e.Deadline.Equal(s.Jobs.At(0).Deadline) {
				w.t.Errorf("the entry says %q %v, its file %q %v", e.Late, e.Deadline, want, s.Jobs.At(0).Deadline)
			}
			return *e
		}
	}
	w.t.Fatalf("never late %q: %s", want, w.describe())
	return uploader.EntryRow{}
}

func TestAnUploadTooSlowForItsDeadlineSaysSoEarlyAndSteadily(t *testing.T) {
	inWorld(t, deadlined(40*time.Hour), func(w *world) {
		w.source.Sparse("/file.bin", bytesIn(60*time.Hour))
		began := time.Now()
		w.add("/file.bin")
		e := w.late(uploader.LateSlow, 10*time.Minute)
		if d := e.Deadline.Sub(began); d < 40*time.Hour || d > 40*time.Hour+time.Minute {
			t.Errorf("the deadline is %v after the start", d)
		}
		s := e.Late.Sentence(e.Deadline.UTC())
		if e.State != uploader.Uploading || !strings.Contains(s, "Sunday 2 January 16:00") || !strings.Contains(s, "faster network") {
			t.Errorf("%s: %q", e.State, s)
		}
		for end := time.Now().Add(40 * time.Minute); time.Now().Before(end); time.Sleep(10 * time.Minute) {
			if now := w.engine.Snapshot().Jobs.At(0).Late; now != uploader.LateSlow {
				t.Fatalf("at %v it says %q", time.Since(began), now)
			}
		}
	})
}

func TestAnUploadThatMakesItsDeadlineSaysNothing(t *testing.T) {
	inWorld(t, deadlined(40*time.Hour), func(w *world) {
		w.source.Sparse("/file.bin", bytesIn(30*time.Minute))
		w.add("/file.bin")
		w.until("stored", func(s *uploader.Snapshot) bool {
			if s.Jobs.Len() > 0 && s.Jobs.At(0).Late != "" {
				t.Fatalf("it says %q", s.Jobs.At(0).Late)
			}
			return s.Totals.FilesDone == 1
		})
		if r := w.receipt("file.bin"); r.Note != "" {
			t.Errorf("the receipt notes %q", r.Note)
		}
	})
}

// Paused, then not resumed: a day before the date the row says what is going to happen. After it, the job starts over
// with the reason on its row, and in the receipt.
func TestAPausedUploadIsToldOfItsDateAndStartsOverAfterIt(t *testing.T) {
	o := slow
	o.ResumeWithin = 72 * time.Hour
	inWorld(t, o, func(w *world) {
		data := w.write("/file.bin", 30*partSize)
		e := uploader.Target{Entries: w.add("/file.bin").Entries}
		w.parts(8)
		w.do(uploader.Pause, e)
		time.Sleep(47 * time.Hour)
		if j := w.job("file.bin"); j.Late != "" || j.Deadline.IsZero() {
			t.Errorf("two days before: %q, %v", j.Late, j.Deadline)
		}
		row := w.late(uploader.LateStill, 2*time.Hour)
		if row.State != uploader.Paused {
			t.Errorf("it is %s", row.State)
		}
		w.stop()
		w.start() // a restart knows it at once, before anything moves
		if now := w.engine.Snapshot().Entries.At(0); now.Late != uploader.LateStill || !now.Deadline.Equal(row.Deadline) {
			t.Errorf("after a restart: %+v", *now)
		}
		time.Sleep(25 * time.Hour)
		w.late(uploader.LateOver, time.Hour)
		w.do(uploader.Resume, e)
		s := w.until("starting over", func(s *uploader.Snapshot) bool { return s.Entries.At(0).Note == uploader.CodeDeadline })
		if s.Entries.At(0).State.Ended() {
			t.Errorf("%+v", *s.Entries.At(0))
		}
		w.parts(20)
		if row := w.engine.Snapshot().Entries.At(0); row.Note != uploader.CodeDeadline || row.Late != "" {
			t.Errorf("while it sends again: %+v", *row)
		}
		w.crash() // the reason outlives the program
		w.settled()
		if r := w.stored("file.bin", data); r.Note != uploader.CodeDeadline {
			t.Errorf("the receipt notes %q", r.Note)
		}
		if row := w.engine.Snapshot().Entries.At(0); row.Note != uploader.CodeDeadline {
			t.Errorf("the stored row: %+v", *row)
		}
		w.nothingOpen()
	})
}

// An upload that vanishes long before its date was not ended by it.
func TestAnUploadThatVanishesBeforeItsDateIsNotBlamedOnIt(t *testing.T) {
	o := slow
	o.ResumeWithin = 72 * time.Hour
	inWorld(t, o, func(w *world) {
		data := w.write("/file.bin", 30*partSize)
		w.add("/file.bin")
		w.parts(8)
		w.vault.DropUploads()
		w.settled()
		if r := w.stored("file.bin", data); r.Note != "" {
			t.Errorf("the receipt notes %q", r.Note)
		}
	})
}

// Offline until a day before: the row says both why it waits and what is going to happen.
func TestAnOfflineUploadIsToldOfItsDate(t *testing.T) {
	o := slow
	o.ResumeWithin = 48 * time.Hour
	inWorld(t, o, func(w *world) {
		data := w.write("/file.bin", 30*partSize)
		w.add("/file.bin")
		w.parts(8)
		w.vault.Offline(true)
		time.Sleep(20 * time.Hour)
		if j := w.job("file.bin"); j.Late != "" {
			t.Errorf("it says %q", j.Late)
		}
		if e := w.late(uploader.LateStill, 5*time.Hour); e.State != uploader.Waiting || e.Reason != uploader.WaitNetwork {
			t.Errorf("%+v", e)
		}
		w.vault.Offline(false)
		w.settled()
		w.stored("file.bin", data)
		w.sentOnce()
	})
}

// The one that is near its date goes first, whatever stands before it; the rows stay where the user put them.
func TestNearItsDateAnUploadGoesToTheHead(t *testing.T) {
	o := deadlined(25 * time.Hour)
	inWorld(t, o, func(w *world) {
		w.limits = uploader.Limits{PartsPerFile: 4, Parts: 4}
		if err := w.engine.SetLimits(w.t.Context(), w.limits); err != nil {
			t.Fatal(err)
		}
		w.source.Sparse("/first.bin", bytesIn(30*time.Minute))
		first := uploader.Target{Entries: w.add("/first.bin").Entries}
		w.parts(20)
		w.do(uploader.Pause, first)
		w.source.Sparse("/others/1.bin", bytesIn(3*time.Hour))
		w.source.Sparse("/others/2.bin", bytesIn(3*time.Hour))
		others := uploader.Target{Entries: w.add("/others").Entries}
		w.do(uploader.MoveToTop, others)
		w.do(uploader.Resume, first)
		time.Sleep(10 * time.Minute) // what it had on the wire when the others came
		sends := func() bool {       // a row that is done tells no part any more
			before := w.job("first.bin")
			time.Sleep(10 * time.Minute)
			after := w.job("first.bin")
			return after.Part > before.Part || before.State != uploader.Done && after.State == uploader.Done
		}
		if sends() {
			t.Error("it went first although its date was far")
		}
		time.Sleep(45 * time.Minute) // 24 h before the date are reached meanwhile
		if !sends() {
			t.Errorf("it does not go first near its date; %s", w.describe())
			return
		}
		if s := w.engine.Snapshot(); s.Entries.At(0).Name != "others" {
			t.Errorf("the user's order changed: %s is first", s.Entries.At(0).Name)
		}
		w.until("the first is stored", func(*uploader.Snapshot) bool { return w.job("first.bin").State == uploader.Done })
		if sent := w.job("others/1.bin").Sent; sent < 1 {
			t.Error("the others never moved")
		}
	})
}

// A clock that is set 20 minutes, or ten days, does not end an upload that lives.
func TestAClockThatIsSetEndsNoLivingUpload(t *testing.T) {
	for name, off := range map[string]time.Duration{
		"20 minutes ahead": 20 * time.Minute, "20 minutes behind": -20 * time.Minute, "ten days ahead": 240 * time.Hour, "ten days behind": -240 * time.Hour,
	} {
		t.Run(name, func(t *testing.T) {
			o := slow
			o.ResumeWithin = 72 * time.Hour
			inWorld(t, o, func(w *world) {
				data := w.write("/file.bin", 60*partSize)
				w.add("/file.bin")
				w.parts(8)
				w.wrong.Store(int64(off))
				w.parts(16)
				time.Sleep(time.Minute) // a look at the dates
				w.crash()
				w.settled()
				if r := w.stored("file.bin", data); r.Note != "" {
					t.Errorf("the receipt notes %q", r.Note)
				}
				w.sentOnce()
				if n := w.vault.Calls(fault.OpCreate); n != 1 {
					t.Errorf("%d uploads were begun", n)
				}
			})
		})
	}
}

// S3 has ended it on its date, and this machine's clock is 20 minutes behind: it is the date all the same.
func TestADateThatPassedIsKnownWithAClockThatIsBehind(t *testing.T) {
	o := slow
	o.ResumeWithin = 2 * time.Hour
	inWorld(t, o, func(w *world) {
		data := w.write("/file.bin", 30*partSize)
		e := uploader.Target{Entries: w.add("/file.bin").Entries}
		w.parts(8)
		w.do(uploader.Pause, e)
		w.wrong.Store(int64(-20 * time.Minute))
		time.Sleep(2*time.Hour + time.Minute)
		w.do(uploader.Resume, e)
		w.settled()
		if r := w.stored("file.bin", data); r.Note != uploader.CodeDeadline {
			t.Errorf("the receipt notes %q", r.Note)
		}
	})
}

// receipt is a stored file's, whatever became of its bytes.
func (w *world) receipt(rel string) uploader.Receipt {
	w.t.Helper()
	history, err := w.engine.History(w.t.Context(), uploader.HistoryQuery{})
	if err != nil || len(history) != 1 || history[0].RelPath != rel {
		w.t.Fatalf("%+v, %v", history, err)
	}
	return history[0]
}
