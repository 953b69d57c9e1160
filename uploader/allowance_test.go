package uploader_test

import (
	"testing"
	"time"

	"longshore/internal/fault"
	"longshore/uploader"
)

func timetable(t *testing.T, text string) uploader.Timetable {
	t.Helper()
	table, err := uploader.ParseTimetable(text)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// The bubble's clock begins on Saturday, 2000-01-01, at midnight UTC.
func (w *world) allow(limit uploader.Speed, table string) {
	w.t.Helper()
	b := uploader.Bandwidth{Limit: limit, Timetable: timetable(w.t, table)}
	if err := w.engine.SetBandwidth(w.t.Context(), b); err != nil {
		w.t.Fatal(err)
	}
}

// now puts this machine's clock to a wall-clock time.
func (w *world) now(text string) {
	w.t.Helper()
	at, err := time.ParseInLocation(time.DateTime, text, time.Local)
	if err != nil {
		w.t.Fatal(err)
	}
	w.wrong.Store(int64(time.Until(at)))
}

// When the timetable says pause, what is on the wire is cut, the row says why, and it goes on by itself when the hour
// has come. The signed URLs are over by then: new ones are asked for. Files of one part and small ones are no exception.
func TestTheTimetablePauses(t *testing.T) {
	inWorld(t, fault.VaultOptions{Speed: 1000, Latency: 5 * time.Millisecond}, func(w *world) {
		w.now("2000-01-03 07:59:58")
		w.allow(uploader.NoLimit, "weekdays 8-18: pause")
		data := w.write("/large.bin", 200*partSize)
		w.add("/large.bin")
		w.until("it is sent", func(s *uploader.Snapshot) bool { return s.Jobs.Len() == 1 && s.Jobs.At(0).Part > 0 })
		s := w.until("it waits", func(s *uploader.Snapshot) bool { return s.Jobs.Len() == 1 && s.Jobs.At(0).State == uploader.Waiting })
		if j := s.Jobs.At(0); j.Code != uploader.CodeTimetable || j.Reason != uploader.WaitTimetable || j.Flying != 0 {
			t.Errorf("%s for %s, %s, %d parts on the wire", j.State, j.Reason, j.Code, j.Flying)
		}
		if tot := s.Totals; tot.Limit != uploader.Halt || !tot.Limited || tot.LimitUntil.Hour() != 18 {
			t.Errorf("totals %+v", tot)
		}
		single, small := w.write("/single.bin", partSize), w.write("/small.bin", smallSize)
		w.add("/single.bin", "/small.bin")
		bytes := w.vault.Calls(fault.OpPutPart) + w.vault.Calls(fault.OpPutObject)
		time.Sleep(9 * time.Hour)
		if n := w.vault.Calls(fault.OpPutPart) + w.vault.Calls(fault.OpPutObject); n != bytes {
			t.Errorf("%d PUTs while paused", n-bytes)
		}
		w.settled()
		w.stored("large.bin", data)
		w.stored("single.bin", single)
		w.stored("small.bin", small)
		if now := time.Now().Add(time.Duration(w.wrong.Load())); now.Hour() != 18 {
			t.Errorf("it ended at %v", now)
		}
		w.nothingOpen()
	})
}

// A program that starts while the timetable says pause sends nothing.
func TestAStartWhileTheTimetablePauses(t *testing.T) {
	inWorld(t, fault.VaultOptions{Latency: 5 * time.Millisecond}, func(w *world) {
		w.stop()
		w.bandwidth = uploader.Bandwidth{Limit: uploader.Halt, Timetable: timetable(t, "daily 20-21: no limit")}
		w.start()
		data := w.write("/large.bin", 20*partSize)
		w.add("/large.bin")
		w.until("it waits", func(s *uploader.Snapshot) bool { return s.Jobs.Len() == 1 && s.Jobs.At(0).State == uploader.Waiting })
		time.Sleep(3 * time.Hour)
		if n := w.vault.Calls(fault.OpPutPart); n > 0 {
			t.Errorf("%d PUTs", n)
		}
		w.crash() // it is no other in the next session
		w.until("it waits again", func(s *uploader.Snapshot) bool { return s.Jobs.Len() == 1 && s.Jobs.At(0).State == uploader.Waiting })
		w.settled()
		w.stored("large.bin", data)
		w.sentOnce()
	})
}

// Somebody sets the clock: the timetable follows within seconds, in both directions.
func TestTheTimetableFollowsTheClock(t *testing.T) {
	inWorld(t, fault.VaultOptions{Speed: 100, Latency: 5 * time.Millisecond}, func(w *world) {
		w.now("2000-01-03 07:00:00")
		w.allow(uploader.NoLimit, "weekdays 8-18: pause")
		w.write("/large.bin", 2000*partSize)
		w.add("/large.bin")
		sending := func(s *uploader.Snapshot) bool { return s.Jobs.Len() == 1 && s.Jobs.At(0).State == uploader.Uploading }
		paused := func(s *uploader.Snapshot) bool { return s.Jobs.Len() == 1 && s.Jobs.At(0).State == uploader.Waiting }
		for range 3 {
			w.until("it is sent", sending)
			for _, c := range []struct {
				clock string
				fits  func(*uploader.Snapshot) bool
			}{{"2000-01-03 12:00:00", paused}, {"2000-01-02 12:00:00", sending}, {"2000-01-03 08:00:00", paused}, {"2000-01-03 07:00:00", sending}} {
				w.now(c.clock)
				start := time.Now()
				w.until(c.clock, c.fits)
				if took := time.Since(start); took > 11*time.Second {
					t.Errorf("at %s after %v", c.clock, took)
				}
			}
		}
		w.do(uploader.Cancel, uploader.Target{All: true})
	})
}

// The limit holds for all vaults' uploads together, small ones included, and says when it binds.
func TestTheEngineHoldsTheLimit(t *testing.T) {
	inWorld(t, fault.VaultOptions{}, func(w *world) {
		w.allow(100e3, "sat 0:01-0:02: 400 kB/s")
		for _, name := range []string{"/a", "/b", "/c"} {
			w.write(name, 12<<20)
			w.add(name)
		}
		moved := func() int64 { return w.engine.Snapshot().Totals.BytesSent }
		for _, c := range []struct {
			from  time.Duration
			speed float64
		}{{20 * time.Second, 100e3}, {70 * time.Second, 400e3}, {140 * time.Second, 100e3}} {
			time.Sleep(c.from - sinceStart())
			before := moved()
			time.Sleep(10 * time.Second)
			got, want := float64(moved()-before), 10*c.speed
			if got < 0.9*want || got > 1.1*want { // sampled twice a second
				t.Errorf("at %v: %.0f bytes in 10 s, the limit is %.0f", c.from, got, want)
			}
			tot := w.engine.Snapshot().Totals
			if !tot.Limited || float64(tot.Limit) != c.speed || tot.LimitUntil.IsZero() {
				t.Errorf("at %v: totals %+v", c.from, tot)
			}
		}
		w.allow(uploader.NoLimit, "")
		w.settled()
		if tot := w.engine.Snapshot().Totals; tot.Limited || tot.Limit != uploader.NoLimit || !tot.LimitUntil.IsZero() {
			t.Errorf("totals %+v", tot)
		}
	})
}

// sinceStart is how long the bubble has run.
func sinceStart() time.Duration { return time.Since(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)) }
