// Package collector sets how often the garbage collector runs, for programs that are to stay small.
//
// It must not know any of them.
package collector

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// Thrifty lets the heap grow by so many percent between two collections, as GOGC would, but by so many bytes at least:
// a small share of a small heap would have the collector run all the time. GOGC in the environment says otherwise.
//
// It follows the heap: each collection sets when the next one comes.
func Thrifty(percent int, least uint64) {
	if os.Getenv("GOGC") != "" {
		return
	}
	t := &thrift{percent: percent, least: least, now: percent}
	debug.SetGCPercent(percent)
	t.await()
}

// thrift is what Thrifty was told.
type thrift struct {
	percent int
	least   uint64
	now     int // what is set
}

// fallen is garbage: the next collection finds it.
type fallen struct{ _ *fallen }

// await has set run after the next collection.
func (t *thrift) await() { runtime.AddCleanup(new(fallen), (*thrift).set, t) }

func (t *thrift) set() {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	want := growth(live[0].Value.Uint64(), t.percent, t.least)
	if differs(want, t.now) { // setting it stops the program for a moment
		debug.SetGCPercent(want)
		t.now = want
	}
	t.await()
}

// growth is the percentage for a heap of which so many bytes live.
func growth(live uint64, percent int, least uint64) int {
	const most = 1000 // of a heap of next to nothing
	return min(max(percent, int(least*100/max(live, 1))), most)
}

// differs tells whether two percentages are a tenth apart.
func differs(a, b int) bool { return 10*max(a-b, b-a) > b }
