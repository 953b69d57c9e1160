// Package widgets holds the small parts the window is built of: lines that cut themselves to the space they have, a
// progress bar of two rectangles, a button that is only an icon. They are cheap to draw and never animate.
//
// It must not know the queue, the engine or any sentence.
package widgets

import (
	"strings"
	"unicode"

	"fyne.io/fyne/v2"
)

// Measure tells how wide a text is drawn, in Fyne's units.
type Measure func(text string) float32

// MeasureIn returns the measure of a size and style.
func MeasureIn(size float32, style fyne.TextStyle) Measure {
	return func(text string) float32 { return fyne.MeasureText(text, size, style).Width }
}

const ellipsis = "…"

// Middle cuts a name in its middle until it fits, so that both how it begins and how it ends (its extension, the
// number of a slice) stay. A name that fits is returned as it is.
func Middle(name string, width float32, measure Measure) string {
	if measure(name) <= width {
		return name
	}
	rs := []rune(name)
	// Two fifths of what stays are the end. keep is the most runes that fit, found by halving.
	cut := func(keep int) string {
		tail := keep * 2 / 5
		head := keep - tail
		for head > 0 && joined(rs, head) {
			head--
		}
		from := len(rs) - tail
		for from < len(rs) && joined(rs, from) {
			from++
		}
		return string(rs[:head]) + ellipsis + string(rs[from:])
	}
	return cut(most(len(rs)-1, func(keep int) bool { return measure(cut(keep)) <= width }))
}

// End cuts a text at its end until it fits.
func End(text string, width float32, measure Measure) string {
	if measure(text) <= width {
		return text
	}
	rs := []rune(text)
	cut := func(keep int) string { return strings.TrimRight(string(rs[:keep]), " ,.") + ellipsis }
	return cut(most(len(rs)-1, func(keep int) bool { return measure(cut(keep)) <= width }))
}

// TwoLines breaks a text between words into at most two lines, the second cut at its end if need be. second is "" when
// one line is enough.
func TwoLines(text string, width float32, measure Measure) (first, second string) {
	if measure(text) <= width {
		return text, ""
	}
	words := strings.Split(text, " ")
	n := most(len(words)-1, func(n int) bool { return measure(strings.Join(words[:n], " ")) <= width })
	if n == 0 {
		return End(text, width, measure), ""
	}
	return strings.Join(words[:n], " "), End(strings.Join(words[n:], " "), width, measure)
}

// most returns the largest n in 0…limit for which fits holds, given that it holds for all smaller ones; 0 if for none.
func most(limit int, fits func(int) bool) int {
	low, high := 0, max(limit, 0)
	for low < high {
		mid := (low + high + 1) / 2
		if fits(mid) {
			low = mid
		} else {
			high = mid - 1
		}
	}
	return low
}

// joined tells whether the rune at i belongs to the one before it (an accent, a part of an emoji), so that no cut may
// come between them.
func joined(rs []rune, i int) bool {
	if i <= 0 || i >= len(rs) {
		return false
	}
	const joiner = '\u200D'
	part := func(r rune) bool {
		return r == joiner || unicode.In(r, unicode.Mn, unicode.Me, unicode.Mc) || r >= 0x1F3FB && r <= 0x1F3FF
	}
	return part(rs[i]) || rs[i-1] == joiner
}
