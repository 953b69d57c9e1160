package uploader_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"longshore/internal/fault"
	"longshore/uploader"
)

func TestNetworkGoneIsWaitedForWithFewProbes(t *testing.T) {
	inWorld(t, slow, func(w *world) {
		data := w.write("/file.bin", 60*partSize)
		for i := range 50 {
			w.write(fmt.Sprintf("/s/%d", i), 10)
		}
		w.add("/file.bin")
		w.parts(8)
		w.vault.Offline(true)
		w.add("/s")
		s := w.until("waiting", func(s *uploader.Snapshot) bool { return s.Entries.At(0).State == uploader.Waiting })
		if e := s.Entries.At(0); e.Reason != uploader.WaitNetwork {
			t.Errorf("%+v", *e)
		}
		calls := func() (n int) {
			for _, op := range []string{fault.OpCreate, fault.OpSignParts, fault.OpSignObjects, fault.OpPutPart, fault.OpPutObject, fault.OpListParts, fault.OpStat} {
				n += w.vault.Calls(op)
			}
			return n
		}
		time.Sleep(time.Minute)
		before := calls()
		time.Sleep(time.Hour)
		if n := calls() - before; n < 100 || n > 1500 {
			t.Errorf("%d probes in an hour", n)
		}
		w.vault.Offline(false)
		start := time.Now()
		w.settled()
		if d := time.Since(start); d > time.Minute {
			t.Errorf("it took %v to go on and finish", d)
		}
		w.stored("file.bin", data)
		w.sentOnce()
		w.nothingOpen()
	})
}

func TestSignInOverWaitsAndGoesOnByItself(t *testing.T) {
	inWorld(t, slow, func(w *world) {
		data := w.write("/file.bin", 60*partSize)
		w.add("/file.bin")
		w.parts(8)
		for _, op := range []string{fault.OpSignParts, fault.OpListParts, fault.OpStat, fault.OpComplete} {
			w.vault.Faults.Add(op, fault.Fault{Code: uploader.CodeUnauthorized, Repeat: fault.Forever})
		}
		s := w.until("waiting", func(s *uploader.Snapshot) bool { return s.Entries.At(0).State == uploader.Waiting })
		if e := s.Entries.At(0); e.Reason != uploader.WaitSignIn || e.Code != uploader.CodeUnauthorized {
			t.Errorf("%+v", *e)
		}
		time.Sleep(time.Hour)
		w.vault.Faults.Clear("")
		w.settled()
		w.stored("file.bin", data)
		w.sentOnce()
	})
}

// Eight hours with the lid closed: every URL is over. They are asked for again, no part fails for it.
func TestSleepMakesURLsStale(t *testing.T) {
	inWorld(t, slow, func(w *world) {
		data := w.write("/file.bin", 30*partSize)
		w.add("/file.bin")
		w.parts(8)
		w.vault.Offline(true)
		time.Sleep(8 * time.Hour)
		w.vault.Offline(false)
		expired := w.vault.Calls(fault.OpPutPart)
		if err := w.engine.Wake(w.t.Context()); err != nil {
			t.Fatal(err)
		}
		w.settled()
		w.stored("file.bin", data)
		w.sentOnce()
		if n := w.vault.Calls(fault.OpPutPart) - expired; n > 30 {
			t.Errorf("%d part requests for at most 22 parts and a few cut ones", n)
		}
	})
}

func TestURLsThatDieWithTheirCredentialsAreSignedAgain(t *testing.T) {
	inWorld(t, fault.VaultOptions{Speed: 1000, URLLifetime: 2 * time.Second}, func(w *world) {
		data := w.write("/file.bin", 30*partSize) // a part takes a second: URLs signed ahead grow old
		w.add("/file.bin")
		w.settled()
		w.stored("file.bin", data)
		w.sentOnce()
	})
}

func TestFullDiskHoldsTheWorkAndLosesNothing(t *testing.T) {
	inWorld(t, slow, func(w *world) {
		data := w.write("/file.bin", 30*partSize)
		w.add("/file.bin")
		w.parts(4)
		w.journal.Faults.Add(fault.OpApply, fault.Fault{Code: uploader.CodeDiskFull, Repeat: fault.Forever})
		w.until("trouble", func(s *uploader.Snapshot) bool { return s.Trouble == uploader.CodeDiskFull })
		ctx, cancel := context.WithTimeout(w.t.Context(), time.Minute)
		defer cancel()
		w.write("/later.bin", 10)
		if _, err := w.engine.Add(ctx, vaultID, []string{"/later.bin"}, uploader.KnownSend); uploader.CodeOf(err) != uploader.CodeDiskFull {
			t.Errorf("Add said %v", err)
		}
		time.Sleep(time.Hour)
		w.journal.Faults.Clear("")
		s := w.settled()
		if s.Trouble != "" {
			t.Errorf("trouble is still %s", s.Trouble)
		}
		w.stored("file.bin", data)
		w.sentOnce()
	})
}

// A group that a full disk refused is tried once more when the program ends.
func TestWhatAFullDiskRefusedIsJournalledAtTheEnd(t *testing.T) {
	inWorld(t, slow, func(w *world) {
		w.write("/file.bin", 30*partSize)
		w.vault.Offline(true)
		w.add("/file.bin")
		w.until("waiting", func(s *uploader.Snapshot) bool { return s.Entries.At(0).State == uploader.Waiting })
		w.journal.Faults.Add(fault.OpApply, fault.Fault{Code: uploader.CodeDiskFull, Repeat: fault.Forever})
		if err := w.engine.Do(w.t.Context(), uploader.Pause, uploader.Target{All: true}); uploader.CodeOf(err) != uploader.CodeDiskFull {
			w.t.Fatalf("Pause said %v", err)
		}
		w.journal.Faults.Clear("")
		w.stop()
		w.start()
		w.until("paused", func(s *uploader.Snapshot) bool { return s.Entries.At(0).State == uploader.Paused })
	})
}

func TestAForeignWriterStopsTheEngine(t *testing.T) {
	inWorld(t, slow, func(w *world) {
		w.write("/file.bin", 30*partSize)
		w.add("/file.bin")
		w.parts(4)
		w.journal.Faults.Add(fault.OpApply, fault.Fault{Code: uploader.CodeJournalConflict})
		err := <-w.done
		if uploader.CodeOf(err) != uploader.CodeJournalConflict {
			t.Errorf("Run said %v", err)
		}
		if _, err := w.engine.Add(w.t.Context(), vaultID, []string{"/x"}, uploader.KnownSend); !errors.As(err, new(*uploader.Error)) {
			t.Errorf("Add after the end said %v", err)
		}
		w.start() // inWorld stops it
	})
}

func TestUnknownVaultIsRefused(t *testing.T) {
	inWorld(t, fault.VaultOptions{}, func(w *world) {
		if _, err := w.engine.Add(w.t.Context(), "nobody", []string{"/x"}, uploader.KnownSend); uploader.CodeOf(err) != uploader.CodeBadConfig {
			t.Error(err)
		}
		w.write("/x", 10)
		w.add("/x")
		if err := w.engine.RemoveVault(w.t.Context(), vaultID); uploader.CodeOf(err) != uploader.CodeBadConfig {
			t.Errorf("a vault in use was removed: %v", err)
		}
		w.settled()
	})
}

// A vault that does not verify checksums: parts that only S3 knows are sent again, and the receipt claims less.
func TestVaultWithContentMD5(t *testing.T) {
	inWorld(t, fault.VaultOptions{Checksum: uploader.ChecksumMD5, Speed: 10_000}, func(w *world) {
		data := w.write("/file.bin", 20*partSize)
		small := w.write("/small", 50)
		w.add("/file.bin", "/small")
		w.parts(6)
		w.crash()
		w.settled()
		if r := w.stored("file.bin", data); r.Verified != uploader.VerifiedPartMD5 || r.Checksum != "" {
			t.Errorf("%+v", r)
		}
		if r := w.stored("small", small); r.Verified != uploader.VerifiedPartMD5 {
			t.Errorf("%+v", r)
		}
		w.nothingOpen()
	})
}

// S3 lost a part between its 200 and Complete: the list or the refusal finds it, and it is sent again.
func TestPartLostByS3IsSentAgain(t *testing.T) {
	for _, mode := range []uploader.Checksum{uploader.ChecksumCRC64NVME, uploader.ChecksumMD5} {
		t.Run(string(mode), func(t *testing.T) {
			inWorld(t, fault.VaultOptions{Checksum: mode, Speed: 10_000}, func(w *world) {
				data := w.write("/file.bin", 20*partSize)
				w.add("/file.bin")
				w.parts(6)
				w.vault.DropPart(w.vault.Keys()[0], 3)
				w.settled()
				w.stored("file.bin", data)
				w.nothingOpen()
			})
		})
	}
}

func TestScanIsFinishedAfterACrash(t *testing.T) {
	inWorld(t, fault.VaultOptions{}, func(w *world) {
		files := map[string][]byte{}
		for i := range 3000 {
			rel := fmt.Sprintf("d/%02d/%d", i%40, i)
			files[rel] = w.write("/"+rel, 5)
		}
		w.journal.Delay = time.Second
		w.add("/d")
		w.until("half of it is found", func(s *uploader.Snapshot) bool { return s.Jobs.Len() >= 500 })
		w.crash()
		if !w.engine.Snapshot().Totals.Scanning {
			t.Error("the batch does not scan after the restart")
		}
		w.settled()
		if s := w.engine.Snapshot(); s.Totals.FilesDone != len(files) || len(w.vault.Objects()) != len(files) {
			t.Errorf("%+v and %d objects for %d files", s.Totals, len(w.vault.Objects()), len(files))
		}
		w.stored("d/07/7", files["d/07/7"])
	})
}

// A damaged journal may have lost the vault's own record: its jobs wait in words, nothing crashes, and they go on when
// the vault is saved again.
func TestJobsOfALostVaultWait(t *testing.T) {
	inWorld(t, slow, func(w *world) {
		data := w.write("/file.bin", 30*partSize)
		w.add("/file.bin")
		w.parts(4)
		vaults, err := w.engine.Vaults(w.t.Context())
		if err != nil {
			t.Fatal(err)
		}
		image := w.crashImage()
		image.LoseVaults()
		w.journal = image
		w.start()
		s := w.until("waiting", func(s *uploader.Snapshot) bool { return s.Entries.At(0).State == uploader.Waiting })
		if e := s.Entries.At(0); e.Code != uploader.CodeBadConfig {
			t.Errorf("%+v", *e)
		}
		if list, _ := w.engine.Vaults(w.t.Context()); len(list) != 0 {
			t.Errorf("vaults: %+v", list)
		}
		if err := w.engine.SaveVault(w.t.Context(), vaults[0]); err != nil {
			t.Fatal(err)
		}
		w.settled()
		w.stored("file.bin", data)
		w.sentOnce()
	})
}
