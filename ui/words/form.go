package words

import (
	"strconv"
	"strings"
	"time"
)

// form is how a language, and within it a region, writes numbers and dates. Four languages need a table this small;
// what x/text offers has no dates, and brings half a megabyte of other languages along.
type form struct {
	decimal, group string
	ungrouped      int    // numbers of up to so many digits have no groups
	unit           string // what stands between a number and its unit
	zeroIsOne      bool   // nothing takes the singular
	american       bool   // the month before the day
	clock          string // a layout of package time
}

// Spaces that no line may end at, written out: they cannot be told from others in a source.
const (
	noBreak     = "\u00A0"
	narrowBreak = "\u202F" // half as wide
)

const hours24 = "15:04"

func formOf(l Language, region string) form {
	f := form{decimal: ".", group: ",", ungrouped: 3, unit: " ", clock: hours24}
	switch l {
	case German:
		f.decimal, f.group, f.unit = ",", ".", noBreak
	case French:
		f.decimal, f.group, f.unit, f.zeroIsOne = ",", narrowBreak, noBreak, true
	case Spanish:
		f.decimal, f.group, f.unit, f.ungrouped = ",", ".", noBreak, 4
	}
	switch string(l) + "-" + region {
	case "en-US", "en-CA", "en-PH", "en-PR":
		f.american, f.clock = true, "3:04 PM"
	case "en-AU", "en-NZ", "en-IN":
		f.clock = "3:04 pm"
	case "de-CH", "de-LI":
		f.decimal, f.group = ".", "’"
	case "es-MX", "es-US", "es-PR", "es-GT", "es-HN", "es-NI", "es-PA", "es-SV", "es-DO", "es-PE", "es-419":
		f.decimal, f.group, f.ungrouped = ".", ",", 3
	}
	return f
}

func (f form) one(n int) bool { return n == 1 || n == 0 && f.zeroIsOne }

// Number groups thousands: "5,000".
func (b *Book) Number(n int) string {
	s := strconv.Itoa(n)
	sign := ""
	if n < 0 {
		sign, s = "-", s[1:]
	}
	if len(s) <= b.form.ungrouped {
		return sign + s
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + b.form.group + s[i:]
	}
	return sign + s
}

// When writes a day of the near future, and its time, in the zone of at: "Thursday 26 November 14:00".
func (b *Book) When(at time.Time) string {
	key := When
	if b.form.american {
		key = WhenUS
	}
	return b.Say(key, "weekday", nth(b.Say(Weekdays), int(at.Weekday())), "day", at.Day(),
		"month", nth(b.Say(Months), int(at.Month())-1), "time", at.Format(b.form.clock))
}

// Day writes a day of any year: "20 November 2026".
func (b *Book) Day(at time.Time) string {
	key := Day
	if b.form.american {
		key = DayUS
	}
	return b.Say(key, "day", at.Day(), "month", nth(b.Say(Months), int(at.Month())-1), "year", strconv.Itoa(at.Year()))
}

// nth is a word of a list.
func nth(list string, n int) string {
	if words := strings.Fields(list); n < len(words) {
		return words[n]
	}
	return ""
}
