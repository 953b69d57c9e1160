//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/xml"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestMain lets the test's program be the children, as the built one is.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		if child, ok := children()[os.Args[1]]; ok {
			if err := child(context.Background(), os.Args[2:], os.Stdout); err != nil {
				_, _ = os.Stderr.WriteString(err.Error() + "\n")
				os.Exit(1)
			}
			return
		}
	}
	os.Exit(m.Run())
}

// TestABenchOfNothing runs ours and the bare loops in a small world: it asserts that all of it works, not how fast.
func TestABenchOfNothing(t *testing.T) {
	bin := t.TempDir()
	build := exec.CommandContext(t.Context(), "go", "build", "-o", bin, "longshore/cmd/longshore-cli")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	results := t.TempDir()
	args := []string{"-bin", bin, "-peers", t.TempDir(), "-out", results, "-dir", t.TempDir(),
		"-case", "large,small,medium,cold", "-tools", "longshore,bare loop,bare loop with own checksum read", "-rounds", "2", "-scale", "64"}
	var out bytes.Buffer
	if err := run(t.Context(), args, &out); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	t.Log(out.String())
	res, err := loadResults(filepath.Join(results, "results.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"large", "small", "medium", "cold"} {
		c := res.Cases[name]
		for _, tool := range c.tools() {
			if c.median(tool, wall) <= 0 || c.median(tool, memory) <= 0 {
				t.Errorf("%s, %s: %+v", name, tool, c.of(tool))
			}
		}
		if len(c.tools()) != 3 || len(c.of(ours)) != 2 {
			t.Errorf("%s: %d tools, %d rounds of ours", name, len(c.tools()), len(c.of(ours)))
		}
	}
	for file, want := range map[string]string{"RESULTS.md": "| longshore | ", "results.svg": "</svg>"} {
		text, err := os.ReadFile(filepath.Join(results, file))
		if err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s: %v\n%s", file, err, text)
		}
	}
	out.Reset()
	if err := run(t.Context(), args, &out); err != nil || strings.Count(out.String(), "done before") != 4 {
		t.Errorf("what is done is run again: %v\n%s", err, out.String())
	}
}

func TestMediansAndRatios(t *testing.T) {
	var c caseResult
	for i, d := range []time.Duration{4, 2, 9} {
		c.Rounds = append(c.Rounds,
			round{Tool: ours, Wall: d * time.Second},
			round{Tool: "s5cmd", Wall: []time.Duration{8, 8, 9}[i] * time.Second})
	}
	if got := c.median(ours, wall); got != 4 {
		t.Errorf("median %v", got)
	}
	if got := c.ratio(ours, "s5cmd", wall); got != 0.5 { // of 0.5, 0.25 and 1
		t.Errorf("ratio %v", got)
	}
	if got := c.ratio(ours, "rclone", wall); got != 0 {
		t.Errorf("ratio to what was not run: %v", got)
	}
}

// The table says when a goal is missed, and the plot is XML.
func TestTableAndPlot(t *testing.T) {
	r := results{Cases: map[string]caseResult{"large": {Title: "2 GiB < all", Bytes: 2 * gib, Files: 1, Rounds: []round{
		{Tool: ours, Wall: 3 * time.Second, User: time.Second}, {Tool: "s5cmd", Wall: 4 * time.Second, User: 4 * time.Second},
	}}, "slow": {LeftOut: "no root"}}}
	text := r.markdown()
	for _, want := range []string{"| s5cmd, wall | ≤ 0.50 | 0.75, missed |", "| s5cmd, processor time | ≤ 0.40 | **0.25** |", "not measured", "Left out: no root."} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if err := xml.Unmarshal([]byte(r.plot()), new(struct{})); err != nil {
		t.Error(err)
	}
}
