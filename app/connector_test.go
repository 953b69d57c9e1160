package app

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"longshore/uploader"
)

// Small and large bodies never share a connection, and both pools are closed after a sleep.
func TestSmallObjectsHaveTheirOwnConnections(t *testing.T) {
	var mu sync.Mutex
	opened, idle := 0, make(chan struct{}, 10)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil { // else the server closes the connection
			t.Error(err)
		}
	}))
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		mu.Lock()
		defer mu.Unlock()
		switch s {
		case http.StateNew:
			opened++
		case http.StateIdle:
			idle <- struct{}{}
		}
	}
	server.Start()
	defer server.Close()
	c := newConnector("test", newAccounts(nil))
	defer c.close()
	conn, err := c.Connect(uploader.Vault{ID: "v", SignerURL: server.URL, DataOrigins: []string{server.URL}})
	if err != nil {
		t.Fatal(err)
	}
	put := func(size, want int) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, server.URL, bytes.NewReader(make([]byte, size)))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := conn.Transport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		if err := resp.Body.Close(); err != nil {
			t.Error(err)
		}
		select {
		case <-idle: // the server has done with it, so that it can be used again
		case <-time.After(patience):
			t.Fatal("the connection is not kept")
		}
		mu.Lock()
		defer mu.Unlock()
		if opened != want {
			t.Errorf("after %d bytes: %d connections, want %d", size, opened, want)
		}
	}
	put(smallBody, 1)
	put(0, 1)
	put(smallBody+1, 2)
	put(smallBody+1, 2)
	put(1, 2)
	conn.Transport.(interface{ CloseIdleConnections() }).CloseIdleConnections()
	put(1, 3)
	put(smallBody+1, 4)
}
