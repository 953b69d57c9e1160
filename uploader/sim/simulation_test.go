package sim

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"longshore/store"
)

var (
	oneSeed   = flag.Uint64("sim.seed", 0, "replay this seed and print its trace")
	seedCount = flag.Uint64("sim.seeds", 0, "how many seeds; 0 for 10,000, and with the race detector for 500 on the real store")
	fromSeed  = flag.Uint64("sim.from", 1, "the first seed")
	stopAfter = flag.Uint64("sim.stop", 3, "stop after so many failing seeds; only the first one's trace is printed")
	realStore = flag.Bool("sim.store", false, "use the real store instead of the model journal")
)

// TestMain is also the main of the store's checking child.
func TestMain(m *testing.M) {
	if store.IsCheckChild() {
		os.Exit(store.CheckMain())
	}
	debug.SetGCPercent(1000) // worlds are small, and most of what they leave behind is snapshots
	os.Exit(m.Run())
}

// hasChoices tells whether a seed's user makes choices; the others are the worlds that this simulation began with.
func hasChoices(seed uint64) bool { return seed%4 != 0 }

// shards is how many seeds run at the same time.
const shards = 4

// TestSimulation runs seeds, see the package comment.
func TestSimulation(t *testing.T) {
	if *oneSeed != 0 {
		w := simulate(t, *oneSeed, storeFolder(t, *realStore), hasChoices(*oneSeed))
		fmt.Println(w.trace)
		report(t, w, false)
		return
	}
	count, real := *seedCount, *realStore || raceDetector
	switch {
	case count == 0 && raceDetector:
		count = 500
	case count == 0:
		count = 10_000
	}
	if testing.Short() {
		count = min(count, 200)
	}
	var next, failed atomic.Uint64
	var did tally
	t.Cleanup(func() { did.want(t, count) })
	for shard := range shards {
		t.Run(fmt.Sprint(shard), func(t *testing.T) {
			t.Parallel()
			for {
				n := next.Add(1)
				if n > count || failed.Load() >= *stopAfter {
					return
				}
				seed := *fromSeed + n - 1
				w := simulate(t, seed, storeFolder(t, real), hasChoices(seed))
				did.add(w)
				if !w.trace.holds() {
					report(t, w, failed.Add(1) == 1)
				}
			}
		})
	}
}

// storeFolder is a folder for the real store, in memory where the system has such a place; "" for the model.
func storeFolder(t *testing.T, real bool) string {
	t.Helper()
	if !real {
		return ""
	}
	base := ""
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		base = "/dev/shm"
	}
	dir, err := os.MkdirTemp(base, "longshore-sim-")
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "state")
}

// report fails the test if something broke.
func report(t *testing.T, w *world, withTrace bool) {
	t.Helper()
	if w.trace.holds() {
		return
	}
	var b bytes.Buffer
	for _, text := range w.trace.broken {
		fmt.Fprintf(&b, "  %s\n", text)
	}
	if withTrace {
		fmt.Fprintf(&b, "trace:\n%s", w.trace)
	}
	t.Errorf("seed %d is broken; replay: go test ./uploader/sim -run Simulation -sim.seed=%d\n%s", w.seed, w.seed, &b)
}

// simulate runs one seed in a bubble of virtual time.
func simulate(t *testing.T, seed uint64, dir string, choices bool) (w *world) {
	t.Helper()
	// Outside the bubble, in real time: what spins or holds a lock is no deadlock that the bubble would see.
	hangs := time.AfterFunc(2*time.Minute, func() { panic(fmt.Sprintf("seed %d hangs", seed)) })
	defer hangs.Stop()
	defer func() {
		if p := recover(); p != nil { // a goroutine that is left behind ends the bubble so
			w.trace.violate("the run ends with %v\n%s", p, debug.Stack())
		}
		if dir != "" {
			_ = os.RemoveAll(filepath.Dir(dir)) // a folder of ours in memory
		}
	}()
	synctest.Test(t, func(*testing.T) {
		w = newWorld(seed, dir, choices)
		w.run()
	})
	return w
}

// run is a whole run: the storm, the lull, the checks.
func (w *world) run() {
	w.calm.Store(true)
	w.startSigners()
	defer w.stopSigners(true)
	for _, s := range w.signers {
		<-s.Ready()
	}
	if !w.start() {
		return
	}
	defer func() {
		if !w.session.isDead() {
			w.crash()
		}
		for _, answer := range w.answers {
			answer()
		}
		w.network.servers.Wait()
	}()
	w.saveVault()
	roots := w.drawFiles()
	w.calm.Store(false)
	w.storm(roots)
	w.lull()
	if w.trace.holds() {
		w.settle()
	}
	if w.trace.holds() {
		w.finale()
	}
}

// describe is the queue in words.
func (w *world) describe() string {
	var b bytes.Buffer
	s := w.session.engine.Snapshot()
	fmt.Fprintf(&b, "totals %+v, trouble %q", s.Totals, s.Trouble)
	for _, j := range s.Jobs.All() {
		fmt.Fprintf(&b, "\n  %s %s %s %s %d/%d %s", j.RelPath, j.State, j.Reason, j.Code, j.Part, j.Parts, j.Detail)
	}
	return b.String()
}
