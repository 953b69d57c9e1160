package signer

import (
	"net/http"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"longshore/signer/api"
)

// metrics are what Prometheus reads. Every label comes from a closed list:
// routes, codes, reasons, the storage's calls and their failures. None holds a
// principal, a group, a key or a name.
type metrics struct {
	registry       *prometheus.Registry
	calls          *prometheus.CounterVec
	seconds        *prometheus.HistogramVec
	refusals       *prometheus.CounterVec
	inFlight       prometheus.Gauge
	panics         prometheus.Counter
	partSigned     prometheus.Counter
	putSigned      prometheus.Counter
	formSigned     prometheus.Counter
	storageSeconds *prometheus.HistogramVec
	storageErrors  *prometheus.CounterVec
}

// Reasons of refusals that have the same code.
const (
	refusedRate        = "rate"
	refusedConcurrency = "concurrency"
)

// buckets reach from a signed batch (milliseconds) to a slow Complete (minutes).
var buckets = []float64{0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900}

const metricPrefix = "longshore_signer_"

func newMetrics() *metrics {
	counter := func(name, help string) prometheus.CounterOpts {
		return prometheus.CounterOpts{Name: metricPrefix + name, Help: help}
	}
	m := &metrics{
		registry: prometheus.NewRegistry(),
		calls:    prometheus.NewCounterVec(counter("calls_total", "Calls answered, by route and error code; ok is none."), []string{"route", "code"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: metricPrefix + "call_seconds", Help: "Time from a call's headers to the end of its answer.", Buckets: buckets,
		}, []string{"route"}),
		refusals: prometheus.NewCounterVec(counter("refusals_total", "Calls refused for who or how much they are, by reason."), []string{"reason"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{Name: metricPrefix + "in_flight", Help: "Calls under way."}),
		panics:   prometheus.NewCounter(counter("panics_total", "Panics in calls; each is a mistake of the program.")),
		storageSeconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: metricPrefix + "storage_seconds", Help: "Time of the storage's calls, all pages and repetitions together.", Buckets: buckets,
		}, []string{"op"}),
		storageErrors: prometheus.NewCounterVec(counter("storage_errors_total", "Calls of the storage that failed, by what that means."), []string{"op", "failure"}),
	}
	signatures := prometheus.NewCounterVec(counter("signatures_total", "URLs signed."), []string{"kind"})
	m.partSigned, m.putSigned = signatures.WithLabelValues("part"), signatures.WithLabelValues("object")
	m.formSigned = signatures.WithLabelValues("form")
	m.registry.MustRegister(
		m.calls, m.seconds, m.refusals, m.inFlight, m.panics, m.storageSeconds, m.storageErrors, signatures,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	return m
}

// gauge adds a value that is asked for at each scrape.
func (m *metrics) gauge(name, help string, labels prometheus.Labels, value func() float64) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: metricPrefix + name, Help: help, ConstLabels: labels}, value))
}

// Gauge adds a value of the program around the signer to its metrics, under a
// name that no other has. value is asked for at each scrape.
func (s *Signer) Gauge(name, help string, value func() float64) {
	s.metrics.gauge(name, help, nil, value)
}

// ownGauges adds what the signer knows of itself.
func (s *Signer) ownGauges() {
	m, is := s.metrics, func(b bool) float64 {
		if b {
			return 1
		}
		return 0
	}
	m.gauge("ready", "Whether calls can be served: what /readyz says.", nil, func() float64 { return is(s.notReady() == "") })
	m.gauge("draining", "Whether the signer is about to stop.", nil, func() float64 { return is(s.draining.Load()) })
	m.gauge("storage_reachable", "Whether the storage answered when it was last asked.", nil, func() float64 { return is(s.reach.trouble() == "") })
	m.gauge("body_bytes", "Bytes of callers' bodies that are held.", nil, func() float64 { return float64(s.bodies.bytes()) })
	m.gauge("completes_running", "Completes and aborts under way.", nil, func() float64 { return float64(s.flights.running()) })
	m.gauge("credentials_end_seconds", "Unix time at which the credentials end that sign; 0 if they do not.", nil, func() float64 {
		return float64(s.reach.credentialsEnd())
	})
	if f := tokenFileOf(s.cfg.Auth); f != nil {
		m.gauge("tokens_file_unusable", "1 if the tokens file cannot be used, and an earlier content is in force.", nil, func() float64 { return is(f.file.outdated()) })
	}
	if f := s.cfg.Policy; f != nil {
		m.gauge("policy_file_unusable", "1 if the policy file cannot be used, and an earlier content is in force.", nil, func() float64 { return is(f.file.outdated()) })
	}
	for _, mode := range []string{api.ChecksumCRC64NVME, api.ChecksumMD5} {
		m.gauge("probe", "1 for the checksum the storage verifies, as probed or configured; all 0 before.", prometheus.Labels{"checksum": mode}, func() float64 {
			found, _ := s.probe.result()
			return is(found == mode)
		})
	}
	for k, name := range []string{"signing", "calls", "completes"} {
		m.gauge("waiting", "Calls that wait for a place.", prometheus.Labels{"kind": name}, func() float64 {
			return float64(s.admission.all[k].waiting.Load())
		})
	}
	revision := "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, set := range info.Settings {
			if set.Key == "vcs.revision" {
				revision = set.Value
			}
		}
	}
	m.gauge("build_info", "Always 1; its labels say what runs.", prometheus.Labels{"revision": revision, "go": runtime.Version()}, func() float64 { return 1 })
}

// observe counts a call that was answered.
func (m *metrics) observe(c *call, code api.Code, took time.Duration) {
	m.calls.WithLabelValues(c.route, string(code)).Inc()
	m.seconds.WithLabelValues(c.route).Observe(took.Seconds())
	if c.reason != "" {
		m.refusals.WithLabelValues(c.reason).Inc()
		return
	}
	switch info, known := code.Info(); {
	case !known:
	case info.Status == http.StatusUnauthorized, info.Status == http.StatusForbidden,
		code == api.CodeBodyTooLarge, code == api.CodeThrottled, code == api.CodeBusy:
		m.refusals.WithLabelValues(string(code)).Inc()
	}
}

// MetricsHandler serves the metrics to Prometheus; meant for a listener of its
// own, since it asks nobody who they are.
func (s *Signer) MetricsHandler() http.Handler {
	return promhttp.HandlerFor(s.metrics.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4, Timeout: 10 * time.Second})
}
