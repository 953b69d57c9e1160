package uploader_test

import (
	"fmt"
	"testing"
	"time"

	"longshore/internal/fault"
	"longshore/uploader"
)

// A file in the cloud that is not on this computer: reading it never ends, while the drive answers for all others.
func TestOneFileThatNeverAnswersHangsFewCallsForDays(t *testing.T) {
	inWorld(t, slow, func(w *world) {
		data := w.write("/home/cloud.bin", 60*partSize)
		w.add("/home/cloud.bin")
		w.parts(8)
		answer, _ := w.source.Hang("/home/cloud.bin")
		w.hangs()
		for i := range 3 * 24 {
			path := fmt.Sprintf("/home/%d", i)
			w.write(path, 3*partSize)
			w.add(path)
			time.Sleep(time.Hour)
		}
		if n := w.engine.Snapshot().Totals.FilesDone; n != 3*24 {
			t.Errorf("%d are done; %s", n, w.describe())
		}
		if n := w.source.Hanging(); n > 40 {
			t.Errorf("%d calls hang", n)
		}
		answer()
		w.soon("going on", time.Minute, func() { w.settled() })
		w.stored("cloud.bin", data)
		w.sentOnce()
	})
}

// Many files are open when the share stops answering: closing them hangs, too.
func TestClosingFilesOfADriveThatHangsHangsFewCalls(t *testing.T) {
	inWorld(t, fault.VaultOptions{Latency: 20 * time.Second, Speed: 10_000}, func(w *world) {
		for i := range 300 {
			w.write(fmt.Sprintf("/net/d/%d", i), 40+i%50)
		}
		w.source.OnDrive("/net", 7)
		w.add("/net/d")
		w.until("some are under way", func(s *uploader.Snapshot) bool { return s.Totals.FilesActive > 100 })
		answer, _ := w.source.Hang("/net")
		w.hangs()
		other := w.write("/home/other.bin", 5*partSize)
		w.add("/home/other.bin")
		w.soon("the other file", 3*time.Minute, func() { // each call to the vault takes 20 s
			w.until("stored", func(s *uploader.Snapshot) bool { return s.Entries.At(1).State == uploader.Done })
		})
		w.stored("other.bin", other)
		first := w.source.Hanging() // reads of PUTs that were under way, and what the disk's workers began
		time.Sleep(5 * time.Hour)
		if n := w.source.Hanging(); first > 192+4 || n > first+16 {
			t.Errorf("%d calls hang, %d at first", n, first)
		}
		answer()
		w.soon("going on", 10*time.Minute, func() { w.settled() })
		w.nothingOpen()
	})
}

// Hundreds of files that never answer, between others of the same drive that do: so many calls hang and no more, others
// arrive until then, and all of them once the calls are back.
func TestManyFilesThatNeverAnswerHangSoManyCallsAndNoMore(t *testing.T) {
	inWorld(t, fault.VaultOptions{}, func(w *world) {
		for i := range 400 {
			w.write(fmt.Sprintf("/home/cloud/%d", i), 3*partSize)
			w.write(fmt.Sprintf("/home/here/%d", i), 3*partSize)
		}
		var release func()
		w.source.Faults.Add(fault.OpOpen, fault.Fault{Before: func() { release, _ = w.source.Hang("/home/cloud") }})
		w.add("/home/cloud", "/home/here")
		w.until("it hangs", func(*uploader.Snapshot) bool { return w.source.Hanging() > 0 })
		time.Sleep(48 * time.Hour)
		n, done := w.source.Hanging(), w.engine.Snapshot().Totals.FilesDone
		if n > 300 || done < 20 {
			t.Errorf("%d calls hang, %d files are done", n, done)
		}
		release()
		w.soon("going on", time.Hour, func() { w.settled() })
		if n := w.engine.Snapshot().Totals.FilesDone; n != 800 {
			t.Errorf("%d are done; %s", n, w.describe())
		}
	})
}

// Empty files prove nothing of a drive, for nothing is read of them; one that came through is reason to ask again soon.
func TestADriveThatIsBackIsFoundThoughItsFirstFilesAreEmpty(t *testing.T) {
	inWorld(t, slow, func(w *world) {
		for i := range 30 {
			w.write(fmt.Sprintf("/net/d/%d", i), 0)
		}
		w.write("/net/d/z", 60*partSize)
		var release, newAlone func()
		w.source.Faults.Add(fault.OpOpen, fault.Fault{Before: func() { release, newAlone = w.source.Hang("/net") }})
		w.add("/net/d")
		w.until("it hangs", func(*uploader.Snapshot) bool { return w.source.Hanging() > 0 })
		w.hangs()
		time.Sleep(5 * time.Hour)
		newAlone()
		w.soon("going on", 3*time.Hour, func() { w.settled() })
		if n := w.engine.Snapshot().Totals.FilesDone; n != 31 {
			t.Errorf("%d are done; %s", n, w.describe())
		}
		release()
	})
}
