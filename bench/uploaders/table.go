//go:build linux

package main

import (
	"fmt"
	"strings"
)

// goal is a ratio that DESIGN §7 or issue 5 asks for.
type goal struct {
	testCase, to, what string
	figure             func(round) float64
	most               float64
}

func goals() []goal {
	return []goal{
		{"large", "s5cmd", "wall", wall, 0.5},
		{"large", "rclone", "wall", wall, 0.55},
		{"large", "aws-cli", "wall", wall, 0.25},
		{"large", "s5cmd", "processor time", cpu, 0.4},
		{"large", "bare loop with own checksum read", "wall", wall, 1.15},
		{"small", "s5cmd", "wall, until every file is confirmed and journalled", stored, 0.5},
		{"small", "s5cmd", "wall, with the manifest", wall, 0.5},
	}
}

const ours = "longshore"

// markdown is RESULTS.md.
func (r results) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Longshore beside other uploaders\n\n"+
		"Written by `make bench` (bench/uploaders); how it is measured and what the figures mean is in\n"+
		"[docs/performance.md](../docs/performance.md). %s.\n"+
		"Ratios decide, not seconds: tools take turns, and a ratio is the median of the rounds' ratios; a tool whose first turn\n"+
		"takes more than 20 s has one. Ours is measured with checksums, signing, journal and manifest. Processor time is user\n"+
		"and system; the signer's own stands beside ours.\n\n"+
		"![Wall time, processor time and memory of each uploader](results.svg)\n\n## Goals\n\n"+
		"| case | ours to | goal | measured |\n|---|---|---|---|\n", r.Machine)
	for _, g := range goals() {
		c := r.Cases[g.testCase]
		got := c.ratio(ours, g.to, g.figure)
		said := "not measured"
		if got > 0 {
			said = fmt.Sprintf("**%.2f**", got)
			if got > g.most {
				said = fmt.Sprintf("%.2f, missed", got)
			}
		}
		fmt.Fprintf(&b, "| %s | %s, %s | ≤ %.2f | %s |\n", c.Title, g.to, g.what, g.most, said)
	}
	for _, name := range r.order() {
		b.WriteString(r.Cases[name].markdown(name))
	}
	return b.String()
}

func (c caseResult) markdown(name string) string {
	var b strings.Builder
	if c.LeftOut != "" {
		fmt.Fprintf(&b, "\n## %s\n\nLeft out: %s.\n", name, c.LeftOut)
		return b.String()
	}
	fmt.Fprintf(&b, "\n## %s\n\n%d rounds on %s; `go run ./bench/uploaders -case %s -again`.\n\n"+
		"| uploader | wall, median (all) | MB/s | processor time | peak memory | wall to s5cmd | processor time to s5cmd |\n|---|---|---|---|---|---|---|\n",
		c.Title, c.turns(), c.When, name)
	for _, t := range c.tools() {
		var all []string
		for _, one := range c.of(t) {
			all = append(all, fmt.Sprintf("%.2f", wall(one)))
		}
		took := c.median(t, cpu)
		if stored := c.median(t, func(r round) float64 { return r.Stored.Seconds() }); stored > 0 && c.Files > 1 {
			all[len(all)-1] += fmt.Sprintf("; all stored after %.2f", stored)
		}
		signer := ""
		if s := c.median(t, func(r round) float64 { return r.Signer.Seconds() }); t == ours {
			signer = fmt.Sprintf(" + %.2f signer", s)
		}
		fmt.Fprintf(&b, "| %s | %.2f s (%s) | %.0f | %.2f s%s | %.0f MiB | %s | %s |\n", t, c.median(t, wall), strings.Join(all, ", "),
			float64(c.Bytes)/1e6/c.median(t, wall), took, signer, c.median(t, memory), times(c.ratio(t, "s5cmd", wall)), times(c.ratio(t, "s5cmd", cpu)))
	}
	versions := map[string]bool{}
	var said []string
	for _, t := range c.tools() {
		if v := c.Programs[t]; !versions[v] && t != ours && !strings.HasPrefix(t, "bare") {
			versions[v] = true
			said = append(said, v)
		}
	}
	if len(said) > 0 {
		fmt.Fprintf(&b, "\nPeers: %s.\n", strings.Join(said, "; "))
	}
	return b.String()
}

func times(ratio float64) string {
	if ratio == 0 {
		return "–"
	}
	return fmt.Sprintf("%.2f×", ratio)
}
