package uploader

import (
	"math"
	"time"
)

// rateSpan is over how many seconds a rate is averaged: long enough to be calm, short enough to show a change.
const rateSpan = 10

// rateMeter measures bytes per second over the last ten seconds. The zero value is ready. It is not safe for
// concurrent use.
type rateMeter struct {
	buckets [rateSpan]int64 // bytes, by second modulo rateSpan
	second  int64           // the latest one written to
	since   time.Time       // when the present run began
}

// add counts n bytes sent at now. n may be negative: a try that was rewound takes back what it had counted.
func (m *rateMeter) add(now time.Time, n int64) {
	m.turn(now)
	m.buckets[slot(m.second)] += n
}

// rate is the average in bytes per second at now: over the last ten seconds, or since the run began if that is less
// (but at least over one second); 0 after ten seconds without a byte.
func (m *rateMeter) rate(now time.Time) float64 {
	m.turn(now)
	var sum int64
	for _, b := range m.buckets {
		sum += b
	}
	// The oldest bucket begins on a whole second, so the window is between nine and ten seconds long.
	window := now.Sub(time.Unix(m.second-rateSpan+1, 0))
	span := max(time.Second, min(window, now.Sub(m.since)))
	return max(0, float64(sum)/span.Seconds())
}

// turn empties the buckets of the seconds that have passed. A clock that was set back or far ahead starts a new run.
func (m *rateMeter) turn(now time.Time) {
	now = now.Round(0) // eight hours of sleep must count
	second := now.Unix()
	if second < m.second || second >= m.second+rateSpan || m.since.IsZero() {
		*m = rateMeter{second: second, since: now}
		return
	}
	for m.second < second {
		m.second++
		m.buckets[slot(m.second)] = 0
	}
}

// slot is the bucket of a second; a clock before 1970 has negative ones.
func slot(second int64) uint64 { return uint64(second) % rateSpan }

// leftSteps say how finely a time left is shown: a number that changes with every breath of the network says less
// than a coarse one.
var leftSteps = []struct{ below, step time.Duration }{
	{10 * time.Second, time.Second},
	{time.Minute, 5 * time.Second},
	{10 * time.Minute, 30 * time.Second},
	{time.Hour, time.Minute},
	{10 * time.Hour, 10 * time.Minute},
	{math.MaxInt64, time.Hour},
}

// left is how long remaining bytes will take at a rate in bytes per second, rounded up to a step that grows with it;
// 0 when nothing remains, or when it is unknown (nothing moves, or it would take more than 100 days).
func left(remaining int64, rate float64) time.Duration {
	const unknown = 100 * 24 * time.Hour
	seconds := float64(remaining) / rate
	if remaining <= 0 || !(rate > 0) || seconds > unknown.Seconds() {
		return 0
	}
	d := max(1, time.Duration(seconds*float64(time.Second)))
	for _, s := range leftSteps {
		if d < s.below {
			return (d + s.step - 1) / s.step * s.step
		}
	}
	return 0
}
