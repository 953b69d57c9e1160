package words

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"

	"longshore/uploader"
)

// Bytes writes a size in decimal units with at most one decimal: "0 B", "512 B", "3.1 GB", "120 MB". The few digits
// keep the texts of a moving upload few (FYNE §4.2).
func (b *Book) Bytes(n int64) string {
	units := b.Say(Sizes)
	if n < 1000 {
		return strconv.FormatInt(max(n, 0), 10) + b.form.unit + nth(units, 0)
	}
	v, unit := float64(n)/1000, 1
	for v >= 999.5 {
		v, unit = v/1000, unit+1
	}
	return b.short(v) + b.form.unit + nth(units, unit)
}

// Rate writes bytes per second: "11.8 MB/s"; "" for nothing.
func (b *Book) Rate(perSecond float64) string {
	if !(perSecond >= 1) || math.IsInf(perSecond, 0) {
		return ""
	}
	return b.Say(PerSecond, "size", b.Bytes(int64(min(perSecond, 1e18))))
}

func (b *Book) short(v float64) string {
	if v < 99.95 {
		s := strings.TrimSuffix(strconv.FormatFloat(v, 'f', 1, 64), ".0")
		return strings.Replace(s, ".", b.form.decimal, 1)
	}
	return strconv.FormatFloat(v, 'f', 0, 64)
}

// Left writes the time left, coarser the longer it is; "" when unknown.
func (b *Book) Left(d time.Duration) string {
	switch {
	case d <= 0:
		return ""
	case d < 10*time.Second:
		return b.Say(LeftSoon)
	case d < 55*time.Second:
		return b.Say(LeftSeconds, "seconds", (int(d.Seconds())+4)/5*5)
	case d < time.Hour:
		return b.Say(LeftMinutes, "minutes", int(math.Ceil(d.Minutes()-0.1)))
	case d < 24*time.Hour:
		m := int(d.Minutes())
		return b.Say(LeftHours, "hours", m/60, "minutes", m%60/5*5)
	case d < mostDays*24*time.Hour:
		h := int(d.Hours())
		return b.Say(LeftDays, "days", h/24, "hours", h%24)
	}
	return b.Say(LeftLong, "days", mostDays)
}

// mostDays is how far ahead a time left still means something.
const mostDays = 100

// Percent writes a share of 0 to 1, never 100 % before all is done and never 0 % once something is: less than one is
// written as that, since 1 % beside the bytes themselves would be wrong.
func (b *Book) Percent(share float64) string {
	switch {
	case share > 0 && share < 0.01:
		return "<" + b.form.unit + "1" + b.form.unit + "%"
	case !(share > 0):
		return "0" + b.form.unit + "%"
	case share >= 1:
		return "100" + b.form.unit + "%"
	}
	return strconv.Itoa(min(int(100*share), 99)) + b.form.unit + "%"
}

// Percents writes any number of percent: "150 %".
func (b *Book) Percents(n int) string { return strconv.Itoa(n) + b.form.unit + "%" }

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

// Short writes a number in few characters, for what must not grow: "5,000", "12k", "100k".
func (b *Book) Short(n int) string {
	const many = 10_000
	if n < many {
		return b.Number(n)
	}
	return strconv.Itoa(n/1000) + "k"
}

// Files counts files: "5,000 files".
func (b *Book) Files(n int) string { return b.Say(FileCount, "files", n) }

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
