//go:build linux

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestItStillRuns keeps the measuring in working order; what it measures of a little says nothing and is not asserted.
// It needs the built programs, as all of make e2e does.
func TestItStillRuns(t *testing.T) {
	programs := os.Getenv("LONGSHORE_BIN")
	if programs == "" {
		programs = filepath.Join("..", "..", "bin")
	}
	var out bytes.Buffer
	err := run(t.Context(), []string{
		"-programs", programs, "-dir", t.TempDir(), "-rows", "300", "-history", "1500", "-cut", "2s", "-settle", "1s", "-film", "200000000", "-patience", "100s",
	}, &out)
	if err != nil {
		t.Fatalf("%v after\n%s", err, out.String())
	}
	for _, want := range []string{
		"history of 1500", "after a kill", "sparse file of 48.8 TiB", "window, 300 rows", "scrolling", "until each file is", "window / command line",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, out.String())
		}
	}
	if strings.Contains(out.String(), "NaN") || strings.Contains(out.String(), "%!") {
		t.Errorf("a figure is none:\n%s", out.String())
	}
}
