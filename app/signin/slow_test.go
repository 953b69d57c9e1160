package signin

import (
	"io"
	"log"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/oauth2"
)

func quiet() *log.Logger { return log.New(io.Discard, "", 0) }

// waitFor waits for a condition that nothing signals.
func waitFor(t *testing.T, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(patience)
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal("it does not come about")
		}
	}
}

type roundTrips func(*http.Request) *http.Response

func (f roundTrips) RoundTrip(r *http.Request) (*http.Response, error) { return f(r), nil }

// A provider that says slow_down gets five seconds more for each time (RFC 8628 §3.5), one that is out of order for a
// moment is asked again.
func TestPollingSlowsDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var at []time.Duration
		answers := []struct {
			status int
			body   string
		}{
			{http.StatusBadRequest, `{"error":"authorization_pending"}`},
			{http.StatusBadRequest, `{"error":"slow_down"}`},
			{http.StatusBadRequest, `{"error":"slow_down"}`},
			{http.StatusBadRequest, `{"error":"authorization_pending"}`},
			{http.StatusServiceUnavailable, `out of order`},
			{http.StatusBadRequest, `{"error":"access_denied"}`},
		}
		c := NewClient(Config{ClientID: "x"}, roundTrips(func(r *http.Request) *http.Response {
			at = append(at, time.Since(start))
			a := answers[0]
			answers = answers[1:]
			return answer(r, a.status, a.body)
		}))
		d := &Device{
			client: c, provider: &provider{oauth: oauth2.Config{ClientID: "x", Endpoint: oauth2.Endpoint{TokenURL: "https://login.example.org/token", AuthStyle: oauth2.AuthStyleInParams}}},
			answer: &oauth2.DeviceAuthResponse{DeviceCode: "d", Interval: 5, Expiry: time.Now().Add(10 * time.Minute)},
		}
		_, err := d.Wait(t.Context())
		wantKind(t, err, Denied)
		want := []time.Duration{5, 10, 20, 35, 50, 60} // 5, 5, then 10, 15, 15, and 10 after the fault
		if len(at) != len(want) {
			t.Fatalf("polled at %v", at)
		}
		for i, s := range want {
			if at[i] != s*time.Second {
				t.Errorf("poll %d came after %v, want %ds", i, at[i], s)
			}
		}
	})
}
