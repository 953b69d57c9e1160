package collector

import (
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"testing"
	"time"
)

func TestGrowth(t *testing.T) {
	for _, c := range []struct {
		live    uint64
		percent int
	}{{0, 1000}, {1 << 20, 400}, {4 << 20, 100}, {16 << 20, 25}, {26 << 20, 15}, {1 << 40, 15}} {
		if got := growth(c.live, 15, 4<<20); got != c.percent {
			t.Errorf("%d live bytes: %d %%, want %d", c.live, got, c.percent)
		}
	}
	if differs(100, 95) || differs(15, 15) || !differs(15, 100) || !differs(100, 15) {
		t.Error("differs")
	}
}

// set is what the collector goes by.
func set() int {
	s := []metrics.Sample{{Name: "/gc/gogc:percent"}}
	metrics.Read(s)
	return int(s[0].Value.Uint64())
}

// collectUntil collects until the percentage is as wanted.
func collectUntil(t *testing.T, wanted func(int) bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !wanted(set()); {
		if time.Now().After(end) {
			t.Fatalf("%d %%", set())
		}
		runtime.GC()
		runtime.Gosched()
	}
}

// TestItFollowsTheHeap: the percentage falls when the heap becomes large, and rises when it is small again.
func TestItFollowsTheHeap(t *testing.T) {
	if os.Getenv("COLLECTOR_TEST") == "" { // what is set stays set: in a process of its own
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestItFollowsTheHeap$")
		cmd.Env = append(os.Environ(), "COLLECTOR_TEST=1", "GOGC=")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
		return
	}
	Thrifty(15, 4<<20)
	collectUntil(t, func(p int) bool { return p > 100 })
	large := make([]byte, 64<<20)
	collectUntil(t, func(p int) bool { return p == 15 })
	runtime.KeepAlive(large)
	collectUntil(t, func(p int) bool { return p > 100 })
}

func TestGOGCSaysOtherwise(t *testing.T) {
	t.Setenv("GOGC", "77")
	before := debug.SetGCPercent(50)
	defer debug.SetGCPercent(before)
	Thrifty(15, 4<<20)
	if set() != 50 {
		t.Errorf("%d %%", set())
	}
}
