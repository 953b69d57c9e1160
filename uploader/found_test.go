package uploader_test

import (
	"context"
	"testing"
	"time"

	"longshore/internal/fault"
	"longshore/uploader"
)

// What uploader/sim has found, each with a test of its own.

// S3 has the object and the journal's disk is full: a wake from sleep in between must not send it again, nor finish the
// job twice.
func TestWakeWhileAFinishedObjectWaitsForTheJournal(t *testing.T) {
	inWorld(t, fault.VaultOptions{Latency: time.Millisecond}, func(w *world) {
		data := w.write("/small", 50)
		w.vault.Faults.Add(fault.OpPutObject, fault.Fault{After: func() {
			w.journal.Faults.Add(fault.OpApply, fault.Fault{Code: uploader.CodeDiskFull, Repeat: 3})
		}})
		w.add("/small")
		w.until("the journal is stuck", func(s *uploader.Snapshot) bool { return s.Trouble == uploader.CodeDiskFull })
		if err := w.engine.Wake(w.t.Context()); err != nil {
			t.Fatal(err)
		}
		w.settled()
		w.stored("small", data)
		w.sentOnce()
		if n := w.vault.Calls(fault.OpPutObject); n != 1 {
			t.Errorf("%d PUTs", n)
		}
	})
}

// A wake drops the URL of an object whose PUT backs off: what the backoff wanted to send then has none.
func TestWakeWhileASinglePutBacksOff(t *testing.T) {
	inWorld(t, fault.VaultOptions{Latency: time.Millisecond}, func(w *world) {
		data := w.write("/small", 50)
		w.vault.Faults.Add(fault.OpPutObject, fault.Fault{Status: 503, S3Code: "SlowDown", RetryAfter: time.Minute})
		w.add("/small")
		w.until("it backs off", func(s *uploader.Snapshot) bool {
			return s.Jobs.Len() == 1 && s.Jobs.At(0).Reason == uploader.WaitThrottled
		})
		if err := w.engine.Wake(w.t.Context()); err != nil {
			t.Fatal(err)
		}
		w.settled()
		w.stored("small", data)
		w.sentOnce()
	})
}

// The last object of a queue finds that its URL grew old while storage could not be reached: it asks for a new one at
// once, though nothing else happens any more.
func TestAnOldURLIsReplacedThoughNothingElseHappens(t *testing.T) {
	inWorld(t, fault.VaultOptions{Latency: time.Millisecond, URLLifetime: 3 * time.Second}, func(w *world) {
		data := w.write("/small", 50)
		w.vault.Faults.Add(fault.OpPutObject, fault.Fault{Code: uploader.CodeNetwork, Repeat: 8})
		w.add("/small")
		w.settled()
		w.stored("small", data)
	})
}

// A program that died while S3 completed an upload of a vault without object checksums looks for the object, and does
// not ask for a checksum that there is not.
func TestACompletedMD5UploadIsFoundAfterACrash(t *testing.T) {
	inWorld(t, fault.VaultOptions{Checksum: uploader.ChecksumMD5, Latency: time.Millisecond}, func(w *world) {
		data := w.write("/file.bin", 9*partSize)
		var image *fault.Journal
		w.vault.Faults.Add(fault.OpComplete, fault.Fault{DropAnswer: true, After: func() {
			image = w.journal.Clone()
			w.vault.Offline(true)
		}})
		w.add("/file.bin")
		w.until("it waits", func(s *uploader.Snapshot) bool { return s.Totals.FilesWaiting == 1 })
		w.stop()
		w.vault.Offline(false)
		w.journal = image
		w.start()
		w.settled()
		w.stored("file.bin", data)
		w.nothingOpen()
		w.sentOnce()
	})
}

// late makes the Create that got no answer happen after all, long after its caller gave up.
func late(w *world, after time.Duration, size int64) fault.Fault {
	var attempt uploader.AttemptID
	return fault.Fault{
		Code: uploader.CodeNetwork,
		Only: func(c fault.Call) bool {
			attempt = c.Attempt
			return true
		},
		Before: func() {
			go func() {
				time.Sleep(after)
				_, _ = w.vault.Signer().Create(context.Background(), uploader.CreateRequest{
					Attempt: attempt, FileName: "file.bin", Size: size, PartSize: partSize, Checksum: uploader.ChecksumCRC64NVME,
				}, false)
			}()
		},
	}
}

// A Create that nobody heard of and that happens late leaves an upload behind: it is cleared away, whether the file is
// stored by then, was stored after a crash, or was cancelled.
func TestALateCreateIsClearedAway(t *testing.T) {
	for _, end := range []string{"stored", "crashed", "cancelled"} {
		t.Run(end, func(t *testing.T) {
			inWorld(t, slow, func(w *world) {
				data := w.write("/file.bin", 9*partSize)
				w.vault.Faults.Add(fault.OpCreate, late(w, 2*time.Minute, int64(len(data))))
				if end == "cancelled" { // before anything else happens
					w.vault.Faults.Add(fault.OpCreate, fault.Fault{Code: uploader.CodeNetwork, Repeat: fault.Forever})
				}
				e := uploader.Target{Entries: w.add("/file.bin").Entries}
				switch end {
				case "crashed":
					w.parts(3)
					w.crash()
				case "cancelled":
					w.until("it waits", func(s *uploader.Snapshot) bool { return s.Totals.FilesWaiting == 1 })
					w.do(uploader.Cancel, e)
					w.vault.Faults.Clear(fault.OpCreate)
				}
				w.settled()
				if end != "cancelled" {
					w.stored("file.bin", data)
				}
				if w.nothingOpen(); w.vault.Calls(fault.OpCreate) < 2 {
					t.Error("the late Create did not happen")
				}
			})
		})
	}
}

// An object that was found by a look, not by an answer to Complete, may have siblings that the signer did not clear away.
func TestAnUploadFoundByALookIsAbortedOnceMore(t *testing.T) {
	inWorld(t, slow, func(w *world) {
		data := w.write("/file.bin", 9*partSize)
		w.vault.Faults.Add(fault.OpComplete, fault.Fault{DropAnswer: true, Code: uploader.CodeUnknown})
		w.add("/file.bin")
		w.settled()
		w.stored("file.bin", data)
		w.nothingOpen()
		if n := w.vault.Calls(fault.OpAbort); n != 1 {
			t.Errorf("%d aborts", n)
		}
	})
}

// A storage that now and then does not find an upload that lives costs a look each time, and never what it holds.
func TestAnUploadDeniedNowAndThenGoesOn(t *testing.T) {
	inWorld(t, slow, func(w *world) {
		data := w.write("/file.bin", 100*partSize)
		for range 12 {
			w.vault.Faults.Add(fault.OpPutPart, fault.Fault{Repeat: 3}, fault.Fault{Status: 404, S3Code: "NoSuchUpload"})
		}
		w.add("/file.bin")
		w.settled()
		w.stored("file.bin", data)
		w.sentOnce()

		w.vault.Faults.Add(fault.OpPutPart, fault.Fault{Repeat: 3}, fault.Fault{Status: 404, S3Code: "NoSuchUpload", Repeat: fault.Forever})
		other := w.write("/other.bin", 60*partSize)
		e := uploader.Target{Entries: w.add("/other.bin").Entries}
		w.settled()
		if j := w.job("other.bin"); j.State != uploader.Failed || j.Code != uploader.CodeServer {
			t.Errorf("%s %s %s", j.State, j.Code, j.Detail)
		}
		w.vault.Faults.Clear(fault.OpPutPart)
		w.do(uploader.RetryJobs, e)
		w.settled()
		w.stored("other.bin", other)
		w.sentOnce()
		w.nothingOpen()
	})
}

// Files that wait for their vault and are gone when their turn to probe comes hand it on: the others must not wait for
// ever.
func TestAFileThatVanishedHandsItsTurnOn(t *testing.T) {
	inWorld(t, fault.VaultOptions{Latency: time.Millisecond}, func(w *world) {
		w.write("/a", 9*partSize)
		w.write("/b", 9*partSize)
		data := w.write("/c", 9*partSize)
		w.vault.Faults.Add(fault.OpConnect, fault.Fault{Code: uploader.CodeBadConfig, Before: func() {
			w.source.Remove("/a")
			w.source.Remove("/b")
		}})
		w.add("/a", "/b", "/c")
		w.settled()
		w.stored("c", data)
	})
}

// A gateway that lost the signer in the middle of a Create answers 502: the Create may still make an upload, and what it
// makes is cleared away when the file is stored.
func TestAGatewaysAnswerToACreateIsNoAnswer(t *testing.T) {
	inWorld(t, slow, func(w *world) {
		data := w.write("/file.bin", 9*partSize)
		w.vault.Faults.Add(fault.OpCreate, fault.Fault{Code: uploader.CodeVaultNotReady})
		w.add("/file.bin")
		w.settled()
		w.stored("file.bin", data)
		w.nothingOpen()
		if w.vault.Calls(fault.OpAbort) == 0 {
			t.Error("nobody looked for what the first Create may have made")
		}
	})
}

// Whoever opens the queue only for seconds at a time is not left for ever with an upload to be cleared away: a day after a
// Create that nobody heard of it can make none any more.
func TestAnOldTombstoneEndsInASecond(t *testing.T) {
	inWorld(t, slow, func(w *world) {
		w.write("/file.bin", 9*partSize)
		w.vault.Faults.Add(fault.OpCreate, fault.Fault{Code: uploader.CodeNetwork, Repeat: fault.Forever})
		e := uploader.Target{Entries: w.add("/file.bin").Entries}
		w.until("it waits", func(s *uploader.Snapshot) bool { return s.Totals.FilesWaiting == 1 })
		w.do(uploader.Cancel, e)
		before := w.vault.Calls(fault.OpCreate)
		w.vault.Faults.Clear(fault.OpCreate)
		tombs := func() int {
			q, err := w.journal.Load(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return len(q.Tombstones)
		}
		for range 3 {
			w.crash()
			time.Sleep(10 * time.Second)
			if tombs() != 1 {
				t.Fatal("forgotten while the Create may still have its effect")
			}
		}
		if n := w.vault.Calls(fault.OpCreate) - before; n > 1 {
			t.Errorf("%d Creates: each start began an upload, only to abort it", n)
		}
		w.wrong.Store(int64(25 * time.Hour)) // a day later
		w.crash()
		time.Sleep(time.Second)
		if n := tombs(); n != 0 {
			t.Errorf("%d tombstones are left", n)
		}
		w.nothingOpen()
	})
}

// The network goes while two calls are under way. The first to fail was for a file that is cancelled by then, so nobody
// waits when the gate lets one try again; the second fails after that, and must not wait for a turn that has passed.
func TestACallThatFailsAfterAnUnusedTurnTriesAgain(t *testing.T) {
	inWorld(t, fault.VaultOptions{Latency: time.Millisecond}, func(w *world) {
		w.write("/small", 50)
		data := w.write("/large", 9*partSize)
		w.vault.Faults.Add(fault.OpSignObjects, fault.Fault{Delay: time.Minute, Code: uploader.CodeNetwork})
		w.vault.Faults.Add(fault.OpSignParts, fault.Fault{Delay: 2 * time.Minute, Code: uploader.CodeNetwork})
		small := uploader.Target{Entries: w.add("/small").Entries}
		w.add("/large")
		time.Sleep(time.Second)
		w.do(uploader.Cancel, small)
		w.settled()
		w.stored("large", data)
	})
}
