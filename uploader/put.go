package uploader

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
)

const (
	answerLimit = 64 << 10 // bytes read of S3's answer; its errors are far smaller
	expectAbove = 1 << 20  // larger bodies wait for "100 Continue", so that an early 403 or 503 costs no upload
	// lastPiece is how much of a body's end is handed over by itself: when that has been read, what is before it is on its
	// way, and S3 may soon have all. What stalls before is not unknown but failed, and is sent again without a look.
	lastPiece = 32 << 10
)

// putBody is what a PUT sends: size bytes of r from off.
type putBody struct {
	r    io.ReaderAt
	off  int64
	size int64
	// sent, if not nil, is told how many bytes of this try have been handed to the connection so far. A rewind (the
	// transport found its connection dead before anything was sent) starts again from a smaller number. It is called
	// from the transport's goroutine, never after put has returned, and must not block.
	sent func(total int64)
}

// stored is what S3 says of bytes it took. The encryption and version headers come with a whole object, not with a part.
type stored struct {
	etag       string // with its quotes
	versionID  string // "" in a bucket without versions
	encryption string // "aws:kms", "AES256", or "" for none
	crc        string // the CRC64NVME that S3 confirms, "" if it confirms none
}

// put sends one part or one whole object and returns what S3 says of it. It makes one try and
// follows no redirect. When it has returned, nothing reads body.r or calls body.sent any more.
//
// Errors are *Error. CodeWrongDest: the URL is outside conn.Origins, nothing was sent. CodeCancelled: ctx was
// cancelled; when all bytes had been read by then S3 may hold them. CodeUnknown: every byte was handed over and no
// answer came, S3 may hold them. CodeNetwork, CodeDNS, CodeTLS, CodeProxy, CodeProxySignIn: it did not get that far. The codes of
// sourceError: the file could not be read. The codes of s3Error: S3 said no.
func put(ctx context.Context, conn Connection, signed SignedRequest, body putBody) (stored, error) {
	req, err := putRequest(ctx, conn.Origins, signed, body.size)
	if err != nil {
		return stored{}, err
	}
	feed := &bodyFeed{putBody: body, ctx: ctx}
	defer feed.close()
	if body.size > 0 {
		req.Body = feed.open()
		req.GetBody = func() (io.ReadCloser, error) { return feed.open(), nil }
	}
	resp, err := conn.Transport.RoundTrip(req)
	if err != nil {
		return stored{}, feed.failure(ctx, err)
	}
	defer resp.Body.Close()
	answer, readErr := io.ReadAll(io.LimitReader(resp.Body, answerLimit)) // to its end, so that the connection can be used again
	if err := feed.sourceErr(); err != nil {
		return stored{}, err
	}
	if readErr != nil && ctx.Err() != nil {
		return stored{}, E("put", CodeCancelled, ctx.Err())
	}
	if err := s3Error("put", resp, answer); err != nil {
		if readErr != nil && CodeOf(err) == CodeRefused { // what a 4xx means stands in its body, and half of it is missing
			return stored{}, E("put", CodeUnknown, readErr)
		}
		return stored{}, err
	}
	got := stored{
		etag: resp.Header.Get("ETag"), versionID: resp.Header.Get("x-amz-version-id"),
		encryption: resp.Header.Get("x-amz-server-side-encryption"), crc: resp.Header.Get("x-amz-checksum-crc64nvme"),
	}
	switch {
	case got.etag == "":
		return stored{}, E("put", CodeBadResponse, errors.New("200 without an ETag"))
	case !feed.complete():
		return stored{}, E("put", CodeBadResponse, errors.New("200 before the last byte"))
	}
	return got, nil
}

// putRequest checks where the bytes would go and builds the request without its body.
func putRequest(ctx context.Context, origins []string, signed SignedRequest, size int64) (*http.Request, error) {
	u, err := url.Parse(signed.URL)
	if err != nil || !pinned(u, origins) {
		return nil, E("put", CodeWrongDest, nil)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPut, "", http.NoBody)
	if err != nil {
		return nil, E("put", CodeInternal, err)
	}
	u.Host = strings.TrimSuffix(u.Host, ":") // as NewRequest has it, which would parse it once more
	req.URL, req.Host = u, u.Host
	for name, values := range signed.Header {
		if name = http.CanonicalHeaderKey(name); mayCarry(name) {
			req.Header[name] = values
		}
	}
	if want := req.Header.Get("Content-Length"); want != "" && want != strconv.FormatInt(size, 10) {
		return nil, E("put", CodeBadResponse, errors.New("signed for another length"))
	}
	req.Header.Del("Content-Length") // net/http writes its own
	req.ContentLength = size
	if size > expectAbove {
		req.Header.Set("Expect", "100-continue")
	}
	return req, nil
}

// mayCarry tells which of the signer's headers go to S3 (PROTOCOL, "What the client checks").
func mayCarry(canonical string) bool {
	return strings.HasPrefix(canonical, "X-Amz-") || strings.HasPrefix(canonical, "Content-") || canonical == "If-None-Match"
}

// pinned tells whether u lies in one of the origins, each scheme://host[:port]. Without encryption only loopback will
// do, pinned or not.
func pinned(u *url.URL, origins []string) bool {
	at, ok := origin(u)
	if !ok {
		return false
	}
	for _, o := range origins {
		if rest, ok := strings.CutPrefix(at, o); ok && (rest == "" || rest == ":"+defaultPort(u.Scheme)) {
			return true
		}
		p, err := url.Parse(o)
		if err != nil {
			continue
		}
		if pin, ok := origin(p); ok && pin == at {
			return true
		}
	}
	return false
}

// defaultPort is the port that an origin may leave out.
func defaultPort(scheme string) string {
	if scheme == "http" {
		return "80"
	}
	return "443"
}

// origin returns scheme, host and port in one spelling; false for what no byte may be sent to.
func origin(u *url.URL) (string, bool) {
	host, port := strings.ToLower(u.Hostname()), u.Port()
	if host == "" || u.User != nil || u.Opaque != "" {
		return "", false
	}
	switch u.Scheme { // url.Parse has made it lower case
	case "https":
	case "http":
		ip := net.ParseIP(host)
		if host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			return "", false
		}
	default:
		return "", false
	}
	if port == "" {
		port = defaultPort(u.Scheme)
	}
	return u.Scheme + "://" + net.JoinHostPort(host, port), true
}

// bodyFeed hands the source's bytes to the transport. A transport may go on reading a body for a moment after
// RoundTrip returned; the lock makes sure that the source is not touched once put is over.
type bodyFeed struct {
	putBody
	ctx    context.Context // of the put: bytes that come after its end go nowhere
	mu     sync.Mutex
	latest *bodyReader
	read   int64 // by the latest reader
	full   bool  // some reader came to the last byte
	err    error // the source's
	closed bool
}

// open starts the body over.
func (f *bodyFeed) open() io.ReadCloser {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.latest = &bodyReader{feed: f}
	f.read = 0
	return f.latest
}

func (f *bodyFeed) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
}

// complete tells whether every byte was handed over at least once.
func (f *bodyFeed) complete() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.full || f.size == 0
}

func (f *bodyFeed) sourceErr() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.err
}

// failure says what it means that no answer came. The user's own wish goes first, then the source, whose error the
// transport has wrapped into one of its own.
func (f *bodyFeed) failure(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return E("put", CodeCancelled, context.Canceled)
	}
	if src := f.sourceErr(); src != nil {
		return src
	}
	f.mu.Lock()
	begun, full := f.read > 0, f.full
	f.mu.Unlock()
	failed := netError("put", err, begun)
	// An empty body is complete from the start: only a failure to connect proves that nothing was asked.
	if full || (f.size == 0 && failed.Code == CodeNetwork && !neverConnected(err)) {
		failed.Code = CodeUnknown
	}
	return failed
}

// bodyReader is one pass over the body.
type bodyReader struct {
	feed *bodyFeed
	pos  int64
}

var errBodyOver = errors.New("the request is over")

// Read reads from the source under the feed's lock.
func (b *bodyReader) Read(p []byte) (int, error) {
	f := b.feed
	f.mu.Lock()
	defer f.mu.Unlock()
	left := f.size - b.pos
	switch {
	case left == 0: // net/http asks once more after the last byte; an error then would cost the connection
		return 0, io.EOF
	case f.closed || f.latest != b || f.err != nil:
		return 0, errBodyOver
	}
	if before := left - lastPiece; before > 0 {
		left = before
	}
	if int64(len(p)) > left {
		p = p[:left]
	}
	n, err := f.r.ReadAt(p, f.off+b.pos)
	if f.ctx.Err() != nil {
		return 0, errBodyOver
	}
	b.pos += int64(n)
	f.read = b.pos
	f.full = f.full || b.pos == f.size
	if n > 0 && f.sent != nil {
		f.sent(b.pos)
	}
	switch {
	case b.pos == f.size:
		return n, io.EOF
	case n < len(p):
		f.err = sourceError("put", err)
		return n, fmt.Errorf("body: %w", f.err)
	}
	return n, nil
}

// Close does nothing: the file belongs to the caller.
func (b *bodyReader) Close() error { return nil }
