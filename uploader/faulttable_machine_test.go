package uploader_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"longshore/internal/fault"
	"longshore/uploader"
)

// machineRow is one fault of this machine: of its disks and of what people do to their files.
type machineRow struct {
	name   string
	code   uploader.Code
	strike func(w *world) // before the file is added
	during func(w *world) // once it is being sent
	mend   func(w *world) // what the sentence asks for
	again  bool           // what was put back is another file: it is asked about once more
}

const machineFile = "/drive/file.bin"

// special makes the file something that cannot be sent, until it is put right.
func special(code uploader.Code) machineRow {
	return machineRow{
		name: "a walk meets " + string(code), code: code,
		strike: func(w *world) { w.source.Special(machineFile, code) },
		mend:   func(w *world) { w.source.Special(machineFile, "") },
	}
}

func machineRows() []machineRow {
	opening := func(code uploader.Code) machineRow {
		return machineRow{
			name: "opening: " + string(code), code: code,
			strike: func(w *world) {
				w.source.Faults.Add(fault.OpOpen, fault.Fault{Code: code, Repeat: fault.Forever})
			},
			mend: func(w *world) { w.source.Faults.Clear(fault.OpOpen) },
		}
	}
	return []machineRow{
		special(uploader.CodeNotRegular), special(uploader.CodeSymlinkLoop), special(uploader.CodeSourceUnreadable),
		special(uploader.CodeNotLocal), special(uploader.CodeBadName),
		opening(uploader.CodeTooManyOpen), opening(uploader.CodeSourceUnreadable), opening(uploader.CodeNotRegular),
		opening(uploader.CodeDriveMissing), opening(uploader.CodeSourceMissing),
		{
			name: "the file is deleted on the way", code: uploader.CodeSourceMissing,
			again:  true,
			during: func(w *world) { w.source.Remove(machineFile) },
			mend:   func(w *world) { w.source.Write(machineFile, randomBytes(machineFile, machineSize)) },
		},
		{
			name: "the drive is pulled on the way", code: uploader.CodeDriveMissing,
			during: func(w *world) { w.source.Unplug("/drive") },
			mend:   func(w *world) { w.source.Plug("/drive") },
		},
		{
			name: "the share stops answering", code: uploader.CodeDriveHangs,
			strike: func(w *world) { w.source.OnDrive("/drive", 7) },
			during: func(w *world) {
				answer, _ := w.source.Hang("/drive")
				time.AfterFunc(time.Hour, answer)
			},
			mend: func(*world) {},
		},
		{
			name: "the file is written to on the way", code: uploader.CodeSourceChanged,
			during: func(w *world) { w.source.Edit(machineFile, 100, []byte("new")) },
			mend:   func(w *world) { w.source.Write(machineFile, randomBytes(machineFile, machineSize)) },
		},
		{
			name: "a part cannot be read", code: uploader.CodeSourceUnreadable,
			during: func(w *world) {
				w.source.Faults.Add(fault.OpRead, fault.Fault{Code: uploader.CodeSourceUnreadable, Repeat: fault.Forever})
			},
			mend: func(w *world) { w.source.Faults.Clear(fault.OpRead) },
		},
		{
			name: "the user cancels", code: uploader.CodeCancelled,
			during: func(w *world) { w.do(uploader.Cancel, uploader.Target{All: true}) },
			mend:   func(*world) {},
		},
	}
}

const machineSize = 20 * partSize

// TestFaultTableOfTheMachine: what fails on this side is said on the row, costs nothing that is stored, and the file is
// stored when the person has done what the sentence asks for: by itself where it says so, else with Retry.
func TestFaultTableOfTheMachine(t *testing.T) {
	for _, row := range machineRows() {
		t.Run(row.name, func(t *testing.T) {
			inWorld(t, fault.VaultOptions{Speed: 10_000}, func(w *world) {
				data := w.write(machineFile, machineSize)
				if row.strike != nil {
					row.strike(w)
				}
				entry := w.add(machineFile).Entries[0]
				if row.during != nil {
					w.until("some parts are there", func(s *uploader.Snapshot) bool { return s.Jobs.Len() == 1 && s.Jobs.At(0).Part >= 5 })
					row.during(w)
				}
				if row.code.Info().Action == uploader.Hold {
					w.shown(row.code)
					row.mend(w)
				} else {
					w.settled()
					want := map[uploader.Code]uploader.State{uploader.CodeSourceChanged: uploader.SourceChanged, uploader.CodeCancelled: uploader.Cancelled}[row.code]
					if want == "" {
						want = uploader.Failed
					}
					if j := w.engine.Snapshot().Jobs.At(0); j.State != want || j.Code != row.code {
						t.Fatalf("%s %s %s, want %s %s", j.State, j.Code, j.Detail, want, row.code)
					}
					row.mend(w)
					w.do(uploader.RetryJobs, uploader.Target{Entries: []uploader.EntryID{entry}})
				}
				w.settled()
				if row.again {
					if j := w.job("file.bin"); j.State != uploader.SourceChanged {
						t.Fatalf("another file in its place is %s %s", j.State, j.Code)
					}
					w.do(uploader.RetryJobs, uploader.Target{Entries: []uploader.EntryID{entry}})
					w.settled()
				}
				w.stored("file.bin", data)
				w.nothingOpen()
				if n := len(w.vault.Objects()); n != 1 {
					t.Errorf("%d objects", n)
				}
			})
		})
	}
}

// TestFaultTableOfTheDeadline: the vault's rule takes the unfinished upload away; the file starts over and says why.
func TestFaultTableOfTheDeadline(t *testing.T) {
	inWorld(t, fault.VaultOptions{Speed: 10_000, ResumeWithin: time.Hour}, func(w *world) {
		data := w.write("/file.bin", 20*partSize)
		entry := w.add("/file.bin").Entries
		w.until("some parts are there", func(s *uploader.Snapshot) bool { return s.Jobs.Len() == 1 && s.Jobs.At(0).Part >= 5 })
		w.do(uploader.Pause, uploader.Target{Entries: entry})
		time.Sleep(2 * time.Hour)
		w.vault.DropUploads()
		w.do(uploader.Resume, uploader.Target{Entries: entry})
		w.settled()
		if r := w.stored("file.bin", data); r.Note != uploader.CodeDeadline {
			t.Errorf("the receipt says %q of its way", r.Note)
		}
		w.nothingOpen()
	})
}

// journalCodes are what the journal can answer while the engine runs; those that end it come back from Run.
var journalCodes = map[uploader.Code]bool{
	uploader.CodeDiskFull: false, uploader.CodeReadOnly: false, uploader.CodeJournalBroken: true, uploader.CodeJournalConflict: true,
}

// TestFaultTableOfTheJournal: trouble that a person can end holds everything up and says so; what cannot be gone on
// with ends the engine, and the next one finds the queue.
func TestFaultTableOfTheJournal(t *testing.T) {
	for code, ends := range journalCodes {
		t.Run(string(code), func(t *testing.T) {
			inWorld(t, fault.VaultOptions{Speed: 10_000}, func(w *world) {
				data := w.write("/file.bin", 20*partSize)
				w.add("/file.bin")
				w.until("some parts are there", func(s *uploader.Snapshot) bool { return s.Jobs.Len() == 1 && s.Jobs.At(0).Part >= 5 })
				w.journal.Faults.Add(fault.OpApply, fault.Fault{Code: code, Repeat: fault.Forever})
				if ends {
					if err := <-w.done; uploader.CodeOf(err) != code {
						t.Fatalf("the engine ended with %v", err)
					}
					w.journal.Faults.Clear(fault.OpApply)
					w.start()
				} else {
					w.until("the trouble shows", func(s *uploader.Snapshot) bool { return s.Trouble == code })
					w.journal.Faults.Clear(fault.OpApply)
				}
				s := w.settled()
				if s.Trouble != "" {
					t.Errorf("the trouble %q stays", s.Trouble)
				}
				w.stored("file.bin", data)
				w.nothingOpen()
			})
		})
	}
}

// loadCodes are what keeps a queue from being opened at all.
var loadCodes = []uploader.Code{uploader.CodeJournalNewer, uploader.CodeJournalBusy, uploader.CodeJournalBroken}

func TestFaultTableOfTheStart(t *testing.T) {
	for _, code := range loadCodes {
		t.Run(string(code), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				j := fault.NewJournal()
				j.Faults.Add(fault.OpLoad, fault.Fault{Code: code})
				if _, err := uploader.New(context.Background(), uploader.Config{Journal: j}); uploader.CodeOf(err) != code {
					t.Errorf("New says %v", err)
				}
				j.Faults.VerifyAllFaultsExercised(t)
			})
		})
	}
}

// beyond are the codes that nothing outside can bring about.
var beyond = map[uploader.Code]string{
	uploader.CodeInternal: "a mistake in the program itself; nothing that answers or fails outside is mapped to it",
}

// Every code is what some fault of a table ends in, so that each sentence was read by a test.
func TestEveryCodeIsInAFaultTable(t *testing.T) {
	reached := map[uploader.Code]bool{
		uploader.CodeDeadline:  true, // TestFaultTableOfTheDeadline
		uploader.CodeTimetable: true, // TestTheTimetablePauses
	}
	for _, r := range engineRows() {
		reached[r.code] = true
	}
	for _, r := range wireRows() {
		reached[r.code] = true
	}
	for _, r := range machineRows() {
		reached[r.code] = true
	}
	for code := range journalCodes {
		reached[code] = true
	}
	for _, code := range loadCodes {
		reached[code] = true
	}
	for code := range uploader.CodeTable() {
		switch why := beyond[code]; {
		case !reached[code] && why == "":
			t.Errorf("no fault of a table leads to %s", code)
		case reached[code] && why != "":
			t.Errorf("%s is in a table, and is said to be beyond: %s", code, why)
		}
	}
}
