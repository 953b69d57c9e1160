package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"longshore/uploader"
)

func TestIDsGrow(t *testing.T) {
	ids := newIDs()
	last := ""
	for i := range 10_000 {
		if i == 5_000 {
			ids.last += 60_000 // as if the clock had been set back a minute
		}
		id := ids.next()
		if len(id) != 26 || id != strings.ToUpper(id) || id <= last {
			t.Fatalf("%q after %q", id, last)
		}
		last = id
	}
}

func TestSleepIsNoticed(t *testing.T) {
	at := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC) // wall clock alone
	for _, c := range []struct {
		gap  time.Duration
		want bool
	}{{5 * time.Second, false}, {34 * time.Second, false}, {36 * time.Second, true}, {8 * time.Hour, true}, {-time.Hour, false}} {
		if got := slept(at, at.Add(c.gap)); got != c.want {
			t.Errorf("a gap of %v: %v", c.gap, got)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		ticks, told, woken := make(chan time.Time), make(chan struct{}), 0
		done := make(chan struct{})
		go func() {
			defer close(done)
			watchSleep(ctx, ticks, told, time.Now, func(context.Context) { woken++ })
		}()
		for _, gap := range []time.Duration{tickEvery, time.Minute, tickEvery} {
			time.Sleep(gap)
			ticks <- time.Now()
			synctest.Wait()
		}
		if woken != 1 {
			t.Errorf("woken %d times", woken)
		}
		time.Sleep(time.Hour) // the system tells of it before the late tick, which is then no other sleep
		told <- struct{}{}
		ticks <- time.Now()
		synctest.Wait()
		cancel()
		<-done
		if woken != 2 {
			t.Errorf("woken %d times, want one more", woken)
		}
	})
}

func TestTheLogStaysSmallAndShowsNothing(t *testing.T) {
	dir := t.TempDir()
	w := &rotating{path: filepath.Join(dir, logName), old: filepath.Join(dir, oldLog), limit: 1000}
	if err := w.open(); err != nil {
		t.Fatal(err)
	}
	for range 100 {
		if _, err := w.Write(bytes.Repeat([]byte("x"), 99)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), w.Close()); err != nil {
		t.Error(err)
	}
	if _, err := w.Write([]byte("late")); err == nil {
		t.Error("a closed log was written")
	}
	for _, name := range []string{logName, oldLog} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Size() == 0 || info.Size() > 1000 || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	log, closer, err := openLog(dir)
	if err != nil {
		t.Fatal(err)
	}
	log.Error("open /home/jane/x.dcm: gone", "err", errors.New("put https://h/jane.dcm?X-Amz-Signature=1"), "path", "/home/jane")
	if err := closer.Close(); err != nil {
		t.Error(err)
	}
	data, err := os.ReadFile(filepath.Join(dir, logName))
	if err != nil || bytes.Contains(data, []byte("jane")) || !bytes.Contains(data, []byte("https://h")) {
		t.Errorf("%s, %v", data[max(0, len(data)-300):], err)
	}
}

func TestStateFoldersThatCannotBeUsed(t *testing.T) {
	file := write(t, filepath.Join(t.TempDir(), "file"), nil)
	for name, dir := range map[string]string{"a file": file, "in a file": filepath.Join(file, "below")} {
		_, err := Open(t.Context(), Options{StateDir: dir})
		if name == "a file" {
			wantCode(t, err, uploader.CodeBadConfig)
		}
		if err == nil || strings.Contains(Explain(err).Detail, dir) {
			t.Errorf("%s: %+v", name, Explain(err))
		}
	}
}

func TestADefaultStateFolder(t *testing.T) {
	if runtime.GOOS != "linux" {
		dir, err := DefaultStateDir()
		if err != nil || !filepath.IsAbs(dir) {
			t.Errorf("%q, %v", dir, err)
		}
		return
	}
	t.Setenv("HOME", "/home/jane")
	for state, want := range map[string]string{"": "/home/jane/.local/state/longshore", "relative": "/home/jane/.local/state/longshore", "/s": "/s/longshore"} {
		t.Setenv("XDG_STATE_HOME", state)
		if got, err := DefaultStateDir(); err != nil || got != want {
			t.Errorf("%q, %v, want %q", got, err, want)
		}
	}
	t.Setenv("XDG_STATE_HOME", "")
	t.Setenv("HOME", "")
	_, err := DefaultStateDir()
	wantCode(t, err, uploader.CodeBadConfig)
}

func TestExplainAlwaysHasASentence(t *testing.T) {
	for name, err := range map[string]error{
		"plain":     errors.New("open /home/jane/x: gone"),
		"code":      uploader.E("put", uploader.CodeThrottled, errors.New("status 503")),
		"sentence":  fail("add", uploader.CodeTLS, say("token-empty"), errors.New("/home/jane")),
		"gone":      ownerGone(errors.New("EOF")),
		"cancelled": context.Canceled,
	} {
		p := Explain(err)
		if p.Sentence == "" || p.Code == "" || strings.Contains(p.Detail+p.Sentence, "jane") {
			t.Errorf("%s: %+v", name, p)
		}
		if back := Explain(fromWire(toWire(err))); back.Sentence != p.Sentence || back.Code != p.Code {
			t.Errorf("%s over the wire: %+v, want %+v", name, back, p)
		}
	}
}

func TestAWatchCarriesEveryChange(t *testing.T) {
	list := func(n int, change map[int]string) *uploader.Snapshot {
		rows, entries := make([]uploader.JobRow, n), make([]uploader.EntryRow, n/2)
		for i := range rows {
			rows[i].ID = uploader.JobID(rune('a' + i%26))
			rows[i].Path = change[i]
		}
		for i := range entries {
			entries[i].Name = fmt.Sprint(i)
		}
		return &uploader.Snapshot{Version: uint64(n), Jobs: uploader.PagesOf(rows), Entries: uploader.PagesOf(entries)}
	}
	var wire bytes.Buffer
	enc, dec := json.NewEncoder(&wire), json.NewDecoder(&wire)
	was, have := &uploader.Snapshot{}, &uploader.Snapshot{}
	for step, now := range []*uploader.Snapshot{
		list(0, nil), list(1600, nil), list(1600, map[int]string{0: "x", 1511: "y"}), list(1700, map[int]string{1699: "z"}), list(3, nil), list(2000, nil), list(0, nil),
	} {
		before, sent := have, 0
		for f := range frames(was, now) {
			if n := len(f.Jobs.Row) + len(f.Entries.Row); n > rowsMost {
				t.Errorf("step %d: %d rows in one frame", step, n)
			} else {
				sent += n
			}
			if err := enc.Encode(f); err != nil {
				t.Fatal(err)
			}
		}
		if step == 2 && sent != 2 {
			t.Errorf("%d rows for 2 changes", sent)
		}
		var err error
		if have, err = next(dec, have); err != nil || have.Jobs.Len() != now.Jobs.Len() || have.Entries.Len() != now.Entries.Len() || have.Version != now.Version {
			t.Fatalf("step %d: %d rows, %v", step, have.Jobs.Len(), err)
		}
		for i, row := range have.Jobs.All() {
			if *row != *now.Jobs.At(i) {
				t.Fatalf("step %d: row %d differs", step, i)
			}
		}
		for i, row := range have.Entries.All() {
			if *row != *now.Entries.At(i) {
				t.Fatalf("step %d: entry %d differs", step, i)
			}
		}
		if step == 2 && (!have.Jobs.SamePage(before.Jobs, 700) || have.Jobs.SamePage(before.Jobs, 1511)) {
			t.Error("a page in which nothing changed was copied, or one in which something did was not")
		}
		was = now
	}
}

func TestAFrameThatDoesNotFitIsRefused(t *testing.T) {
	for _, bad := range []string{
		`{"Jobs":{"Len":1,"Index":[1],"Row":[{}]}}`, `{"Jobs":{"Len":-1}}`, `{"Jobs":{"Len":1,"Index":[0]}}`, `{"Jobs":{"Len":1}}`,
		`{"Jobs":{"Len":1000000000,"Index":[999999999],"Row":[{}]}}`, `{"Jobs":{"Len":2,"Index":[0],"Row":[{}]}}`, `{"Entries":{"Len":1}}`,
	} {
		if _, err := next(json.NewDecoder(strings.NewReader(bad)), &uploader.Snapshot{}); err == nil {
			t.Errorf("%s was taken", bad)
		}
	}
}

func TestConcurrency(t *testing.T) {
	d := uploader.DefaultLimits()
	if got := withConcurrency(d, 0); got != d {
		t.Errorf("%+v", got)
	}
	if got := withConcurrency(d, 48); got.Parts != 48 || got.PartsPerFile != 48 || got.Small != d.Small {
		t.Errorf("%+v", got)
	}
}
