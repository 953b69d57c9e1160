package app

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"longshore/internal/vaulttest"
	"longshore/signer/api"
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

// The first file goes over the connections on which its vault was asked what it is: neither are new ones made nor is it
// asked again.
func TestTheFirstFileGoesOverWarmConnections(t *testing.T) {
	vault := vaulttest.Start(t, vaulttest.Options{SignIn: true})
	var mu sync.Mutex
	asked, known, signing := 0, map[string]bool{}, []string{}
	vault.Before(func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if r.URL.Path == api.PathPutURLs {
			signing = append(signing, r.RemoteAddr)
			return
		}
		if len(signing) == 0 {
			known[r.RemoteAddr] = true
			if r.URL.Path == api.PathCapabilities {
				asked++
			}
		}
	})
	s := open(t, Options{StateDir: stateDir(t)})
	v := addVault(t, s, vault)
	if _, sum := follow(t, s, add(t, s, v, write(t, filepath.Join(t.TempDir(), "x"), []byte("x")))); !sum.Stored() {
		t.Fatalf("%+v", sum)
	}
	mu.Lock()
	defer mu.Unlock()
	if asked != 2 || len(signing) != 1 || !known[signing[0]] { // as a stranger, and as who is signed in
		t.Errorf("asked %d times, by %v, and signed by %v", asked, known, signing)
	}
}

// What the link was made of must still be what the engine wants, and it is used once.
func TestAWarmLinkIsForItsVaultAlone(t *testing.T) {
	v := uploader.Vault{ID: "v", SignerURL: "https://v.example.org", TokenFile: "token", SignIn: uploader.SignInOIDC}
	c := newConnector("test", newAccounts(nil))
	defer c.close()
	l := &link{control: new(http.Transport), large: new(http.Transport), small: new(http.Transport)}
	keep := func(v uploader.Vault) { c.keepWarm(v, l) }
	other := func(change func(*uploader.Vault)) uploader.Vault {
		w := v
		change(&w)
		return w
	}
	for name, w := range map[string]uploader.Vault{
		"another":       other(func(v *uploader.Vault) { v.ID = "w" }),
		"elsewhere":     other(func(v *uploader.Vault) { v.SignerURL = "https://w.example.org" }),
		"another token": other(func(v *uploader.Vault) { v.TokenFile = "other" }),
		"a person":      other(func(v *uploader.Vault) { v.TokenFile = "" }),
		"certificates":  other(func(v *uploader.Vault) { v.CAFile = "ca" }),
		"a file's":      other(func(v *uploader.Vault) { v.CA = "ca" }),
		"a proxy":       other(func(v *uploader.Vault) { v.Proxy = uploader.ProxyNone }),
		"a Companion":   other(func(v *uploader.Vault) { v.Kind = uploader.KindCompanion }),
	} {
		if keep(v); c.takeWarm(w) != nil {
			t.Errorf("%s: the same link", name)
		}
		if keep(w); name == "a person" && c.takeWarm(w) != nil {
			t.Error("a person's link was made for a stranger")
		}
	}
	keep(v)
	c.warm.since = time.Now().Add(-2 * warmFor)
	if c.takeWarm(v) != nil {
		t.Error("an old link")
	}
	v.Name = "renamed"
	keep(v)
	if c.takeWarm(v) != l || c.takeWarm(v) != nil {
		t.Error("not used, or twice")
	}
}
