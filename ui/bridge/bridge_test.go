package bridge

import (
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"longshore/uploader"
)

// queue is a source whose snapshot changes when told.
type queue struct {
	version atomic.Uint64
	changed chan struct{}
	ended   atomic.Bool
}

func newQueue() *queue { return &queue{changed: make(chan struct{}, 1)} }

func (q *queue) Snapshot() *uploader.Snapshot {
	return &uploader.Snapshot{Version: q.version.Load()}
}

func (q *queue) Subscribe() (<-chan struct{}, func()) {
	return q.changed, func() { q.ended.Store(true) }
}

func (q *queue) change() {
	q.version.Add(1)
	signal(q.changed)
}

// toolkit keeps closures until the test lets them run.
type toolkit struct {
	mu      sync.Mutex
	waiting []func()
	most    int // ever waiting at once
	sent    int
}

func (k *toolkit) dispatch(f func()) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.waiting = append(k.waiting, f)
	k.most = max(k.most, len(k.waiting))
	k.sent++
}

// turn runs what waits, as one turn of the toolkit's loop.
func (k *toolkit) turn() {
	synctest.Wait()
	k.mu.Lock()
	fs := k.waiting
	k.waiting = nil
	k.mu.Unlock()
	for _, f := range fs {
		f()
	}
	synctest.Wait()
}

func (k *toolkit) held() int {
	synctest.Wait()
	k.mu.Lock()
	defer k.mu.Unlock()
	return len(k.waiting)
}

// screen counts what was shown; it is touched on the test's goroutine alone.
type screen struct {
	shown   int
	version uint64
}

func (s *screen) show(snap *uploader.Snapshot) { s.shown++; s.version = snap.Version }

func start(t *testing.T) (*queue, *toolkit, *screen, *Bridge) {
	t.Helper()
	q, k, s := newQueue(), &toolkit{}, &screen{}
	b := Start(q, k.dispatch, s.show)
	k.turn()
	if s.shown != 1 {
		t.Fatalf("the first snapshot was shown %d times, want once and at once", s.shown)
	}
	return q, k, s, b
}

func TestAtMostOneClosureWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, k, s, b := start(t)
		defer b.Close()
		// The toolkit stands still for ten seconds (the user drags the window) while everything asks for repaints.
		for range 1000 {
			q.change()
			b.Now()
			b.Post(func() {})
			time.Sleep(10 * time.Millisecond)
		}
		if k.most != 1 {
			t.Errorf("%d closures waited at once, want 1", k.most)
		}
		k.turn()
		if s.version != 1000 {
			t.Errorf("the closure that waited showed version %d, want the newest, 1000", s.version)
		}
	})
}

func TestAtMostTwoRepaintsASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, k, s, b := start(t)
		defer b.Close()
		shown, began := s.shown, time.Now()
		for range 10_000 { // ten seconds, a thousand changes each
			q.change()
			time.Sleep(time.Millisecond)
			k.turn()
		}
		seconds := time.Since(began).Seconds()
		got := float64(s.shown-shown) / seconds
		if got > 2.01 || got < 1.9 {
			t.Errorf("%.2f repaints a second while sending, want 2", got)
		}
	})
}

func TestLastChangeIsShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, k, s, b := start(t)
		defer b.Close()
		q.change()
		time.Sleep(Interval)
		k.turn()
		q.change()
		k.turn()
		if s.version == 2 {
			t.Fatal("shown too early")
		}
		time.Sleep(Interval)
		k.turn()
		if s.version != 2 {
			t.Errorf("version %d on the screen half a second after the last change, want 2", s.version)
		}
	})
}

func TestUsersActionIsShownAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, k, s, b := start(t)
		defer b.Close()
		for want := uint64(1); want <= 5; want++ {
			q.change()
			b.Now()
			k.turn() // no time passes
			if s.version != want {
				t.Fatalf("version %d on the screen at once after an action, want %d", s.version, want)
			}
		}
	})
}

func TestQuietQueueIsNotRepainted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, k, _, b := start(t)
		defer b.Close()
		sent := k.sent
		time.Sleep(time.Hour)
		k.turn()
		if k.sent != sent {
			t.Errorf("%d closures in an hour in which nothing changed", k.sent-sent)
		}
	})
}

func TestHiddenWindowIsNotRepainted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, k, s, b := start(t)
		defer b.Close()
		b.SetVisible(false)
		synctest.Wait()
		sent := k.sent
		for range 100 {
			q.change()
			b.Now()
			time.Sleep(100 * time.Millisecond)
			k.turn()
		}
		if k.sent != sent || s.version != 0 {
			t.Errorf("hidden for ten seconds: %d closures, version %d shown; want none", k.sent-sent, s.version)
		}
		ran := false
		b.Post(func() { ran = true })
		k.turn()
		if !ran || s.version != 0 {
			t.Errorf("hidden: posted work ran %v (want true), version %d shown (want none)", ran, s.version)
		}
		b.SetVisible(true)
		k.turn()
		if s.version != 100 {
			t.Errorf("version %d at once after the window came back, want 100", s.version)
		}
	})
}

func TestHiddenAfterTheClosureWasSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, k, s, b := start(t)
		defer b.Close()
		q.change()
		b.Now()
		if k.held() != 1 {
			t.Fatal("no closure waits")
		}
		b.SetVisible(false)
		k.turn()
		if s.version != 0 {
			t.Error("a hidden window was drawn")
		}
		b.SetVisible(true)
		k.turn()
		if s.version != 1 {
			t.Error("what a hidden window missed was not shown when it came back")
		}
	})
}

func TestPostKeepsOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, k, _, b := start(t)
		defer b.Close()
		var got []int
		for i := range 5 {
			b.Post(func() { got = append(got, i) })
		}
		k.turn()
		k.turn()
		for i := range 5 {
			if len(got) != 5 || got[i] != i {
				t.Fatalf("ran in order %v", got)
			}
		}
	})
}

// What was computed aside is shown by itself: it neither repaints the queue nor holds up what does.
func TestRunDoesNotRepaint(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, k, s, b := start(t)
		defer b.Close()
		shown, began := s.shown, time.Now()
		var ran []int
		for i := range 1000 { // ten seconds
			q.change()
			b.Run(func() { ran = append(ran, i) })
			time.Sleep(10 * time.Millisecond)
			k.turn()
		}
		if len(ran) != 1000 || !slices.IsSorted(ran) {
			t.Errorf("%d ran, in order: %v", len(ran), slices.IsSorted(ran))
		}
		if got := float64(s.shown-shown) / time.Since(began).Seconds(); got > 2.01 || got < 1.9 {
			t.Errorf("%.2f repaints a second, want 2", got)
		}
		time.Sleep(Interval)
		k.turn()
		b.Run(func() {})
		k.held() // its closure waits
		q.change()
		b.Now()
		k.turn()
		if s.version != q.version.Load() {
			t.Error("the user's action is not shown at once")
		}
	})
}

func TestCloseLeavesNothingBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // fails by itself if a goroutine stays
		q, k, s, b := start(t)
		q.change()
		b.Now()
		b.Post(func() { t.Error("posted work ran after Close") })
		if k.held() != 1 {
			t.Fatal("no closure waits")
		}
		b.Close()
		if !q.ended.Load() {
			t.Error("the subscription was not ended")
		}
		k.turn() // what waited in the toolkit runs late
		b.Post(func() { t.Error("posted work ran after Close") })
		b.Now()
		k.turn()
		if s.version != 0 {
			t.Error("drawn after Close")
		}
	})
}

// A toolkit that runs closures inline, as Fyne does for tests and after its loop has ended, must not lock up.
func TestInlineToolkit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s screen
		q := newQueue()
		b := Start(q, func(f func()) { f() }, s.show)
		for range 20 {
			q.change()
			b.Now()
			time.Sleep(time.Second)
			synctest.Wait()
		}
		b.Close()
		if s.version != 20 {
			t.Errorf("version %d shown, want 20", s.version)
		}
	})
}

// A goroutine that outlives its bridge would fail the bubble: it ends only when all of them have.
func TestNoGoroutineAfterManyBridges(t *testing.T) {
	synctest.Test(t, func(*testing.T) {
		for range 50 {
			b := Start(newQueue(), func(f func()) { f() }, func(*uploader.Snapshot) {})
			b.Close()
		}
	})
}
