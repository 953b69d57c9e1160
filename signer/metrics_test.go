package signer_test

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/prometheus/common/expfmt"

	"longshore/signer"
	"longshore/signer/api"
)

// scrape reads the metrics as Prometheus would.
func scrape(v *vault) string {
	v.t.Helper()
	w := httptest.NewRecorder()
	v.signer.MetricsHandler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if w.Code != http.StatusOK {
		v.t.Fatalf("metrics: %d %s", w.Code, w.Body)
	}
	return w.Body.String()
}

// TestMetricsHaveClosedLabels: whatever callers send, no label takes it over,
// and what is served is the text format.
func TestMetricsHaveClosedLabels(t *testing.T) {
	fake := newFake()
	v := tokenVault(t, fake, func(c *signer.Config) { c.CheckEvery = -1 })
	before := strings.Count(scrape(v), "\n")
	for _, s := range []string{"secret-a", "secret-b", "secret-c"} {
		v.send(http.MethodPost, "/"+s, []byte(s))
		v.send("SECRET", "/"+s, nil)
		v.post(api.PathInitUpload, []byte(`{"`+s+`":1}`), func(r *http.Request) {
			r.Header.Set("X-Request-Id", s)
			r.Header.Set("Origin", "https://"+s)
		})
		v.post(api.PathListParts, api.UploadRequest{UploadID: s, ObjectKey: s})
		v.post(api.PathListParts, []byte("{}"), func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+s) })
		req := initRequest([]byte(s))
		req.FileName = s
		mustCall[api.InitResponse](v, api.PathInitUpload, req)
	}
	text := scrape(v)
	families, err := new(expfmt.TextParser).TextToMetricFamilies(strings.NewReader(text))
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	name, value := regexp.MustCompile(`^[a-z_]+$`), regexp.MustCompile(`^[a-zA-Z0-9_.+ :-]*$`)
	for family, f := range families {
		if !strings.HasPrefix(family, "longshore_signer_") && !strings.HasPrefix(family, "go_") && !strings.HasPrefix(family, "process_") {
			t.Errorf("%s is nobody's", family)
		}
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				if !name.MatchString(l.GetName()) || !value.MatchString(l.GetValue()) || strings.Contains(l.GetValue(), "secret") {
					t.Errorf("%s has the label %s", family, l)
				}
			}
		}
	}
	if grown := strings.Count(text, "\n") - before; grown > 150 {
		t.Errorf("%d lines for a few calls", grown)
	}
	for _, want := range []string{"calls_total", "call_seconds", "storage_seconds", "storage_errors_total", "refusals_total", "in_flight", "ready",
		"completes_running", "credentials_end_seconds", "probe", "build_info", "panics_total", "signatures_total", "waiting", "storage_reachable"} {
		if families["longshore_signer_"+want] == nil && want != "storage_errors_total" {
			t.Errorf("%s is missing", want)
		}
	}
}
