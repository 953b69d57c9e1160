package uploader_test

import (
	"fmt"
	"testing"
	"time"

	"longshore/internal/fault"
	"longshore/uploader"
)

// fats are the ways a card's file looks other than before, though nobody touched it.
var fats = map[string]time.Duration{
	"as it was": 0, "the end of summer": -time.Hour, "a flight to Tokyo": 8 * time.Hour, "a flight to Delhi": 330 * time.Minute,
}

// Pulled and put back, a card has new numbers, times in two-second steps, and times off by whole hours where the clock's
// zone changed: the upload goes on, and every part is hashed again before it counts.
func TestACardPutBackWithNewNumbersAndTimesGoesOn(t *testing.T) {
	for name, shift := range fats {
		for _, running := range []bool{true, false} {
			t.Run(fmt.Sprint(name, " running ", running), func(t *testing.T) {
				inWorld(t, slow, func(w *world) {
					w.source.Remount("/media/card", 5, 0)
					time.Sleep(1100 * time.Millisecond)
					data := w.write("/media/card/DCIM/a.mov", 30*partSize)
					w.add("/media/card/DCIM/a.mov")
					w.parts(12)
					if running {
						w.source.Unplug("/media/card")
						w.until("waiting", func(s *uploader.Snapshot) bool { return s.Entries.At(0).Code == uploader.CodeDriveMissing })
					} else {
						image := w.crashImage()
						w.source.Unplug("/media/card")
						w.journal = image
						w.start()
						w.until("waiting", func(s *uploader.Snapshot) bool { return s.Entries.At(0).Code == uploader.CodeDriveMissing })
					}
					reads := w.source.Faults.Calls(fault.OpRead)
					w.source.Remount("/media/card", 6, shift)
					w.settled()
					w.stored("a.mov", data)
					w.sentOnce()
					w.nothingOpen()
					// 12 parts or more were sent before: each is read once more, and each of the others twice.
					if n := w.source.Faults.Calls(fault.OpRead) - reads; n < 12+2*10 {
						t.Errorf("%d reads after it was put back", n)
					}
				})
			})
		}
	}
}

// The same card, but somebody edited the file in the meantime, in a part that was sent, and the times say nothing of it.
func TestACardPutBackWithAnotherFileIsNoticed(t *testing.T) {
	for name, shift := range fats {
		t.Run(name, func(t *testing.T) {
			inWorld(t, slow, func(w *world) {
				w.source.Remount("/media/card", 5, 0)
				w.write("/media/card/a.mov", 30*partSize)
				e := uploader.Target{Entries: w.add("/media/card/a.mov").Entries}
				w.parts(12)
				w.source.Unplug("/media/card")
				w.until("waiting", func(s *uploader.Snapshot) bool { return s.Entries.At(0).State == uploader.Waiting })
				w.source.EditKeepingTimes("/media/card/a.mov", 3*partSize, []byte("edited"))
				w.source.Remount("/media/card", 6, shift)
				w.settled()
				if j := w.job("a.mov"); j.State != uploader.SourceChanged {
					t.Fatalf("it is %s %s", j.State, j.Code)
				}
				now := randomBytes("/media/card/a.mov", 30*partSize)
				copy(now[3*partSize:], "edited")
				w.do(uploader.RetryJobs, e)
				w.settled()
				w.stored("a.mov", now)
				w.nothingOpen()
			})
		})
	}
}

// A time that is off by what no zone explains is a change, before a byte is read.
func TestACardWhoseFileHasAnotherTimeChanged(t *testing.T) {
	for _, shift := range []time.Duration{7 * time.Minute, 10 * time.Second, 48 * time.Hour, time.Hour + 5*time.Second} {
		t.Run(shift.String(), func(t *testing.T) {
			inWorld(t, slow, func(w *world) {
				w.source.Remount("/media/card", 5, 0)
				w.write("/media/card/a.mov", 30*partSize)
				w.add("/media/card/a.mov")
				w.parts(12)
				w.source.Unplug("/media/card")
				w.until("waiting", func(s *uploader.Snapshot) bool { return s.Entries.At(0).State == uploader.Waiting })
				w.source.Remount("/media/card", 6, shift)
				w.settled()
				if j := w.job("a.mov"); j.State != uploader.SourceChanged {
					t.Errorf("it is %s %s", j.State, j.Code)
				}
			})
		})
	}
}
