package uploader

import (
	"slices"
	"time"
)

// Bandwidth is what the user allows all uploads together to use of the line.
type Bandwidth struct {
	Limit     Speed     // at all times that the timetable says nothing of
	Timetable Timetable // none if empty
}

// Timetable says at which days and hours which limit holds. Its times are those of the clock on the wall: at a change
// to or from summer time the hours keep their names. When several rules fit a moment, the last one holds, so that an
// exception is written behind what it is an exception from.
type Timetable []Rule

// Rule holds on some days from one time of day to another. One that ends before it begins goes over midnight and
// belongs to the day it begins on.
type Rule struct {
	Days     Days
	From, To int // minutes after midnight; From 0 to 1439, To 1 to 1440, never equal
	Speed    Speed
}

// Days is a set of weekdays.
type Days uint8

// The sets that have a name of their own.
const (
	weekdays Days = 1<<time.Monday | 1<<time.Tuesday | 1<<time.Wednesday | 1<<time.Thursday | 1<<time.Friday
	weekends Days = 1<<time.Saturday | 1<<time.Sunday
	daily         = weekdays | weekends
)

const wholeDay = 24 * 60

func (d Days) has(day time.Weekday) bool { return d&(1<<day) != 0 }

// holds tells whether a rule holds at a time of day.
func (r Rule) holds(day time.Weekday, minute int) bool {
	if r.From < r.To {
		return r.Days.has(day) && r.From <= minute && minute < r.To
	}
	before := (day + 6) % 7
	return r.Days.has(day) && minute >= r.From || r.Days.has(before) && minute < r.To
}

// At is the limit at a moment, in the moment's own time zone.
func (b Bandwidth) At(now time.Time) Speed {
	day, minute := now.Weekday(), now.Hour()*60+now.Minute()
	for _, r := range slices.Backward(b.Timetable) {
		if r.holds(day, minute) {
			return r.Speed
		}
	}
	return b.Limit
}

// Until is when the limit that holds at a moment ends; zero if it does not within a week.
func (b Bandwidth) Until(now time.Time) time.Time {
	if len(b.Timetable) == 0 {
		return time.Time{}
	}
	holds := b.At(now)
	for _, t := range b.edges(now) {
		if t.After(now) && b.At(t) != holds {
			return t
		}
	}
	return time.Time{}
}

// edges are the moments of the next week, in order, at which something may change: where a rule begins or ends, and
// where the clock is put forward or back.
func (b Bandwidth) edges(now time.Time) []time.Time {
	var edges []time.Time
	y, m, d := now.Date()
	for k := range 9 {
		for _, r := range b.Timetable {
			edges = append(edges,
				time.Date(y, m, d+k, 0, r.From, 0, 0, now.Location()), time.Date(y, m, d+k, 0, r.To, 0, 0, now.Location()))
		}
	}
	week := now.AddDate(0, 0, 8)
	for at := now; ; {
		_, end := at.ZoneBounds()
		if end.IsZero() || end.After(week) {
			break
		}
		_, before := end.Add(-time.Second).Zone()
		_, after := end.Zone()
		again := time.Duration(before-after) * time.Second // put back so far, the clock shows some times twice
		for _, e := range slices.Clone(edges) {
			edges = append(edges, e.Add(again), e.Add(-again))
		}
		edges = append(edges, end)
		at = end
	}
	slices.SortFunc(edges, time.Time.Compare)
	return edges
}
