package app

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"longshore/uploader"
)

// fake is a Session whose queue the test sets.
type fake struct {
	Session
	mu      sync.Mutex
	snap    *uploader.Snapshot
	history []uploader.Receipt
	changed chan struct{}
	ended   chan struct{}
	err     error
	queries []uploader.HistoryQuery
}

func newFake() *fake {
	return &fake{snap: &uploader.Snapshot{}, changed: make(chan struct{}, 1), ended: make(chan struct{})}
}

func (f *fake) set(jobs ...uploader.JobRow) {
	tally := map[uploader.EntryID]*uploader.EntryRow{}
	var entries []*uploader.EntryRow
	for _, j := range jobs {
		e := tally[j.Entry]
		if e == nil {
			e = &uploader.EntryRow{ID: j.Entry, State: uploader.Done, Rate: 10}
			tally[j.Entry] = e
			entries = append(entries, e)
		}
		if !j.State.Ended() {
			e.State = j.State
		}
	}
	rows := make([]uploader.EntryRow, len(entries))
	for i, e := range entries {
		rows[i] = *e
	}
	f.mu.Lock()
	f.snap = &uploader.Snapshot{Version: f.snap.Version + 1, Entries: uploader.PagesOf(rows), Jobs: uploader.PagesOf(jobs)}
	f.mu.Unlock()
	f.changed <- struct{}{}
}

func (f *fake) Snapshot() *uploader.Snapshot {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.snap
}
func (f *fake) Subscribe() (<-chan struct{}, func()) { return f.changed, func() {} }
func (f *fake) Ended() <-chan struct{}               { return f.ended }
func (f *fake) Err() error                           { return f.err }
func (f *fake) History(_ context.Context, q uploader.HistoryQuery) ([]uploader.Receipt, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.queries = append(f.queries, q)
	for i := range f.history {
		if f.history[i].Mark() == q.Before {
			return f.history[i+1:], nil
		}
	}
	return f.history, nil
}

func job(id string, state uploader.State, code uploader.Code) uploader.JobRow {
	return uploader.JobRow{
		ID: uploader.JobID(id), Entry: "e", Batch: "b", Path: "/" + id, Size: 100, Sent: 50, State: state, Code: code, Reason: code.Info().Reason, Key: "k/" + id,
	}
}

// followed runs Follow on steps of a queue and returns what was told.
func followed(t *testing.T, f *fake, giveUp bool, steps ...func()) (told []FileResult, sum Progress, err error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		f.changed, f.ended = make(chan struct{}, 1), make(chan struct{})
		steps[0]()
		done := make(chan struct{})
		go func() {
			defer close(done)
			sum, err = Follow(t.Context(), f, []uploader.EntryID{"e"}, Follower{GiveUp: giveUp, Receipts: true, File: func(r FileResult) { told = append(told, r) }})
		}()
		for _, step := range steps[1:] {
			time.Sleep(2 * followEvery)
			synctest.Wait()
			step()
		}
		<-done
	})
	return told, sum, err
}

func TestFollowTellsEachFileOnce(t *testing.T) {
	f := newFake()
	f.history = []uploader.Receipt{{Job: "a", Key: "k/a", Size: 100, ETag: `"e"`, Checksum: "c", Verified: uploader.VerifiedFullObject, FinishedAt: time.Unix(1000, 0)}}
	told, sum, err := followed(t, f, false,
		func() { f.set(job("a", uploader.Uploading, ""), job("b", uploader.Queued, "")) },
		func() { f.set(job("a", uploader.Done, ""), job("b", uploader.Waiting, uploader.CodeNetwork)) },
		func() { f.set(job("a", uploader.Done, ""), job("b", uploader.Failed, uploader.CodeSourceMissing)) },
	)
	want := []FileResult{
		{Path: "/a", Key: "k/a", Size: 100, ETag: `"e"`, Checksum: "c", Verified: uploader.VerifiedFullObject, State: uploader.Done},
		{Path: "/b", Key: "k/b", Size: 100, State: uploader.Failed, Error: &Problem{Code: uploader.CodeSourceMissing, Sentence: uploader.CodeSourceMissing.Sentence()}},
	}
	if err != nil || !reflect.DeepEqual(told, want) {
		t.Errorf("told %+v, %v", told, err)
	}
	if sum.Files != 2 || sum.Done != 1 || sum.Failed != 1 || sum.Bytes != 200 || sum.Sent != 150 || sum.Stored() {
		t.Errorf("sum %+v", sum)
	}
	if len(f.queries) != 1 || f.queries[0].Batch != "b" {
		t.Errorf("the history was asked %+v", f.queries)
	}
}

func TestFollowGivesUpOnlyOnWhatNeedsAPerson(t *testing.T) {
	for name, c := range map[string]struct {
		rows []uploader.JobRow
		told int
	}{
		"sign-in":            {[]uploader.JobRow{job("a", uploader.Waiting, uploader.CodeUnauthorized), job("b", uploader.Queued, "")}, 1},
		"drive":              {[]uploader.JobRow{job("a", uploader.Waiting, uploader.CodeDriveMissing), job("b", uploader.Done, "")}, 2},
		"drive of all":       {[]uploader.JobRow{job("a", uploader.Waiting, uploader.CodeDriveMissing), job("b", uploader.Waiting, uploader.CodeDriveMissing)}, 2},
		"settings":           {[]uploader.JobRow{job("a", uploader.Waiting, uploader.CodeBadConfig)}, 1},
		"none: network":      {[]uploader.JobRow{job("a", uploader.Waiting, uploader.CodeNetwork)}, 0},
		"none: one is sent":  {[]uploader.JobRow{job("a", uploader.Waiting, uploader.CodeUnauthorized), job("b", uploader.Uploading, "")}, 0},
		"none: another file": {[]uploader.JobRow{job("a", uploader.Waiting, uploader.CodeDriveMissing), job("b", uploader.Queued, "")}, 0},
		"none: paused":       {[]uploader.JobRow{job("a", uploader.Paused, "")}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake()
			stop := errors.New("the session ended")
			steps := []func(){func() { f.set(c.rows...) }, func() {
				f.err = stop
				close(f.ended)
			}}
			if c.told > 0 {
				steps = steps[:1]
			}
			told, sum, err := followed(t, f, true, steps...)
			if c.told > 0 && (err != nil || len(told) != c.told || sum.Stored()) {
				t.Errorf("told %+v, %+v, %v", told, sum, err)
			}
			if c.told == 0 && (!errors.Is(err, stop) || len(told) != 0) {
				t.Errorf("it gave up: %+v, %v", told, err)
			}
		})
	}
}

func TestFollowOfWhatSomebodyRemoved(t *testing.T) {
	f := newFake()
	f.history = []uploader.Receipt{{Job: "a", Key: "k/a", Size: 100, FinishedAt: time.Unix(1000, 0)}}
	told, sum, err := followed(t, f, false,
		func() { f.set(job("a", uploader.Uploading, ""), job("b", uploader.Uploading, "")) },
		func() { f.set() },
	)
	if err != nil || len(told) != 2 || sum.Done != 1 || sum.Cancelled != 1 || sum.Stored() {
		t.Fatalf("told %+v, %+v, %v", told, sum, err)
	}
	for _, r := range told {
		if (r.Path == "/a") != (r.State == uploader.Done) || (r.Path == "/b") != (r.State == uploader.Cancelled) {
			t.Errorf("%+v", r)
		}
	}
}

func TestFollowOfAnEmptyFolder(t *testing.T) {
	f := newFake()
	told, sum, err := followed(t, f, false, func() {
		f.set()
		f.snap = &uploader.Snapshot{Entries: uploader.PagesOf([]uploader.EntryRow{{ID: "e", Dir: true, State: uploader.Done}})}
	})
	if err != nil || len(told) != 0 || !sum.Stored() {
		t.Errorf("%+v, %+v, %v", told, sum, err)
	}
}

func TestFollowOfWhatSomebodyRemovedBeforeItWasSeen(t *testing.T) {
	f := newFake()
	told, sum, err := followed(t, f, false, func() { f.set() })
	if err != nil || len(told) != 0 || sum.Cancelled != 1 || sum.Stored() {
		t.Errorf("%+v, %+v, %v", told, sum, err)
	}
}

func TestFollowOfALongQueueThatChanges(t *testing.T) {
	queue := func(change map[int]uploader.State, n int) []uploader.JobRow {
		rows := make([]uploader.JobRow, n)
		for i := range rows {
			state := uploader.Queued
			if s, ok := change[i]; ok {
				state = s
			}
			rows[i] = job(fmt.Sprintf("%04d", i), state, "")
			if i%2 == 1 {
				rows[i].Entry = "another"
			}
		}
		return rows
	}
	done := make(map[int]uploader.State)
	for i := range 700 {
		done[i] = uploader.Done
	}
	f := newFake()
	told, sum, err := followed(t, f, false,
		func() { f.set(queue(nil, 600)...) },
		func() {
			f.set(queue(map[int]uploader.State{0: uploader.Done, 300: uploader.Uploading, 599: uploader.Failed}, 700)...)
		},
		func() { f.set(queue(map[int]uploader.State{0: uploader.Done, 300: uploader.Done}, 700)[2:]...) }, // 0 was told, and is removed
		func() { f.set(queue(done, 700)[2:]...) },
	)
	if err != nil || len(told) != 350 || sum.Done != 350 || sum.Files != 350 || sum.Bytes != 35000 || !sum.Stored() {
		t.Errorf("%d told, %+v, %v", len(told), sum, err)
	}
}

func TestFollowHeedsItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		f.set(job("a", uploader.Uploading, ""))
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Minute, cancel)
		sum, err := Follow(ctx, f, []uploader.EntryID{"e"}, Follower{})
		if !errors.Is(err, context.Canceled) || !sum.Active {
			t.Errorf("%+v, %v", sum, err)
		}
	})
}
