package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"strconv"
	"time"

	"longshore/app"
	"longshore/uploader"
)

// lineFlags say how much of the line may be used; nil for what is not given.
type lineFlags struct {
	*lineValues
}

type lineValues struct {
	limit     *uploader.Speed
	timetable *uploader.Timetable
}

func (f lineFlags) given() bool { return f.limit != nil || f.timetable != nil }

// addLineFlags adds them; when says for how long they hold.
func addLineFlags(fs *flag.FlagSet, when string) lineFlags {
	v := &lineValues{}
	fs.Func("limit", "`SPEED` of all uploads together, such as 5MB/s or 40Mbit/s, \"pause\" or \"off\", "+when, func(s string) error {
		speed, err := uploader.ParseSpeed(s)
		v.limit = &speed
		return err
	})
	fs.Func("timetable", "`RULES` for other limits at some days and hours, such as \"weekdays 8-18: 5 MB/s\", or \"off\", "+when, func(s string) error {
		table, err := uploader.ParseTimetable(s)
		v.timetable = &table
		return err
	})
	return lineFlags{v}
}

// mostParts is what auto may come to.
const mostParts = 64

// concurrencyFlag is 0 until it is given, and mostParts for auto; when says for how long it holds.
func concurrencyFlag(fs *flag.FlagSet, when string) *int {
	n := new(int)
	fs.Func("concurrency", "`N` parts in flight at most, 1 to 64, or auto for as many as the line makes use of, "+when, func(s string) error {
		if s == "auto" {
			*n = mostParts
			return nil
		}
		v, err := strconv.Atoi(s)
		if err != nil || v < 1 || v > mostParts {
			return errors.New("--concurrency takes a number from 1 to 64, or auto")
		}
		*n = v
		return nil
	})
	return n
}

func limitsCommand() command {
	return command{
		name: "limits", args: "[flags]", short: "show or change how much of the line uploads may use",
		long: `
Shows how much of the line all uploads together may use and how many parts are sent at once, and changes it for good
with --limit, --timetable and --concurrency. A Longshore that is uploading obeys at once. With --json one object is
printed.

A timetable has rules, separated by semicolons: days, hours, a colon and a speed.

  weekdays 8-18: 5 MB/s
  mon-thu,sat 8:30-17:45: 40 Mbit/s; daily 22-6: no limit
  daily 7-20: pause

Days are daily, weekdays, weekends, or names such as mon-wed,fri. Hours go from 0 to 24 by this computer's clock, also
when summer time begins or ends; 22-6 goes over midnight and belongs to the day it begins on. Without days a rule holds
daily, without hours all day. Where several rules fit, the last one holds; where none does, --limit. MB/s are megabytes,
Mbit/s megabits; "pause" sends nothing and goes on by itself, "no limit" is full speed.`,
		setup: func(c *cli, fs *flag.FlagSet) func(context.Context, []string) int {
			state := stateFlag(fs)
			line := addLineFlags(fs, "from now on")
			concurrency := concurrencyFlag(fs, "from now on")
			asJSON := fs.Bool("json", false, "print one JSON object")
			return func(ctx context.Context, rest []string) int {
				if len(rest) > 0 {
					return c.misused("limits", "limits takes no paths; quote a timetable.")
				}
				return c.withSession(ctx, app.Options{StateDir: *state, Look: true}, func(s app.Session) int {
					return c.limits(ctx, s, line, *concurrency, *asJSON)
				})
			}
		},
	}
}

// limitsView is what limits --json prints. Times are those of this computer.
type limitsView struct {
	Concurrency string     `json:"concurrency"` // the most parts in flight, or auto
	Limit       string     `json:"limit"`
	Timetable   string     `json:"timetable"`
	Now         string     `json:"now"`   // what holds at the moment
	Until       *time.Time `json:"until"` // when the timetable changes it; null if it does not within a week
}

func (c *cli) limits(ctx context.Context, s app.Session, line lineFlags, concurrency int, asJSON bool) int {
	parts, err := c.changeParts(ctx, s, concurrency)
	if err != nil {
		return c.failed(ctx, err)
	}
	b, err := s.Bandwidth(ctx)
	if err != nil {
		return c.failed(ctx, err)
	}
	if line.given() {
		if line.limit != nil {
			b.Limit = *line.limit
		}
		if line.timetable != nil {
			b.Timetable = *line.timetable
		}
		if err := s.SetBandwidth(ctx, b); err != nil {
			return c.failed(ctx, err)
		}
	}
	now := time.Now()
	v := limitsView{Concurrency: parts, Limit: b.Limit.String(), Timetable: b.Timetable.String(), Now: b.At(now).String()}
	if until := b.Until(now); !until.IsZero() {
		v.Until = &until
	}
	if asJSON {
		if err := json.NewEncoder(c.out).Encode(v); err != nil {
			return c.failed(ctx, err)
		}
		return exitStored
	}
	fmt.Fprintf(c.out, "Limit:     %s\n", v.Limit)
	if v.Timetable == "" {
		v.Timetable = "off"
	}
	fmt.Fprintf(c.out, "Timetable: %s\n", v.Timetable)
	fmt.Fprintf(c.out, "Now:       %s%s\n", v.Now, untilText(b.Until(now), now))
	fmt.Fprintf(c.out, "At once:   %s\n", v.Concurrency)
	return exitStored
}

// changeParts changes the most parts in flight, unless n is 0, and says what they are.
func (c *cli) changeParts(ctx context.Context, s app.Session, n int) (string, error) {
	l, err := s.Limits(ctx)
	if err == nil && n > 0 {
		l.Parts, l.PartsPerFile = n, n
		if n == mostParts {
			l.Parts, l.PartsPerFile = 0, 0
		}
		err = s.SetLimits(ctx, l)
	}
	if l.Parts == 0 {
		return "auto", err
	}
	return fmt.Sprintf("at most %d parts", l.Parts), err
}

// untilText is " until 18:00", with the day if it is not today's.
func untilText(until, now time.Time) string {
	switch {
	case until.IsZero():
		return ""
	case until.Local().YearDay() == now.Local().YearDay():
		return " until " + until.Local().Format("15:04")
	}
	return " until " + until.Local().Format("Mon 15:04")
}
