//go:build linux

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// results are all that was measured, kept from run to run.
type results struct {
	Machine string                `json:"machine"`
	Cases   map[string]caseResult `json:"cases"`
}

type caseResult struct {
	Title    string            `json:"title"`
	Files    int               `json:"files"`
	Bytes    int64             `json:"bytes"`
	When     string            `json:"when"`
	Programs map[string]string `json:"programs"`
	Rounds   []round           `json:"rounds"`
	LeftOut  string            `json:"leftOut,omitempty"`
}

func loadResults(path string) (results, error) {
	res := results{Cases: map[string]caseResult{}}
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return res, nil
	}
	if err != nil {
		return res, err
	}
	if err := json.Unmarshal(text, &res); err != nil {
		return res, fmt.Errorf("%s: %w", path, err)
	}
	return res, nil
}

// save writes the results and what people read of them.
func (r results) save(dir string) error {
	r.Machine = machine()
	text, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile(filepath.Join(dir, "results.json"), append(text, '\n'), 0o644),
		os.WriteFile(filepath.Join(dir, "RESULTS.md"), []byte(r.markdown()), 0o644),
		os.WriteFile(filepath.Join(dir, "results.svg"), []byte(r.plot()), 0o644),
	)
}

// done tells whether these tools have all had their turns with these programs.
func (c caseResult) done(programs map[string]string, tools []string) bool {
	for _, t := range tools {
		if len(c.of(t)) == 0 || c.Programs[t] != programs[t] {
			return false
		}
	}
	return true
}

// of are one tool's rounds.
func (c caseResult) of(tool string) (all []round) {
	for _, r := range c.Rounds {
		if r.Tool == tool {
			all = append(all, r)
		}
	}
	return all
}

// tools are those that took part, in their order.
func (c caseResult) tools() (all []string) {
	for _, r := range c.Rounds {
		if !slices.Contains(all, r.Tool) {
			all = append(all, r.Tool)
		}
	}
	return all
}

// turns is how often the tool with the most had its turn.
func (c caseResult) turns() (most int) {
	for _, t := range c.tools() {
		most = max(most, len(c.of(t)))
	}
	return most
}

// median of a figure of one tool.
func (c caseResult) median(tool string, figure func(round) float64) float64 {
	return middle(c.of(tool), figure)
}

func middle(rounds []round, figure func(round) float64) float64 {
	var all []float64
	for _, r := range rounds {
		all = append(all, figure(r))
	}
	slices.Sort(all)
	n := len(all)
	switch {
	case n == 0:
		return 0
	case n%2 == 1:
		return all[n/2]
	}
	return (all[n/2-1] + all[n/2]) / 2
}

// ratio is the median of the rounds' ratios of two tools: what else the machine did in a round fell on both. 0 if one
// of them had no turn.
func (c caseResult) ratio(tool, to string, figure func(round) float64) float64 {
	a, b := c.of(tool), c.of(to)
	n := min(len(a), len(b))
	ratios := make([]round, n)
	for i := range n {
		ratios[i].Wall = time.Duration(1e9 * figure(a[i]) / figure(b[i]))
	}
	return middle(ratios, wall)
}

func wall(r round) float64 { return r.Wall.Seconds() }

// stored is when all files were confirmed; for most that is when they end.
func stored(r round) float64 {
	if r.Stored > 0 {
		return r.Stored.Seconds()
	}
	return wall(r)
}

func cpu(r round) float64    { return r.cpu().Seconds() }
func memory(r round) float64 { return float64(r.RSS) / mib }

// machine says on what it was measured.
func machine() string {
	model := ""
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(text)) {
			if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
				model = strings.TrimSpace(value)
				break
			}
		}
	}
	return fmt.Sprintf("%d cores, %s, %s/%s, %s", runtime.NumCPU(), model, runtime.GOOS, runtime.GOARCH, runtime.Version())
}

// order is the cases as allCases has them.
func (r results) order() (all []string) {
	for _, name := range caseNames() {
		if _, ok := r.Cases[name]; ok {
			all = append(all, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r.Cases)) {
		if !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	return all
}
