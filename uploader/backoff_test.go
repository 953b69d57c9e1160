package uploader

import (
	"math"
	"testing"
	"time"
)

func TestBackoffStaysInItsRange(t *testing.T) {
	for try, spread := range map[int]time.Duration{
		-1: 500 * time.Millisecond, 0: 500 * time.Millisecond, 1: 500 * time.Millisecond, 2: time.Second, 3: 2 * time.Second,
		7: 32 * time.Second, 8: time.Minute, 9: time.Minute, 1000: time.Minute, math.MaxInt: time.Minute,
	} {
		for after, floor := range map[time.Duration]time.Duration{
			-time.Second: 0, 0: 0, 20 * time.Second: 20 * time.Second, time.Hour: 10 * time.Minute, math.MaxInt64: 10 * time.Minute,
		} {
			for _, rnd := range []float64{0, 0.25, 0.5} {
				want := floor + time.Duration(rnd*float64(spread))
				if got := backoff(try, after, func() float64 { return rnd }); got != want {
					t.Errorf("backoff(%d, %v) drawing %v = %v, want %v", try, after, rnd, got, want)
				}
			}
		}
	}
}
