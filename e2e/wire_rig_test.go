package e2e

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"

	"longshore/internal/s3test"
)

// wire is a rig with a line between each two: client → toControl → control →
// signer, and client → toData → data → S3. The signer speaks to S3 the same way.
type wire struct {
	*rig
	toData, toControl *line
	token             string // a token file, where the vault has a sign-in
}

func toData(w *wire) *line    { return w.toData }
func toControl(w *wire) *line { return w.toControl }

// through starts a toxiproxy in front of a host:port, whose connections are born
// with a toxic, and gives its address. The toxic is there before the first of them
// and stays as it is: toxiproxy can lock itself up otherwise (see line).
func through(t testing.TB, target, kind, stream, attributes string) string {
	t.Helper()
	p := toxiproxy.NewProxy(toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop()), "wire", "127.0.0.1:0", target)
	_, err := p.Toxics.AddToxicJson(strings.NewReader(fmt.Sprintf(
		`{"type":%q,"stream":%q,"attributes":{%s}}`, kind, stream, attributes)))
	check(t, err)
	check(t, p.Start())
	t.Cleanup(func() {
		stopped := make(chan struct{})
		go func() {
			p.Stop()
			close(stopped)
		}()
		waitUpTo(t, 20*time.Second, "toxiproxy to stop", func() bool {
			select {
			case <-stopped:
				return true
			default:
				return false
			}
		})
	})
	return p.Listen
}

func hostPort(t testing.TB, raw string) string {
	t.Helper()
	u, err := url.Parse(raw)
	check(t, err)
	return u.Host
}

// newWire starts a signer of its own on a server that several share.
func newWire(t testing.TB, srv *s3test.Server, more ...string) *wire {
	t.Helper()
	w := &wire{rig: &rig{s3: srv, data: newProxy(t, srv.Endpoint)}}
	w.toData = newLine(t, hostPort(t, w.data.URL))
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
		w.toControl = newLine(t, hostPort(t, w.direct))
		w.URL = "https://" + w.toControl.addr
		return w
	}
	w.control = newProxy(t, w.direct)
	w.toControl = newLine(t, hostPort(t, w.control.URL))
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
