package words

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"

	"longshore/uploader"
)

// Bytes writes a size in decimal units with at most one decimal: "0 B", "512 B", "3.1 GB", "120 MB". The few digits
// keep the texts of a moving upload few (FYNE §4.2).
func Bytes(n int64) string {
	if n < 1000 {
		return strconv.FormatInt(max(n, 0), 10) + " B"
	}
	units := []string{"kB", "MB", "GB", "TB", "PB", "EB"}
	v := float64(n) / 1000
	for i, unit := range units {
		if v < 999.5 || i == len(units)-1 {
			return short(v) + " " + unit
		}
		v /= 1000
	}
	return ""
}

// Rate writes bytes per second: "11.8 MB/s"; "" for nothing.
func Rate(perSecond float64) string {
	if !(perSecond >= 1) || math.IsInf(perSecond, 0) {
		return ""
	}
	return Bytes(int64(min(perSecond, 1e18))) + "/s"
}

func short(v float64) string {
	if v < 99.95 {
		return strings.TrimSuffix(strconv.FormatFloat(v, 'f', 1, 64), ".0")
	}
	return strconv.FormatFloat(v, 'f', 0, 64)
}

// Left writes the time left, coarser the longer it is; "" when unknown.
func Left(d time.Duration) string {
	switch {
	case d <= 0:
		return ""
	case d < 10*time.Second:
		return "a few seconds left"
	case d < 55*time.Second:
		return fmt.Sprintf("%d s left", (int(d.Seconds())+4)/5*5)
	case d < time.Hour:
		return fmt.Sprintf("%d min left", int(math.Ceil(d.Minutes()-0.1)))
	case d < 24*time.Hour:
		m := int(d.Minutes())
		return fmt.Sprintf("%d h %d min left", m/60, m%60/5*5)
	case d < 100*24*time.Hour:
		h := int(d.Hours())
		return fmt.Sprintf("%s %d h left", Count(h/24, "day", "days"), h%24)
	}
	return "more than 100 days left"
}

// Percent writes a share of 0 to 1, never 100 % before all is done and never 0 % once something is.
func Percent(share float64) string {
	switch {
	case !(share > 0):
		return "0 %"
	case share >= 1:
		return "100 %"
	}
	return strconv.Itoa(min(max(int(100*share), 1), 99)) + " %"
}

// unfinished is the most that is shown of what is not stored yet, though all its bytes may have been sent.
const unfinished = 0.99

// Share is how far the queue has come, 0 to 1; 1 only when every file is stored.
func Share(t uploader.Totals) float64 {
	return share(t.BytesSent, t.Bytes, t.FilesDone, t.Files, t.FilesDone == t.Files)
}

// ShareOf is how far an entry has come, 0 to 1; 1 only when it is stored.
func ShareOf(e *uploader.EntryRow) float64 {
	return share(e.BytesSent, e.Bytes, e.FilesDone, e.Files, e.State == uploader.Done)
}

// share goes by bytes, and by files where there are none.
func share(sent, bytes int64, done, files int, all bool) float64 {
	switch {
	case all && files > 0:
		return 1
	case bytes > 0:
		return min(float64(sent)/float64(bytes), unfinished)
	case files > 0:
		return min(float64(done)/float64(files), unfinished)
	}
	return 0
}

// Number groups thousands: "5,000".
func Number(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Count writes a number with its noun: "1 file", "5,000 files".
func Count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return Number(n) + " " + many
}

// Files counts files.
func Files(n int) string { return Count(n, "file", "files") }

// replaced stands for a character that cannot be shown safely.
const replaced = '\uFFFD'

// Name makes a file's name safe to show: one line, no control characters, and none of the invisible marks that turn
// the direction of text around, so that "exe.mcd" cannot pose as "dcm.exe".
func Name(s string) string {
	safe := func(r rune) bool {
		return !unicode.IsControl(r) && !unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) || r == '\u200D' || r == '\u200C'
	}
	s = strings.ToValidUTF8(s, string(replaced))
	return strings.Map(func(r rune) rune {
		if safe(r) {
			return r
		}
		return replaced
	}, s)
}
