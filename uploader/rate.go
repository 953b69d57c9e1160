package uploader

import (
	"math"
	"time"
)

// rateSpan is over how many seconds a rate is averaged: long enough to be calm, short enough to show a change.
const rateSpan = 10

// rateMeter measures bytes per second over the last ten seconds, or ten wider buckets. The zero value is ready. It is
// not safe for concurrent use.
type rateMeter struct {
	width   time.Duration   // of a bucket, whole seconds; 0 is one second
	buckets [rateSpan]int64 // bytes, by bucket modulo rateSpan
	latest  int64           // the bucket written to last
	since   time.Time       // when the present run began
}

// bucket is the width, and which one a moment falls into.
func (m *rateMeter) bucket(now time.Time) (seconds, number int64) {
	seconds = max(1, int64(m.width/time.Second))
	return seconds, now.Unix() / seconds
}

// add counts n bytes sent at now. n may be negative: a try that was rewound takes back what it had counted.
func (m *rateMeter) add(now time.Time, n int64) {
	m.turn(now)
	m.buckets[slot(m.latest)] += n
}

// rate is the average in bytes per second at now: over the last ten buckets, or since the run began if that is less
// (but at least over one bucket); 0 after ten of them without a byte.
func (m *rateMeter) rate(now time.Time) float64 {
	m.turn(now)
	var sum int64
	for _, b := range m.buckets {
		sum += b
	}
	// The oldest bucket begins on a whole one, so the window is between nine and ten of them long.
	width, _ := m.bucket(now)
	window := now.Sub(time.Unix((m.latest-rateSpan+1)*width, 0))
	span := max(time.Duration(width)*time.Second, min(window, now.Sub(m.since)))
	return max(0, float64(sum)/span.Seconds())
}

// ran is how long it has measured by now.
func (m *rateMeter) ran(now time.Time) time.Duration {
	m.turn(now)
	return now.Sub(m.since)
}

// turn empties the buckets of the time that has passed. A clock that was set back or far ahead starts a new run.
func (m *rateMeter) turn(now time.Time) {
	now = now.Round(0) // eight hours of sleep must count
	_, number := m.bucket(now)
	if number < m.latest || number >= m.latest+rateSpan || m.since.IsZero() {
		*m = rateMeter{width: m.width, latest: number, since: now}
		return
	}
	for m.latest < number {
		m.latest++
		m.buckets[slot(m.latest)] = 0
	}
}

// slot is where a bucket is kept; a clock before 1970 has negative ones.
func slot(number int64) uint64 { return uint64(number) % rateSpan }

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
