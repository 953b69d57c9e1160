package main

import (
	"fmt"
	"math"
	"strconv"
	"time"
	"unicode"

	"longshore/uploader"
)

// printable shows a path so that it can neither move a terminal's cursor nor turn its text around.
func printable(s string) string {
	for _, r := range s {
		if !unicode.IsPrint(r) || r == unicode.ReplacementChar {
			return strconv.Quote(s)
		}
	}
	return s
}

// size shows bytes in the units that operating systems show.
func size(n int64) string {
	const unit = 1000
	if n < unit {
		return fmt.Sprintf("%d B", n)
	}
	v, i := float64(n), -1
	for v >= unit-0.05 && i < 4 {
		v /= unit
		i++
	}
	return fmt.Sprintf("%.1f %cB", v, "kMGTP"[i])
}

func files(n int) string {
	if n == 1 {
		return "1 file"
	}
	return fmt.Sprintf("%d files", n)
}

// percent rounds down, so that 100 % means all.
func percent(sent, all int64) string {
	switch {
	case all <= 0 || sent >= all:
		return "100%"
	case sent <= 0:
		return "0%"
	}
	return fmt.Sprintf("%d%%", int(math.Floor(float64(sent)*100/float64(all))))
}

// duration shows how long something takes, as people say it.
func duration(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", max(1, int(d.Seconds())))
	case d < 90*time.Minute:
		return fmt.Sprintf("%d min", int(math.Round(d.Minutes())))
	case d < 48*time.Hour:
		return fmt.Sprintf("%.1f h", d.Hours())
	}
	return fmt.Sprintf("%d days", int(math.Round(d.Hours()/24)))
}

func stateWord(s uploader.State) string {
	switch s {
	case uploader.Creating, uploader.Uploading:
		return "sending"
	case uploader.Completing:
		return "finishing"
	case uploader.SourceChanged:
		return "file changed"
	case uploader.Done:
		return "stored"
	}
	return string(s)
}

// waitWord says in the progress line what is waited for.
func waitWord(code uploader.Code) string {
	switch code.Info().Reason {
	case uploader.WaitNetwork:
		return "waiting for the network"
	case uploader.WaitDrive:
		return "waiting for a drive"
	case uploader.WaitSignIn:
		return "waiting for a sign-in"
	case uploader.WaitThrottled:
		return "the vault asked to wait"
	case uploader.WaitTimetable:
		return "waiting for the timetable"
	}
	return "waiting for the vault"
}
