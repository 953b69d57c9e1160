package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"longshore/signer/api"
)

// batch is how many URLs one call asks for, as the engine does.
const batch = api.MaxBatch

// partSize in bytes, of the parts asked for.
const partSize = 16 << 20

// caller is one client: a connection, and the bytes of its one request.
type caller struct {
	conn    net.Conn
	reader  *bufio.Reader
	request []byte
}

type callers []*caller

// phase is what one load gave.
type phase struct {
	batches  float64
	refused  int
	took     time.Duration
	cpu      time.Duration // of the signer
	answered []time.Duration
	err      error
}

func (p phase) urls() float64 { return p.batches * batch }

// at gives the latency that so much of all is under.
func (p phase) at(quantile float64) time.Duration {
	if len(p.answered) == 0 {
		return 0
	}
	return p.answered[min(int(quantile*float64(len(p.answered))), len(p.answered)-1)]
}

// newCaller begins an upload and prepares the request for its first 100 parts.
func newCaller(ctx context.Context, addr, token string) (*caller, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	c := &caller{conn: conn, reader: bufio.NewReaderSize(conn, 16<<10)}
	size := int64(batch * partSize)
	if c.request, err = request(api.PathInitUpload, token, api.InitRequest{
		FileName: "film.mov", MimeType: "video/quicktime", Size: &size, Checksum: api.ChecksumCRC64NVME,
	}); err != nil {
		return c, err
	}
	var up api.InitResponse
	status, err := c.call(func(body io.Reader) error { return json.NewDecoder(body).Decode(&up) })
	if err != nil || status != http.StatusOK {
		return c, errors.Join(fmt.Errorf("init-upload: status %d", status), err)
	}
	ask := api.PartURLsRequest{UploadID: up.UploadID, ObjectKey: up.ObjectKey}
	for n := range batch {
		size := int64(partSize)
		sum := binary.BigEndian.AppendUint64(nil, uint64(n)<<40)
		ask.Parts = append(ask.Parts, api.PartToSign{PartNumber: n + 1, Size: &size, Checksum: base64.StdEncoding.EncodeToString(sum)})
	}
	c.request, err = request(api.PathGetPartURLs, token, ask)
	return c, err
}

func request(path, token string, body any) ([]byte, error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n", path, token, len(raw))
	b.Write(raw)
	return b.Bytes(), nil
}

// call sends the request and reads the answer to its end.
func (c *caller) call(read func(io.Reader) error) (status int, err error) {
	if _, err := c.conn.Write(c.request); err != nil {
		return 0, err
	}
	res, err := http.ReadResponse(c.reader, nil)
	if err != nil {
		return 0, err
	}
	err = read(res.Body)
	_, rest := io.Copy(io.Discard, res.Body)
	return res.StatusCode, errors.Join(err, rest, res.Body.Close())
}

func discard(io.Reader) error { return nil }

func (cs callers) close() {
	for _, c := range cs {
		_ = c.conn.Close()
	}
}

// load lets all callers call for so long: each as soon as it was answered, or,
// with a rate (batches a second of all together), at its own fixed times. Then
// latency counts from when a call was due, not from when it could be sent.
func (cs callers) load(ctx context.Context, s *child, length time.Duration, rate float64) (p phase) {
	ctx, cancel := context.WithTimeout(ctx, length)
	defer cancel()
	var (
		mu  sync.Mutex
		all sync.WaitGroup
	)
	used, began := s.cpu(), time.Now()
	for i, c := range cs {
		due, every := began, time.Duration(0)
		if rate > 0 {
			every = time.Duration(float64(len(cs)) / rate * float64(time.Second))
			due = began.Add(every * time.Duration(i) / time.Duration(len(cs)))
		}
		all.Go(func() {
			took, refused, err := c.repeat(ctx, due, every)
			mu.Lock()
			defer mu.Unlock()
			p.answered, p.refused = append(p.answered, took...), p.refused+refused
			if err != nil && p.err == nil {
				p.err = err
			}
		})
	}
	all.Wait()
	p.took, p.cpu, p.batches = time.Since(began), s.cpu()-used, float64(len(p.answered))
	slices.Sort(p.answered)
	return p
}

func (c *caller) repeat(ctx context.Context, due time.Time, every time.Duration) (took []time.Duration, refused int, err error) {
	for {
		if !until(ctx, due) {
			return took, refused, nil
		}
		if every == 0 {
			due = time.Now()
		}
		status, err := c.call(discard)
		switch {
		case err != nil:
			return took, refused, err
		case status == http.StatusOK:
			took = append(took, time.Since(due))
		case status == http.StatusServiceUnavailable, status == http.StatusTooManyRequests:
			refused++
		default:
			return took, refused, fmt.Errorf("get-part-urls: status %d", status)
		}
		due = due.Add(every)
	}
}

// until waits for a time, or tells that ctx has ended.
func until(ctx context.Context, due time.Time) bool {
	t := time.NewTimer(time.Until(due))
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return ctx.Err() == nil
	}
}
