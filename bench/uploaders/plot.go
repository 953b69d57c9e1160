//go:build linux

package main

import (
	"fmt"
	"html"
	"strings"
)

// The plot: for each case three columns of bars, one bar for each uploader.
const (
	plotWidth  = 1130
	plotNames  = 250 // for the uploaders' names
	plotColumn = 280
	plotRow    = 20
	plotHead   = 64 // above a case's bars
)

// plot is results.svg.
func (r results) plot() string {
	columns := []struct {
		title, unit string
		figure      func(round) float64
	}{{"wall time", "s", wall}, {"processor time", "s", cpu}, {"peak memory", "MiB", memory}}
	var b strings.Builder
	y := 20
	text := func(x, y int, class, anchor, s string) {
		fmt.Fprintf(&b, `<text x="%d" y="%d" class="%s" text-anchor="%s">%s</text>`+"\n", x, y, class, anchor, html.EscapeString(s))
	}
	for _, name := range r.order() {
		c := r.Cases[name]
		if c.LeftOut != "" {
			continue
		}
		text(10, y+18, "case", "start", c.Title)
		for i, col := range columns {
			x := plotNames + 10 + i*(plotColumn+10)
			text(x, y+44, "head", "start", col.title)
			most := 0.0
			for _, t := range c.tools() {
				most = max(most, c.median(t, col.figure))
			}
			for row, t := range c.tools() {
				at := y + plotHead + row*plotRow
				if i == 0 {
					text(plotNames, at+4, class(t, "name"), "end", t)
				}
				v := c.median(t, col.figure)
				width := 0
				if most > 0 {
					width = int(v / most * (plotColumn - 80))
				}
				fmt.Fprintf(&b, `<rect x="%d" y="%d" width="%d" height="%d" class="%s"/>`+"\n", x, at-8, max(1, width), plotRow-5, class(t, "bar"))
				text(x+max(1, width)+6, at+4, class(t, "value"), "start", fmt.Sprintf("%.3g %s", v, col.unit))
			}
		}
		y += plotHead + len(c.tools())*plotRow + 10
	}
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12" role="img" aria-label="Wall time, processor time and memory of each uploader">
<style>
rect.ground { fill: #fff } text { fill: #333 } .case { font-size: 15px; font-weight: bold } .head { fill: #666 }
.bar { fill: #9aa5b1 } .bar.ours { fill: #0b6e99 } .ours { font-weight: bold }
</style>
<rect class="ground" width="100%%" height="100%%"/>
%s</svg>
`, plotWidth, y+10, b.String())
}

// class marks what is ours.
func class(tool, of string) string {
	if tool == ours {
		return of + " ours"
	}
	return of
}
