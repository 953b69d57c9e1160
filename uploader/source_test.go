package uploader_test

import (
	"slices"
	"testing"
	"time"

	"longshore/internal/fault"
	"longshore/uploader"
)

// A file that changes while it is sent is never mixed: its upload is aborted, the row says so, and Retry sends what is
// there now under another key.
func TestSourceChanges(t *testing.T) {
	const path = "/file.bin"
	for name, change := range map[string]func(w *world, data []byte) []byte{
		"edited": func(w *world, data []byte) []byte {
			data = slices.Clone(data)
			copy(data[5*partSize:], "changed")
			w.source.Edit(path, 5*partSize, []byte("changed"))
			return data
		},
		"grown": func(w *world, data []byte) []byte {
			data = append(slices.Clone(data), "more"...)
			w.source.Write(path, data)
			return data
		},
		"truncated": func(w *world, data []byte) []byte {
			w.source.Truncate(path, 20*partSize)
			return data[:20*partSize]
		},
		"replaced": func(w *world, data []byte) []byte {
			data = randomBytes("other", len(data))
			w.source.Replace(path, data)
			return data
		},
	} {
		for _, when := range []string{"while sending", "between sessions"} {
			t.Run(name+" "+when, func(t *testing.T) {
				inWorld(t, slow, func(w *world) {
					data := w.write(path, 30*partSize)
					e := uploader.Target{Entries: w.add(path).Entries}
					w.parts(8)
					if when == "between sessions" {
						image := w.crashImage()
						data = change(w, data)
						w.journal = image
						w.start()
					} else {
						data = change(w, data)
					}
					w.settled()
					if j := w.job("file.bin"); j.State != uploader.SourceChanged || j.Code != uploader.CodeSourceChanged {
						t.Fatalf("it is %s %s %s", j.State, j.Code, j.Detail)
					}
					w.nothingOpen()
					if len(w.vault.Objects()) > 0 {
						t.Fatal("something was stored")
					}
					w.do(uploader.RetryJobs, e)
					w.settled()
					w.stored("file.bin", data)
					w.nothingOpen()
				})
			})
		}
	}
}

func TestFileDeletedInTheMiddleFailsAndGoesOnWhenItIsBack(t *testing.T) {
	inWorld(t, slow, func(w *world) {
		data := w.write("/file.bin", 30*partSize)
		e := uploader.Target{Entries: w.add("/file.bin").Entries}
		w.parts(8)
		w.source.Remove("/file.bin")
		w.settled()
		if j := w.job("file.bin"); j.State != uploader.Failed || j.Code != uploader.CodeSourceMissing {
			t.Fatalf("it is %s %s", j.State, j.Code)
		}
		w.source.Write("/file.bin", data) // another file of the same bytes: not the one that was being sent
		w.do(uploader.RetryJobs, e)
		w.settled()
		if w.job("file.bin").State == uploader.SourceChanged {
			w.do(uploader.RetryJobs, e)
			w.settled()
		}
		w.stored("file.bin", data)
		w.nothingOpen()
	})
}

func TestDrivePulledAndPutBackWaitsAndGoesOn(t *testing.T) {
	inWorld(t, slow, func(w *world) {
		data := w.write("/media/card/file.bin", 30*partSize)
		other := w.write("/home/other.bin", 3*partSize)
		w.source.Unstable("/media/card", true)
		w.add("/media/card/file.bin")
		w.parts(8)
		w.source.Unplug("/media/card")
		s := w.until("waiting", func(s *uploader.Snapshot) bool { return s.Entries.At(0).State == uploader.Waiting })
		if e := s.Entries.At(0); e.Reason != uploader.WaitDrive || e.Code != uploader.CodeDriveMissing {
			t.Errorf("%+v", *e)
		}
		w.add("/home/other.bin") // others are not held up
		w.until("the other is done", func(s *uploader.Snapshot) bool { return s.Totals.FilesDone == 1 })
		time.Sleep(8 * time.Hour)
		w.source.Plug("/media/card")
		w.settled()
		w.stored("file.bin", data)
		w.stored("other.bin", other)
		w.sentOnce()
		w.nothingOpen()
	})
}

// On a file system whose times prove nothing, an edit that keeps the times is found by reading again.
func TestUnstableSourceIsReadAgainBeforeOldPartsCount(t *testing.T) {
	inWorld(t, slow, func(w *world) {
		w.write("/media/card/file.bin", 30*partSize)
		w.source.Unstable("/media/card", true)
		w.add("/media/card/file.bin")
		w.parts(8)
		image := w.crashImage()
		w.source.EditKeepingTimes("/media/card/file.bin", partSize, []byte("changed"))
		w.journal = image
		w.start()
		w.settled()
		if j := w.job("file.bin"); j.State != uploader.SourceChanged {
			t.Errorf("it is %s %s", j.State, j.Code)
		}
		w.nothingOpen()
	})
}

// Finished at S3, the answer lost, the program dead, the file deleted: it is done all the same.
func TestFinishedBeforeTheCrashIsDoneWithoutTheFile(t *testing.T) {
	for name, size := range map[string]int{"multipart": 12*partSize + 3, "single": 60} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, fault.VaultOptions{}, func(w *world) {
				data := w.write("/file.bin", size)
				w.vault.Faults.Add(fault.OpComplete, fault.Fault{Hang: true})
				w.vault.Faults.Add(fault.OpPutObject, fault.Fault{Hang: true})
				w.add("/file.bin")
				time.Sleep(time.Second)
				w.vault.Faults.Clear("")
				image := w.crashImage()
				w.source.Remove("/file.bin")
				w.journal = image
				w.start()
				w.settled()
				if r := w.stored("file.bin", data); r.Source != "looked" {
					t.Errorf("the receipt claims that the source was %s", r.Source)
				}
				w.sentOnce()
			})
		})
	}
}

func TestWhatCannotBeUploadedSaysWhy(t *testing.T) {
	inWorld(t, fault.VaultOptions{}, func(w *world) {
		good := w.write("/d/good", 10)
		w.source.Special("/d/socket", uploader.CodeNotRegular)
		w.source.Special("/d/loop", uploader.CodeSymlinkLoop)
		w.source.Special("/d/locked", uploader.CodeSourceUnreadable)
		w.add("/d", "/not/there", "smb://server/share/x")
		w.settled()
		w.stored("d/good", good)
		for rel, want := range map[string]uploader.Code{
			"d/socket": uploader.CodeNotRegular, "d/loop": uploader.CodeSymlinkLoop,
			"d/locked": uploader.CodeSourceUnreadable, "there": uploader.CodeSourceMissing, "x": uploader.CodeNotLocal,
		} {
			if j := w.job(rel); j.State != uploader.Failed || j.Code != want {
				t.Errorf("%s is %s %s, want failed %s", rel, j.State, j.Code, want)
			}
		}
		later := w.write("/not/there", 20) // what was missing is there now: Retry finds it
		w.do(uploader.RetryJobs, uploader.Target{All: true})
		w.settled()
		w.stored("there", later)
	})
}

func TestFileAboveS3sLimitIsRefusedAtOnce(t *testing.T) {
	inWorld(t, fault.VaultOptions{}, func(w *world) {
		w.source.Sparse("/huge", 10_000*(5<<30)+1)
		w.add("/huge")
		w.settled()
		if j := w.job("huge"); j.State != uploader.Failed || j.Code != uploader.CodeTooLarge {
			t.Errorf("it is %s %s", j.State, j.Code)
		}
		if n := w.vault.Calls(fault.OpCreate); n != 0 {
			t.Errorf("%d uploads were created", n)
		}
	})
}
