package main

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

// TestItStillRuns keeps the load test working; what it measures in a second says
// nothing and is not asserted.
func TestItStillRuns(t *testing.T) {
	r, err := measure(t.Context(), "", 20, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if r.full.batches == 0 || r.half.batches == 0 || r.full.refused+r.half.refused != 0 {
		t.Errorf("%v batches at full load, %v at half, %d and %d refused", r.full.batches, r.half.batches, r.full.refused, r.half.refused)
	}
	var out bytes.Buffer
	r.print(&out, 20)
	if !strings.Contains(out.String(), "p99") || strings.Contains(out.String(), "NaN") {
		t.Errorf("it printed %s", out.String())
	}
}
