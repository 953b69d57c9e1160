package words

import (
	"math"
	"strings"
	"testing"
	"time"

	"longshore/uploader"
)

var en = New(English, "en")

func TestBytes(t *testing.T) {
	for n, want := range map[int64]string{
		-1: "0 B", 0: "0 B", 999: "999 B", 1000: "1 kB", 1049: "1 kB", 1050: "1.1 kB", 99_949: "99.9 kB", 99_950: "100 kB",
		999_499: "999 kB", 999_500: "1 MB", 11_800_000: "11.8 MB", 3_100_000_000: "3.1 GB", 1 << 40: "1.1 TB",
		math.MaxInt64: "9.2 EB",
	} {
		if got := en.Bytes(n); got != want {
			t.Errorf("en.Bytes(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestRate(t *testing.T) {
	for r, want := range map[float64]string{0: "", 0.4: "", 11_800_000: "11.8 MB/s", math.Inf(1): "", -5: ""} {
		if got := en.Rate(r); got != want {
			t.Errorf("en.Rate(%v) = %q, want %q", r, got, want)
		}
	}
	if got := en.Rate(math.NaN()); got != "" {
		t.Errorf("en.Rate(NaN) = %q", got)
	}
}

func TestLeft(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "", -time.Second: "", time.Second: "a few seconds left", 31 * time.Second: "35 s left", 55 * time.Second: "1 min left",
		60 * time.Second: "1 min left", 119 * time.Second: "2 min left", 59*time.Minute + 30*time.Second: "60 min left",
		83 * time.Minute: "1 h 20 min left", 49 * time.Hour: "2 days 1 h left", 25 * time.Hour: "1 day 1 h left",
		10_000 * time.Hour: "more than 100 days left",
	} {
		if got := en.Left(d); got != want {
			t.Errorf("en.Left(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestPercent(t *testing.T) {
	for share, want := range map[float64]string{0: "0 %", -1: "0 %", 1e-9: "< 1 %", 0.0099: "< 1 %", 0.01: "1 %", 0.5: "50 %", 0.9999: "99 %", 1: "100 %", 2: "100 %"} {
		if got := en.Percent(share); got != want {
			t.Errorf("en.Percent(%v) = %q, want %q", share, got, want)
		}
	}
}

// Bytes may all be sent and a file still not be stored: nothing says 100 % then (DESIGN §1.1).
func TestNothingIsWholeBeforeItIsStored(t *testing.T) {
	sent := &uploader.EntryRow{State: uploader.Completing, Files: 1, Bytes: 10, BytesSent: 10}
	if got := en.Percent(ShareOf(sent)); got != "99 %" {
		t.Errorf("all bytes sent, not stored: %s", got)
	}
	stored := &uploader.EntryRow{State: uploader.Done, Files: 1, FilesDone: 1}
	if got := en.Percent(ShareOf(stored)); got != "100 %" {
		t.Errorf("an empty file that is stored: %s", got)
	}
	if got := en.Percent(Share(uploader.Totals{Files: 2, FilesDone: 1, FilesFailed: 1, Bytes: 10, BytesSent: 10})); got != "99 %" {
		t.Errorf("one of two files failed: %s", got)
	}
}

func TestName(t *testing.T) {
	for name, want := range map[string]string{
		"plain.dcm": "plain.dcm", "two\nlines\t": "two\uFFFDlines\uFFFD", "cod\u202Ecod.exe": "cod\uFFFDcod.exe",
		"\xff\xfe": "\uFFFD", "a\u2028b": "a\uFFFDb", "é\u0301": "é\u0301", "👩\u200D⚕️": "👩\u200D⚕️", "צילום.dcm": "צילום.dcm", "\x1b[31m": "\uFFFD[31m",
	} {
		if got := Name(name); got != want {
			t.Errorf("Name(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestState(t *testing.T) {
	for want, e := range map[string]uploader.EntryRow{
		"Sending part 12 of 40, 11.8 MB/s, 2 min left": {State: uploader.Uploading, Files: 1, Part: 11, Parts: 40, Rate: 11.8e6, Left: 2 * time.Minute},
		"Sending part 40 of 40":                        {State: uploader.Uploading, Files: 1, Part: 40, Parts: 40},
		"Sending":                                      {State: uploader.Uploading, Files: 1, Part: 0, Parts: 1},
		"Sending, 120 of 5,000 files stored":           {State: uploader.Uploading, Dir: true, Files: 5000, FilesDone: 120},
		"Sending, 120 of 5,000 files stored, 3 failed": {State: uploader.Uploading, Dir: true, Files: 5000, FilesDone: 120, FilesFailed: 3},
		"Looking through the folder, 1 file so far":    {State: uploader.Queued, Dir: true, Scanning: true, Files: 1},
		"Waiting for the network":                      {State: uploader.Waiting, Reason: uploader.WaitNetwork},
		"Stored":                                       {State: uploader.Done, Files: 1},
		"Stored, 5,000 files":                          {State: uploader.Done, Dir: true, Files: 5000},
		"The folder is empty; nothing is stored of it": {State: uploader.Done, Dir: true},
		"Checking that everything arrived":             {State: uploader.Completing},
		"Waiting for its turn":                         {State: uploader.Queued},
		uploader.CodeSourceMissing.Sentence():          {State: uploader.Failed, Files: 1, FilesFailed: 1, Code: uploader.CodeSourceMissing},
		"3 of 120 files could not be stored. " + uploader.CodeForbidden.Sentence(): {
			State: uploader.Failed, Dir: true, Files: 120, FilesFailed: 3, Code: uploader.CodeForbidden},
	} {
		if got := en.State(&e); got != want {
			t.Errorf("%s: %q, want %q", e.State, got, want)
		}
	}
	at := time.Date(2026, 11, 26, 14, 0, 0, 0, time.Local)
	for want, e := range map[string]uploader.EntryRow{
		"Sending, 1.2 MB/s. At this speed the vault will clear this upload away on Thursday 26 November 14:00 before it is finished. " +
			"Use a faster network, or let it go first.": {State: uploader.Uploading, Rate: 1.2e6, Part: 3, Parts: 40, Left: 9 * time.Hour, Late: uploader.LateSlow, Deadline: at.UTC()},
		"Paused. The vault will clear this unfinished upload away on Thursday 26 November 14:00. Let it go on before then, or it starts over.": {
			State: uploader.Paused, Late: uploader.LateStill, Deadline: at},
		"Waiting for the network. " + uploader.CodeNetwork.Sentence() + " " + en.late(&uploader.EntryRow{Late: uploader.LateStill, Deadline: at}): {
			State: uploader.Waiting, Reason: uploader.WaitNetwork, Code: uploader.CodeNetwork, Late: uploader.LateStill, Deadline: at},
		"Sending part 3 of 40. " + uploader.CodeDeadline.Sentence(): {State: uploader.Uploading, Part: 2, Parts: 40, Note: uploader.CodeDeadline},
		"Stored": {State: uploader.Done, Files: 1, Note: uploader.CodeDeadline},
		"Waiting for the drive. " + uploader.CodeDriveHangs.Sentence(): {
			State: uploader.Waiting, Dir: true, Scanning: true, Reason: uploader.WaitDrive, Code: uploader.CodeDriveHangs},
	} {
		if got := en.State(&e); got != want {
			t.Errorf("%s, late %q: %q, want %q", e.State, e.Late, got, want)
		}
	}
	if got := en.State(&uploader.EntryRow{State: uploader.SourceChanged}); !strings.HasPrefix(got, "The file changed on disk") {
		t.Errorf("a changed file says %q", got)
	}
}

// Every state and every reason has words of its own.
func TestNoStateIsSilent(t *testing.T) {
	seen := map[string]uploader.State{}
	for _, s := range []uploader.State{
		uploader.Queued, uploader.Creating, uploader.Uploading, uploader.Completing, uploader.Done, uploader.Paused,
		uploader.Waiting, uploader.SourceChanged, uploader.Failed, uploader.Cancelled,
	} {
		text := en.State(&uploader.EntryRow{State: s, Files: 1})
		if other, ok := seen[text]; ok || text == "" || text == string(s) {
			t.Errorf("%s says %q, as %q", s, text, other)
		}
		seen[text] = s
	}
	for _, r := range []uploader.WaitReason{
		uploader.WaitNetwork, uploader.WaitDrive, uploader.WaitSignIn, uploader.WaitThrottled, uploader.WaitMachine, uploader.WaitServer, uploader.WaitTimetable,
	} {
		if WaitReason(r) == WaitOther {
			t.Errorf("%s has no words", r)
		}
	}
}

func TestHeader(t *testing.T) {
	for _, c := range []struct {
		totals         uploader.Totals
		headline       string
		counts, window string
	}{
		{uploader.Totals{}, "Nothing to send", "", "Longshore"},
		{uploader.Totals{Files: 4, FilesDone: 1, FilesActive: 1, FilesFailed: 1, FilesWaiting: 1, Bytes: 100, BytesSent: 48},
			"1 file failed, the rest is on its way", "1 of 4 files stored · 1 waiting · 1 failed", "48 % · Longshore"},
		{uploader.Totals{Files: 2, FilesDone: 2, Bytes: 9, BytesSent: 9}, "Everything is stored", "2 files stored", "Longshore"},
		{uploader.Totals{Files: 2, FilesDone: 1, FilesFailed: 1}, "1 file failed", "1 of 2 files stored · 1 failed", "Longshore"},
		{uploader.Totals{Files: 1, FilesPaused: 1}, "Paused", "0 of 1 file stored · 1 paused", "Longshore"},
		{uploader.Totals{Scanning: true}, "Looking through folders", "", "Longshore"},
		{uploader.Totals{Files: 1, FilesWaiting: 1, Bytes: 4, BytesSent: 1}, "Waiting", "0 of 1 file stored · 1 waiting", "25 % · Longshore"},
		{uploader.Totals{Files: 1}, "Starting", "0 of 1 file stored · 1 waiting", "Longshore"},
		{uploader.Totals{Files: 10_003, FilesFailed: 10_000, FilesPaused: 3}, "10,000 files failed, 3 paused",
			"0 of 10,003 files stored · 3 paused · 10,000 failed", "Longshore"},
		{uploader.Totals{Files: 3, FilesFailed: 1, FilesPaused: 2, FilesAsked: 2}, "1 file failed, 2 wait for your choice",
			"0 of 3 files stored · 2 to decide · 1 failed", "Longshore"},
		{uploader.Totals{Files: 3, FilesPaused: 3, FilesAsked: 1}, "Waiting for your choice, 2 paused",
			"0 of 3 files stored · 1 to decide · 2 paused", "Longshore"},
		{uploader.Totals{Files: 2, FilesFailed: 1, FilesWaiting: 1}, "1 file failed, the rest is waiting",
			"0 of 2 files stored · 1 waiting · 1 failed", "0 % · Longshore"},
	} {
		if got := en.Headline(c.totals); got != c.headline {
			t.Errorf("%+v: headline %q, want %q", c.totals, got, c.headline)
		}
		if got := en.Counts(c.totals); got != c.counts {
			t.Errorf("%+v: counts %q, want %q", c.totals, got, c.counts)
		}
		if got := en.WindowTitle(c.totals); got != c.window {
			t.Errorf("%+v: title %q, want %q", c.totals, got, c.window)
		}
	}
	got := en.Progress(uploader.Totals{Files: 2, FilesActive: 1, Bytes: 6.4e9, BytesSent: 3.1e9, Rate: 11.8e6, Left: 2 * time.Minute})
	if want := "48 % · 3.1 GB of 6.4 GB · 11.8 MB/s · 2 min left"; got != want {
		t.Errorf("progress %q, want %q", got, want)
	}
}

func TestWhatLimits(t *testing.T) {
	today := time.Now().Local()
	soon := time.Date(today.Year(), today.Month(), today.Day(), 23, 59, 0, 0, time.Local)
	tot := uploader.Totals{Files: 2, FilesActive: 1, Bytes: 6.4e9, BytesSent: 3.1e9, Rate: 5e6, Limit: 5e6, Limited: true, Left: 2 * time.Minute}
	for _, c := range []struct {
		change func(*uploader.Totals)
		want   string
	}{
		{func(*uploader.Totals) {}, "5 MB/s · 2 min left · limited to 5 MB/s"},
		{func(t *uploader.Totals) { t.LimitUntil = soon }, "· limited to 5 MB/s until 23:59"},
		{func(t *uploader.Totals) { t.LimitUntil = soon.AddDate(0, 0, 3) }, "until " + en.When(soon.AddDate(0, 0, 3))},
		{func(t *uploader.Totals) { t.Limited = false }, "6.4 GB · 5 MB/s · 2 min left"},
		{func(t *uploader.Totals) { t.FilesActive, t.Limit = 0, uploader.Halt }, "6.4 GB · paused by your limit"},
		{func(t *uploader.Totals) { t.FilesActive, t.Limit, t.LimitUntil = 0, uploader.Halt, soon }, "paused by your timetable until 23:59"},
	} {
		tot := tot
		c.change(&tot)
		if got := en.Progress(tot); !strings.Contains(got, c.want) {
			t.Errorf("%q, want %q in it", got, c.want)
		}
	}
	row := uploader.EntryRow{State: uploader.Waiting, Reason: uploader.WaitTimetable, Code: uploader.CodeTimetable}
	if got := en.State(&row); !strings.HasPrefix(got, "Held by your timetable or limit. Nothing is sent for now.") {
		t.Error(got)
	}
}

// Whatever is wrong with a timetable is said in every language, and names what is wrong.
func TestWhatIsWrong(t *testing.T) {
	for _, l := range Languages() {
		b := New(l.Language, "")
		said := map[string]bool{}
		for _, text := range []string{"weekdays 8-18", "moday: pause", "mon 8-25: pause", "mon 8-8: pause", "mon: fast", "mon: 5 mb/s", "mon: 1 kB/s"} {
			_, err := uploader.ParseTimetable(text)
			got := b.Wrong(err)
			if said[got] || !strings.HasSuffix(got, ".") || strings.Contains(got, "grammar") || l.Language != English && got == err.Error() || l.Language == English && got != err.Error() {
				t.Errorf("%s: %q: %q", l.Language, text, got)
			}
			said[got] = true
		}
	}
}
