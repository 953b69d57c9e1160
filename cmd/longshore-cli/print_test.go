package main

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"longshore/app"
	"longshore/uploader"
)

func TestFlagsMayStandAnywhere(t *testing.T) {
	var state string
	for _, args := range [][]string{
		{"--state", "s", "a", "b"}, {"a", "--state", "s", "b"}, {"a", "b", "-state=s"}, {"a", "--state=s", "--", "b"},
	} {
		state = ""
		fs := newFlags("x")
		fs.StringVar(&state, "state", "", "")
		rest, err := parseAnywhere(fs, args)
		if err != nil || state != "s" || strings.Join(rest, " ") != "a b" {
			t.Errorf("%q: %q, %q, %v", args, state, rest, err)
		}
	}
	fs := newFlags("x")
	if rest, err := parseAnywhere(fs, []string{"--", "--state", "-x"}); err != nil || len(rest) != 2 {
		t.Errorf("behind --: %q, %v", rest, err)
	}
}

func TestProgressLines(t *testing.T) {
	p := app.Progress{Files: 40, Done: 12, Bytes: 3_000_000_000, Sent: 1_269_000_000, Rate: 11_800_000, Left: 147 * time.Second, Active: true}
	for _, c := range []struct {
		change func(*app.Progress)
		want   string
	}{
		{func(*app.Progress) {}, "42%  1.3 GB of 3.0 GB  11.8 MB/s  2 min left  12/40 files"},
		{func(p *app.Progress) { p.Scanning = true }, "42%  1.3 GB of 3.0 GB  11.8 MB/s  12/40 files  looking for files"},
		{func(p *app.Progress) { p.Failed = 2 }, "42%  1.3 GB of 3.0 GB  11.8 MB/s  2 min left  12/40 files  2 failed"},
		{func(p *app.Progress) { p.Active, p.Waiting = false, uploader.CodeNetwork }, "42%  1.3 GB of 3.0 GB  12/40 files  waiting for the network"},
		{func(p *app.Progress) { p.Active, p.Waiting = false, uploader.CodeThrottled }, "42%  1.3 GB of 3.0 GB  12/40 files  the vault asked to wait"},
		{func(p *app.Progress) { p.Active, p.Waiting = false, uploader.CodeTLS }, "42%  1.3 GB of 3.0 GB  12/40 files  waiting for the vault"},
		{func(p *app.Progress) { p.Active, p.Paused = false, 3 }, "42%  1.3 GB of 3.0 GB  12/40 files  paused"},
		{func(p *app.Progress) { *p = app.Progress{Files: 1, Done: 1, Bytes: 999, Sent: 999} }, "100%  999 B of 999 B  1/1 file"},
	} {
		q := p
		c.change(&q)
		if got := progressText(q); got != c.want {
			t.Errorf("got  %q\nwant %q", got, c.want)
		}
	}
}

func TestATerminalShowsOneLine(t *testing.T) {
	var err bytes.Buffer
	c := &cli{err: &err, out: &bytes.Buffer{}, width: func() int { return 30 }}
	p := newPrinter(c, false)
	p.progress(app.Progress{Files: 2, Bytes: 100, Sent: 50, Active: true, Rate: 10, Left: time.Minute})
	p.file(app.FileResult{Path: "/a\x1b[2J\u202Eb", State: uploader.Failed, Error: &app.Problem{Code: uploader.CodeNotRegular, Sentence: "No.", Detail: "why"}})
	p.progress(app.Progress{Files: 2, Bytes: 100, Sent: 100})
	c.clearLine()
	want := "\r\x1b[K50%  50 B of 100 B  10 B/s  1" + "\r\x1b[K" + `"/a\x1b[2J\u202eb": No.` + "\n  (why)\n" +
		"\r\x1b[K100%  100 B of 100 B  0/2 fil" + "\r\x1b[K"
	if got := err.String(); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestWithoutATerminalThereAreFewLines(t *testing.T) {
	var err bytes.Buffer
	c := &cli{err: &err, out: &bytes.Buffer{}}
	p := newPrinter(c, false)
	now := time.Unix(0, 0)
	p.now, p.lastLine = func() time.Time { return now }, now
	for range 100 { // 50 s
		now = now.Add(time.Second / 2)
		p.progress(app.Progress{Files: 1, Bytes: 10, Sent: 1, Active: true})
	}
	for range 10 {
		p.progress(app.Progress{Files: 1, Bytes: 10, Sent: 1, Waiting: uploader.CodeNetwork})
	}
	p.progress(app.Progress{Files: 1, Bytes: 10, Sent: 1, Active: true})
	if n := strings.Count(err.String(), "\n"); n != 4 || strings.Count(err.String(), uploader.CodeNetwork.Sentence()) != 1 {
		t.Errorf("%d lines:\n%s", n, err.String())
	}
}

func TestAFullDiskIsSaid(t *testing.T) {
	for _, width := range []func() int{nil, func() int { return 80 }} {
		var err bytes.Buffer
		p := newPrinter(&cli{err: &err, out: &bytes.Buffer{}, width: width}, false)
		for range 3 {
			p.progress(app.Progress{Files: 1, Bytes: 10, Sent: 1, Active: true, Trouble: uploader.CodeDiskFull})
		}
		if got := err.String(); strings.Count(got, uploader.CodeDiskFull.Sentence()) != 1 || !strings.Contains(got, "held up: disk-full") {
			t.Error(got)
		}
	}
}

// What is going to happen is said once, early, with and without a terminal.
func TestADeadlineThatWillNotBeMadeIsSaidOnce(t *testing.T) {
	at := time.Date(2026, 11, 26, 14, 0, 0, 0, time.Local)
	for _, width := range []func() int{nil, func() int { return 80 }} {
		var err bytes.Buffer
		p := newPrinter(&cli{err: &err, out: &bytes.Buffer{}, width: width}, false)
		p.progress(app.Progress{Files: 1, Bytes: 10, Sent: 1, Active: true})
		for range 3 {
			p.progress(app.Progress{Files: 1, Bytes: 10, Sent: 1, Active: true, Late: uploader.LateSlow, Deadline: at.UTC()})
		}
		if got := err.String(); strings.Count(got, "away on Thursday 26 November 14:00 before it is finished. Use a faster network") != 1 {
			t.Error(got)
		}
	}
}

func TestManyFailuresAreSummedUp(t *testing.T) {
	var err bytes.Buffer
	c := &cli{err: &err, out: &bytes.Buffer{}}
	p := newPrinter(c, false)
	p.file(app.FileResult{Path: "/s", State: uploader.Done, Size: 7000})
	for i := range 50 {
		p.file(app.FileResult{Path: fmt.Sprint("/", i), State: uploader.Failed, Error: &app.Problem{Sentence: "No."}})
		p.file(app.FileResult{Path: fmt.Sprint("/w", i), State: uploader.Waiting, Error: &app.Problem{Code: uploader.CodeUnauthorized, Sentence: "Sign in."}})
	}
	p.summary(app.Progress{Files: 101, Done: 1, Failed: 50, Cancelled: 2})
	got := err.String()
	if strings.Count(got, "No.") != maxFailures || strings.Count(got, "Sign in.") != 1 || !strings.Contains(got, "30 more") ||
		!strings.Contains(got, "Stored: 1 file, 7.0 kB. Failed: 50 files. Cancelled: 2 files. Not finished: 50 files") {
		t.Error(got)
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

func TestOutputThatCannotBeWrittenIsNoSuccess(t *testing.T) {
	var err bytes.Buffer
	p := newPrinter(&cli{err: &err, out: brokenPipe{}}, true)
	p.file(app.FileResult{State: uploader.Done})
	p.file(app.FileResult{State: uploader.Done})
	if p.err == nil || strings.Count(err.String(), "cannot be written") != 1 {
		t.Errorf("%v, %q", p.err, err.String())
	}
}

func TestWords(t *testing.T) {
	for n, want := range map[int64]string{0: "0 B", 999: "999 B", 1000: "1.0 kB", 999_960: "1.0 MB", 1_500_000: "1.5 MB", 48_800_000_000_000: "48.8 TB"} {
		if got := size(n); got != want {
			t.Errorf("size(%d) = %q, want %q", n, got, want)
		}
	}
	for d, want := range map[time.Duration]string{0: "1 s", 59 * time.Second: "59 s", 5 * time.Minute: "5 min", 3 * time.Hour: "3.0 h", 72 * time.Hour: "3 days"} {
		if got := duration(d); got != want {
			t.Errorf("duration(%v) = %q, want %q", d, got, want)
		}
	}
	for _, c := range []struct {
		sent, all int64
		want      string
	}{{0, 0, "100%"}, {0, 5, "0%"}, {999, 1000, "99%"}, {1000, 1000, "100%"}, {1, 1 << 50, "0%"}} {
		if got := percent(c.sent, c.all); got != c.want {
			t.Errorf("percent(%d, %d) = %q, want %q", c.sent, c.all, got, c.want)
		}
	}
	for in, want := range map[string]string{"/tmp/ä b.dcm": "/tmp/ä b.dcm", "a\nb": `"a\nb"`, "a\u202eb": `"a\u202eb"`, "\xff": `"\xff"`, "😀": "😀"} {
		if got := printable(in); got != want {
			t.Errorf("printable(%q) = %s, want %s", in, got, want)
		}
	}
}
