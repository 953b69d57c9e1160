package uploader

import (
	"math"
	"strconv"
	"strings"
)

// Speed is a bandwidth limit in bytes per second, for all uploads together.
type Speed int64

// The two speeds that are no number, and the bounds of those that are. Below the slowest, storage would take a
// connection that hardly moves for a dead one.
const (
	NoLimit      Speed = 0
	Halt         Speed = -1 // nothing is sent
	slowestSpeed Speed = 10e3
	fastestSpeed Speed = 1e12
)

const (
	textNoLimit = "no limit"
	textHalt    = "pause"
)

type speedUnit struct {
	name  string
	bytes float64
}

var speedUnits = []speedUnit{
	{"GB/s", 1e9}, {"MB/s", 1e6}, {"kB/s", 1e3},
	{"Gbit/s", 1e9 / 8}, {"Mbit/s", 1e6 / 8}, {"kbit/s", 1e3 / 8},
}

// named tells whether text is the unit's name. Only MB/s and GB/s must be written as they stand: with another B they may
// mean bits.
func (u speedUnit) named(text string) bool {
	strict := u.name == "MB/s" || u.name == "GB/s"
	return text == u.name || !strict && strings.EqualFold(text, u.name)
}

// ParseSpeed reads "5 MB/s", "1.5MB/s", "40 Mbit/s", "pause", "no limit" or "off" (no limit, too). Errors are
// *GrammarError.
func ParseSpeed(text string) (Speed, error) {
	text = strings.TrimSpace(text)
	switch strings.ToLower(text) {
	case textHalt:
		return Halt, nil
	case textNoLimit, "off":
		return NoLimit, nil
	}
	digits := strings.IndexFunc(text, func(r rune) bool { return (r < '0' || r > '9') && r != '.' })
	if digits <= 0 || digits > 20 {
		return 0, &GrammarError{ProblemSpeed, text}
	}
	number, err := strconv.ParseFloat(text[:digits], 64)
	if err != nil {
		return 0, &GrammarError{ProblemSpeed, text}
	}
	unit := strings.TrimSpace(text[digits:])
	for _, u := range speedUnits {
		if !u.named(unit) {
			continue
		}
		s := Speed(math.Round(min(number*u.bytes, 2*float64(fastestSpeed))))
		if s < slowestSpeed || s > fastestSpeed {
			return 0, &GrammarError{ProblemSpeedRange, text}
		}
		return s, nil
	}
	switch strings.ToLower(unit) {
	case "mb/s", "gb/s", "mbps", "gbps", "kbps":
		return 0, &GrammarError{ProblemUnit, text}
	}
	return 0, &GrammarError{ProblemSpeed, text}
}

// String writes a speed so that ParseSpeed reads the same one.
func (s Speed) String() string {
	switch {
	case s == NoLimit:
		return textNoLimit
	case s < 0:
		return textHalt
	case s >= 1e9 && s%1e8 == 0:
		return decimal(float64(s)/1e9) + " GB/s"
	case s >= 1e6:
		return decimal(float64(s)/1e6) + " MB/s"
	}
	return decimal(float64(s)/1e3) + " kB/s"
}

func decimal(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// MarshalText writes it as String does.
func (s Speed) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (s *Speed) UnmarshalText(text []byte) error {
	v, err := ParseSpeed(string(text))
	if err == nil {
		*s = v
	}
	return err
}
