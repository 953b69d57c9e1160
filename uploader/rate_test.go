package uploader

import (
	"math"
	"testing"
	"time"
)

func TestRateFollowsWhatIsSent(t *testing.T) {
	var m rateMeter
	now := time.Unix(1_000_000, 300_000_000)
	near := func(what string, want, slack float64) {
		t.Helper()
		if got := m.rate(now); math.Abs(got-want) > slack*want {
			t.Errorf("%s: %.0f, want about %.0f", what, got, want)
		}
	}
	if got := m.rate(now); got != 0 {
		t.Errorf("at first: %v", got)
	}
	send := func(seconds int, each int64) {
		for range seconds * 10 {
			now = now.Add(100 * time.Millisecond)
			m.add(now, each/10)
		}
	}
	send(2, 1000)
	near("after two seconds", 1000, 0.1)
	send(60, 1000)
	near("steady", 1000, 0.12)
	send(60, 5000)
	near("faster", 5000, 0.12)
	m.add(now, -5000)
	near("after a rewind", 4450, 0.05)
	m.add(now, -1<<40)
	if got := m.rate(now); got != 0 {
		t.Errorf("a rewind of more than was sent: %v", got)
	}
	now = now.Add(11 * time.Second)
	if got := m.rate(now); got != 0 {
		t.Errorf("after a silence: %v", got)
	}
	send(3, 700)
	near("after the silence", 700, 0.1)
	now = now.Add(-time.Hour)
	if got := m.rate(now); got != 0 {
		t.Errorf("with the clock set back: %v", got)
	}
	send(3, 700)
	near("and on", 700, 0.1)
}

func TestRateBefore1970(t *testing.T) {
	var m rateMeter
	at := time.Unix(-100, 0)
	m.add(at, 100)
	if got := m.rate(at.Add(time.Second)); got != 100 {
		t.Errorf("%v", got)
	}
}

// A burst is no rate: what is sent within one instant counts as one second's.
func TestRateOfOneInstant(t *testing.T) {
	var m rateMeter
	now := time.Unix(1_000_000, 999_000_000)
	m.add(now, 1000)
	if got := m.rate(now); got != 1000 {
		t.Errorf("%v", got)
	}
}

func TestLeft(t *testing.T) {
	for _, c := range []struct {
		remaining int64
		rate      float64
		want      time.Duration
	}{
		{0, 10, 0},
		{-5, 10, 0},
		{10, 0, 0},
		{10, -1, 0},
		{10, math.NaN(), 0},
		{math.MaxInt64, 1, 0},
		{1, math.MaxFloat64, time.Second},
		{1, 1, time.Second},
		{91, 10, 10 * time.Second},
		{31, 1, 35 * time.Second},
		{61, 1, 90 * time.Second},
		{601, 1, 11 * time.Minute},
		{3601, 1, 70 * time.Minute},
		{36001, 1, 11 * time.Hour},
		{99 * 24 * 3600, 1, 99 * 24 * time.Hour},
		{101 * 24 * 3600, 1, 0},
	} {
		if got := left(c.remaining, c.rate); got != c.want {
			t.Errorf("left(%d, %v) = %v, want %v", c.remaining, c.rate, got, c.want)
		}
	}
}

// Less to send never shows more time, over all the steps.
func TestLeftNeverGrows(t *testing.T) {
	last := time.Duration(math.MaxInt64)
	for remaining := int64(60 * 3600); remaining > 0; remaining-- {
		d := left(remaining, 1)
		if d > last || d < time.Duration(remaining)*time.Second {
			t.Fatalf("%d seconds show as %v after %v", remaining, d, last)
		}
		last = d
	}
}
