package app

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"longshore/uploader"
)

// fakeQueue shows what it is told to.
type fakeQueue struct {
	now     atomic.Pointer[uploader.Snapshot]
	changed chan struct{}
}

func newFakeQueue() *fakeQueue {
	q := &fakeQueue{changed: make(chan struct{}, 1)}
	q.now.Store(&uploader.Snapshot{})
	return q
}

func (q *fakeQueue) Snapshot() *uploader.Snapshot         { return q.now.Load() }
func (q *fakeQueue) Subscribe() (<-chan struct{}, func()) { return q.changed, func() {} }

func (q *fakeQueue) show(t uploader.Totals, entries ...uploader.EntryRow) {
	q.now.Store(&uploader.Snapshot{Totals: t, Entries: uploader.PagesOf(entries)})
	signal(q.changed)
	synctest.Wait()
}

// sleeper counts how often the computer is kept awake.
type sleeper struct {
	held, asked int
	err         error
}

func watched(t *testing.T, wanted bool, test func(q *fakeQueue, a *awake, s *sleeper)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		q, s := newFakeQueue(), &sleeper{}
		a := newAwake(slog.New(slog.DiscardHandler))
		a.hold = func(context.Context) (func() error, error) {
			s.asked++
			if s.err != nil {
				return nil, s.err
			}
			s.held++
			return func() error { s.held--; return nil }, nil
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			a.run(ctx, q, wanted)
		}()
		synctest.Wait()
		test(q, a, s)
		cancel()
		<-done
		if s.held != 0 {
			t.Errorf("%d locks are left at the end", s.held)
		}
	})
}

var (
	sending = uploader.Totals{Files: 3, FilesActive: 1}
	offline = uploader.Totals{Files: 3, FilesWaiting: 1}
	network = uploader.EntryRow{State: uploader.Waiting, Reason: uploader.WaitNetwork}
	person  = uploader.EntryRow{State: uploader.Waiting, Reason: uploader.WaitSignIn}
)

func TestAwakeWhileSending(t *testing.T) {
	for name, c := range map[string]struct {
		totals uploader.Totals
		entry  uploader.EntryRow
		want   int
	}{
		"nothing":               {uploader.Totals{}, uploader.EntryRow{}, 0},
		"sending":               {sending, uploader.EntryRow{}, 1},
		"queued":                {uploader.Totals{Files: 1}, uploader.EntryRow{}, 1},
		"looking through":       {uploader.Totals{Scanning: true}, uploader.EntryRow{}, 1},
		"offline":               {offline, network, 1},
		"stored":                {uploader.Totals{Files: 3, FilesDone: 3}, uploader.EntryRow{}, 0},
		"paused":                {uploader.Totals{Files: 3, FilesPaused: 3}, uploader.EntryRow{}, 0},
		"failed":                {uploader.Totals{Files: 3, FilesDone: 2, FilesFailed: 1}, uploader.EntryRow{}, 0},
		"somebody must sign in": {uploader.Totals{Files: 3, FilesWaiting: 3}, person, 0},
	} {
		t.Run(name, func(t *testing.T) {
			watched(t, true, func(q *fakeQueue, _ *awake, s *sleeper) {
				q.show(c.totals, c.entry)
				if s.held != c.want {
					t.Errorf("held %d times, want %d", s.held, c.want)
				}
			})
			watched(t, false, func(q *fakeQueue, _ *awake, s *sleeper) {
				q.show(c.totals, c.entry)
				if s.asked != 0 {
					t.Error("the user did not want it")
				}
			})
		})
	}
}

func TestAwakeEndsWithTheWork(t *testing.T) {
	for name, end := range map[string]uploader.Totals{
		"stored": {Files: 3, FilesDone: 3}, "paused": {Files: 3, FilesPaused: 3},
	} {
		watched(t, true, func(q *fakeQueue, _ *awake, s *sleeper) {
			q.show(sending)
			q.show(end)
			time.Sleep(settle + time.Second)
			synctest.Wait()
			if s.held != 0 {
				t.Errorf("%s: it is still kept awake", name)
			}
			q.show(sending)
			if s.held != 1 {
				t.Errorf("%s: new work does not keep it awake", name)
			}
		})
	}
}

// A laptop that is offline for long may sleep, also when the engine tries again and again; what comes back counts anew.
func TestAwakeGivesUpWithoutProgress(t *testing.T) {
	watched(t, true, func(q *fakeQueue, _ *awake, s *sleeper) {
		q.show(sending)
		for range 2 * int(patienceMinutes) {
			q.show(offline, network)
			time.Sleep(30 * time.Second)
			again := sending
			again.BytesSent = 0
			q.show(again)
			time.Sleep(30 * time.Second)
		}
		synctest.Wait()
		if s.held != 0 {
			t.Error("trying again keeps it awake for ever")
		}
		moved := sending
		moved.BytesSent = 1 << 20
		q.show(moved)
		if s.held != 1 {
			t.Error("progress does not keep it awake")
		}
		for i := range 3 * int(patienceMinutes) {
			time.Sleep(time.Minute)
			moved.BytesSent += int64(i + 1)
			q.show(moved)
		}
		if s.held != 1 || s.asked != 2 {
			t.Errorf("held %d, asked %d times while it went on", s.held, s.asked)
		}
	})
}

const patienceMinutes = stuckFor / time.Minute

func TestAwakeFollowsTheUser(t *testing.T) {
	watched(t, false, func(q *fakeQueue, a *awake, s *sleeper) {
		q.show(sending)
		for _, wanted := range []bool{true, false, true} {
			a.allow(!wanted)
			a.allow(wanted)
			synctest.Wait()
			if (s.held == 1) != wanted {
				t.Errorf("wanted %v, held %d", wanted, s.held)
			}
		}
	})
}

func TestAwakeIsNotAskedForAgainAndAgain(t *testing.T) {
	watched(t, true, func(q *fakeQueue, _ *awake, s *sleeper) {
		s.err = errors.New("no logind")
		moved := sending
		for range 20 {
			moved.BytesSent++
			q.show(moved)
		}
		if s.asked != 1 {
			t.Errorf("asked %d times", s.asked)
		}
	})
}
