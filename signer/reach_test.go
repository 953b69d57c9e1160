package signer_test

import (
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"longshore/signer"
	"longshore/signer/api"
)

// TestReadinessFollowsTheStorage: a storage that is away for longer than a
// moment makes the signer not ready, without a question per request; the
// process stays healthy; the first answer makes it ready again.
func TestReadinessFollowsTheStorage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := newFake()
		var away atomic.Bool
		fake.before = func(op string, _ int) error {
			if away.Load() && op == "stat" {
				return &signer.StorageError{Op: "HeadObject", Failure: signer.FailUnknown, Code: "NoAnswer", Err: errors.New("dial https://secret-host")}
			}
			return nil
		}
		v := fakeVault(t, fake)
		ready := func() int { return v.send(http.MethodGet, api.PathReady, nil).status }
		after := func(d time.Duration) { time.Sleep(d); synctest.Wait() }
		after(5 * time.Minute)
		if n := fake.count("stat"); ready() != http.StatusOK || n < 10 || n > 40 {
			t.Fatalf("in order: readyz %d after %d checks in five minutes", ready(), n)
		}
		away.Store(true)
		after(2 * signer.DefaultCheckEvery)
		a := v.send(http.MethodGet, api.PathReady, nil)
		if a.status != http.StatusServiceUnavailable || !strings.Contains(string(a.body), "HeadObject") || strings.Contains(string(a.body), "secret") {
			t.Errorf("away: %d %s", a.status, a.body)
		}
		if v.send(http.MethodGet, api.PathHealth, nil).status != http.StatusOK {
			t.Error("a storage that is away makes the process unhealthy")
		}
		n := fake.count("stat")
		for range 1000 {
			ready()
		}
		if fake.count("stat") != n {
			t.Error("readyz asks the storage")
		}
		if text := scrape(v); !strings.Contains(text, "longshore_signer_ready 0\n") || !strings.Contains(text, "longshore_signer_storage_reachable 0\n") ||
			!strings.Contains(text, `longshore_signer_storage_errors_total{failure="unknown",op="stat"}`) {
			t.Errorf("metrics: %s", text)
		}
		away.Store(false)
		mustCall[api.StatObjectsResponse](v, api.PathStatObjects, api.StatObjectsRequest{ObjectKeys: []string{initKey(v)}}) // any answer counts
		if ready() != http.StatusOK {
			t.Error("back, and not ready")
		}
	})
}

func initKey(v *vault) string {
	return mustCall[api.InitResponse](v, api.PathInitUpload, initRequest([]byte("x"))).ObjectKey
}

// TestBusySignersAskNothing: what the storage answers to calls is sign enough.
func TestBusySignersAskNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := newFake()
		v := fakeVault(t, fake)
		for range 60 {
			initKey(v)
			time.Sleep(5 * time.Second)
			synctest.Wait()
		}
		if n := fake.count("stat"); n != 0 {
			t.Errorf("%d checks of a storage that answered all the time", n)
		}
	})
}

// TestCredentialsEndIsShown: the end of the credentials that sign is a metric.
func TestCredentialsEndIsShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := newFake()
		fake.expiresIn = time.Hour
		v := fakeVault(t, fake)
		time.Sleep(time.Minute)
		synctest.Wait()
		if text := scrape(v); !strings.Contains(text, "longshore_signer_credentials_end_seconds 9.4") {
			t.Errorf("metrics: %s", text)
		}
	})
}

// TestDrain: not ready, connections are ended, calls are served.
func TestDrain(t *testing.T) {
	v := fakeVault(t, newFake())
	if v.signer.Drain() {
		t.Error("somebody is said to have asked")
	}
	a := v.send(http.MethodGet, api.PathReady, nil)
	if a.status != http.StatusServiceUnavailable || !v.signer.Drain() {
		t.Errorf("draining: %d %s", a.status, a.body)
	}
	if a := v.post(api.PathInitUpload, initRequest([]byte("x"))); a.status != http.StatusOK || a.header.Get("Connection") != "close" {
		t.Errorf("a call while draining: %d %v", a.status, a.header)
	}
}
