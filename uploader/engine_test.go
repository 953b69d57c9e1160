package uploader_test

import (
	"fmt"
	"testing"
	"time"

	"longshore/internal/fault"
	"longshore/uploader"
)

func TestFilesOfEverySizeArriveWhole(t *testing.T) {
	for _, n := range []int{0, 1, smallSize, smallSize + 1, partSize - 1, partSize, partSize + 1, 2 * partSize, 25*partSize + 7} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			inWorld(t, fault.VaultOptions{Encryption: "aws:kms"}, func(w *world) {
				data := w.write("/a/file.dcm", n)
				w.add("/a/file.dcm")
				w.settled()
				r := w.stored("file.dcm", data)
				if r.Verified != uploader.VerifiedFullObject || r.Size != int64(n) || r.Encryption != "aws:kms" || r.Source != "read" {
					t.Errorf("receipt %+v", r)
				}
				w.nothingOpen()
				w.sentOnce()
			})
		})
	}
}

// Walk, signing, journal and sending of small files overlap: on a line where only round trips cost, a drop takes little
// more than as many of them as its files need with all slots in use.
func TestSmallFilesAreAPipeline(t *testing.T) {
	const files, trip = 3000, 40 * time.Millisecond
	inWorld(t, fault.VaultOptions{Latency: trip}, func(w *world) {
		for i := range files {
			w.write(fmt.Sprintf("/data/study/%04d.dcm", i), 10)
		}
		begun := time.Now()
		w.add("/data/study")
		w.until("all are stored", func(s *uploader.Snapshot) bool { return s.Totals.FilesDone == files })
		slots := uploader.DefaultLimits().Small
		least := trip * time.Duration((files+slots-1)/slots)
		if took := time.Since(begun); took > least*3/2+10*trip {
			t.Errorf("%v, and the trips alone take %v", took, least)
		}
		if n := w.vault.Calls(fault.OpSignObjects); n > files/100*3/2 {
			t.Errorf("%d signing calls", n)
		}
	})
}

// The journal's window is for records that others may join: where nothing else is under way, nobody waits for it.
func TestNobodyWaitsForAGroupThatNobodyCanJoin(t *testing.T) {
	for _, n := range []int{10, 3 * partSize} {
		inWorld(t, fault.VaultOptions{}, func(w *world) {
			data := w.write("/a/file.dcm", n)
			begun := time.Now()
			w.add("/a/file.dcm")
			for {
				if done, err := w.engine.History(t.Context(), uploader.HistoryQuery{}); err != nil || len(done) == 1 {
					break
				}
				time.Sleep(time.Millisecond)
			}
			if took := time.Since(begun); took > 20*time.Millisecond {
				t.Errorf("%d bytes took %v", n, took)
			}
			w.settled()
			w.stored("file.dcm", data)
		})
	}
}

func TestFoldersKeepTheirTreeAndSmallFilesShareSigningCalls(t *testing.T) {
	inWorld(t, fault.VaultOptions{Latency: 40 * time.Millisecond}, func(w *world) {
		files := map[string][]byte{}
		for i := range 500 {
			rel := fmt.Sprintf("study/%d/%03d.dcm", i%7, i)
			files[rel] = w.write("/data/"+rel, 10+i%80)
		}
		files["study/large.bin"] = w.write("/data/study/large.bin", 5*partSize+1)
		added := w.add("/data/study")
		s := w.settled()
		for rel, data := range files {
			w.stored(rel, data)
		}
		if len(added.Entries) != 1 || s.Entries.Len() != 1 {
			t.Fatalf("%d entries", s.Entries.Len())
		}
		e := s.Entries.At(0)
		if !e.Dir || e.Files != 501 || e.FilesDone != 501 || e.State != uploader.Done || e.Bytes != e.BytesSent {
			t.Errorf("entry %+v", e)
		}
		if n := w.vault.Calls(fault.OpSignObjects); n > 8 {
			t.Errorf("%d signing calls for 500 files", n)
		}
		if n := w.vault.Peak(fault.OpPutObject); n > uploader.DefaultLimits().Small {
			t.Errorf("%d small objects in flight", n)
		}
		w.nothingOpen()
		w.sentOnce()
	})
}

func TestBoundsHold(t *testing.T) {
	inWorld(t, fault.VaultOptions{Latency: 10 * time.Millisecond, Speed: 10_000}, func(w *world) {
		if err := w.engine.SetLimits(w.t.Context(), uploader.Limits{PartsPerFile: 2, Parts: 3}); err != nil {
			t.Fatal(err)
		}
		var want [][]byte
		for i := range 4 {
			want = append(want, w.write(fmt.Sprintf("/f%d", i), 9*partSize))
			w.add(fmt.Sprintf("/f%d", i))
		}
		w.settled()
		for i, data := range want {
			w.stored(fmt.Sprintf("f%d", i), data)
		}
		if n := w.vault.Peak(fault.OpPutPart); n != 3 {
			t.Errorf("%d parts in flight, want 3", n)
		}
	})
}

// Every commit of the journal is a moment at which the power may go. Whichever it is, the next start finishes the
// work, and S3 takes nothing twice.
func TestKilledAfterEveryCommit(t *testing.T) {
	for k := 1; ; k++ {
		reached := false
		t.Run(fmt.Sprint(k), func(t *testing.T) {
			inWorld(t, fault.VaultOptions{Latency: 15 * time.Millisecond, Speed: 100_000}, func(w *world) {
				large := w.write("/drop/large.bin", 12*partSize+5)
				single := w.write("/drop/single.bin", partSize/2)
				var small [][]byte
				for i := range 5 {
					small = append(small, w.write(fmt.Sprintf("/drop/s/%d", i), 20+i))
				}
				at := make(chan *fault.Journal, 1)
				w.journal.Faults.Add(fault.OpApply, skip(k-1, fault.Fault{After: func() {
					w.vault.Offline(true) // nothing that comes after this commit has an effect
					at <- w.journal.Clone()
				}})...)
				w.add("/drop")
				w.until("the commit, or the end", func(s *uploader.Snapshot) bool { return len(at) > 0 || ended(s) })
				w.journal.Faults.Clear(fault.OpApply)
				if reached = len(at) > 0; reached {
					w.crashImage()
					w.journal = <-at
					w.start()
				}
				w.settled()
				w.stored("drop/large.bin", large)
				w.stored("drop/single.bin", single)
				for i, data := range small {
					w.stored(fmt.Sprintf("drop/s/%d", i), data)
				}
				w.nothingOpen()
				w.sentOnce()
			})
		})
		if !reached || t.Failed() {
			if k < 10 {
				t.Errorf("only %d commits", k)
			}
			return
		}
	}
}

// skip lets n calls pass before the faults.
func skip(n int, faults ...fault.Fault) []fault.Fault {
	if n == 0 {
		return faults
	}
	return append([]fault.Fault{{Repeat: n - 1}}, faults...)
}

// The same at any moment, and again and again until it is through.
func TestKilledOverAndOver(t *testing.T) {
	for every := 20 * time.Millisecond; every < 300*time.Millisecond; every += 7 * time.Millisecond {
		t.Run(every.String(), func(t *testing.T) {
			inWorld(t, fault.VaultOptions{Latency: 5 * time.Millisecond, Speed: 100_000}, func(w *world) {
				large := w.write("/drop/large.bin", 20*partSize+5)
				small := w.write("/drop/small.bin", 50)
				w.add("/drop")
				for range 200 {
					time.Sleep(every)
					if ended(w.engine.Snapshot()) {
						break
					}
					w.crash()
				}
				w.settled()
				w.stored("drop/large.bin", large)
				w.stored("drop/small.bin", small)
				w.nothingOpen()
				w.sentOnce()
			})
		})
	}
}

// With S3's own sizes: 16 MiB parts, and files up to 1 MiB in the budget of small objects.
func TestRealSizes(t *testing.T) {
	inWorld(t, fault.VaultOptions{Latency: 40 * time.Millisecond}, func(w *world) {
		w.stop()
		w.real = true
		w.start()
		for i := range 100 {
			w.write(fmt.Sprintf("/d/%d", i), 1<<20-i)
		}
		large := w.write("/large", 33<<20)
		w.add("/d")
		w.add("/large")
		w.settled()
		w.stored("large", large)
		if n := w.vault.Calls(fault.OpPutPart); n != 3 {
			t.Errorf("33 MiB went in %d parts", n)
		}
		if n := w.vault.Peak(fault.OpPutObject); n <= uploader.DefaultLimits().Parts || n > 64 {
			t.Errorf("%d small objects were in flight at once", n)
		}
	})
}
