package signer

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"
)

// metrics counts calls by route and code. Both come from closed lists, so the
// number of series is bounded.
type metrics struct {
	mu    sync.Mutex
	calls map[callLabels]*callStats
}

type callLabels struct {
	route string
	code  string
}

type callStats struct {
	count int64
	total time.Duration
}

func newMetrics() *metrics { return &metrics{calls: make(map[callLabels]*callStats)} }

func (m *metrics) observe(route, code string, took time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	l := callLabels{route, code}
	st := m.calls[l]
	if st == nil {
		st = new(callStats)
		m.calls[l] = st
	}
	st.count++
	st.total += took
}

// write gives the Prometheus text format, version 0.0.4. A reader that went
// away is no concern of the signer's, so errors of w are dropped.
func (m *metrics) write(w io.Writer, ready bool, running int) {
	m.mu.Lock()
	labels := make([]callLabels, 0, len(m.calls))
	stats := make(map[callLabels]callStats, len(m.calls))
	for l, st := range m.calls {
		labels = append(labels, l)
		stats[l] = *st
	}
	m.mu.Unlock()
	slices.SortFunc(labels, func(a, b callLabels) int {
		return cmp.Or(cmp.Compare(a.route, b.route), cmp.Compare(a.code, b.code))
	})
	one := 0
	if ready {
		one = 1
	}
	_, _ = fmt.Fprintf(w, "# HELP longshore_signer_ready Whether the storage has been probed.\n# TYPE longshore_signer_ready gauge\nlongshore_signer_ready %d\n", one)
	_, _ = fmt.Fprintf(w, "# HELP longshore_signer_completes_running Completes and aborts under way.\n# TYPE longshore_signer_completes_running gauge\nlongshore_signer_completes_running %d\n", running)
	_, _ = fmt.Fprint(w, "# HELP longshore_signer_call_seconds Calls and their time, by route and error code.\n# TYPE longshore_signer_call_seconds summary\n")
	for _, l := range labels {
		st := stats[l]
		_, _ = fmt.Fprintf(w, "longshore_signer_call_seconds_count{route=%q,code=%q} %d\n", l.route, l.code, st.count)
		_, _ = fmt.Fprintf(w, "longshore_signer_call_seconds_sum{route=%q,code=%q} %g\n", l.route, l.code, st.total.Seconds())
	}
}
