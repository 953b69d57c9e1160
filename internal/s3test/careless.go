package s3test

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// Careless is what Careless(t, backend) puts in front of a real server: S3 that
// accepts every checksum and checks none.
type Careless struct {
	backend *Server
	http    *http.Transport
	v4      *v4.Signer

	mu      sync.Mutex
	dropped int // checksum headers and elements that were thrown away
	md5s    int // bodies that were held against a Content-MD5
	broken  int // of those, how many did not match
	refused []string
}

// NewCareless starts a server that behaves towards checksums as Ceph RGW 16
// does (DESIGN §4): it accepts x-amz-checksum-* headers, the algorithm and type
// of an upload, x-amz-mp-object-size and the checksums in the list of Complete,
// and ignores them all, so that a tampered part is stored with 200. It does
// check Content-MD5 (400 BadDigest, 400 InvalidDigest for what is none).
//
// It is a real server on loopback in front of backend: it ends the client's
// Signature Version 4, which must hold for what arrived, to the header, and
// must cover every x-amz-* header (403 SignatureDoesNotMatch, AccessDenied), and
// signs anew towards backend. The returned Server is backend at the address of
// the front; look at what is stored through either.
func NewCareless(t testing.TB, backend *Server) (*Server, *Careless) {
	t.Helper()
	c := &Careless{backend: backend, v4: v4.NewSigner(), http: &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 64}}
	front := httptest.NewServer(c)
	t.Cleanup(func() {
		front.CloseClientConnections()
		front.Close()
		c.http.CloseIdleConnections()
	})
	srv := *backend
	srv.Endpoint = front.URL
	return &srv, c
}

// Dropped is how many checksums were thrown away so far.
func (c *Careless) Dropped() int { return c.get(&c.dropped) }

// MD5Checked is how many bodies were held against a Content-MD5, and how many
// of them did not match.
func (c *Careless) MD5Checked() (checked, broken int) { return c.get(&c.md5s), c.get(&c.broken) }

// Refused are the reasons of refused signatures; a test that tampers with none
// wants it empty.
func (c *Careless) Refused() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string(nil), c.refused...)
}

func (c *Careless) get(n *int) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return *n
}

func (c *Careless) add(n *int, by int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	*n += by
}

// ServeHTTP implements http.Handler.
func (c *Careless) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	reason := verifySignature(r, c.backend.AccessKey, c.backend.SecretKey, c.backend.Region)
	if reason != "" {
		c.mu.Lock()
		c.refused = append(c.refused, r.Method+" "+reason)
		c.mu.Unlock()
		say(w, http.StatusForbidden, "SignatureDoesNotMatch")
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler) // the client is gone, or cut
	}
	if want := r.Header.Get("X-Amz-Content-Sha256"); len(want) == 2*sha256.Size {
		if sum := sha256.Sum256(body); hex.EncodeToString(sum[:]) != want {
			say(w, http.StatusBadRequest, "XAmzContentSHA256Mismatch")
			return
		}
	}
	if code := c.checkMD5(r.Header.Values("Content-Md5"), body); code != "" {
		say(w, http.StatusBadRequest, code)
		return
	}
	resp, err := c.forward(r, body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	defer resp.Body.Close()
	c.answer(w, r, resp)
}

func (c *Careless) checkMD5(given []string, body []byte) (code string) {
	if len(given) == 0 {
		return ""
	}
	c.add(&c.md5s, 1)
	want, err := base64.StdEncoding.DecodeString(given[0])
	if err != nil || len(want) != md5.Size || len(given) > 1 {
		return "InvalidDigest"
	}
	if sum := md5.Sum(body); !bytes.Equal(sum[:], want) {
		c.add(&c.broken, 1)
		return "BadDigest"
	}
	return ""
}

// checksumHeader tells what RGW 16 accepts and ignores.
func checksumHeader(name string) bool {
	name = strings.ToLower(name)
	return strings.HasPrefix(name, "x-amz-checksum-") || name == "x-amz-sdk-checksum-algorithm" || name == "x-amz-mp-object-size"
}

var checksumElement = regexp.MustCompile(`<Checksum[A-Za-z0-9]*>[^<]*</Checksum[A-Za-z0-9]*>|<Checksum[A-Za-z0-9]*/>`)

// notForwarded are headers of the client's own connection and signature.
var notForwarded = map[string]bool{
	"Authorization": true, "X-Amz-Date": true, "X-Amz-Content-Sha256": true, "X-Amz-Security-Token": true, "Expect": true,
	"Connection": true, "Accept-Encoding": true, "User-Agent": true, "Content-Length": true, "Amz-Sdk-Invocation-Id": true, "Amz-Sdk-Request": true,
}

// forward signs the request anew, without a checksum, and asks the backend.
func (c *Careless) forward(r *http.Request, body []byte) (*http.Response, error) {
	query := r.URL.Query()
	for name := range query {
		if strings.HasPrefix(name, "X-Amz-") {
			query.Del(name)
		}
	}
	if r.Method == http.MethodPost && query.Has("uploadId") {
		c.add(&c.dropped, len(checksumElement.FindAll(body, -1)))
		body = checksumElement.ReplaceAll(body, nil)
	}
	path, _, _ := strings.Cut(r.RequestURI, "?")
	// A server that has every byte goes on when the client dies.
	ctx := context.WithoutCancel(r.Context())
	out, err := http.NewRequestWithContext(ctx, r.Method, c.backend.Endpoint+path+"?"+strings.ReplaceAll(query.Encode(), "+", "%20"), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if len(body) == 0 {
		out.Body = http.NoBody
	}
	for name, values := range r.Header {
		switch {
		case checksumHeader(name):
			c.add(&c.dropped, 1)
		case !notForwarded[name]:
			out.Header[name] = values
		}
	}
	sum := sha256.Sum256(body)
	hash := hex.EncodeToString(sum[:])
	out.Header.Set("X-Amz-Content-Sha256", hash)
	creds := aws.Credentials{AccessKeyID: c.backend.AccessKey, SecretAccessKey: c.backend.SecretKey}
	if err := c.v4.SignHTTP(ctx, creds, out, hash, "s3", c.backend.Region, time.Now(), func(o *v4.SignerOptions) {
		o.DisableURIPathEscaping = true // S3 signs the path as it is sent
	}); err != nil {
		return nil, err
	}
	return c.http.RoundTrip(out)
}

// answer hands the backend's answer on, without the checksums that a newer
// server adds by itself.
func (c *Careless) answer(w http.ResponseWriter, r *http.Request, resp *http.Response) {
	for name, values := range resp.Header {
		if !checksumHeader(name) && name != "Content-Length" {
			w.Header()[name] = values
		}
	}
	object := r.Method == http.MethodGet && !strings.Contains(resp.Header.Get("Content-Type"), "xml")
	if r.Method == http.MethodHead || object {
		if n := resp.Header.Get("Content-Length"); n != "" {
			w.Header().Set("Content-Length", n)
		}
		w.WriteHeader(resp.StatusCode)
		_, _ = io.Copy(w, resp.Body) // a client that went away is its own affair
		return
	}
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	w.WriteHeader(resp.StatusCode)
	_, _ = w.Write(checksumElement.ReplaceAll(raw, nil))
}

// say is an error as S3 writes it.
func say(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, `<?xml version="1.0" encoding="UTF-8"?><Error><Code>%s</Code><Message>refused by the careless server</Message><RequestId>CARELESS</RequestId></Error>`, code)
}
