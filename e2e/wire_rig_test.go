package e2e

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"

	"longshore/internal/s3test"
)

// wire is a rig with a toxiproxy between each two: client → toxic → control →
// signer, and client → toxic → data → S3. The signer speaks to S3 the same way.
type wire struct {
	*rig
	toData, toControl *toxic
	token             string // a token file, where the vault has a sign-in
}

// toxic is one toxiproxy.
type toxic struct {
	proxy *toxiproxy.Proxy
	addr  string
}

// newToxic starts a toxiproxy in front of a URL's host.
func newToxic(t testing.TB, target string) *toxic {
	t.Helper()
	p := toxiproxy.NewProxy(toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop()), "wire", "127.0.0.1:0", hostPort(t, target))
	check(t, p.Start())
	t.Cleanup(p.Stop)
	return &toxic{proxy: p, addr: p.Listen}
}

func hostPort(t testing.TB, raw string) string {
	t.Helper()
	u, err := url.Parse(raw)
	check(t, err)
	return u.Host
}

// add adds a toxic. stream is "upstream" (what the client sends) or "downstream".
func (x *toxic) add(t testing.TB, kind, stream, attributes string) {
	t.Helper()
	_, err := x.proxy.Toxics.AddToxicJson(strings.NewReader(fmt.Sprintf(
		`{"name":%q,"type":%q,"stream":%q,"attributes":{%s}}`, kind+stream, kind, stream, attributes)))
	check(t, err)
}

// heal takes all toxics back.
func (x *toxic) heal() { x.proxy.Toxics.ResetToxics(context.Background()) }

// away closes the port, and back opens it again.
func (x *toxic) away() { x.proxy.Stop() }

func (x *toxic) back(t testing.TB) {
	t.Helper()
	check(t, x.proxy.Start())
}

// lead sends new connections to another server.
func (x *toxic) lead(t testing.TB, target string) {
	t.Helper()
	check(t, x.proxy.Update(&toxiproxy.Proxy{Listen: x.addr, Upstream: hostPort(t, target), Enabled: true}))
}

// newWire starts a signer of its own on a server that several share.
func newWire(t testing.TB, srv *s3test.Server, more ...string) *wire {
	t.Helper()
	w := &wire{rig: &rig{s3: srv, data: newProxy(t, srv.Endpoint)}}
	w.toData = newToxic(t, w.data.URL)
	seal := filepath.Join(t.TempDir(), "seal.key")
	writeFile(t, seal, []byte("a seal key of the wire tests, long enough"))
	w.args = append([]string{
		"serve", "--bucket", srv.Bucket, "--region", srv.Region, "--s3-endpoint", "http://" + w.toData.addr,
		"--seal-key-file", seal, "--rate", "-1", "--no-kms",
	}, more...)
	w.env = []string{
		"AWS_ACCESS_KEY_ID=" + srv.AccessKey, "AWS_SECRET_ACCESS_KEY=" + srv.SecretKey,
		"AWS_EC2_METADATA_DISABLED=true", "HOME=" + t.TempDir(),
	}
	w.signer, w.direct = startSigner(t, w.env, append(w.args, "--listen", "127.0.0.1:0")...)
	if strings.HasPrefix(w.direct, "https:") { // what is inside TLS cannot be counted
		w.toControl = newToxic(t, w.direct)
		w.URL = "https://" + w.toControl.addr
		return w
	}
	w.control = newProxy(t, w.direct)
	w.toControl = newToxic(t, w.control.URL)
	w.URL = "http://" + w.toControl.addr
	return w
}

// sentences are what people read, by code, from the table that users are given.
var sentences = sync.OnceValue(func() map[string]string {
	text, err := os.ReadFile("../docs/reliability.md")
	if err != nil {
		return nil
	}
	said := map[string]string{}
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z-]+)` \\| [^|]+ \\| [^|]+ \\| ([^|]+) \\|$").FindAllStringSubmatch(string(text), -1) {
		said[row[1]] = row[2]
	}
	return said
})

func sentence(t testing.TB, code string) string {
	t.Helper()
	s := sentences()[code]
	if s == "" {
		t.Fatalf("docs/reliability.md has no sentence for %q", code)
	}
	return s
}
