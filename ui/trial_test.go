package ui

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"longshore/ui/words"
	"longshore/uploader"
)

// TestMain also runs the real window on a queue that pretends, to look at it:
//
//	go test -c -tags no_metadata -o /tmp/trial ./ui && LONGSHORE_TRIAL=mixed /tmp/trial
//
// Fyne must run on the main goroutine, which in a test program is TestMain's alone.
func TestMain(m *testing.M) {
	if scene := os.Getenv("LONGSHORE_TRIAL"); scene != "" {
		trial(scene)
		return
	}
	time.Local = time.FixedZone("tests", 3600) // the same on every machine, and not that of receipts
	os.Exit(m.Run())
}

func trial(scene string) {
	q := newFake(fakeVault)
	switch scene {
	case "first":
		q.vaults = nil
	case "refused":
		q.vaults, q.refuse = nil, uploader.E("check", uploader.CodeTLS, nil)
	case "sign-in":
		q.vaults = nil
		q.withSignIn()
	case "signed-out":
		q.vaults = []uploader.Vault{oidcVault()}
		q.rows, q.signIns = sceneSignedOut(), []SignInState{{Vault: "V1"}}
	case "no-keychain":
		q.vaults, q.noKeychain = nil, true
		q.withSignIn()
	case "two":
		other := fakeVault
		other.ID, other.Name, other.Encryption = "V2", "Media archive", "none"
		q.vaults = append(q.vaults, other)
		q.rows = sceneMixed()
	case "mixed":
		q.rows = sceneMixed()
	case "names":
		q.rows = sceneNames()
	case "failed":
		q.rows = sceneFailed()
	case "done":
		q.rows = sceneDone()
	case "waiting":
		q.rows = sceneWaiting()
		q.trouble = uploader.CodeDiskFull
	case "proxy": // wants the password "right"
		q.rows, q.door.wants = sceneProxy(), "right"
	case "first-proxy":
		q.vaults, q.door.wants = nil, "right"
	case "many":
		q.rows = sceneMany(100)
	case "history":
		q.rows, q.past = sceneDone(), somePast(5000, fakeVault.ID, time.Now())
		q.past.gone = q.past.receipts[2].Key
	case "huge":
		q.rows = sceneMany(100_000)
	}
	if scene == "mixed" {
		q.notices = [][]words.Problem{{{Code: uploader.CodeJournalBroken}}}
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go q.simulate(ctx)
	Run(Options{ID: "org.longshore.trial", Version: "trial", Queue: q, Desktop: newFakeDesktop(), Paths: os.Args[1:]})
}

// simulate sends what is uploading, ten steps a second.
func (q *fakeQueue) simulate(ctx context.Context) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			q.change(q.step)
		}
	}
}

func (q *fakeQueue) step() {
	for i := range q.rows {
		e := &q.rows[i]
		if e.State != uploader.Uploading {
			continue
		}
		e.Rate = 11.8e6 + float64(q.version%7)*1e5
		e.BytesSent = min(e.BytesSent+int64(e.Rate/10), e.Bytes)
		e.Left = time.Duration(float64(e.Bytes-e.BytesSent) / e.Rate * float64(time.Second))
		e.Part = int32(float64(e.Parts) * float64(e.BytesSent) / float64(max(e.Bytes, 1)))
		if e.Dir {
			e.FilesDone = int(float64(e.Files) * float64(e.BytesSent) / float64(max(e.Bytes, 1)))
		}
		if e.BytesSent == e.Bytes {
			e.State, e.FilesDone = uploader.Done, e.Files
		}
	}
}

func file(id, name string, state uploader.State, sent, size int64) uploader.EntryRow {
	e := uploader.EntryRow{
		ID: uploader.EntryID(id), Vault: "V1", Name: name, Path: "/home/anna/" + name, State: state, Files: 1,
		Bytes: size, BytesSent: sent, Parts: int32(size>>24) + 1, Part: int32(sent >> 24),
	}
	switch state {
	case uploader.Done:
		e.FilesDone, e.BytesSent = 1, size
	case uploader.Failed, uploader.SourceChanged:
		e.FilesFailed = 1
	}
	return e
}

func folder(id, name string, state uploader.State, done, files int, sent, size int64) uploader.EntryRow {
	e := file(id, name, state, sent, size)
	e.Dir, e.Files, e.FilesDone = true, files, done
	return e
}

func sceneMixed() []uploader.EntryRow {
	wait := file("4", "Interview_Lisbon_A012_C003.mov", uploader.Waiting, 2_100e6, 8_400e6)
	wait.Reason, wait.Code = uploader.WaitNetwork, uploader.CodeNetwork
	changed := file("6", "report-final.docx", uploader.SourceChanged, 0, 1_240_000)
	changed.Code = uploader.CodeSourceChanged
	gone := file("7", "scan_0042.dcm", uploader.Failed, 0, 524_288)
	gone.Code, gone.Detail = uploader.CodeSourceMissing, "open: no such file"
	scan := folder("3", "CT Thorax 2026-11-20", uploader.Queued, 0, 1432, 0, 712e6)
	scan.Scanning = true
	return []uploader.EntryRow{
		file("1", "A001_C001_1120ab.braw", uploader.Uploading, 310e6, 640e6),
		folder("2", "MR Head 5000 slices", uploader.Uploading, 1200, 5000, 240e6, 1_000e6),
		scan, wait,
		file("5", "Interview_Lisbon_B002_C001.mov", uploader.Paused, 1_300e6, 4_100e6),
		changed, gone,
		file("8", "consent-form.pdf", uploader.Done, 0, 182_000),
		folder("9", "Day 2 stills", uploader.Done, 211, 211, 0, 3_900e6),
		file("10", "A001_C002_1120ab.braw", uploader.Queued, 0, 22_400e6),
	}
}

func sceneNames() []uploader.EntryRow {
	names := []string{
		"a_very_long_file_name_that_goes_on_and_on_and_on_until_nobody_can_read_it_any_more_in_one_line_of_a_window_part_0001_of_9999.mov",
		"two\nlines and\ttabs.txt", "cod\u202Ecod.exe", "צילום חזה של המטופל.dcm", "صورة الأشعة للمريض.dcm", "胸部CT検査画像データ.dcm",
		"emoji 🫁👩‍⚕️ lungs.jpg", "quotes \"'`$(rm -rf) & <b>.txt", "..", " leading and trailing ", "\xff\xfe broken.bin", "é combining e\u0301.txt",
	}
	var rows []uploader.EntryRow
	for i, n := range names {
		rows = append(rows, file(fmt.Sprint(i), n, uploader.Uploading, int64(i)*40e6, 4_000e6))
	}
	return rows
}

func sceneFailed() []uploader.EntryRow {
	codes := []uploader.Code{
		uploader.CodeSourceMissing, uploader.CodeSourceUnreadable, uploader.CodeNotLocal, uploader.CodeWrongDest,
		uploader.CodeBadName, uploader.CodeTooLarge, uploader.CodeForbidden, uploader.CodeEncryption, uploader.CodeNotRegular,
	}
	var rows []uploader.EntryRow
	for i, c := range codes {
		e := file(fmt.Sprint(i), fmt.Sprintf("clip_%04d.mov", i), uploader.Failed, 0, int64(i)*3e8)
		e.Code = c
		rows = append(rows, e)
	}
	some := folder("f", "Patient archive", uploader.Failed, 117, 120, 80e6, 90e6)
	some.FilesFailed, some.Code = 3, uploader.CodeSourceUnreadable
	return append(rows, some)
}

func sceneDone() []uploader.EntryRow {
	var rows []uploader.EntryRow
	for i := range 5 {
		rows = append(rows, file(fmt.Sprint(i), fmt.Sprintf("A001_C%03d_1120ab.braw", i+1), uploader.Done, 0, 3_200e6+int64(i)*7e8))
	}
	return append(rows, folder("d", "CT Thorax 2026-11-20", uploader.Done, 1432, 1432, 0, 712e6))
}

func sceneWaiting() []uploader.EntryRow {
	var rows []uploader.EntryRow
	for i, w := range []struct {
		reason uploader.WaitReason
		code   uploader.Code
	}{
		{uploader.WaitNetwork, uploader.CodeNetwork}, {uploader.WaitDrive, uploader.CodeDriveMissing}, {uploader.WaitSignIn, uploader.CodeUnauthorized},
		{uploader.WaitThrottled, uploader.CodeThrottled}, {uploader.WaitServer, uploader.CodeTLS}, {uploader.WaitServer, ""},
	} {
		e := file(fmt.Sprint(i), fmt.Sprintf("A001_C%03d_1120ab.braw", i+1), uploader.Waiting, int64(i)*5e8, 4_000e6)
		e.Reason, e.Code = w.reason, w.code
		rows = append(rows, e)
	}
	return rows
}

func sceneSignedOut() []uploader.EntryRow {
	rows := []uploader.EntryRow{
		file("1", "A001_C001_1120ab.braw", uploader.Waiting, 310e6, 640e6), folder("2", "MR Head 5000 slices", uploader.Waiting, 1200, 5000, 240e6, 1_000e6),
	}
	for i := range rows {
		rows[i].Reason, rows[i].Code = uploader.WaitSignIn, uploader.CodeUnauthorized
	}
	return append(rows, file("3", "consent-form.pdf", uploader.Done, 0, 182_000))
}

func sceneProxy() []uploader.EntryRow {
	rows := sceneSignedOut()
	for i := range rows[:2] {
		rows[i].Reason, rows[i].Code = uploader.WaitNetwork, uploader.CodeProxySignIn
	}
	return rows
}

func sceneMany(n int) []uploader.EntryRow {
	var rows []uploader.EntryRow
	for i := range n {
		state, sent := uploader.Queued, int64(0)
		if i < 4 {
			state, sent = uploader.Uploading, int64(i)*9e7
		}
		rows = append(rows, file(fmt.Sprint(i), fmt.Sprintf("IMG_%06d.dcm", i), state, sent, 400e6))
	}
	return rows
}
