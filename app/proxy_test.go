package app

import (
	"net/http"
	"strings"
	"testing"

	"longshore/uploader"

	"time"
)

func TestProxySettings(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "System": "", "none": "none", "\tproxy.example.org:3128\n": "http://proxy.example.org:3128",
		"https://Proxy.example.org/": "https://proxy.example.org", "socks5://10.0.0.1:1080": "socks5://10.0.0.1:1080",
	} {
		if got, err := ParseProxy(text); err != nil || got != want {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
	for text, key := range map[string]string{
		"http://me:hunter2@proxy:3128": "proxy-password", "me:hunter2@proxy:3128": "proxy-password", "ftp://proxy": "proxy-unusable",
		"http://": "proxy-unusable", "http://proxy/path": "proxy-unusable", "http://proxy:port": "proxy-unusable",
	} {
		_, err := ParseProxy(text)
		p := Explain(err)
		if p.Key != key || strings.Contains(p.Sentence+p.Detail+err.Error(), "hunter2") {
			t.Errorf("%q: %+v", text, p)
		}
	}
}

// A vault's proxy is the way for its signer and its bytes alike, but never for this computer itself.
func TestSignerAndDataGoThroughTheProxy(t *testing.T) {
	site := newSite(t, "Hospital North", time.Now().Add(-time.Hour), time.Now().Add(time.Hour))
	server := site.serve(t, http.NotFoundHandler())
	through, asked := proxy(t, http.StatusOK, server.Listener.Addr().String())
	c := newConnector("test", newAccounts(nil))
	defer c.close()
	v := uploader.Vault{ID: "v", SignerURL: "https://example.com", CA: site.ca, Proxy: through, DataOrigins: []string{"https://example.com"}}
	conn, err := c.Connect(v)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Signer.Capabilities(t.Context()); uploader.CodeOf(err) != uploader.CodeWrongAddress { // the 404 of the right server
		t.Errorf("the signer: %v", err)
	}
	for _, size := range []int{1, smallBody + 1} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, "https://example.com/x", strings.NewReader(strings.Repeat("x", size)))
		if err != nil {
			t.Fatal(err)
		}
		res, err := conn.Transport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		if res.StatusCode != http.StatusNotFound {
			t.Errorf("the data: %d", res.StatusCode)
		}
		_ = res.Body.Close()
	}
	if len(asked) != 3 {
		t.Errorf("the proxy was asked %d times, want 3: one for each pool", len(asked))
	}
	for len(asked) > 0 {
		if got := <-asked; got != "CONNECT example.com:443" {
			t.Errorf("the proxy was asked to %s", got)
		}
	}
	v.SignerURL = server.URL
	if conn, err = c.Connect(v); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Signer.Capabilities(t.Context()); uploader.CodeOf(err) != uploader.CodeWrongAddress || len(asked) != 0 {
		t.Errorf("this computer through a proxy: %v, asked %d times", err, len(asked))
	}
}
