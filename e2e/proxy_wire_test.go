package e2e

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"golang.org/x/time/rate"
)

// meteredBody is a PUT's body on its way: counted, paced and broken.
type meteredBody struct {
	p      *proxy
	x      *exchange
	f      fault
	from   io.Reader
	ctx    context.Context
	pacer  *rate.Limiter
	gate   *hold
	gateAt int64
	at     int64
}

// Read takes bytes from the client for the server.
func (b *meteredBody) Read(buf []byte) (int, error) {
	if b.pacer != nil && len(buf) > 32<<10 {
		buf = buf[:32<<10]
	}
	for _, stop := range []int64{b.f.cutAt, b.f.corruptAt, b.f.holdBodyAt} { // to come to rest exactly there
		if stop > b.at && int64(len(buf)) > stop-b.at {
			buf = buf[:stop-b.at]
		}
	}
	n, err := b.from.Read(buf)
	if b.f.corruptAt > b.at && b.f.corruptAt <= b.at+int64(n) {
		buf[b.f.corruptAt-1-b.at] ^= 0x20
	}
	b.at += int64(n)
	b.p.mu.Lock()
	b.x.Received += int64(n)
	b.p.total += int64(n)
	total := b.p.total
	if b.p.keep {
		b.x.Request = append(b.x.Request, buf[:n]...)
	}
	b.p.mu.Unlock()
	if b.pacer != nil && n > 0 {
		_ = b.pacer.WaitN(b.ctx, n) // a dead client's bytes go on unpaced, to their end
	}
	if b.gate != nil && total >= b.gateAt {
		b.gate.stop()
	}
	if b.f.holdBody != nil && b.at >= b.f.holdBodyAt {
		b.f.holdBody.stop()
	}
	if b.f.cutAt > 0 && b.at >= b.f.cutAt {
		return 0, errors.New("cut by the test")
	}
	return n, err
}

// isControl tells the signer's calls, whose bodies are small, from S3's.
func isControl(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/v1/") }

// describe reads from a request what it is.
func describe(r *http.Request) *exchange {
	x := &exchange{Size: max(0, r.ContentLength), Method: r.Method, URL: r.RequestURI, Header: r.Header.Clone()}
	if isControl(r) || !strings.HasPrefix(r.URL.Path, "/") {
		x.Op = r.URL.Path
		return x
	}
	_, x.Key, _ = strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	q := r.URL.Query()
	x.Part, _ = strconv.Atoi(q.Get("partNumber")) // none is 0
	switch id := q.Has("uploadId"); {
	case r.Method == http.MethodPut && id:
		x.Op = opPart
	case r.Method == http.MethodPut && isManifest(x.Key):
		x.Op = opManifest
	case r.Method == http.MethodPut && x.Key != "":
		x.Op = opPut
	case r.Method == http.MethodPost && q.Has("uploads"):
		x.Op = opCreate
	case r.Method == http.MethodPost && id:
		x.Op = opComplete
	case r.Method == http.MethodDelete && id:
		x.Op = opAbort
	case r.Method == http.MethodGet && id:
		x.Op = opList
	case r.Method == http.MethodGet && q.Has("uploads"):
		x.Op = opUploads
	case r.Method == http.MethodHead && x.Key != "":
		x.Op = opHead
	default:
		x.Op = r.Method
	}
	return x
}
