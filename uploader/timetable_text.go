package uploader

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// The grammar of a timetable, as the user writes it:
//
//	timetable = [ rule { (";" | newline) rule } ]
//	rule      = ( days [ hours ] | hours ) ":" speed
//	days      = "daily" | "weekdays" | "weekends" | part { "," part }
//	part      = day [ "-" day ]              mon-wed,fri; sat-mon goes over the weekend
//	day       = "mon" … "sun" | "monday" … "sunday"
//	hours     = time "-" time                8-18, 8:30-17:45; 22-6 goes over midnight
//	time      = hour [ ":" minute ]          0 to 24, and 24 only at an end
//	speed     = number unit | "pause" | "no limit"
//
// Letters may be of either case, a dash may be a long one, and spaces may stand around every sign.

// Bounds of a timetable: more rules than anybody keeps in mind.
const (
	mostRules     = 50
	mostTimetable = 4096 // bytes of its text
)

// GrammarProblem says what is wrong with a text; the set is closed.
type GrammarProblem string

// The problems.
const (
	ProblemColon      GrammarProblem = "colon"
	ProblemDays       GrammarProblem = "days"
	ProblemHours      GrammarProblem = "hours"
	ProblemNoTime     GrammarProblem = "no-time"
	ProblemSpeed      GrammarProblem = "speed"
	ProblemUnit       GrammarProblem = "unit"
	ProblemSpeedRange GrammarProblem = "speed-range"
	ProblemTooLong    GrammarProblem = "too-long"
)

var grammarSentences = map[GrammarProblem]string{
	ProblemColon:      "“%s” has no speed. Write days and hours, a colon and a speed: weekdays 8-18: 5 MB/s.",
	ProblemDays:       "“%s” is no day. Write daily, weekdays, weekends, or days such as mon-wed,fri, and hours behind them.",
	ProblemHours:      "“%s” are no hours. Write them from 0 to 24, such as 8-18 or 8:30-17:45; 22-6 goes over midnight.",
	ProblemNoTime:     "“%s” ends when it begins. For whole days, leave the hours out.",
	ProblemSpeed:      "“%s” is no speed. Write a number and its unit, such as 5 MB/s, 1.5 MB/s or 40 Mbit/s, or write pause or no limit.",
	ProblemUnit:       "“%s” can mean two things. Write MB/s for megabytes or Mbit/s for megabits.",
	ProblemSpeedRange: "“%s” is out of range. The slowest is 10 kB/s and the fastest 1000 GB/s; write pause to send nothing.",
	ProblemTooLong:    "That is too long a timetable. Use at most 50 rules.",
}

// GrammarError is a text that is no speed or no timetable. Its text is a sentence for the user.
type GrammarError struct {
	Problem GrammarProblem
	Text    string // the piece that is wrong, as it was written
}

// Error is the sentence, in English; translations are keyed by Problem.
func (e *GrammarError) Error() string {
	if e.Problem == ProblemTooLong {
		return grammarSentences[e.Problem]
	}
	return fmt.Sprintf(grammarSentences[e.Problem], e.Piece())
}

// Piece is the wrong piece, fit to be shown: one line, and not a long one.
func (e *GrammarError) Piece() string {
	piece := []rune(strings.ToValidUTF8(strings.TrimSpace(e.Text), "\uFFFD"))
	for i, r := range piece {
		if !unicode.IsPrint(r) {
			piece[i] = '\uFFFD'
		}
	}
	if len(piece) > 40 {
		piece = append(piece[:39], '…')
	}
	return string(piece)
}

// ParseTimetable reads a timetable; "" and "off" are an empty one. Errors are *GrammarError.
func ParseTimetable(text string) (Timetable, error) {
	if len(text) > mostTimetable {
		return nil, &GrammarError{Problem: ProblemTooLong}
	}
	if strings.EqualFold(strings.TrimSpace(text), "off") {
		return nil, nil
	}
	var t Timetable
	for line := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ';' || r == '\n' || r == '\r' }) {
		if strings.TrimSpace(line) == "" {
			continue
		}
		r, err := parseRule(line)
		if err != nil {
			return nil, err
		}
		if t = append(t, r); len(t) > mostRules {
			return nil, &GrammarError{Problem: ProblemTooLong}
		}
	}
	return t, nil
}

func parseRule(line string) (Rule, error) {
	at := strings.LastIndexByte(line, ':')
	if at < 0 || !strings.ContainsFunc(line[at:], unicode.IsLetter) { // the colon of 8:30 is no colon
		return Rule{}, &GrammarError{ProblemColon, line}
	}
	speed, err := ParseSpeed(line[at+1:])
	if err != nil {
		return Rule{}, err
	}
	r := Rule{Days: daily, To: wholeDay, Speed: speed}
	when := strings.Fields(tighten(line[:at]))
	if len(when) > 0 && !startsWithDigit(when[0]) {
		if r.Days, err = parseDays(when[0]); err != nil {
			return Rule{}, err
		}
		when = when[1:]
	} else if len(when) == 0 {
		return Rule{}, &GrammarError{ProblemDays, line}
	}
	if len(when) > 0 {
		if r.From, r.To, err = parseHours(strings.Join(when, " ")); err != nil {
			return Rule{}, err
		}
	}
	return r, nil
}

// tighten writes signs without spaces around them, and every dash as "-".
func tighten(s string) string {
	s = strings.NewReplacer("–", "-", "—", "-", "−", "-").Replace(strings.ToLower(s))
	for _, sign := range []string{"-", ",", ":"} {
		pieces := strings.Split(s, sign)
		for i := range pieces {
			if i > 0 {
				pieces[i] = strings.TrimLeftFunc(pieces[i], unicode.IsSpace)
			}
			if i < len(pieces)-1 {
				pieces[i] = strings.TrimRightFunc(pieces[i], unicode.IsSpace)
			}
		}
		s = strings.Join(pieces, sign)
	}
	return s
}

func startsWithDigit(s string) bool { return s[0] >= '0' && s[0] <= '9' }

// week is the order in which days are written.
var week = []time.Weekday{
	time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday, time.Sunday,
}

func shortDay(d time.Weekday) string { return strings.ToLower(d.String()[:3]) }

func parseDay(s string) (time.Weekday, bool) {
	for _, d := range week {
		if s == shortDay(d) || s == strings.ToLower(d.String()) {
			return d, true
		}
	}
	return 0, false
}

func parseDays(text string) (Days, error) {
	switch text {
	case "daily":
		return daily, nil
	case "weekdays":
		return weekdays, nil
	case "weekends":
		return weekends, nil
	}
	var days Days
	for part := range strings.SplitSeq(text, ",") {
		from, to, isRange := strings.Cut(part, "-")
		first, ok := parseDay(from)
		last := first
		if ok && isRange {
			last, ok = parseDay(to)
		}
		if !ok {
			return 0, &GrammarError{ProblemDays, part}
		}
		for d := first; ; d = (d + 1) % 7 {
			days |= 1 << d
			if d == last {
				break
			}
		}
	}
	return days, nil
}

func parseHours(text string) (from, to int, err error) {
	a, b, isRange := strings.Cut(text, "-")
	from, okA := parseTime(a)
	to, okB := parseTime(b)
	switch {
	case !isRange || !okA || !okB || from == wholeDay:
		return 0, 0, &GrammarError{ProblemHours, text}
	case to == 0: // 22-0 is 22-24
		to = wholeDay
	}
	if from == to || from == 0 && b == "0" {
		return 0, 0, &GrammarError{ProblemNoTime, text}
	}
	return from, to, nil
}

// parseTime reads 8, 08, 8:30 or 24.
func parseTime(s string) (minute int, ok bool) {
	hours, minutes, exact := strings.Cut(s, ":")
	h, err := strconv.ParseUint(hours, 10, 8)
	if err != nil || len(hours) > 2 {
		return 0, false
	}
	m := uint64(0)
	if exact {
		if m, err = strconv.ParseUint(minutes, 10, 8); err != nil || len(minutes) != 2 {
			return 0, false
		}
	}
	total := int(h*60 + m)
	return total, m < 60 && total <= wholeDay
}

// String writes a timetable so that ParseTimetable reads the same one.
func (t Timetable) String() string {
	rules := make([]string, len(t))
	for i, r := range t {
		rules[i] = r.String()
	}
	return strings.Join(rules, "; ")
}

// String writes a rule as the grammar has it.
func (r Rule) String() string {
	when := r.Days.String()
	if r.From != 0 || r.To != wholeDay {
		when += " " + ClockText(r.From) + "-" + ClockText(r.To)
	}
	return when + ": " + r.Speed.String()
}

// ClockText writes minutes after midnight: "8", "8:30".
func ClockText(minute int) string {
	if minute%60 == 0 {
		return strconv.Itoa(minute / 60)
	}
	return fmt.Sprintf("%d:%02d", minute/60, minute%60)
}

// String writes a set of days as the grammar has it.
func (d Days) String() string {
	switch d & daily {
	case daily:
		return "daily"
	case weekdays:
		return "weekdays"
	case weekends:
		return "weekends"
	}
	var parts []string
	for i := 0; i < len(week); i++ {
		if !d.has(week[i]) {
			continue
		}
		first := i
		for i+1 < len(week) && d.has(week[i+1]) {
			i++
		}
		part := shortDay(week[first])
		if i > first {
			part += "-" + shortDay(week[i])
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, ",")
}

// MarshalText writes it as String does.
func (t Timetable) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (t *Timetable) UnmarshalText(text []byte) error {
	v, err := ParseTimetable(string(text))
	if err == nil {
		*t = v
	}
	return err
}
