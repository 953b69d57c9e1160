package uploader

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestSpeeds(t *testing.T) {
	for text, want := range map[string]Speed{
		"5 MB/s": 5e6, "5MB/s": 5e6, "1.5 MB/s": 1.5e6, " 625 kB/s ": 625e3, "625 KB/s": 625e3, "1 GB/s": 1e9, "40 Mbit/s": 5e6,
		"40mbit/s": 5e6, "1 Gbit/s": 125e6, "800 kbit/s": 1e5, "pause": Halt, "Pause": Halt, "no limit": NoLimit, "off": NoLimit,
		"10 kB/s": 10e3, "1000 GB/s": 1e12, "1.234567 MB/s": 1234567,
	} {
		got, err := ParseSpeed(text)
		if err != nil || got != want {
			t.Errorf("%q is %d, %v; want %d", text, got, err, want)
		}
		if again, err := ParseSpeed(got.String()); err != nil || again != got {
			t.Errorf("%d is written as %q, which is %d, %v", got, got, again, err)
		}
	}
	for text, want := range map[string]GrammarProblem{
		"": ProblemSpeed, "5": ProblemSpeed, "MB/s": ProblemSpeed, "five MB/s": ProblemSpeed, "5 MB": ProblemSpeed, "-5 MB/s": ProblemSpeed,
		"1.2.3 MB/s": ProblemSpeed, "1,5 MB/s": ProblemSpeed, "5 MB/s and more": ProblemSpeed, "5 MiB/s": ProblemSpeed, ".": ProblemSpeed,
		"5 mb/s": ProblemUnit, "5 Mb/s": ProblemUnit, "5 Mbps": ProblemUnit, "9.999 kB/s": ProblemSpeedRange, "0 MB/s": ProblemSpeedRange,
		"1001 GB/s": ProblemSpeedRange, "99999999999999999999 GB/s": ProblemSpeedRange, "nan MB/s": ProblemSpeed, "1e3 MB/s": ProblemSpeed,
	} {
		_, err := ParseSpeed(text)
		checkProblem(t, text, err, want)
	}
}

func checkProblem(t *testing.T, text string, err error, want GrammarProblem) {
	t.Helper()
	g, ok := err.(*GrammarError)
	if !ok || g.Problem != want {
		t.Errorf("%q: %v, want %s", text, err, want)
		return
	}
	if s := g.Error(); !strings.HasSuffix(s, ".") || strings.Contains(s, "%!") || len(s) > 250 {
		t.Errorf("%q: the sentence is %q", text, s)
	}
}

func TestTimetables(t *testing.T) {
	for text, want := range map[string]string{
		"":                             "",
		"off":                          "",
		" ; \n ;":                      "",
		"weekdays 8-18: 5 MB/s":        "weekdays 8-18: 5 MB/s",
		"Weekdays 8–18 : 5MB/s":        "weekdays 8-18: 5 MB/s",
		"mon - fri 08:00-18:00:5 MB/s": "weekdays 8-18: 5 MB/s",
		"8-18: 5 MB/s":                 "daily 8-18: 5 MB/s",
		"daily: pause":                 "daily: pause",
		"monday: 1 MB/s":               "mon: 1 MB/s",
		"sat-mon: 1 MB/s":              "mon,sat-sun: 1 MB/s",
		"mon,WED , fri 0-24: 1 MB/s":   "mon,wed,fri: 1 MB/s",
		"sun,sat: no limit":            "weekends: no limit",
		"mon-sun 8:30-17:45: pause":    "daily 8:30-17:45: pause",
		"fri 22-6: pause":              "fri 22-6: pause",
		"fri 22-0: pause":              "fri 22-24: pause",
		"fri 22-24: pause":             "fri 22-24: pause",
		"weekdays 8-18: 5 MB/s; weekdays 12-13: no limit\nweekends: 20 Mbit/s": "weekdays 8-18: 5 MB/s; weekdays 12-13: no limit; weekends: 2.5 MB/s",
	} {
		got, err := ParseTimetable(text)
		if err != nil || got.String() != want {
			t.Errorf("%q is %q, %v; want %q", text, got, err, want)
		}
	}
	for text, want := range map[string]GrammarProblem{
		"weekdays 8-18": ProblemColon, "weekdays 8:30-17:45": ProblemColon, "mon: 5": ProblemColon, "nonsense": ProblemColon, ": 5 MB/s": ProblemDays,
		"moday: 5 MB/s": ProblemDays, "mon,: 5 MB/s": ProblemDays, "mon-: 5 MB/s": ProblemDays, "mon-tue-wed: 5 MB/s": ProblemDays,
		"weekdays,sat: 5 MB/s": ProblemDays, "mon tue: 5 MB/s": ProblemHours, "mon 8: 5 MB/s": ProblemHours, "mon 8-25: 5 MB/s": ProblemHours,
		"mon 8-24:01: 5 MB/s": ProblemHours, "mon 24-6: 5 MB/s": ProblemHours, "mon 8:5-9: 5 MB/s": ProblemHours, "mon 8:60-9: 5 MB/s": ProblemHours,
		"mon 8-18 9-10: 5 MB/s": ProblemHours, "8am-6pm: 5 MB/s": ProblemHours, "8-18 mon: 5 MB/s": ProblemHours, "mon 008-9: 5 MB/s": ProblemHours,
		"mon 8-8: 5 MB/s": ProblemNoTime, "mon 0-0: 5 MB/s": ProblemNoTime, "mon 8-18: fast": ProblemSpeed, "mon 8-18: 5 mb/s": ProblemUnit,
		"mon 8-18: 1 kB/s": ProblemSpeedRange, strings.Repeat("mon: pause;", 51): ProblemTooLong, strings.Repeat(" ", 5000): ProblemTooLong,
	} {
		_, err := ParseTimetable(text)
		checkProblem(t, text, err, want)
	}
}

func TestGrammarErrorsAreFitToBeShown(t *testing.T) {
	_, err := ParseTimetable("\x1b[2Jmo\u202en\u0000day" + strings.Repeat("x", 500) + ": 5 MB/s")
	for _, r := range err.Error() {
		if r < ' ' || r == '\u202e' {
			t.Errorf("%q can move the cursor", err)
		}
	}
}

func TestABandwidthIsKeptAsText(t *testing.T) {
	table, err := ParseTimetable("weekdays 8-18: 5 MB/s; daily 22-6: pause")
	if err != nil {
		t.Fatal(err)
	}
	want := Bandwidth{Limit: 20e6, Timetable: table}
	raw, err := json.Marshal(want)
	if err != nil || string(raw) != `{"Limit":"20 MB/s","Timetable":"weekdays 8-18: 5 MB/s; daily 22-6: pause"}` {
		t.Errorf("%s, %v", raw, err)
	}
	var got Bandwidth
	if err := json.Unmarshal(raw, &got); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
}

// at is a wall-clock time in Berlin, in this form: "2026-03-29 01:59:59".
func at(t *testing.T, text string) time.Time {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	when, err := time.ParseInLocation(time.DateTime, text, zone)
	if err != nil {
		t.Fatal(err)
	}
	return when
}

func TestWhatHoldsWhen(t *testing.T) {
	const office = "weekdays 8-18: 5 MB/s; weekdays 12-13: 50 MB/s; fri 22-6: pause"
	for _, c := range []struct{ table, now, holds, until string }{
		// 2026-11-27 is a Friday.
		{"", "2026-11-27 12:00:00", "20 MB/s", ""},
		{"daily: 1 MB/s", "2026-11-27 12:00:00", "1 MB/s", ""},
		{office, "2026-11-27 07:59:59", "20 MB/s", "2026-11-27 08:00:00"},
		{office, "2026-11-27 08:00:00", "5 MB/s", "2026-11-27 12:00:00"},
		{office, "2026-11-27 12:30:00", "50 MB/s", "2026-11-27 13:00:00"}, // the later rule holds
		{office, "2026-11-27 17:59:59", "5 MB/s", "2026-11-27 18:00:00"},
		{office, "2026-11-27 18:00:00", "20 MB/s", "2026-11-27 22:00:00"},
		{office, "2026-11-27 23:00:00", "pause", "2026-11-28 06:00:00"}, // over midnight
		{office, "2026-11-28 05:59:59", "pause", "2026-11-28 06:00:00"},
		{office, "2026-11-28 06:00:00", "20 MB/s", "2026-11-30 08:00:00"},
		{office, "2026-11-27 05:00:00", "20 MB/s", "2026-11-27 08:00:00"}, // Thursday's night is not Friday's
		{"weekdays: 1 MB/s", "2026-11-27 23:59:59", "1 MB/s", "2026-11-28 00:00:00"},
		{"mon: 1 MB/s", "2026-11-30 00:00:00", "1 MB/s", "2026-12-01 00:00:00"},
		{"mon: 1 MB/s", "2026-12-01 00:00:00", "20 MB/s", "2026-12-07 00:00:00"},
		// The clock goes from 2:00 to 3:00 on 2026-03-29: a rule of the missing hour begins when it would have.
		{"daily 2:30-6: 1 MB/s", "2026-03-29 01:59:59", "20 MB/s", "2026-03-29 03:00:00"},
		{"daily 2:30-6: 1 MB/s", "2026-03-29 03:00:00", "1 MB/s", "2026-03-29 06:00:00"},
		{"daily 2:10-2:50: 1 MB/s", "2026-03-29 01:00:00", "20 MB/s", "2026-03-30 02:10:00"}, // it has no time at all
		{"daily 1-4: 1 MB/s", "2026-03-29 00:00:00", "20 MB/s", "2026-03-29 01:00:00"},
		// It goes from 3:00 back to 2:00 on 2026-10-25.
		{"daily 3-6: 1 MB/s", "2026-10-25 01:00:00", "20 MB/s", "2026-10-25 03:00:00"},
		{"daily 1-6: 1 MB/s", "2026-10-25 01:00:00", "1 MB/s", "2026-10-25 06:00:00"},
	} {
		table, err := ParseTimetable(c.table)
		if err != nil {
			t.Fatal(err)
		}
		b, now := Bandwidth{Limit: 20e6, Timetable: table}, at(t, c.now)
		until := ""
		if u := b.Until(now); !u.IsZero() {
			until = u.Format(time.DateTime)
		}
		if got := b.At(now).String(); got != c.holds || until != c.until {
			t.Errorf("%q at %s: %s until %q; want %s until %q", c.table, c.now, got, until, c.holds, c.until)
		}
	}
}

// Until is never wrong by a minute: all of a year, with both changes of the clock, minute by minute.
func TestUntilIsTheNextChange(t *testing.T) {
	table, err := ParseTimetable("daily 2:30-2:40: pause; weekdays 1:15-3:05: 5 MB/s; sat 23-2:30: 1 MB/s; sun: 3 MB/s; sun 2-4: no limit")
	if err != nil {
		t.Fatal(err)
	}
	b := Bandwidth{Limit: 20e6, Timetable: table}
	for _, day := range []string{"2026-03-26 00:00:00", "2026-10-22 00:00:00"} {
		now := at(t, day)
		until := b.Until(now)
		for range 5 * 24 * 60 {
			next := now.Add(time.Minute)
			changed := b.At(next) != b.At(now)
			if changed != next.Equal(until) {
				t.Fatalf("at %v it changes: %v, but until is %v", next, changed, until)
			}
			now = next
			if changed {
				until = b.Until(now)
			}
		}
	}
}

func FuzzTimetable(f *testing.F) {
	for _, s := range []string{
		"weekdays 8-18: 5 MB/s", "mon-wed,fri 8:30-17:45: pause; daily: no limit", "sat–mon 22-6 : 40 Mbit/s", "off", "mon 8-24: 1.234567 GB/s",
		"fri 22-0:00: 10 kB/s", "\n;;", "mon 8:-9: 5 MB/s", "- : 1 MB/s",
	} {
		f.Add(s, int64(1790000000))
	}
	f.Fuzz(func(t *testing.T, text string, unix int64) {
		table, err := ParseTimetable(text)
		if err != nil {
			if _, ok := err.(*GrammarError); !ok {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		again, err := ParseTimetable(table.String())
		if err != nil || again.String() != table.String() || len(again) != len(table) {
			t.Fatalf("%q became %q and then %q, %v", text, table, again, err)
		}
		for i := range table {
			if table[i] != again[i] {
				t.Fatalf("rule %d of %q changed: %+v, %+v", i, text, table[i], again[i])
			}
		}
		b := Bandwidth{Limit: 1e6, Timetable: table}
		now := time.Unix(unix%4e9, 0).UTC()
		if until := b.Until(now); !until.IsZero() && (!until.After(now) || b.At(until) == b.At(now)) {
			t.Fatalf("%q at %v until %v", table, now, until)
		}
	})
}
