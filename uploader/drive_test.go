package uploader_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"longshore/internal/fault"
	"longshore/uploader"
)

// hangs waits until the first row says that its drive does not answer.
func (w *world) hangs() {
	w.t.Helper()
	s := w.until("its drive does not answer", func(s *uploader.Snapshot) bool {
		return s.Entries.Len() > 0 && s.Entries.At(0).Code == uploader.CodeDriveHangs
	})
	if e := s.Entries.At(0); e.State != uploader.Waiting || e.Reason != uploader.WaitDrive {
		w.t.Errorf("the row says %+v", *e)
	}
}

// soon does f and checks that it took at most d.
func (w *world) soon(what string, d time.Duration, f func()) {
	w.t.Helper()
	began := time.Now()
	f()
	if took := time.Since(began); took > d {
		w.t.Errorf("%s took %v", what, took)
	}
}

// In the middle of an upload the share stops answering, for eight hours.
func TestAShareThatHangsHoldsUpItsOwnFilesOnly(t *testing.T) {
	inWorld(t, slow, func(w *world) {
		data := w.write("/net/file.bin", 60*partSize)
		w.source.OnDrive("/net", 7)
		w.add("/net/file.bin")
		w.parts(8)
		answer, _ := w.source.Hang("/net")
		other := w.write("/home/other.bin", 30*partSize)
		for i := range 100 {
			w.write(fmt.Sprintf("/home/s/%d", i), 10)
		}
		w.add("/home/other.bin", "/home/s")
		w.soon("the files of other drives", time.Minute, func() {
			w.until("they are done", func(s *uploader.Snapshot) bool { return s.Totals.FilesDone == 101 })
		})
		w.hangs()
		w.stored("other.bin", other)
		stuck := w.source.Hanging()
		time.Sleep(8 * time.Hour)
		if n := w.source.Hanging(); n > stuck+16 || n > 28 {
			t.Errorf("%d calls hang, %d at first", n, stuck)
		}
		answer()
		w.soon("going on", time.Minute, func() { w.settled() })
		w.stored("file.bin", data)
		w.sentOnce()
		w.nothingOpen()
	})
}

// Over and over, at every place of the way; what late reads bring home must not get into what is sent.
func TestAShareThatHangsNowAndThenStoresTheRightBytes(t *testing.T) {
	inWorld(t, slow, func(w *world) {
		data := w.write("/net/file.bin", 60*partSize)
		small := map[string][]byte{}
		for i := range 40 {
			name := fmt.Sprintf("s/%d", i)
			small[name] = w.write("/net/"+name, 60+i)
		}
		w.add("/net/file.bin", "/net/s")
		for i := range 25 {
			time.Sleep(time.Duration(37*i) * time.Millisecond)
			answer, _ := w.source.Hang("/net")
			time.Sleep(time.Duration(i%5) * 20 * time.Second)
			answer()
		}
		w.settled()
		w.stored("file.bin", data)
		for name, data := range small {
			w.stored(name, data)
		}
		w.nothingOpen()
	})
}

func TestEveryVerbAnswersAtOnceWhileAShareHangs(t *testing.T) {
	for _, known := range []bool{false, true} {
		for _, verb := range []uploader.Verb{uploader.Pause, uploader.Cancel, uploader.Remove} {
			t.Run(fmt.Sprint(verb, " ", known), func(t *testing.T) {
				inWorld(t, slow, func(w *world) {
					data := w.write("/net/file.bin", 60*partSize)
					e := uploader.Target{Entries: w.add("/net/file.bin").Entries}
					w.parts(8)
					answer, _ := w.source.Hang("/net")
					if known {
						w.hangs()
					} else {
						time.Sleep(5 * time.Second)
					}
					w.soon(string(verb), time.Second, func() { w.do(verb, e) })
					if verb == uploader.Pause {
						if j := w.job("file.bin"); j.State != uploader.Paused {
							t.Errorf("it is %s", j.State)
						}
						time.Sleep(time.Hour)
						w.do(uploader.Resume, e)
						w.hangs()
					} else { // it is cleared away although the share goes on hanging
						w.nothingOpen()
					}
					answer()
					if verb == uploader.Pause {
						w.settled()
						w.stored("file.bin", data)
						w.sentOnce()
					}
					w.nothingOpen()
				})
			})
		}
	}
}

func TestQuittingDoesNotWaitForAShareThatHangs(t *testing.T) {
	for _, known := range []bool{false, true} {
		t.Run(fmt.Sprint(known), func(t *testing.T) {
			inWorld(t, slow, func(w *world) {
				data := w.write("/net/file.bin", 60*partSize)
				w.write("/net/d/x", 5)
				w.add("/net/file.bin")
				w.parts(8)
				answer, _ := w.source.Hang("/net")
				w.add("/net/d") // its walk hangs
				time.Sleep(5 * time.Second)
				if known {
					w.hangs()
				}
				w.soon("quitting", 6*time.Second, w.stop)
				answer()
				synctest.Wait() // what was left behind ends
				w.start()
				w.settled()
				w.stored("file.bin", data)
				w.sentOnce()
			})
		})
	}
}

// The calls that hung never come back, as after a forced unmount; new ones are answered.
func TestADriveThatIsBackIsFoundThoughOldCallsNeverReturn(t *testing.T) {
	inWorld(t, slow, func(w *world) {
		data := w.write("/net/file.bin", 60*partSize)
		w.add("/net/file.bin")
		w.parts(8)
		release, newAlone := w.source.Hang("/net")
		w.hangs()
		time.Sleep(3 * time.Hour)
		newAlone()
		w.soon("going on", 61*time.Minute, func() { w.settled() })
		w.stored("file.bin", data)
		w.sentOnce()
		release()
	})
}

// 500 files on a share that hangs from the start: few calls hang, and a file elsewhere is not held up by them.
func TestFewCallsHangHoweverManyFilesAShareHas(t *testing.T) {
	inWorld(t, fault.VaultOptions{}, func(w *world) {
		for i := range 500 {
			w.write(fmt.Sprintf("/net/d/%d", i), 10+10*(i%40))
		}
		w.source.OnDrive("/net", 7)
		var release func()
		w.source.Faults.Add(fault.OpOpen, fault.Fault{Before: func() { release, _ = w.source.Hang("/net") }})
		w.add("/net/d")
		w.until("it hangs", func(*uploader.Snapshot) bool { return w.source.Hanging() > 0 })
		other := w.write("/home/other.bin", 5*partSize)
		w.add("/home/other.bin")
		w.soon("the other file", 5*time.Minute, func() {
			w.until("stored", func(s *uploader.Snapshot) bool { return s.Totals.FilesDone == 1 })
		})
		w.stored("other.bin", other)
		w.hangs()
		time.Sleep(5 * time.Hour)
		if n := w.source.Hanging(); n > 28 {
			t.Errorf("%d calls hang", n)
		}
		release()
		w.soon("going on", 10*time.Minute, func() { w.settled() })
		if n := w.engine.Snapshot().Totals.FilesDone; n != 501 {
			t.Errorf("%d are done; %s", n, w.describe())
		}
	})
}

// The walk of a folder on a share that hangs holds up no other walk, not even of the same drop; its row says why.
func TestAWalkThatHangsHoldsUpNoOther(t *testing.T) {
	inWorld(t, fault.VaultOptions{}, func(w *world) {
		x := w.write("/net/d/x", 50)
		y, z := w.write("/home/d/y", 50), w.write("/home/e/z", 50)
		answer, _ := w.source.Hang("/net")
		w.add("/net/d", "/home/d")
		w.add("/home/e")
		w.soon("the other walks", 2*time.Minute, func() {
			w.until("stored", func(s *uploader.Snapshot) bool { return s.Totals.FilesDone == 2 })
		})
		w.stored("d (2)/y", y)
		w.stored("e/z", z)
		w.hangs()
		if s := w.engine.Snapshot(); !s.Totals.Scanning || !s.Entries.At(0).Scanning {
			t.Errorf("a batch whose walk hangs is called complete: %+v", s.Totals)
		}
		time.Sleep(time.Hour)
		answer()
		w.settled()
		w.stored("d/x", x)
	})
}

// Cancelled while its walk hangs, a folder is done with; added again, it is walked by a new one.
func TestAWalkThatHangsCanBeCancelled(t *testing.T) {
	inWorld(t, fault.VaultOptions{}, func(w *world) {
		x := w.write("/net/d/x", 50)
		answer, newAlone := w.source.Hang("/net")
		e := uploader.Target{Entries: w.add("/net/d").Entries}
		w.hangs()
		w.soon("cancel", time.Second, func() { w.do(uploader.Cancel, e) })
		if s := w.engine.Snapshot(); s.Totals.Scanning || s.Entries.At(0).State != uploader.Cancelled {
			t.Errorf("%+v, %+v", s.Totals, *s.Entries.At(0))
		}
		newAlone()
		w.do(uploader.RetryJobs, e)
		w.settled()
		w.stored("d/x", x)
		answer()
		synctest.Wait()
		if s := w.engine.Snapshot(); s.Jobs.Len() != 1 {
			t.Errorf("%d jobs", s.Jobs.Len())
		}
	})
}

// The drive is pulled and back before the journal has what arrived: a part whose answer came is not sent again, even
// where S3's list proves nothing.
func TestAPartOnItsWayToTheJournalIsNotSentAgain(t *testing.T) {
	o := slow
	o.Checksum = uploader.ChecksumMD5
	inWorld(t, o, func(w *world) {
		data := w.write("/media/card/file.bin", 30*partSize)
		w.add("/media/card/file.bin")
		w.parts(8)
		w.journal.Faults.Add(fault.OpApply, fault.Fault{Delay: 30 * time.Second})
		time.Sleep(250 * time.Millisecond) // answers come, and wait for the journal
		w.source.Faults.Add(fault.OpRead, fault.Fault{Code: uploader.CodeDriveMissing})
		w.settled()
		w.stored("file.bin", data)
		w.sentOnce()
	})
}
